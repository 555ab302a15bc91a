<?php
/**
 * A second article with the address of a first.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

defined( 'ABSPATH' ) || exit;

/**
 * Tells of a new post whose address another post of ours has already. They may be two articles with one
 * title; or one article twice, whose first content IGNY8 does not know any more, after a backup of its
 * data was restored. Only people can tell: nothing is held back.
 */
final class Twin {

	/**
	 * Warns, if WordPress had to give the new post another address. Asks nothing where it had not.
	 *
	 * @param \WP_Post $post  The new post, as it is stored.
	 * @param Order    $order The order; gets the warning.
	 */
	public static function warn_of( \WP_Post $post, Order $order ) {
		$wanted = sanitize_title( '' !== (string) $order->slug ? $order->slug : $post->post_title );
		if ( '' === $wanted || 1 !== preg_match( '/\\A' . preg_quote( $wanted, '/' ) . '-\\d+\\z/', $post->post_name ) ) {
			return;
		}
		$found = get_posts(
			array(
				'name'             => $wanted,
				'post_type'        => $post->post_type,
				'post_status'      => 'any',
				'numberposts'      => 1,
				'suppress_filters' => false,
			)
		);
		$other = $found ? (string) get_post_meta( $found[0]->ID, Posts::META_CONTENT, true ) : '';
		if ( '' !== $other && (string) $order->content_id !== $other ) {
			$order->warn(
				'same_address',
				'slug',
				sprintf( 'Post %1$d on this site has the address "%2$s" already, and was published by IGNY8, too (as content %3$s). If it is the same article, delete one of them.', $found[0]->ID, $wanted, $other )
			);
		}
	}
}
