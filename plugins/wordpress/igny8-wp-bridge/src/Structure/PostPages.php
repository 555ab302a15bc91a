<?php
/**
 * Pages of posts.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Structure;

use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\PostTypes;
use Igny8\Bridge\Publish\Publications;

defined( 'ABSPATH' ) || exit;

/**
 * Reads existing posts for import, by ascending id, so that a page can be asked for again and nothing
 * is skipped while posts come and go. The caller keeps the cursor. What it costs does not grow with the number
 * of posts: queries are made for a whole page.
 *
 * Light fields are told without reading a post: the fingerprint as it was told last, null where nothing was.
 */
final class PostPages {

	const STATUSES = array( 'publish', 'future', 'draft', 'pending', 'private' );
	const LIGHT    = array( 'id', 'type', 'status', 'content_id', 'fingerprint' );
	const FIELDS   = array( 'id', 'type', 'status', 'modified_gmt', 'content_id', 'fingerprint', 'date_gmt', 'url', 'slug', 'title', 'content', 'text', 'text_sha256', 'text_gz', 'excerpt', 'author', 'author_id', 'parent', 'page_template', 'builder', 'password_protected', 'terms', 'featured_image', 'images', 'gallery', 'seo' );
	const MANY     = 1000;
	const FEW      = 100;

	// The backend reads no longer answers than 1 MiB; JSON makes some of it longer.
	const PAGE_BYTES = 786432;
	const SECONDS    = 5;

	// Pages within pages whose addresses are told: deeper ones cost a query for each level.
	const ANCESTORS = 3;

	/**
	 * One page of the posts of a type.
	 *
	 * @param PostQuery $query  Which posts.
	 * @param string    $type   Their type.
	 * @param int       $after  Posts with a higher id; 0 for all.
	 * @param int       $limit  How many at most.
	 * @param string[]  $fields Names from FIELDS.
	 * @return array{items: array, gone: array, next_after: int|null, more: bool, total: int|null} `next_after` is where
	 *         to go on, null at the end; `total` comes with the first page.
	 * @throws DatabaseError When the database does not say.
	 */
	public static function page( PostQuery $query, $type, $after, $limit, array $fields ) {
		list( $found, $next ) = $query->after( $after, $limit );
		$is_light             = self::is_light( $fields );
		$told                 = $is_light ? self::light( $found, $type, $fields ) : self::whole( array_keys( $found ), array( $type ), $fields );
		if ( null !== $told['cut_at'] ) {
			$next = $told['cut_at'];
		}
		return array(
			'items'      => $told['items'],
			'gone'       => array(),
			'next_after' => $next,
			'more'       => null !== $next,
			'total'      => 0 === $after ? $query->total() : null,
		);
	}

	/**
	 * These posts.
	 *
	 * @param int[]    $ids    Their ids.
	 * @param string[] $fields Names from FIELDS.
	 * @return array{items: array, gone: int[], next_after: null, more: bool, total: null} `gone` are those that are
	 *         not there; what does not fit the page is in neither, and `more` is true.
	 * @throws DatabaseError When the database does not say.
	 */
	public static function of( array $ids, array $fields ) {
		sort( $ids );
		$told = self::whole( $ids, PostTypes::allowed(), $fields );
		Ledger::forget( $told['gone'] );
		return array(
			'items'      => $told['items'],
			'gone'       => $told['gone'],
			'next_after' => null,
			'more'       => null !== $told['cut_at'],
			'total'      => null,
		);
	}

	/**
	 * Whether fields are told without reading the posts.
	 *
	 * @param string[] $fields Names from FIELDS.
	 * @return bool
	 */
	public static function is_light( array $fields ) {
		return ! array_diff( $fields, self::LIGHT );
	}

	/**
	 * Posts by their rows alone.
	 *
	 * @param array<int, string> $found  Statuses by id.
	 * @param string             $type   The type.
	 * @param string[]           $fields Names from LIGHT.
	 * @return array{items: array, cut_at: null}
	 */
	private static function light( array $found, $type, array $fields ) {
		$ids      = array_keys( $found );
		$contents = ( new Publications() )->contents_of_posts( $ids );
		$prints   = Ledger::fingerprints( $ids );
		$items    = array();
		foreach ( $found as $id => $status ) {
			$items[] = self::chosen(
				$fields,
				array(
					'id'          => $id,
					'type'        => $type,
					'status'      => $status,
					'content_id'  => $contents[ $id ] ?? null,
					'fingerprint' => isset( $contents[ $id ] ) ? ( $prints[ $id ] ?? null ) : null,
				)
			);
		}
		return array(
			'items'  => $items,
			'cut_at' => null,
		);
	}

