<?php
/**
 * The steps by which one post is written.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Hooks;
use Igny8\Bridge\Core\Refusal;
use Igny8\Bridge\Media\Deadline;
use Igny8\Bridge\Media\Images;
use Igny8\Bridge\Seo\Writer;

defined( 'ABSPATH' ) || exit;

/**
 * Draft, images, terms, SEO, and the text last of all, under a claim that somebody else holds and ends.
 */
final class Writing {

	// Whoever saves a post again and again is asked.
	const TRIES = 3;

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
	 * The post, among people.
	 *
	 * @var GuardedPost
	 */
	private $post;

	/**
	 * The order's texts.
	 *
	 * @var PostWriter
	 */
	private $writer;

	/**
	 * How long this call may work on images.
	 *
	 * @var Deadline
	 */
	private $deadline;

	/**
	 * The images of this publish; null where it has none to do with.
	 *
	 * @var Images|null
	 */
	private $images;

	/**
	 * Begins to write.
	 *
	 * @param Order       $order    The order.
	 * @param ClaimHolder $claim    Our claim.
	 * @param PostWriter  $writer   The order's texts.
	 * @param Deadline    $deadline How long this call may work on images.
	 */
	public function __construct( Order $order, ClaimHolder $claim, PostWriter $writer, Deadline $deadline ) {
		$this->order    = $order;
		$this->claim    = $claim;
		$this->writer   = $writer;
		$this->deadline = $deadline;
		$this->post     = new GuardedPost( $order, $claim );
	}

	/**
	 * Writes the post, while people may be at work on it. Where somebody saved it in the middle, and the order
	 * leaves some of it alone, it is looked at anew: they may have been at work on that.
	 *
	 * @return array{0: array, 1: int}
	 * @throws Refusal When a person's work stands in the way, or somebody took over.
	 */
	public function carry_out() {
		$warnings = clone $this->order->warnings;
		for ( $try = 1; ; $try++ ) {
			try {
				return $this->post->guard(
					function () {
						return $this->write();
					}
				);
			} catch ( Refusal $refusal ) {
				if ( $try >= self::TRIES || ! $refusal->is_of_the_moment || ! Scope::is_partial( $this->order ) || $this->claim->leaves_something() ) {
					throw $refusal;
				}
			}
			$this->order->warnings = clone $warnings;
			$this->post            = new GuardedPost( $this->order, $this->claim );
		}
	}

	/**
	 * Takes the steps.
	 *
	 * @return array{0: array, 1: int}
	 * @throws Refusal When a person's work stands in the way, or somebody took over.
	 */
	private function write() {
		$this->passed( 'claimed' );
		$post = $this->claim->existing_post();
		if ( $post && $this->order->take_down && Trash::is_down( $post, $this->order ) ) {
			return $this->leave_down( $post );
		}
		if ( $post ) {
			$this->meet( $post );
			$this->claim->hold( $post->ID );
		}
		if ( $this->order->take_down ) {
			return $this->take_down( $post );
		}
		Scope::settle( $this->order, $post );
		$terms  = new Terms();
		$post   = $post ? $post : $this->make_draft( $terms );
		$images = $this->images( $post->ID );
		if ( ! $images->are_all_here() ) {
			return $this->pause( $post->ID, $images );
		}
		if ( ! $this->claim->made() ) {
			// Fetching images takes seconds to minutes: somebody may have come meanwhile.
			$this->passed( 'fetched' );
			$post = Posts::still_there( $this->order, $post->ID );
			$this->meet( $post );
			$this->post->begin();
			$this->writer->keep_revision( $post );
		}
		$this->passed( 'named' );
		$seo = $this->attach( $post->ID, $terms, $images );
		$this->passed( 'attached' );
		$this->put_in_place( $post, $images );
		$seo->verify( $post->ID );
		$this->passed( 'flipped' );
		if ( $this->claim->made() ) {
			Twin::warn_of( get_post( $post->ID ), $this->order );
		}
		return $this->finish( $post );
	}

