<?php
/**
 * Finding posts of ours.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\PostTypes;
use Igny8\Bridge\Core\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * Knows the marks by which a post is found again when the table is lost: a reinstalled bridge has
 * lost its table, not its posts.
 */
final class Posts {

	const META_CONTENT   = '_igny8_content_id';
	const META_OPERATION = '_igny8_operation_id';
	const META_REV       = '_igny8_rev';
	// The post's own id: a copy carries the original's.
	const META_SELF = '_igny8_post_id';

	/**
	 * The guid of a content's post. It is written with the row itself; meta comes a moment later, and
	 * PHP may die in between.
	 *
	 * @param int $content_id The content.
	 * @return string
	 */
	public static function guid( $content_id ) {
		return 'urn:igny8:content:' . $content_id;
	}

	/**
	 * A post as the database has it now. No cache is told that it changed: it did not.
	 *
	 * @param int $post_id The post.
	 * @return \WP_Post|null
	 */
	public static function fresh( $post_id ) {
		if ( ! $post_id ) {
			return null;
		}
		wp_cache_delete( $post_id, 'posts' );
		wp_cache_delete( $post_id, 'post_meta' );
		$post = get_post( $post_id );
		if ( ! $post instanceof \WP_Post ) {
			return null;
		}
		clean_object_term_cache( $post->ID, $post->post_type );
		return $post;
	}

