<?php
/**
 * Which post types may be published to.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * Knows the post types that visitors read. What WordPress and its plugins keep for themselves (menus,
 * templates, orders, revisions) is out of reach.
 */
final class PostTypes {

	/**
	 * The post types that may be published to: public ones that have an editor, media left out.
	 *
	 * @return string[] Names.
	 */
	public static function allowed() {
		$names = array();
		foreach ( get_post_types( array( 'public' => true ), 'objects' ) as $name => $type ) {
			if ( 'attachment' !== $name && is_post_type_viewable( $type ) && post_type_supports( $name, 'editor' ) ) {
				$names[] = $name;
			}
		}
		/**
		 * Filters the post types that IGNY8 may publish to.
		 *
		 * @param string[] $names Names of post types.
		 */
		$filtered = (array) apply_filters( 'igny8_post_types', $names );
		return array_values( array_filter( $filtered, 'post_type_exists' ) );
	}

	/**
	 * The capability that whoever publishes posts of a type must have.
	 *
	 * @param string $post_type A post type that exists.
	 * @return string
	 */
	public static function publish_capability( $post_type ) {
		$type = get_post_type_object( $post_type );
		return $type ? $type->cap->publish_posts : 'publish_posts';
	}
}
