<?php
/**
 * Carries out one publish order.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Rest\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * Claim, write, attach, flip: one content becomes one post, however often and however many at once
 * ask for it, and wherever PHP dies.
 */
final class Operation {

	const RETRY_AFTER_SECONDS = 30;
	const LOCKED_FOR_SECONDS  = 150;
	const LOCKED_RETRY_AFTER  = 300;

	/**
	 * The table.
	 *
	 * @var Claims
	 */
	private $claims;

	/**
	 * Our claim, while we hold it.
	 *
	 * @var Claim|null
	 */
	private $claim;

	/**
	 * The row before we took it; null when there was none.
	 *
	 * @var Claim|null
	 */
	private $before;

	/**
	 * The draft that this request made, or 0.
	 *
	 * @var int
	 */
	private $made = 0;

	/**
	 * Opens the table.
	 */
	public function __construct() {
		$this->claims = new Claims();
	}

	/**
	 * Carries out an order.
	 *
	 * @param Order $order The order.
	 * @return array{0: array, 1: int} The answer's data, and 201 for a new post, else 200.
	 * @throws Refusal When it is not carried out; then nothing was changed.
	 * @throws \Throwable When WordPress failed in the middle; the next request goes on from there.
	 */
	public function carry_out( Order $order ) {
		return Author::act(
			function () use ( $order ) {
				$writer   = new PostWriter( $order );
				$replayed = $this->claim_or_replay( $order );
				if ( null !== $replayed ) {
					return array( $replayed, 200 );
				}
				$this->give_up_when_php_dies();
				// The markup is cleaned already, by our own rules; the author's own filters would
				// clean it again by others. They come back when the author steps back.
				kses_remove_filters();
				$this->remove_link_filters();
				try {
					return $this->write( $order, $writer );
				} catch ( Refusal $refusal ) {
					$this->claims->give_back( $this->claim, $this->before );
					throw $refusal;
				} catch ( \Throwable $error ) {
					$this->claims->abandon( $this->claim );
					throw $error;
				} finally {
					$this->claim = null;
				}
			}
		);
	}

	/**
	 * Wins the claim, or finds out that there is nothing to do.
	 *
	 * @param Order $order The order.
	 * @return array<string, mixed>|null The stored answer of an order that was carried out before.
	 * @throws Refusal 409 in_progress, 410 gone.
	 */
	private function claim_or_replay( Order $order ) {
		$this->claim = $this->claims->begin( $order );
		if ( $this->claim ) {
			return null;
		}
		$seen = $this->claims->find( $order->content_id );
		if ( null === $seen ) {
			throw new \RuntimeException( 'The table of publications cannot be written.' );
		}
		if ( $seen->is_alive() || ( $seen->is_stale() && $order->rev < $seen->rev ) ) {
			throw $this->in_progress( $order );
		}
		if ( ! $seen->is_stale() ) {
			$post = Posts::fresh( $seen->post_id );
			if ( ( ! $post || 'trash' === $post->post_status ) && ! ( $order->recreate && $order->rev > $seen->rev ) ) {
				throw Posts::gone( $order->content_id );
			}
			if ( $order->rev <= $seen->rev ) {
				return array_merge( $seen->result, array( 'replayed' => true ) );
			}
		}
		$this->claim  = $this->claims->take( $seen, $order );
		$this->before = $seen;
		if ( ! $this->claim ) {
			throw $this->in_progress( $order );
		}
		return null;
	}

