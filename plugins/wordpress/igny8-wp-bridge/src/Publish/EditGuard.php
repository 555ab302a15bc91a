<?php
/**
 * Respect for what people do in WordPress.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * Keeps a publish off what somebody is editing, or has changed.
 */
final class EditGuard {

	const LOCKED_FOR_SECONDS = 150;
	const LOCKED_RETRY_AFTER = 300;

	/**
	 * Refuses to overwrite a post that is open in the editor, or that somebody changed since the backend
	 * last saw it.
	 *
	 * @param Order      $order  The order.
	 * @param \WP_Post   $post   The post.
	 * @param Claim|null $before The claim's row before we took it; null when there was none.
	 * @throws Refusal 423 locked, 409 conflict.
	 */
	public static function refuse_if_edited( Order $order, \WP_Post $post, ?Claim $before ) {
		// Read directly: wp_check_post_lock() is not loaded here, and overlooks the author himself.
		$lock = (int) get_post_meta( $post->ID, '_edit_lock', true );
		if ( $lock > Clock::now() - self::LOCKED_FOR_SECONDS ) {
			throw new Refusal( 423, 'locked', 'Somebody has this post open in the editor.', array(), array( 'content_id' => $order->content_id ), self::LOCKED_RETRY_AFTER );
		}
		if ( null === $order->base_fingerprint || 'trash' === $post->post_status || self::is_our_half_made_work( $post, $before ) ) {
			return;
		}
		$current = Fingerprint::of( $post );
		if ( Fingerprint::differs( $order->base_fingerprint, $current ) ) {
			throw new Refusal(
				409,
				'conflict',
				'The post was changed in WordPress since it was last published from here.',
				array(),
				array(
					'content_id'          => $order->content_id,
					'post_id'             => $post->ID,
					'base_fingerprint'    => $order->base_fingerprint,
					'current_fingerprint' => $current,
				)
			);
		}
	}

	/**
	 * Whether what is there is not what anybody has ever seen finished: after a take-over a difference is
	 * our own doing.
	 *
	 * @param \WP_Post   $post   The post.
	 * @param Claim|null $before The claim's row before we took it.
	 * @return bool
	 */
	private static function is_our_half_made_work( \WP_Post $post, ?Claim $before ) {
		$died = $before && $before->is_stale() && ! $before->is_paused();
		return $died || '0' === get_post_meta( $post->ID, Posts::META_REV, true );
	}
}