	/**
	 * Looks at a post that was there before.
	 *
	 * @param \WP_Post $post The post.
	 * @throws Refusal When somebody's work stands in the way.
	 */
	private function meet( \WP_Post $post ) {
		$this->post->meet( $post );
		if ( ! $this->order->take_down ) {
			$this->writer->meet( $post, $this->claim->watch()->text() );
		}
	}

	/**
	 * Makes the post, as a draft that nobody sees.
	 *
	 * @param Terms $terms The terms of this request.
	 * @return \WP_Post
	 * @throws Refusal 422 when the order has no whole text; when somebody took over.
	 */
	private function make_draft( Terms $terms ) {
		if ( $this->order->parts ) {
			throw ContentParts::of_nothing();
		}
		$categories = $terms->for_new_post( $this->order );
		$post_id    = $this->post->make(
			function ( callable $made ) use ( $categories ) {
				$this->writer->insert_draft( $categories, $made );
			}
		);
		$this->passed( 'drafted' );
		$this->claim->hold( $post_id );
		return get_post( $post_id );
	}

	/**
	 * Gives the post everything that belongs to its text: whoever is told of the text finds it there.
	 *
	 * @param int    $post_id The post.
	 * @param Terms  $terms   The terms of this request.
	 * @param Images $images  Its images.
	 * @return Writer Who wrote the SEO fields.
	 * @throws Refusal When a person's work stands in the way, or somebody took over.
	 */
	private function attach( $post_id, Terms $terms, Images $images ) {
		$terms->assign( $this->post, $post_id, $this->order );
		OwnTaxonomies::assign( $post_id, $this->order );
		$seo = new Writer( $this->order->seo, $this->order->warnings );
		$this->post->change(
			PostState::of_seo( $seo->wanted() ),
			function () use ( $seo, $post_id ) {
				$seo->write( $post_id, array( $this->post, 'look' ) );
			}
		);
		$thumbnail = $images->thumbnail();
		$this->post->change(
			null === $thumbnail ? array() : array( 'thumbnail' => $thumbnail ),
			static function () use ( $images ) {
				$images->attach();
			}
		);
		return $seo;
	}

	/**
	 * Puts the text in its place, with its wanted status.
	 *
	 * @param \WP_Post $post   The post.
	 * @param Images   $images Its images.
	 * @throws Refusal When a person's work stands in the way, or somebody took over.
	 */
	private function put_in_place( \WP_Post $post, Images $images ) {
		if ( 'trash' === $post->post_status ) {
			$this->post->prepare_row(
				static function () use ( &$post ) {
					$post = Trash::take_out( $post );
				}
			);
		}
		if ( $this->order->parts ) {
			// Plugins may have written in passing: what is kept is what is there now.
			$post = Posts::still_there( $this->order, $post->ID );
			$this->writer->meet( $post, $this->claim->watch()->text() );
			$this->post->replaces( $post->post_content );
		}
		$this->writer->use_images( $images );
		$this->post->change_row(
			function () use ( $post ) {
				$this->claim->made() ? $this->writer->flip( $post ) : $this->writer->replace( $post );
			}
		);
	}

	/**
	 * Brings the images into the media library. The post itself is not touched yet.
	 *
	 * @param int $post_id The post.
	 * @return Images
	 * @throws Refusal When somebody took over.
	 */
	private function images( $post_id ) {
		$images = new Images( $this->order->images, $post_id, $this->writer->body(), $this->order->rev, $this->order->warnings );
		$images->fetch(
			$this->deadline,
			function () use ( $post_id ) {
				$this->claim->hold( $post_id );
			}
		);
		$this->images = $images;
		return $images;
	}