	/**
	 * Writes the post under our claim.
	 *
	 * @param Order      $order  The order.
	 * @param PostWriter $writer Its texts.
	 * @return array{0: array, 1: int}
	 * @throws Refusal When a person's work stands in the way, or somebody took over.
	 */
	private function write( Order $order, PostWriter $writer ) {
		$post = $this->existing( $order );
		if ( $post ) {
			$this->refuse_to_trample( $order, $post );
			$this->hold( $order, $post->ID );
			if ( 'trash' === $post->post_status ) {
				wp_untrash_post( $post->ID );
				$post = Posts::fresh( $post->ID );
			}
		} else {
			$this->made = $writer->insert_draft();
			$this->hold( $order, $this->made );
			$post = Posts::fresh( $this->made );
		}
		( new Terms() )->assign( $post->ID, $order );
		$this->hold( $order, $post->ID );
		if ( $this->made ) {
			$writer->flip( $post );
		} else {
			$writer->replace( $post );
		}
		$result = Snapshot::result( $order, Posts::fresh( $post->ID ) );
		if ( ! $this->claims->finish( $this->claim, $result ) ) {
			throw $this->in_progress( $order );
		}
		return array( $result, $this->made ? 201 : 200 );
	}

	/**
	 * The post to write on.
	 *
	 * @param Order $order The order.
	 * @return \WP_Post|null Null when one has to be made.
	 * @throws Refusal 410 when a person deleted it and nobody asked to make it again.
	 */
	private function existing( Order $order ) {
		$post = Posts::fresh( $this->claim->post_id );
		if ( ! $post && ( ! $this->before || $this->before->is_stale() ) ) {
			$post = Posts::to_adopt( $order, $this->claims );
		}
		if ( $post && 'trash' === $post->post_status && ! $order->recreate ) {
			throw Posts::gone( $order->content_id );
		}
		return $post;
	}

	/**
	 * Refuses to overwrite what a person is editing, or has changed. After a take-over a difference is
	 * our own half-made work.
	 *
	 * @param Order    $order The order.
	 * @param \WP_Post $post  The post.
	 * @throws Refusal 423 locked, 409 conflict.
	 */
	private function refuse_to_trample( Order $order, \WP_Post $post ) {
		// Read directly: wp_check_post_lock() is not loaded here, and overlooks the author himself.
		$lock = (int) get_post_meta( $post->ID, '_edit_lock', true );
		if ( $lock > time() - self::LOCKED_FOR_SECONDS ) {
			throw new Refusal( 423, 'locked', 'Somebody has this post open in the editor.', array(), array( 'content_id' => $order->content_id ), self::LOCKED_RETRY_AFTER );
		}
		if ( null === $order->base_fingerprint || 'trash' === $post->post_status || ( $this->before && $this->before->is_stale() ) ) {
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
	 * Shows a sign of life, and stops when somebody has taken over.
	 *
	 * @param Order $order   The order.
	 * @param int   $post_id The post that the claim names from now on.
	 * @throws Refusal 409 when the claim is lost; the draft that this request made is gone then.
	 */
	private function hold( Order $order, $post_id ) {
		if ( $this->claims->renew( $this->claim, $post_id ) ) {
			return;
		}
		$row = $this->claims->find( $order->content_id );
		if ( $this->made && ( ! $row || $row->post_id !== $this->made ) ) {
			wp_delete_post( $this->made, true );
		}
		throw $this->in_progress( $order );
	}

	/**
	 * Gives the claim up when PHP ends in the middle (a fatal error, an exit in another plugin), so that
	 * the next request need not wait until the heartbeat is old.
	 */
	private function give_up_when_php_dies() {
		register_shutdown_function(
			function () {
				if ( $this->claim ) {
					$this->claims->abandon( $this->claim );
				}
			}
		);
	}

	/**
	 * Keeps WordPress before 6.7 from adding attributes to links, for the rest of this request.
	 */
	private function remove_link_filters() {
		if ( false !== has_filter( 'content_save_pre', 'wp_targeted_link_rel' ) ) {
			wp_remove_targeted_link_rel_filters();
		}
	}

	/**
	 * The refusal while somebody else is at work on the same content.
	 *
	 * @param Order $order The order.
	 * @return Refusal
	 */
	private function in_progress( Order $order ) {
		return new Refusal(
			409,
			'in_progress',
			'This content is being published right now.',
			array(),
			array( 'content_id' => $order->content_id ),
			self::RETRY_AFTER_SECONDS
		);
	}
}
