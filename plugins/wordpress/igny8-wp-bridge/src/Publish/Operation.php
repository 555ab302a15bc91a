<?php
/**
 * Carries out one publish order.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Database;
use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\Patience;
use Igny8\Bridge\Core\Refusal;
use Igny8\Bridge\Media\Deadline;

defined( 'ABSPATH' ) || exit;

/**
 * Claim, write, attach, flip: one content becomes one post, however often and however many at once
 * ask for it, and wherever PHP dies.
 */
final class Operation {

	// After this many seconds a publish that is not finished goes on with the next call.
	const PAUSE_SECONDS = 5;

	/**
	 * The order.
	 *
	 * @var Order
	 */
	private $order;

	/**
	 * Our claim.
	 *
	 * @var ClaimHolder
	 */
	private $claim;

	/**
	 * How long this call may work on images.
	 *
	 * @var Deadline
	 */
	private $deadline;

	/**
	 * Begins an operation.
	 *
	 * @param Order $order What is to be done.
	 */
	public function __construct( Order $order ) {
		$this->order    = $order;
		$this->claim    = new ClaimHolder( $order );
		$this->deadline = new Deadline();
	}

	/**
	 * Carries out the order.
	 *
	 * @return array{0: array, 1: int} The answer's data, and 201 for a new post, 202 when there is more to do, else 200.
	 * @throws Refusal When it is not carried out; then nothing was changed.
	 * @throws \Throwable When WordPress failed in the middle; the next request goes on from there.
	 */
	public function carry_out() {
		Patience::for_text( $this->order->bytes() );
		return Author::act(
			$this->order,
			function () {
				$writer   = new PostWriter( $this->order );
				$replayed = Database::watched( array( $this->claim, 'claim_or_replay' ) );
				if ( null !== $replayed ) {
					return array( $replayed, 200 );
				}
				return TermCounting::once(
					function () use ( $writer ) {
						return $this->under_claim( $writer );
					}
				);
			}
		);
	}

	/**
	 * Writes while the claim is ours, and leaves the claim as what came of it demands.
	 *
	 * @param PostWriter $writer The order's texts.
	 * @return array{0: array, 1: int}
	 * @throws Refusal When it is not carried out.
	 * @throws \Throwable When WordPress failed in the middle.
	 */
	private function under_claim( PostWriter $writer ) {
		$this->claim->abandon_when_php_dies();
		// The markup is cleaned already, by our own rules; the author's own filters would
		// clean it again by others. They come back when the author steps back.
		kses_remove_filters();
		$this->remove_other_filters();
		try {
			$done = Origin::during(
				$this->order->content_id,
				$this->order->operation_id,
				function () use ( $writer ) {
					return Database::watched( array( new Writing( $this->order, $this->claim, $writer, $this->deadline ), 'carry_out' ) );
				},
				$this->order->correlation_id
			);
			Database::enough();
			return $done;
		} catch ( Refusal $refusal ) {
			$this->claim->give_back();
			throw $refusal;
		} catch ( DatabaseError $error ) {
			$error->is_half_done = true;
			$this->claim->abandon();
			throw $error;
		} catch ( \Throwable $error ) {
			$this->claim->abandon();
			throw $error;
		} finally {
			$this->claim->let_go();
		}
	}

	/**
	 * Keeps WordPress, for the rest of this request, from what it does to texts beside that: before 6.7 it adds
	 * attributes to links, it writes some entities anew, and on some sites it closes what is open. What is not
	 * sent anew keeps its bytes, and what is sent is stored as it was cleaned.
	 */
	private function remove_other_filters() {
		if ( false !== has_filter( 'content_save_pre', 'wp_targeted_link_rel' ) ) {
			wp_remove_targeted_link_rel_filters();
		}
		foreach ( array( 'content_save_pre', 'excerpt_save_pre' ) as $hook ) {
			remove_filter( $hook, 'convert_invalid_entities' );
			remove_filter( $hook, 'balanceTags', 50 );
		}
	}
}
