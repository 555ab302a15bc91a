<?php
/**
 * Pages of posts.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Structure;

use Igny8\Bridge\Publish\Publications;
use Igny8\Bridge\Publish\Fingerprint;

defined( 'ABSPATH' ) || exit;

/**
 * Reads existing posts for import, by ascending id, so that a page can be asked for again and nothing
 * is skipped while posts come and go. The caller keeps the cursor.
 */
final class PostPages {

	const STATUSES = array( 'publish', 'future', 'draft', 'pending', 'private' );
	const FEW      = array( 'id', 'type', 'status', 'modified_gmt', 'content_id', 'fingerprint' );
	const FIELDS   = array( 'id', 'type', 'status', 'modified_gmt', 'content_id', 'fingerprint', 'date_gmt', 'url', 'slug', 'title', 'content', 'excerpt', 'author', 'password_protected', 'terms', 'featured_image' );

	// The backend reads no longer answers than 1 MiB; JSON makes some of it longer.
	const PAGE_BYTES = 786432;

	/**
	 * One page.
	 *
	 * @param string   $type   Post type.
	 * @param int      $after  Posts with a higher id; 0 for all.
	 * @param int      $limit  How many at most.
	 * @param string[] $fields Names from FIELDS.
	 * @return array{items: array, next_after: int|null, more: bool, total: int} `next_after` is where to
	 *         go on, null at the end. An item that is too large for any answer has `content` null and
	 *         `oversize` true.
	 */
	public function page( $type, $after, $limit, array $fields ) {
		$ids   = $this->ids( $type, $after, $limit + 1 );
		$items = array();
		$bytes = 0;
		$last  = null;
		foreach ( array_slice( $ids, 0, $limit ) as $id ) {
			$post = get_post( $id );
			if ( ! $post ) {
				// Deleted a moment ago.
				$last = $id;
				continue;
			}
			$item = $this->item( $post, $fields );
			$size = strlen( (string) wp_json_encode( $item, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES ) );
			if ( $items && $bytes + $size > self::PAGE_BYTES ) {
				break;
			}
			if ( $size > self::PAGE_BYTES ) {
				$item = array( 'content' => null ) + $item + array( 'oversize' => true );
				$size = 0;
			}
			$items[] = $item;
			$bytes  += $size;
			$last    = $id;
		}
		$more = count( $items ) < count( $ids );
		return array(
			'items'      => $items,
			'next_after' => $more ? $last : null,
			'more'       => $more,
			'total'      => $this->total( $type ),
		);
	}

	/**
	 * Ids after an id.
	 *
	 * @param string $type  The post type.
	 * @param int    $after The id.
	 * @param int    $limit How many at most.
	 * @return int[]
	 */
	private function ids( $type, $after, $limit ) {
		global $wpdb;
		$statuses = "'" . implode( "', '", self::STATUSES ) . "'";
		// phpcs:ignore WordPress.DB -- WP_Query cannot page by id; the statuses are our own words.
		return array_map( 'intval', $wpdb->get_col( $wpdb->prepare( "SELECT ID FROM $wpdb->posts WHERE post_type = %s AND post_status IN ($statuses) AND ID > %d ORDER BY ID LIMIT %d", $type, $after, $limit ) ) );
	}

	/**
	 * How many there are of a type.
	 *
	 * @param string $type The post type.
	 * @return int
	 */
	private function total( $type ) {
		return (int) array_sum( array_map( 'intval', array_intersect_key( (array) wp_count_posts( $type ), array_flip( self::STATUSES ) ) ) );
	}

	/**
	 * One post.
	 *
	 * @param \WP_Post $post   The post.
	 * @param string[] $fields Which fields.
	 * @return array<string, mixed>
	 */
	private function item( \WP_Post $post, array $fields ) {
		$item = array();
		foreach ( $fields as $field ) {
			$item[ $field ] = $this->field( $post, $field );
		}
		return $item;
	}

	/**
	 * One field of a post, as stored: what filters make of it for visitors is not the text.
	 *
	 * @param \WP_Post $post  The post.
	 * @param string   $field The field.
	 * @return mixed
	 */
	private function field( \WP_Post $post, $field ) {
		switch ( $field ) {
			case 'id':
				return $post->ID;
			case 'type':
				return $post->post_type;
			case 'status':
				return $post->post_status;
			case 'modified_gmt':
				return $this->moment( $post->post_modified_gmt );
			case 'date_gmt':
				return $this->moment( $post->post_date_gmt );
			case 'content_id':
				$content_id = ( new Publications() )->content_of_post( $post->ID );
				return $content_id ? $content_id : null;
			case 'fingerprint':
				return Fingerprint::of( $post );
			case 'url':
				return (string) get_permalink( $post );
			case 'slug':
				return $post->post_name;
			case 'title':
				return $post->post_title;
			case 'content':
				return $post->post_content;
			case 'excerpt':
				return $post->post_excerpt;
			case 'author':
				return (string) get_the_author_meta( 'display_name', (int) $post->post_author );
			case 'password_protected':
				return '' !== $post->post_password;
			case 'terms':
				return (object) $this->terms( $post );
			default:
				return $this->image( $post );
		}
	}

	/**
	 * A time of the database.
	 *
	 * @param string $gmt The time.
	 * @return string|null RFC 3339; null when there is none.
	 */
	private function moment( $gmt ) {
		return 0 === strpos( $gmt, '0000' ) ? null : str_replace( ' ', 'T', $gmt ) . 'Z';
	}

	/**
	 * The terms of a post, by taxonomy.
	 *
	 * @param \WP_Post $post The post.
	 * @return array<string, array<int, array{id: int, name: string, slug: string, parent: int}>>
	 */
	private function terms( \WP_Post $post ) {
		$all = array();
		foreach ( get_object_taxonomies( $post, 'objects' ) as $name => $taxonomy ) {
			$terms = $taxonomy->public ? get_the_terms( $post, $name ) : false;
			foreach ( is_array( $terms ) ? $terms : array() as $term ) {
				$all[ $name ][] = array(
					'id'     => $term->term_id,
					'name'   => $term->name,
					'slug'   => $term->slug,
					'parent' => $term->parent,
				);
			}
		}
		return $all;
	}

	/**
	 * The featured image of a post.
	 *
	 * @param \WP_Post $post The post.
	 * @return array{id: int, url: string, alt: string}|null
	 */
	private function image( \WP_Post $post ) {
		$id = (int) get_post_thumbnail_id( $post );
		return $id ? array(
			'id'  => $id,
			'url' => (string) wp_get_attachment_url( $id ),
			'alt' => (string) get_post_meta( $id, '_wp_attachment_image_alt', true ),
		) : null;
	}
}
