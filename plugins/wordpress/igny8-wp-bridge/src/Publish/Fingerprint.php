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
 * Tells whether anybody changed a post; a term that gets another name changes none of its posts. Covers title, body, excerpt, slug, terms and thumbnail as
 * stored and, in a last part of its own, SEO fields. Only the bridge computes it; the version in
 * front says what it covers, so that a later bridge never takes its own better sight for somebody's
 * edit.
 */
final class Fingerprint {

	const VERSION = 'v2';

	/**
	 * Computes the fingerprint of a post.
	 *
	 * @param \WP_Post $post The post, freshly read.
	 * @return string
	 */
	public static function of( \WP_Post $post ) {
		$terms = array();
		foreach ( array( 'category', 'post_tag' ) as $taxonomy ) {
			$ids = is_object_in_taxonomy( $post->post_type, $taxonomy )
				? wp_get_object_terms( $post->ID, $taxonomy, array( 'fields' => 'ids' ) )
				: array();
			$ids = is_array( $ids ) ? array_map( 'intval', $ids ) : array();
			sort( $ids );
			$terms[ $taxonomy ] = $ids;
		}
		$seen = array(
			$post->post_title,
			$post->post_content,
			$post->post_excerpt,
			self::slug( $post ),
			$terms,
			(int) get_post_thumbnail_id( $post ),
		);
		return self::VERSION . ':' . hash( 'sha256', (string) wp_json_encode( $seen ) ) . ':' . Footprint::of( $post->ID );
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
	 * Whether a post was changed since a fingerprint was taken. One of another version cannot tell.
	 *
	 * @param string $base    The fingerprint that the backend knows.
	 * @param string $current The fingerprint now.
	 * @return bool
	 */
	public static function differs( $base, $current ) {
		$base    = explode( ':', $base ) + array( '', '', '' );
		$current = explode( ':', $current ) + array( '', '', '' );
		return $base[0] === $current[0] && ( ! hash_equals( $current[1], $base[1] ) || Footprint::differs( $base[2], $current[2] ) );
	}
}