	/**
	 * The post that carries our marks for a content, trashed ones included. Duplicator plugins copy
	 * meta, but neither the guid nor the id: a copy is not ours.
	 *
	 * @param int $content_id The content.
	 * @return \WP_Post|null
	 * @throws DatabaseError When the database does not say.
	 */
	public static function marked( $content_id ) {
		global $wpdb;
		$guid = self::guid( $content_id );
		// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL, WordPress.DB.PreparedSQLPlaceholders
		$id    = (int) $wpdb->get_var(
			$wpdb->prepare(
				"SELECT p.ID FROM $wpdb->postmeta m JOIN $wpdb->posts p ON p.ID = m.post_id
				LEFT JOIN $wpdb->postmeta s ON s.post_id = p.ID AND s.meta_key = %s
				WHERE m.meta_key = %s AND m.meta_value = %s AND p.post_type <> 'revision'
				AND ( p.guid = %s OR s.meta_value = CAST( p.ID AS CHAR ) ) ORDER BY p.ID LIMIT 1",
				self::META_SELF,
				self::META_CONTENT,
				(string) $content_id,
				$guid
			)
		);
		$error = $wpdb->last_error;
		$types = PostTypes::allowed();
		if ( ! $id && $types ) {
			// PHP died between the row and its meta. There is no index on guid, but one on type; a person may
			// have given it any status since.
			$in = implode( ', ', array_fill( 0, count( $types ), '%s' ) );
			$id = (int) $wpdb->get_var(
				$wpdb->prepare(
					"SELECT ID FROM $wpdb->posts WHERE post_type IN ( $in ) AND guid = %s ORDER BY ID LIMIT 1",
					array_merge( $types, array( $guid ) )
				)
			);
		}
		// phpcs:enable
		if ( '' !== $error . $wpdb->last_error ) {
			throw new DatabaseError( 'The database did not let posts be read: ' . $error . $wpdb->last_error ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped -- goes into the log.
		}
		return self::fresh( $id );
	}

	/**
	 * Whether a post that our table or the backend names for a content is that content's: after a restored
	 * backup an id may name somebody's own post, and a copy carries the original's meta.
	 *
	 * @param \WP_Post $post       The post.
	 * @param int      $content_id The content.
	 * @return bool
	 */
	public static function is_of( \WP_Post $post, $content_id ) {
		return self::guid( $content_id ) === $post->guid || self::content_marked_on( $post ) === (int) $content_id
			|| ( new Publications() )->is_linked( (int) $content_id, $post->ID, $post->guid );
	}

	/**
	 * The content that a post carries the marks of, when it is the original and no copy.
	 *
	 * @param \WP_Post $post The post.
	 * @return int 0 when it carries none.
	 */
	public static function content_marked_on( \WP_Post $post ) {
		$content_id = (int) get_post_meta( $post->ID, self::META_CONTENT, true );
		$is_own     = self::guid( $content_id ) === $post->guid || (int) get_post_meta( $post->ID, self::META_SELF, true ) === $post->ID;
		return $is_own ? $content_id : 0;
	}

	/**
	 * The post to adopt for a content whose row names none: the one that the backend names, if it carries
	 * our marks or a person said so, else one that carries our marks.
	 *
	 * @param Order        $order        The order.
	 * @param Publications $publications The table.
	 * @param bool         $search       Whether there may be one that nobody names.
	 * @return \WP_Post|null Null when there is none, and none is missing.
	 * @throws Refusal When the named post was deleted, or is another content's.
	 */
	public static function to_adopt( Order $order, Publications $publications, $search ) {
		$named = self::fresh( $order->post_id );
		if ( $named && ! $order->adopt && ! self::is_of( $named, $order->content_id ) ) {
			if ( $publications->content_of_post( $named->ID ) || self::content_marked_on( $named ) ) {
				throw self::belongs_to_other_content();
			}
			$named = null; // Somebody's own post.
		}
		if ( $named && 'revision' !== $named->post_type ) {
			$owner = $publications->content_of_post( $named->ID );
			$owner = $owner ? $owner : self::content_marked_on( $named );
			$types = null === $order->post_type ? PostTypes::allowed() : array( $order->post_type );
			if ( ! in_array( $named->post_type, $types, true ) || ( $owner && $owner !== $order->content_id ) ) {
				throw self::belongs_to_other_content();
			}
			return $named;
		}
		$marked = $search ? self::marked( $order->content_id ) : null;
		if ( ! $marked && $order->post_id && ! $order->recreate ) {
			throw self::gone( $order->content_id );
		}
		return $marked;
	}

	/**
	 * The type of the post that an order is about, where the order does not say.
	 *
	 * @param Order $order The order.
	 * @return string That of a new one where there is none.
	 */
	public static function type_of( Order $order ) {
		$claim = ( new Publications() )->find( $order->content_id );
		$type  = get_post_type( $claim && $claim->post_id ? $claim->post_id : $order->post_id );
		return $type && in_array( $type, PostTypes::allowed(), true ) ? $type : 'post';
	}

	/**
	 * A post as it is by now.
	 *
	 * @param Order $order   The order.
	 * @param int   $post_id The post.
	 * @return \WP_Post
	 * @throws Refusal 410 when somebody deleted it, or put it into the trash.
	 */
	public static function still_there( Order $order, $post_id ) {
		$post = self::fresh( $post_id );
		if ( ! $post || ( Trash::is_in_the_way( $post, $order ) && ! $order->recreate ) ) {
			throw self::gone( $order->content_id, $post );
		}
		return $post;
	}

	/**
	 * The refusal for a post that is another content's.
	 *
	 * @return Refusal
	 */
	private static function belongs_to_other_content() {
		return new Refusal(
			422,
			'invalid',
			'The post that was named belongs to something else.',
			array( 'post_id' => array( 'belongs to other content, or is of another type' ) )
		);
	}

	/**
	 * The refusal for a post that a person deleted or put into the trash, which it says: from there it
	 * may come back.
	 *
	 * @param int           $content_id The content.
	 * @param \WP_Post|null $post       The post, if it is there.
	 * @return Refusal
	 */
	public static function gone( $content_id, $post = null ) {
		$row = ( new Publications() )->find( $content_id );
		return new Refusal(
			410,
			'gone',
			'The post was deleted in WordPress. Send recreate to make it again.',
			array(),
			array(
				'content_id'  => $content_id,
				'post_status' => $post ? $post->post_status : 'deleted',
				// Only a higher one makes it again; a backend that was restored may not know it.
				'rev'         => $row ? $row->rev : 0,
			)
		);
	}
}
