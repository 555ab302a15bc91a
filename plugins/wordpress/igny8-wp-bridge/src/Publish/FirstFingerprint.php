<?php
/**
 * The fingerprint that the first bridge took.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

defined( 'ABSPATH' ) || exit;

/**
 * `v1:`, one hash over title, body, excerpt, slug, categories and tags by their slugs, and the thumbnail, `:`,
 * SEO. A backend that has published nothing since the upgrade knows no other, so it is computed for as long as
 * it is asked for; none is given out any more. It does not tell which of them is another.
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
		return ! hash_equals( self::hash( $post ), $hash );
	}

	/**
	 * The hash of a post.
	 *
	 * @param \WP_Post $post The post.
	 * @return string
	 */
	private static function hash( \WP_Post $post ) {
		$slugs = array_fill_keys( self::TAXONOMIES, array() );
		foreach ( Fingerprint::term_rows( $post ) as $row ) {
			if ( isset( $slugs[ $row->taxonomy ] ) && is_object_in_taxonomy( $post->post_type, $row->taxonomy ) ) {
				$slugs[ $row->taxonomy ][] = $row->slug;
			}
		}
		foreach ( $slugs as $taxonomy => $found ) {
			sort( $found );
			$slugs[ $taxonomy ] = $found;
		}
		$seen = array(
			$post->post_title,
			$post->post_content,
			$post->post_excerpt,
			Fingerprint::slug( $post ),
			$slugs,
			(int) get_post_thumbnail_id( $post ),
		);
		return hash( 'sha256', (string) wp_json_encode( $seen ) );
	}
}
