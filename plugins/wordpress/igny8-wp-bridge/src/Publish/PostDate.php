<?php
/**
 * When a post goes live, or went.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Clock;

defined( 'ABSPATH' ) || exit;

/**
 * Says to WordPress what it would get wrong by itself.
 */
final class PostDate {

	/**
	 * The date, where it must be said: WordPress keeps a date that is ahead when a post is to go live now,
	 * and would schedule it again, also one that was in the trash or a draft meanwhile. A scheduled one that
	 * becomes a draft floats again; what somebody plans for a draft stays while it is one, and what is live
	 * has the date that it has.
	 *
	 * @param \WP_Post $post  The post.
	 * @param Order    $order The order.
	 * @return array<string, string|bool>
	 */
	public static function to_be( \WP_Post $post, Order $order ) {
		$gmt = $order->publish_at_gmt;
		if ( null === $gmt && 'future' === $order->post_status ) {
			return array(); // It keeps its time.
		}
		if ( null === $gmt ) {
			$now  = gmdate( 'Y-m-d H:i:s', Clock::now() );
			$down = in_array( $order->post_status, array( 'draft', 'pending' ), true );
			$live = in_array( $post->post_status, array( 'publish', 'private' ), true );
			if ( 'future' !== $post->post_status && ( $down || $live || $post->post_date_gmt <= $now ) ) {
				return array();
			}
			if ( $down ) {
				return array_fill_keys( array( 'post_date', 'post_date_gmt' ), '0000-00-00 00:00:00' ) + array( 'edit_date' => true );
			}
			$gmt = $now;
		}
		return array(
			'post_date_gmt' => $gmt,
			'post_date'     => get_date_from_gmt( $gmt ),
			'edit_date'     => true,
		);
	}
}
