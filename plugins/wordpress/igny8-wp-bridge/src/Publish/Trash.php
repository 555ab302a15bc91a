<?php
/**
 * Taking posts down, and bringing them back.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * Tells a post that IGNY8 put into the trash from one that a person put there: the first comes back when
 * it is wanted again, the second stays down until somebody asks to make it again.
 */
final class Trash {

	// Post meta: when we put the post into the trash, in Unix time.
	const META_OURS = '_igny8_trashed';
	// Post meta: the post was sticky when we put it into the trash. WordPress forgets that.
	const META_STICKY = '_igny8_sticky';
	// Seconds between our mark and the one that WordPress leaves a moment later.
	const SAME_MOMENT = 60;

	/**
	 * Whether a post counts as deleted by a person.
	 *
	 * @param \WP_Post $post  The post.
	 * @param Order    $order The order.
	 * @return bool
	 */
	public static function is_in_the_way( \WP_Post $post, Order $order ) {
		return 'trash' === $post->post_status && 'trash' !== $order->post_status && ! self::is_ours( $post );
	}

	/**
	 * Whether a post is as far down already as it is wanted to be.
	 *
	 * @param \WP_Post $post  The post.
	 * @param Order    $order The order to take it down.
	 * @return bool
	 */
	public static function is_down( \WP_Post $post, Order $order ) {
		if ( 'trash' === $order->post_status ) {
			return 'trash' === $post->post_status;
		}
		return in_array( $post->post_status, array( 'draft', 'pending', 'auto-draft' ), true );
	}

	/**
	 * Puts a post into the trash. Where the trash is switched off, which would delete it for good, it
	 * becomes a draft.
	 *
	 * @param \WP_Post $post  The post.
	 * @param Order    $order The order; gets a warning.
	 * @throws \RuntimeException When WordPress cannot.
	 * @throws Refusal When somebody's work stands in the way.
	 */
	public static function put( \WP_Post $post, Order $order ) {
		if ( 'trash' === $post->post_status ) {
			return;
		}
		if ( ! EMPTY_TRASH_DAYS ) {
			$order->warn( 'trash_disabled', 'post_status', 'The trash of this site is switched off; the post is a draft now.' );
			$updated = KeptTexts::during(
				$post->ID,
				array(),
				static function () use ( $post ) {
					return wp_update_post(
						KeptTags::untouched() + array(
							'ID'          => $post->ID,
							'post_status' => 'draft',
						),
						true
					);
				}
			);
			if ( is_wp_error( $updated ) ) {
				throw new \RuntimeException( $updated->get_error_message() ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped -- goes into JSON.
			}
			return;
		}
		update_post_meta( $post->ID, self::META_OURS, Clock::now() );
		if ( is_sticky( $post->ID ) ) {
			update_post_meta( $post->ID, self::META_STICKY, 1 );
		} else {
			delete_post_meta( $post->ID, self::META_STICKY );
		}
		try {
			$trashed = KeptTags::during( $post, 'wp_trash_post' );
		} catch ( Refusal $refusal ) {
			self::remove_marks( $post->ID );
			throw $refusal;
		}
		if ( ! $trashed ) {
			throw new \RuntimeException( 'WordPress could not put the post into the trash.' );
		}
	}

	/**
	 * For `wp_trash_post`: whoever else puts a post into the trash takes our mark away, which a run of ours
	 * may have left that died before it got so far.
	 *
	 * @param int $post_id The post.
	 */
	public static function somebody_trashes( $post_id ) {
		if ( ! Origin::current() ) {
			delete_post_meta( $post_id, self::META_OURS );
			delete_post_meta( $post_id, self::META_STICKY );
		}
	}

	/**
	 * For `untrashed_post`: what was sticky before we put it into the trash is so again, whoever takes it out.
	 *
	 * @param int $post_id The post.
	 */
	public static function came_out( $post_id ) {
		if ( get_post_meta( $post_id, self::META_STICKY, true ) ) {
			stick_post( $post_id );
			delete_post_meta( $post_id, self::META_STICKY );
		}
	}

	/**
	 * Removes the marks of a post that we did not trash after all; WordPress has left its own already.
	 *
	 * @param int $post_id The post.
	 */
	private static function remove_marks( $post_id ) {
		delete_post_meta( $post_id, self::META_OURS );
		delete_post_meta( $post_id, self::META_STICKY );
		$now = Posts::fresh( $post_id );
		if ( $now && 'trash' !== $now->post_status ) {
			delete_post_meta( $post_id, '_wp_trash_meta_status' );
			delete_post_meta( $post_id, '_wp_trash_meta_time' );
		}
	}

	/**
	 * Takes a post out of the trash, as a draft: many sites have WordPress give it the status that it had
	 * before, and an old text would be live.
	 *
	 * @param \WP_Post $post The post.
	 * @return \WP_Post The post as it is now.
	 * @throws \RuntimeException When WordPress cannot.
	 */
	public static function take_out( \WP_Post $post ) {
		$as_draft = static function ( $status, $post_id ) use ( $post ) {
			return $post_id === $post->ID ? 'draft' : $status;
		};
		add_filter( 'wp_untrash_post_status', $as_draft, PHP_INT_MAX, 2 );
		try {
			$done = KeptTags::during( $post, 'wp_untrash_post' );
		} finally {
			remove_filter( 'wp_untrash_post_status', $as_draft, PHP_INT_MAX );
		}
		if ( ! $done ) {
			throw new \RuntimeException( 'WordPress could not take the post out of the trash.' );
		}
		delete_post_meta( $post->ID, self::META_OURS );
		return Posts::fresh( $post->ID );
	}

	/**
	 * Whether it was the bridge that put a post into the trash.
	 *
	 * @param \WP_Post $post A post in the trash.
	 * @return bool
	 */
	public static function is_ours( \WP_Post $post ) {
		$ours = (int) get_post_meta( $post->ID, self::META_OURS, true );
		$when = (int) get_post_meta( $post->ID, '_wp_trash_meta_time', true );
		// WordPress takes its own mark away before it takes the post out: PHP may have died in between.
		return $ours && ( ! $when || abs( $when - $ours ) <= self::SAME_MOMENT );
	}
}
