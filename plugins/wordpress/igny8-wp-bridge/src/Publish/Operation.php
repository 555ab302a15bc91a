<?php
/**
 * Carries out one publish order.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Publish\Media\Deadline;
use Igny8\Bridge\Publish\Media\Images;
use Igny8\Bridge\Outbox\Origin;
use Igny8\Bridge\Rest\Refusal;
use Igny8\Bridge\Seo\Writer;

defined( 'ABSPATH' ) || exit;

/**
 * Claim, write, attach, flip: one content becomes one post, however often and however many at once
 * ask for it, and wherever PHP dies.
 */
final class Operation {

	const RETRY_AFTER_SECONDS = 30;
	const PAUSE_SECONDS       = 5;

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
	 * How long this call may work on images.
	 *
	 * @var Deadline
	 */
	private $deadline;

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
		$this->claims   = new Claims();
		$this->deadline = new Deadline();
	}

	/**
	 * Carries out an order.
	 *
	 * @param Order $order The order.
	 * @return array{0: array, 1: int} The answer's data, and 201 for a new post, 202 when there is more to do, else 200.
	 * @throws Refusal When it is not carried out; then nothing was changed.
	 * @throws \Throwable When WordPress failed in the middle; the next request goes on from there.
	 */
	public function carry_out( Order $order ) {
		return Author::act(
			$order,
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
				// Terms are counted once, when the post is live or given up, not at each step.
				$counting = wp_defer_term_counting();
				wp_defer_term_counting( true );
				try {
					return Origin::during(
						$order->content_id,
						$order->operation_id,
						function () use ( $order, $writer ) {
							return $this->write( $order, $writer );
						}
					);
				} catch ( Refusal $refusal ) {
					$this->claims->give_back( $this->claim, $this->before );
					throw $refusal;
				} catch ( \Throwable $error ) {
					$this->claims->abandon( $this->claim );
					throw $error;
				} finally {
					wp_defer_term_counting( $counting );
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
			if ( ( ! $post || Trash::is_in_the_way( $post, $order ) ) && ! ( $order->recreate && $order->rev > $seen->rev ) ) {
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
		$this->passed( 'claimed', $order );
		$post = $this->existing( $order );
		if ( $post ) {
			PeoplesWork::refuse_to_trample( $order, $post, $this->before );
			$this->hold( $order, $post->ID );
		}
		if ( 'trash' === $order->post_status ) {
			return $this->take_down( $order, $writer, $post );
		}
		$terms = new Terms();
		if ( $post ) {
			$images = $this->images( $order, $writer, $post->ID );
			if ( ! $images->are_all_here() ) {
				return $this->pause( $order, $post->ID, $images );
			}
			$post = 'trash' === $post->post_status ? Trash::take_out( $post ) : $post;
			$writer->keep_revision( $post );
		} else {
			$categories = $terms->for_new_post( $order );
			$this->while_held(
				$order,
				0,
				static function () use ( $writer, $categories ) {
					return $writer->insert_draft( $categories );
				}
			);
			$this->passed( 'drafted', $order );
			$this->hold( $order, $this->made );
			$post   = get_post( $this->made );
			$images = $this->images( $order, $writer, $post->ID );
			if ( ! $images->are_all_here() ) {
				return $this->pause( $order, $post->ID, $images );
			}
		}
		$this->passed( 'named', $order );
		$terms->assign( $post->ID, $order );
		OwnTaxonomies::assign( $post->ID, $order );
		$seo = new Writer( $order );
		$seo->write( $post->ID );
		$writer->use_body( $images->attach() );
		$this->passed( 'attached', $order );
		$this->while_held(
			$order,
			$post->ID,
			function () use ( $writer, $post ) {
				$this->made ? $writer->flip( $post ) : $writer->replace( $post );
			}
		);
		$seo->verify( $post->ID );
		$this->passed( 'flipped', $order );
		return $this->finish( $order, $post );
	}

	/**
	 * Brings the images into the media library. The post itself is not touched yet.
	 *
	 * @param Order      $order   The order.
	 * @param PostWriter $writer  Its texts.
	 * @param int        $post_id The post.
	 * @return Images
	 * @throws Refusal When somebody took over.
	 */
	private function images( Order $order, PostWriter $writer, $post_id ) {
		$images = new Images( $order, $post_id, $writer->body() );
		$images->fetch(
			$this->deadline,
			function () use ( $order, $post_id ) {
				$this->hold( $order, $post_id );
			}
		);
		return $images;
	}

	/**
	 * Leaves the rest to the next call: no call outlasts the time that the backend waits.
	 *
	 * @param Order  $order   The order.
	 * @param int    $post_id The post.
	 * @param Images $images  How far it has come.
	 * @return array{0: array, 1: int}
	 * @throws Refusal When somebody took over.
	 */
	private function pause( Order $order, $post_id, Images $images ) {
		if ( ! $this->claims->pause( $this->claim ) ) {
			throw $this->in_progress( $order );
		}
		$this->passed( 'paused', $order );
		return array(
			array(
				'content_id'   => $order->content_id,
				'operation_id' => $order->operation_id,
				'rev'          => $order->rev,
				'state'        => Claim::RUNNING,
				'post_id'      => $post_id,
				'images'       => $images->progress(),
			),
			202,
		);
	}

	/**
	 * Takes a post down, under our claim.
	 *
	 * @param Order         $order  The order.
	 * @param PostWriter    $writer Leaves the marks.
	 * @param \WP_Post|null $post   The post, if there is one.
	 * @return array{0: array, 1: int}
	 * @throws Refusal 410 when there is none.
	 */
	private function take_down( Order $order, PostWriter $writer, $post ) {
		if ( ! $post ) {
			throw Posts::gone( $order->content_id );
		}
		$this->while_held(
			$order,
			$post->ID,
			static function () use ( $order, $post ) {
				Trash::put( $post, $order );
			}
		);
		$this->passed( 'taken_down', $order );
		$writer->mark( $post );
		return $this->finish( $order, $post );
	}

	/**
	 * Stores what came of it.
	 *
	 * @param Order    $order The order.
	 * @param \WP_Post $post  The post.
	 * @return array{0: array, 1: int}
	 * @throws Refusal When somebody took over.
	 */
	private function finish( Order $order, \WP_Post $post ) {
		// Written a moment ago by this very process: what WordPress has of it is fresh.
		$result = Snapshot::result( $order, get_post( $post->ID ) );
		if ( ! $this->claims->finish( $this->claim, $result ) ) {
			throw $this->in_progress( $order );
		}
		$this->passed( 'finished', $order );
		return array( $result, $this->made ? 201 : 200 );
	}

	/**
	 * Writes a post's row, looking once more, right before the database is written, whether the claim is
	 * still ours: other plugins' hooks may have taken minutes.
	 *
	 * @param Order    $order   The order.
	 * @param int      $post_id The post; 0 when it is to be made.
	 * @param callable $write   Calls WordPress. Returns the post that it made, if it made one.
	 * @throws Refusal When somebody took over; then nothing was written.
	 */
	private function while_held( Order $order, $post_id, callable $write ) {
		$look = function ( $data, $fields ) use ( $order, $post_id ) {
			if ( 'revision' !== $data['post_type'] && (int) ( $fields['ID'] ?? 0 ) === $post_id ) {
				$this->hold( $order, $post_id ? $post_id : $this->claim->post_id );
			}
			return $data;
		};
		add_filter( 'wp_insert_post_data', $look, PHP_INT_MAX, 2 );
		try {
			$made = $write();
		} finally {
			remove_filter( 'wp_insert_post_data', $look, PHP_INT_MAX );
		}
		if ( ! $post_id ) {
			$this->made = $made;
		}
	}

	/**
	 * Tells whoever listens how far this publish has come.
	 *
	 * @param string $step  claimed, drafted, paused, named, attached, flipped, taken_down or finished.
	 * @param Order  $order The order.
	 */
	private function passed( $step, Order $order ) {
		/**
		 * Fires between the steps of a publish.
		 *
		 * @param string $step       The step that is done.
		 * @param int    $content_id The content.
		 */
		do_action( 'igny8_publish_step', $step, $order->content_id );
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
		if ( $post && Trash::is_in_the_way( $post, $order ) && ! $order->recreate ) {
			throw Posts::gone( $order->content_id );
		}
		return $post;
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
