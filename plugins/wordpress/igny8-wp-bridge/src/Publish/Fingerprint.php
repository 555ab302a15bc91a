<?php
/**
 * What a post is, in one line.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Seo\Footprint;

defined( 'ABSPATH' ) || exit;

/**
 * Tells whether anybody changed a post. Covers title, body, excerpt, slug, terms and thumbnail as stored
 * and, in a last part of its own, SEO fields. Whoever renames or deletes a term changes none of its posts.
 * Only the bridge computes it; the version in front says what it covers, and a post is compared in the
 * version of the fingerprint that somebody knows.
 */
final class Fingerprint {

	const VERSION = 'v2';
	// What a version knows terms by.
	const TERMS_BY = array(
		'v1' => 'slugs',
		'v2' => 'ids',
	);

	/**
	 * Computes the fingerprint of a post.
	 *
	 * @param \WP_Post $post The post, freshly read.
	 * @return string
	 */
	public static function of( \WP_Post $post ) {
		return self::from_terms( $post, self::terms( $post ) );
	}

	/**
	 * The same, where its terms were read already.
	 *
	 * @param \WP_Post $post  The post, freshly read.
	 * @param array    $terms What `terms()` says.
	 * @return string
	 */
	public static function from_terms( \WP_Post $post, array $terms ) {
		return self::with_terms( self::VERSION, $post, $terms );
	}

	/**
	 * The terms of a post that people see, as the database has them.
	 *
	 * @param \WP_Post $post The post.
	 * @param string   $by   ids or slugs.
	 * @return array<string, array<int, int|string>> Sorted, by taxonomy.
	 */
	public static function terms( \WP_Post $post, $by = 'ids' ) {
		return self::terms_in( $post, self::term_rows( $post ), $by );
	}

	/**
	 * Everything about the terms of a post that people see.
	 *
	 * @param \WP_Post $post The post.
	 * @return object[] Rows with taxonomy, term_id, slug and name.
	 */
	public static function term_rows( \WP_Post $post ) {
		global $wpdb;
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- both taxonomies at once, and the same whoever asks: plugins translate what WordPress hands out.
		return (array) $wpdb->get_results( $wpdb->prepare( "SELECT x.taxonomy, t.term_id, t.slug, t.name FROM $wpdb->term_relationships r JOIN $wpdb->term_taxonomy x ON x.term_taxonomy_id = r.term_taxonomy_id JOIN $wpdb->terms t ON t.term_id = x.term_id WHERE r.object_id = %d AND x.taxonomy IN ( 'category', 'post_tag' ) ORDER BY t.name, t.term_id", $post->ID ) );
	}

	/**
	 * The terms that such rows name.
	 *
	 * @param \WP_Post $post The post.
	 * @param object[] $rows What `term_rows()` says.
	 * @param string   $by   ids or slugs.
	 * @return array<string, array<int, int|string>> Sorted, by taxonomy.
	 */
	public static function terms_in( \WP_Post $post, array $rows, $by = 'ids' ) {
		$terms = array();
		foreach ( $rows as $row ) {
			$terms[ $row->taxonomy ][] = 'ids' === $by ? (int) $row->term_id : $row->slug;
		}
		foreach ( $terms as $taxonomy => $found ) {
			sort( $found );
			$terms[ $taxonomy ] = $found;
		}
		return self::visible( $post->post_type, $terms );
	}

	/**
	 * Those of a post's terms that belong to its type.
	 *
	 * @param string $post_type The type.
	 * @param array  $terms     Terms by taxonomy.
	 * @return array<string, array> By taxonomy, in this order.
	 */
	public static function visible( $post_type, array $terms ) {
		$visible = array();
		foreach ( array( 'category', 'post_tag' ) as $taxonomy ) {
			$visible[ $taxonomy ] = is_object_in_taxonomy( $post_type, $taxonomy ) ? ( $terms[ $taxonomy ] ?? array() ) : array();
		}
		return $visible;
	}

	/**
	 * Computes the fingerprint of a post as if it had these terms.
	 *
	 * @param string   $version The version.
	 * @param \WP_Post $post    The post.
	 * @param array    $terms   Terms, sorted, by taxonomy.
	 * @return string
	 */
	private static function with_terms( $version, \WP_Post $post, array $terms ) {
		$seen = array(
			$post->post_title,
			$post->post_content,
			$post->post_excerpt,
			self::slug( $post ),
			$terms,
			(int) get_post_thumbnail_id( $post ),
		);
		return $version . ':' . hash( 'sha256', (string) wp_json_encode( $seen ) ) . ':' . Footprint::of( $post->ID );
	}

	/**
	 * One that no post has: what it was taken of is there no more.
	 *
	 * @return string
	 */
	public static function of_none() {
		return self::VERSION . ':' . bin2hex( random_bytes( 32 ) ) . ':';
	}

	/**
	 * The slug. Drafts have none yet, and the trash changes it: going live and being taken down are
	 * not edits.
	 *
	 * @param \WP_Post $post The post.
	 * @return string
	 */
	private static function slug( \WP_Post $post ) {
		$slug = 'trash' === $post->post_status ? (string) get_post_meta( $post->ID, '_wp_desired_post_slug', true ) : '';
		$slug = '' !== $slug ? $slug : $post->post_name;
		return '' !== $slug ? $slug : sanitize_title( $post->post_title );
	}

	/**
	 * Whether a post was changed since a fingerprint was taken. One of a version that nobody knows here
	 * cannot tell: then a person has to.
	 *
	 * @param string             $base  The fingerprint that the backend knows.
	 * @param \WP_Post           $post  The post, freshly read.
	 * @param array<string, int[]> $terms The terms that it had then, by taxonomy, where that is known.
	 * @return bool
	 */
	public static function differs( $base, \WP_Post $post, array $terms = array() ) {
		list( $version, $hash, $footprint ) = explode( ':', $base ) + array( '', '', '' );
		if ( ! isset( self::TERMS_BY[ $version ] ) ) {
			return true;
		}
		$now      = self::terms( $post, self::TERMS_BY[ $version ] );
		$possible = array( $now );
		if ( 'ids' === self::TERMS_BY[ $version ] && $terms ) {
			$possible[] = self::before_deletions( $now, $terms );
		}
		foreach ( $possible as $then ) {
			$current = explode( ':', self::with_terms( $version, $post, $then ) );
			if ( hash_equals( $current[1], $hash ) && ! Footprint::differs( $footprint, $current[2] ) ) {
				return false;
			}
		}
		return true;
	}

	/**
	 * The terms of a post with those that it had and that were deleted since. WordPress gives the default
	 * category to a post that loses its last one.
	 *
	 * @param array<string, int[]> $now  Its terms, by taxonomy.
	 * @param array<string, int[]> $then The terms that it had.
	 * @return array<string, int[]>
	 */
	private static function before_deletions( array $now, array $then ) {
		foreach ( $now as $taxonomy => $ids ) {
			$had      = array_map( 'intval', (array) ( $then[ $taxonomy ] ?? array() ) );
			$missing  = array_values( array_diff( $had, $ids ) );
			$deleted  = array_diff( $missing, PostState::existing_terms( $missing ) );
			$stand_in = 'category' === $taxonomy && $had && ! array_diff( $had, $deleted ) && array( (int) get_option( 'default_category' ) ) === $ids;
			$ids      = array_unique( array_merge( $stand_in ? array() : $ids, $deleted ) );
			sort( $ids );
			$now[ $taxonomy ] = $ids;
		}
		return $now;
	}
}
