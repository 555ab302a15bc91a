<?php
/**
 * What a post is, in one line.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

defined( 'ABSPATH' ) || exit;

/**
 * Tells whether anybody changed a post. Covers title, body, excerpt, slug, terms and thumbnail as
 * stored. Only the bridge computes it; the version in front says what it covers, so that a later
 * bridge never takes its own better sight for somebody's edit.
 */
final class Fingerprint {

	const VERSION = 'v1';

	/**
	 * Computes the fingerprint of a post.
	 *
	 * @param \WP_Post $post The post, freshly read.
	 * @return string
	 */
	public static function of( \WP_Post $post ) {
		$terms = array();
		foreach ( array( 'category', 'post_tag' ) as $taxonomy ) {
			$slugs = is_object_in_taxonomy( $post->post_type, $taxonomy )
				? wp_get_object_terms( $post->ID, $taxonomy, array( 'fields' => 'slugs' ) )
				: array();
			$slugs = is_array( $slugs ) ? $slugs : array();
			sort( $slugs );
			$terms[ $taxonomy ] = $slugs;
		}
		$seen = array(
			$post->post_title,
			$post->post_content,
			$post->post_excerpt,
			// Drafts have no slug yet; going live is not an edit.
			'' !== $post->post_name ? $post->post_name : sanitize_title( $post->post_title ),
			$terms,
			(int) get_post_thumbnail_id( $post ),
		);
		return self::VERSION . ':' . hash( 'sha256', (string) wp_json_encode( $seen ) );
	}

	/**
	 * Whether a post was changed since a fingerprint was taken. One of another version cannot tell.
	 *
	 * @param string $base    The fingerprint that the backend knows.
	 * @param string $current The fingerprint now.
	 * @return bool
	 */
	public static function differs( $base, $current ) {
		return 0 === strpos( $base, self::VERSION . ':' ) && ! hash_equals( $base, $current );
	}
}
