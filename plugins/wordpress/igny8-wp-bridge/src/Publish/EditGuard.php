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
		if ( 'trash' === $post->post_status || self::is_our_half_made_work( $post, $before ) ) {
			return;
		}
		self::refuse_other_status( $order, $post );
		if ( null === $order->base_fingerprint ) {
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
	 * Refuses to overwrite what somebody saved while we were at work: read past every cache, right before
	 * the database is written.
	 *
	 * @param Order    $order The order.
	 * @param \WP_Post $post  The post as it was read.
	 * @throws Refusal 409 conflict.
	 */
	public static function refuse_if_saved_since( Order $order, \WP_Post $post ) {
		global $wpdb;
		$columns = array( 'post_title', 'post_content', 'post_excerpt', 'post_status', 'post_modified_gmt' );
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- caches are what must not be asked.
		$now = $wpdb->get_row( $wpdb->prepare( "SELECT post_title, post_content, post_excerpt, post_status, post_modified_gmt FROM $wpdb->posts WHERE ID = %d", $post->ID ) );
		foreach ( $columns as $column ) {
			if ( ! $now || $now->$column !== $post->$column ) {
				throw new Refusal(
					409,
					'conflict',
					'Somebody saved the post in WordPress at the same moment.',
					array(),
					array(
						'content_id' => $order->content_id,
						'post_id'    => $post->ID,
					)
				);
			}
		}
	}

	/**
	 * Refuses to change a post that somebody took down, hid or scheduled since the backend last saw it:
	 * an update would put it live again.
	 *
	 * @param Order    $order The order.
	 * @param \WP_Post $post  The post.
	 * @throws Refusal 409 conflict.
	 */
	private static function refuse_other_status( Order $order, \WP_Post $post ) {
		$base = $order->base_post_status;
		$now  = $post->post_status;
		// A scheduled post goes live by itself.
		if ( null === $base || $base === $now || ( 'future' === $base && 'publish' === $now ) ) {
			return;
		}
		throw new Refusal(
			409,
			'conflict',
			"The post is $now in WordPress now; it was $base when it was last seen from here.",
			array(),
			array(
				'content_id'       => $order->content_id,
				'post_id'          => $post->ID,
				'base_post_status' => $base,
				'post_status'      => $now,
			)
		);
	}

	/**
	 * Whether what is there is not what anybody has ever seen finished: where a run of ours died while it
	 * was changing the post, a difference is its doing, unless somebody saved the post after its last sign
	 * of life.
	 *
	 * @param \WP_Post   $post   The post.
	 * @param Claim|null $before The claim's row before we took it.
	 * @return bool
	 */
	private static function is_our_half_made_work( \WP_Post $post, ?Claim $before ) {
		if ( $before && $before->died_writing() ) {
			return (int) strtotime( $post->post_modified_gmt . ' UTC' ) <= $before->updated_at + Claim::DEAD_AFTER;
		}
		return '0' === get_post_meta( $post->ID, Posts::META_REV, true );
	}
}
