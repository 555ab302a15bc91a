<?php
/**
 * Orders that were carried out before.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * Says what an order comes to beside what is there of its content, before anybody claims it.
 */
final class Replay {

	const RETRY_AFTER_SECONDS = 30;

	/**
	 * The answer of an order that was carried out before.
	 *
	 * @param Order      $order The order.
	 * @param Claim|null $seen  The content's row.
	 * @return array<string, mixed>|null Null when there is something to do.
	 * @throws Refusal 409 in_progress, 410 gone.
	 */
	public static function of( Order $order, ?Claim $seen ) {
		// Without a row, somebody else is making it, or has just given it back.
		if ( null === $seen || $seen->is_alive() || ( $seen->is_stale() && $order->rev < $seen->rev ) ) {
			throw self::in_progress( $order->content_id, $seen ? $seen->rev : 0 );
		}
		if ( $seen->is_stale() ) {
			return null;
		}
		$post = Posts::fresh( $seen->post_id );
		$post = $post && Posts::is_of( $post, $order->content_id ) ? $post : null;
		if ( ( ! $post || Trash::is_in_the_way( $post, $order ) ) && ! ( $order->recreate && $order->rev > $seen->rev ) ) {
			throw Posts::gone( $order->content_id, $post );
		}
		if ( $order->rev > $seen->rev ) {
			return null;
		}
		return array_merge( $seen->result ? $seen->result : Snapshot::by_marks( $order->content_id, $post ), array( 'replayed' => true ) );
	}

	/**
	 * The refusal while somebody else is at work on the same content.
	 *
	 * @param int $content_id The content.
	 * @param int $rev        The intent that is being carried out, or that nobody below may go on with; 0 when nobody knows.
	 * @return Refusal
	 */
	public static function in_progress( $content_id, $rev = 0 ) {
		return new Refusal(
			409,
			'in_progress',
			'This content is being published right now.',
			array(),
			array( 'content_id' => $content_id ) + ( $rev ? array( 'rev' => $rev ) : array() ),
			self::RETRY_AFTER_SECONDS
		);
	}
}
