<?php
/**
 * Tags that WordPress would mix up.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

defined( 'ABSPATH' ) || exit;

/**
 * Whoever updates a post has WordPress set the tags that it has already, by their names, if one of them has a
 * quote or a backslash: it compares names with slashes to names without. By name, `C#` is `C`, and is lost.
 */
final class KeptTags {

	/**
	 * For `wp_update_post()`: has it leave the tags alone.
	 *
	 * @return array{tags_input: null} Stands above the names that it would set.
	 */
	public static function untouched() {
		return array( 'tags_input' => null );
	}

	/**
	 * Calls a function of WordPress's that updates a post without asking us for its tags, or for its texts.
	 *
	 * @param \WP_Post $post   The post.
	 * @param callable $update Takes the post's id.
	 * @return mixed What it returns.
	 */
	public static function during( \WP_Post $post, callable $update ) {
		$before = self::ids( $post );
		$done   = KeptTexts::during(
			$post->ID,
			array(),
			static function () use ( $post, $update ) {
				return $update( $post->ID );
			}
		);
		if ( $done && $before && array_diff( $before, self::ids( $post ) ) ) {
			wp_set_object_terms( $post->ID, $before, 'post_tag' );
		}
		return $done;
	}

	/**
	 * The ids of a post's tags.
	 *
	 * @param \WP_Post $post The post.
	 * @return int[]
	 */
	private static function ids( \WP_Post $post ) {
		$tags = is_object_in_taxonomy( $post->post_type, 'post_tag' ) ? get_the_terms( $post->ID, 'post_tag' ) : array();
		return is_array( $tags ) ? array_map( 'intval', wp_list_pluck( $tags, 'term_id' ) ) : array();
	}
}
