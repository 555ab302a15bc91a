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
	 * last saw it, or since a run of ours that ended in the middle did.
	 *
	 * @param Order                $order  The order.
	 * @param \WP_Post             $post   The post.
	 * @param array<string, mixed> $now    Its state, read after the post and before its fingerprint.
	 * @param Watch                $watch  What a run of ours has seen of it.
	 * @param Comparison           $since  What others have changed of it.
	 * @throws Refusal 423 locked, 409 conflict.
	 */
	public static function refuse_if_edited( Order $order, \WP_Post $post, array $now, Watch $watch, Comparison $since ) {
		self::refuse_if_open( $order, $post->ID );
		if ( 'trash' === $post->post_status ) {
			// Whoever asks for a post that people have thrown away to be made again has seen that they did.
			if ( Trash::is_ours( $post ) ) {
				self::refuse_other_text( $order, $post, $since, ! $watch->knows_nothing() && $watch->was_changed( $now ) );
			}
			return;
		}
		if ( array_diff_assoc( PostState::of_columns( get_object_vars( $post ) ), $now ) ) {
			throw self::saved_meanwhile( $order, $post->ID );
		}
		if ( $watch->knows_nothing() ) {
			self::refuse_other_status( $order, $post );
			self::refuse_other_text( $order, $post, $since );
		} elseif ( $watch->was_changed( $now ) ) {
			// Unless a person has decided since: then the backend names what that one saw.
			self::refuse_other_status( $order, $post );
			self::refuse_other_text( $order, $post, $since, true );
		} else {
			// What a run of ours left alone may be what this one writes.
			self::refuse_other_text( $order, $post, $since );
		}
	}

	/**
	 * Refuses to write on a post that is open in the editor.
	 *
	 * @param Order $order   The order.
	 * @param int   $post_id The post, with its meta freshly read.
	 * @throws Refusal 423 locked.
	 */
	public static function refuse_if_open( Order $order, $post_id ) {
		// Read directly: wp_check_post_lock() is not loaded here, and overlooks the author himself.
		$lock = (int) get_post_meta( $post_id, '_edit_lock', true );
		if ( $lock > Clock::now() - self::LOCKED_FOR_SECONDS ) {
			throw new Refusal( 423, 'locked', 'Somebody has this post open in the editor.', array(), array( 'content_id' => $order->content_id ), self::LOCKED_RETRY_AFTER );
		}
	}

	/**
	 * The refusal of a post that somebody saved while we were at work.
	 *
	 * @param Order $order   The order.
	 * @param int   $post_id The post.
	 * @return Refusal 409 conflict.
	 */
	public static function saved_meanwhile( Order $order, $post_id ) {
		$refusal = new Refusal(
			409,
			'conflict',
			'Somebody saved the post in WordPress at the same moment.',
			array(),
			array(
				'content_id' => $order->content_id,
				'post_id'    => $post_id,
			)
		);

		$refusal->is_of_the_moment = true;
		return $refusal;
	}

	/**
	 * Refuses to overwrite what is not what the backend last saw.
	 *
	 * @param Order      $order  The order.
	 * @param \WP_Post   $post   The post.
	 * @param Comparison $since  What others have changed of it.
	 * @param bool       $unseen Whether a backend that has seen nothing is refused, too.
	 * @throws Refusal 409 conflict.
	 */
	private static function refuse_other_text( Order $order, \WP_Post $post, Comparison $since, $unseen = false ) {
		$base = $order->base_fingerprint;
		if ( null === $base && ! $unseen ) {
			return;
		}
		if ( null !== $base && ! $since->in_the_way() ) {
			return;
		}
		throw new Refusal(
			409,
			'conflict',
			'The post was changed in WordPress since it was last published from here.',
			array(),
			array(
				'content_id'          => $order->content_id,
				'post_id'             => $post->ID,
				'base_fingerprint'    => $base,
				'current_fingerprint' => Fingerprint::of( $post ),
				'groups'              => null === $base ? Scope::groups( $order ) : $since->in_the_way(),
			)
		);
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
		// A scheduled post goes live by itself, and whoever names no status writes none.
		if ( null === $base || ! $order->sets_status || $base === $now || ( 'future' === $base && 'publish' === $now ) ) {
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
}