	/**
	 * Leaves the rest to the next call: no call outlasts the time that the backend waits.
	 *
	 * @param int    $post_id The post.
	 * @param Images $images  How far it has come.
	 * @return array{0: array, 1: int}
	 * @throws Refusal When somebody took over.
	 */
	private function pause( $post_id, Images $images ) {
		$this->claim->pause();
		$this->passed( 'paused' );
		return array(
			array(
				'content_id'   => $this->order->content_id,
				'operation_id' => $this->order->operation_id,
				'rev'          => $this->order->rev,
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
	 * @param \WP_Post|null $post The post, if there is one.
	 * @return array{0: array, 1: int}
	 * @throws Refusal 410 when there is none.
	 */
	private function take_down( $post ) {
		if ( ! $post ) {
			throw Posts::gone( $this->order->content_id );
		}
		$this->post->begin();
		$this->post->look();
		$this->post->change_row(
			function () use ( $post ) {
				if ( 'trash' === $this->order->post_status ) {
					Trash::put( $post, $this->order );
				} elseif ( 'trash' === $post->post_status ) {
					Trash::take_out( $post );
				} else {
					$this->writer->put_down( $post );
				}
			}
		);
		$this->passed( 'taken_down' );
		$this->writer->mark( $post );
		return $this->finish( $post );
	}

	/**
	 * Leaves a post alone that is down already, whoever did it. What somebody has made of its text stays
	 * something that the backend has not seen.
	 *
	 * @param \WP_Post $post The post.
	 * @return array{0: array, 1: int}
	 * @throws Refusal When somebody took over.
	 */
	private function leave_down( \WP_Post $post ) {
		$this->post->leave( $post );
		$this->claim->hold( $post->ID );
		// It may have been a run of ours that died before it came to them.
		$this->writer->mark( $post );
		$terms = Fingerprint::terms( $post );
		$now   = Fingerprint::from_terms( $post, $terms );
		$print = $this->post->left_as( $now );
		$moved = $print === $now ? array() : Fingerprint::groups_differing( $print, $post );
		return array( $this->told( $post, $print, array( 'terms' => $print === $now ? $terms : array() ), $moved ), 200 );
	}

	/**
	 * Stores what came of it.
	 *
	 * @param \WP_Post $post The post.
	 * @return array{0: array, 1: int}
	 * @throws Refusal When somebody took over.
	 */
	private function finish( \WP_Post $post ) {
		// Written a moment ago by this very process: what WordPress has of it is fresh.
		$post  = get_post( $post->ID );
		$terms = $this->post->sight()->terms_as_left( $post->post_type );
		$since = $this->post->since();
		// Where somebody was quick: what they made of it is not what we published.
		$print = null === $terms ? Fingerprint::of_none() : Fingerprint::from_terms( $post, $terms );
		$known = null === $terms ? array() : $since->known( $post, $print, $terms );
		return array( $this->told( $post, $print, $known, $since->left() ), $this->claim->made() ? 201 : 200 );
	}

	/**
	 * Ends it.
	 *
	 * @param \WP_Post            $post  The post.
	 * @param string              $print Its fingerprint.
	 * @param array<string, mixed> $known What the backend knows of it from now on.
	 * @param string[]            $moved The groups that others have changed and that were left alone.
	 * @return array<string, mixed> The answer's data.
	 * @throws Refusal When somebody took over.
	 */
	private function told( \WP_Post $post, $print, array $known, array $moved ) {
		$result = Snapshot::result( $this->order, $post, $print, $moved, $this->images ? $this->images->told() : array() );
		$known += array( 'fingerprint' => $print );
		$this->claim->finish( $result, $known );
		if ( $moved ) {
			Origin::leaves( $this->order->content_id, $known['fingerprint'] );
		}
		do_action( Hooks::TOLD, $post, $print );
		$this->passed( 'finished' );
		return $result;
	}

	/**
	 * Tells whoever listens how far this publish has come.
	 *
	 * @param string $step claimed, drafted, paused, fetched, named, attached, flipped, taken_down or finished.
	 */
	private function passed( $step ) {
		/**
		 * Fires between the steps of a publish.
		 *
		 * @param string $step       The step that is done.
		 * @param int    $content_id The content.
		 */
		do_action( 'igny8_publish_step', $step, $this->order->content_id );
	}
}