	/**
	 * Posts that are read, as many as fit a page. What is told of fingerprints is kept.
	 *
	 * @param int[]    $ids    Their ids, ascending.
	 * @param string[] $types  Types that are told.
	 * @param string[] $fields Names from FIELDS.
	 * @return array{items: array, gone: int[], cut_at: int|null} Where it was cut: the last post that is in it.
	 */
	private static function whole( array $ids, array $types, array $fields ) {
		$until    = Clock::seconds() + self::SECONDS;
		$asked    = $ids;
		$ids      = PostBatch::fitting( $ids );
		$batch    = new PostBatch( $ids );
		$contents = ( new Publications() )->contents_of_posts( $ids );
		self::prime( $batch->posts, $fields );
		$items  = array();
		$gone   = array();
		$ledger = array();
		$cut_at = null;
		$last   = null;
		$bytes  = 0;
		foreach ( $ids as $id ) {
			$post = $batch->posts[ $id ] ?? null;
			if ( ! $post || ! in_array( $post->post_type, $types, true ) || 'auto-draft' === $post->post_status ) {
				$gone[] = $id;
				continue;
			}
			$content_id = $contents[ $id ] ?? 0;
			$item       = self::item( new PostItem( $post, $batch ), $content_id, $fields );
			$size       = self::size( $item );
			if ( $size > self::PAGE_BYTES ) {
				$item = self::packed( $item );
				$size = self::size( $item );
			}
			if ( $items && ( $bytes + $size > self::PAGE_BYTES || Clock::seconds() > $until ) ) {
				$cut_at = $last;
				$gone   = array_filter(
					$gone,
					static function ( $other ) use ( $last ) {
						return $other < $last;
					}
				);
				break;
			}
			$items[] = $item;
			$bytes  += $size;
			$last    = $id;
			if ( $content_id && isset( $item['fingerprint'] ) ) {
				$ledger[] = array( $id, $post->post_type, $post->post_status, $item['fingerprint'] );
			}
		}
		if ( null === $cut_at && count( $ids ) < count( $asked ) ) {
			$cut_at = end( $ids );
		}
		$batch->done();
		Ledger::note( $ledger );
		return array(
			'items'  => $items,
			'gone'   => array_values( $gone ),
			'cut_at' => $cut_at,
		);
	}

	/**
	 * One post.
	 *
	 * @param PostItem $post       The post.
	 * @param int      $content_id Its content, or 0.
	 * @param string[] $fields     Names from FIELDS.
	 * @return array<string, mixed>
	 */
	private static function item( PostItem $post, $content_id, array $fields ) {
		$item = array();
		foreach ( $fields as $field ) {
			if ( 'content_id' === $field ) {
				$item[ $field ] = $content_id ? $content_id : null;
			} else {
				$item[ $field ] = 'text_gz' === $field ? null : $post->field( $field );
			}
		}
		return $item;
	}

	/**
	 * A post that is too large for any page, with its text packed; without it where even that is too large.
	 *
	 * @param array<string, mixed> $item The post.
	 * @return array<string, mixed>
	 */
	private static function packed( array $item ) {
		$text             = $item['text'] ?? '';
		$item             = array_replace( $item, array_fill_keys( array_intersect( array( 'content', 'text' ), array_keys( $item ) ), null ) );
		$item['oversize'] = true;
		$packed           = array_key_exists( 'text_gz', $item ) && function_exists( 'gzencode' ) ? base64_encode( (string) gzencode( $text ) ) : null; // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- JSON holds no bytes.
		if ( null !== $packed && strlen( $packed ) < self::PAGE_BYTES ) {
			$item['text_gz'] = $packed;
		}
		return $item;
	}

	/**
	 * The bytes that something takes in an answer.
	 *
	 * @param array $item Anything.
	 * @return int
	 */
	private static function size( array $item ) {
		return strlen( (string) wp_json_encode( $item, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES ) );
	}

	/**
	 * Fields in the order in which they were asked for.
	 *
	 * @param string[]             $fields Their names.
	 * @param array<string, mixed> $item   All that is known.
	 * @return array<string, mixed>
	 */
	private static function chosen( array $fields, array $item ) {
		return array_intersect_key( array_replace( array_flip( $fields ), $item ), array_flip( $fields ) );
	}

	/**
	 * Reads what the fields of all posts need: terms and pages that addresses are made of, authors, images.
	 *
	 * @param array<int, \WP_Post> $posts  The posts.
	 * @param string[]             $fields Names from FIELDS.
	 */
	private static function prime( array $posts, array $fields ) {
		if ( ! $posts ) {
			return;
		}
		if ( in_array( 'url', $fields, true ) ) {
			update_object_term_cache( array_keys( $posts ), array_unique( array_column( $posts, 'post_type' ) ) );
			$parents = array_column( $posts, 'post_parent' );
			for ( $level = 0; $level < self::ANCESTORS && array_filter( $parents ); $level++ ) {
				_prime_post_caches( array_filter( $parents ), false, false );
				$parents = array_column( array_filter( array_map( array( self::class, 'cached' ), array_filter( $parents ) ) ), 'post_parent' );
			}
		}
		if ( array_intersect( array( 'author', 'url' ), $fields ) ) {
			cache_users( array_unique( array_map( 'intval', array_column( $posts, 'post_author' ) ) ) );
		}
		if ( array_intersect( array( 'featured_image', 'images' ), $fields ) ) {
			$images = array_unique( array_merge( ...array_values( array_map( array( PostItem::class, 'attachments' ), $posts ) ) ) );
			_prime_post_caches( $images, false, false );
			update_meta_cache( 'post', $images );
		}
	}

	/**
	 * A post that was read already.
	 *
	 * @param int $id The post.
	 * @return object|false
	 */
	private static function cached( $id ) {
		return wp_cache_get( (int) $id, 'posts' );
	}
}
