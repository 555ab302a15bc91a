<?php
/**
 * The fingerprint that the first bridge took.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

defined( 'ABSPATH' ) || exit;

/**
 * `v1:` or `v2:`, one hash over title, body, excerpt, slug, categories and tags by their slugs or, with v2, by
 * their ids, and the thumbnail, `:`, SEO. A backend that has published nothing since the upgrade knows no other, so
 * it is computed for as long as it is asked for; none is given out any more. It does not tell which of them is
 * another.
 */
final class FirstFingerprint {

	const GROUPS     = array( 'title', 'body', 'excerpt', 'slug', 'terms', 'thumbnail' );
	const TAXONOMIES = array( 'category', 'post_tag' );

	/**
	 * Whether anything but the SEO fields is another.
	 *
	 * @param string   $hash The hash that the backend knows.
	 * @param \WP_Post $post The post, freshly read.
	 * @return bool
	 */
	public static function differs( $hash, \WP_Post $post ) {
		return ! hash_equals( self::hash( $post, 'slug' ), $hash ) && ! hash_equals( self::hash( $post, 'term_id' ), $hash );
	}

	/**
	 * The hash of a post.
	 *
	 * @param \WP_Post $post The post.
	 * @param string   $by   What terms are known by: slug or term_id.
	 * @return string
	 */
	private static function hash( \WP_Post $post, $by ) {
		$terms = array_fill_keys( self::TAXONOMIES, array() );
		foreach ( Fingerprint::term_rows( $post ) as $row ) {
			if ( isset( $terms[ $row->taxonomy ] ) && is_object_in_taxonomy( $post->post_type, $row->taxonomy ) ) {
				$terms[ $row->taxonomy ][] = 'slug' === $by ? $row->slug : (int) $row->term_id;
			}
		}
		foreach ( $terms as $taxonomy => $found ) {
			sort( $found );
			$terms[ $taxonomy ] = $found;
		}
		$seen = array(
			$post->post_title,
			$post->post_content,
			$post->post_excerpt,
			Fingerprint::slug( $post ),
			$terms,
			(int) get_post_thumbnail_id( $post ),
		);
		return hash( 'sha256', (string) wp_json_encode( $seen ) );
	}
}
