<?php
/**
 * Counting the posts of terms.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

defined( 'ABSPATH' ) || exit;

/**
 * Has terms counted once, when the post is live or given up, not at each step. Whenever a post gets another
 * status, WordPress asks for its terms taxonomy by taxonomy, to count them: we ask once for all of them.
 */
final class TermCounting {

	const OF_WORDPRESS = '_update_term_count_on_transition_post_status';

	/**
	 * Does something, and has the terms of the posts concerned counted at its end.
	 *
	 * @param callable $work What to do.
	 * @return mixed What it returns.
	 */
	public static function once( callable $work ) {
		$deferred = wp_defer_term_counting();
		$priority = has_action( 'transition_post_status', self::OF_WORDPRESS );
		wp_defer_term_counting( true );
		if ( false !== $priority ) {
			remove_action( 'transition_post_status', self::OF_WORDPRESS, $priority );
			add_action( 'transition_post_status', array( self::class, 'note' ), $priority, 3 );
		}
		try {
			return $work();
		} finally {
			if ( false !== $priority ) {
				remove_action( 'transition_post_status', array( self::class, 'note' ), $priority );
				add_action( 'transition_post_status', self::OF_WORDPRESS, $priority, 3 );
			}
			wp_defer_term_counting( $deferred );
		}
	}

	/**
	 * For `transition_post_status`, in the place of WordPress's own: notes the post's terms.
	 *
	 * @param string   $to   The status now.
	 * @param string   $from The status before.
	 * @param \WP_Post $post The post.
	 */
	public static function note( $to, $from, $post ) {
		global $wpdb;
		if ( 'new' === $from ) {
			return; // What it was given since it is there was noted then.
		}
		$terms = array();
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- WordPress does not ask a cache either.
		foreach ( (array) $wpdb->get_results( $wpdb->prepare( "SELECT x.taxonomy, x.term_taxonomy_id FROM $wpdb->term_relationships r JOIN $wpdb->term_taxonomy x ON x.term_taxonomy_id = r.term_taxonomy_id WHERE r.object_id = %d", $post->ID ) ) as $row ) {
			$terms[ $row->taxonomy ][] = (int) $row->term_taxonomy_id;
		}
		foreach ( array_intersect_key( $terms, array_flip( get_object_taxonomies( $post->post_type ) ) ) as $taxonomy => $ids ) {
			wp_update_term_count( $ids, $taxonomy );
		}
	}
}
