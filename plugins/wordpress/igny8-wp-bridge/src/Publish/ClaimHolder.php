<?php
/**
 * Our claim on one content, from winning it to giving it up.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * Wins the claim for one order, shows that we are alive, and keeps what we have seen of the post.
 */
final class ClaimHolder {

	/**
	 * What is in the table.
	 *
	 * @var Publications
	 */
	private $publications;

	/**
	 * Writes it.
	 *
	 * @var Claims
	 */
	private $claims;

	/**
	 * The order.
	 *
	 * @var Order
	 */
	private $order;

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
	 * What was seen of the post: by us, or by the run that ended in the middle before us.
	 *
	 * @var Watch
	 */
	private $watch;

	/**
	 * The parts of the post's row when we began to change it; null while we have not.
	 *
	 * @var array<string, mixed>|null
	 */
	private $found;

	/**
	 * Whether something is left to be put back.
	 *
	 * @var bool
	 */
	private $is_left = false;

	/**
	 * Whether nothing was claimed: somebody only asks what would come of it.
	 *
	 * @var bool
	 */
	private $is_foreseen = false;

	/**
	 * Names the order.
	 *
	 * @param Order $order The order.
	 */
	public function __construct( Order $order ) {
		$this->publications = new Publications();
		$this->claims       = new Claims( $this->publications );
		$this->order        = $order;
		$this->watch        = new Watch();
	}

	/**
	 * Wins the claim, or finds out that there is nothing to do.
	 *
	 * @return array<string, mixed>|null The stored answer of an order that was carried out before.
	 * @throws Refusal 409 in_progress, 410 gone.
	 * @throws DatabaseError When the table cannot be read or written.
	 */
	public function claim_or_replay() {
		$order = $this->order;
		$seen  = $this->publications->look_up( $order->content_id );
		if ( ! $seen ) {
			$this->claim = $this->claims->begin( $order );
			if ( $this->claim ) {
				return null;
			}
			$seen = $this->publications->find( $order->content_id );
		}
		$replayed = Replay::of( $this->order, $seen );
		if ( null !== $replayed ) {
			return $replayed;
		}
		$this->claim = $this->claims->take( $seen, $order );
		if ( ! $this->claim ) {
			throw Replay::in_progress( $this->order->content_id );
		}
		$this->go_on_from( $seen );
		return null;
	}

	/**
	 * Finds out what claiming would come to, and claims nothing.
	 *
	 * @return array<string, mixed>|null The stored answer of an order that was carried out before.
	 * @throws Refusal 409 in_progress, 410 gone.
	 */
	public function foresee() {
		$this->is_foreseen = true;
		$seen              = $this->publications->look_up( $this->order->content_id ) ?? LostRows::claim_of( $this->order->content_id );
		$replayed          = $seen ? Replay::of( $this->order, $seen ) : null;
		$this->claim       = $seen ? clone $seen : Claim::of( $this->order, '' );
		if ( $seen ) {
			$this->go_on_from( $seen );
		}
		return $replayed;
	}

	/**
	 * Takes what the row says that was there before.
	 *
	 * @param Claim $seen The row.
	 */
	private function go_on_from( Claim $seen ) {
		$this->before = $seen;
		if ( $seen->is_stale() ) {
			$this->watch = Watch::from_json( $seen->watch );
		}
		$this->order->base_on( $seen->known['fingerprint'], $seen->result );
		if ( null !== $this->order->html ) {
			$this->order->images->keep_gallery( $seen->known['gallery'] );
		}
	}

	/**
	 * What was seen of the post: by us, or by the run that ended in the middle before us.
	 *
	 * @return Watch
	 */
	public function watch() {
		return $this->watch;
	}

	/**
	 * The post that the claim names.
	 *
	 * @return int 0 when it names none.
	 */
	public function post_id() {
		return $this->made ? $this->made : $this->claim->post_id;
	}

	/**
	 * Notes the draft that this request made.
	 *
	 * @param int $post_id The post.
	 */
	public function made_post( $post_id ) {
		$this->made = $post_id;
	}

	/**
	 * Whether the claim is still ours.
	 *
	 * @return bool
	 */
	public function is_held() {
		return $this->claim && $this->claims->is_ours( $this->claim );
	}

	/**
	 * Stops when somebody has taken over.
	 *
	 * @throws Refusal 409 when the claim is lost.
	 */
	public function refuse_if_lost() {
		if ( ! $this->is_held() ) {
			throw Replay::in_progress( $this->order->content_id );
		}
	}

	/**
	 * The row before we took it.
	 *
	 * @return Claim|null Null when there was none.
	 */
	public function before() {
		return $this->before;
	}

	/**
	 * Whether the run that ended in the middle before us was about another intent.
	 *
	 * @return bool
	 */
	public function is_another_intent() {
		return $this->before && $this->before->is_stale() && ( $this->before->rev !== $this->order->rev || $this->before->operation_id !== $this->order->operation_id );
	}

	/**
	 * Takes what is seen of the post by now for what the run that ended in the middle has seen: what that
	 * one did is undone.
	 */
	public function replace_dead_run() {
		if ( $this->before && $this->before->is_stale() ) {
			$this->before->watch = $this->watch->to_json();
		}
	}

	/**
	 * The draft that this request made.
	 *
	 * @return int 0 when it made none.
	 */
	public function made() {
		return $this->made;
	}

	/**
	 * The post to write on.
	 *
	 * @return \WP_Post|null Null when one has to be made.
	 * @throws Refusal 410 when a person deleted it and nobody asked to make it again; 409 when the claim is lost.
	 */
	public function existing_post() {
		$post = Posts::fresh( $this->claim->post_id );
		$post = $post && Posts::is_of( $post, $this->order->content_id ) ? $post : null;
		if ( ! $post && ( ! $this->before || $this->before->is_stale() ) ) {
			// Whoever died before may have made a post that the row does not name yet.
			$post = Posts::to_adopt( $this->order, $this->publications, (bool) $this->before );
			if ( $post && Posts::is_of( $post, $this->order->content_id ) ) {
				// Named at once: whoever asks what is here must be told, also when nothing may be written on it.
				$this->hold( $post->ID );
			}
		}
		if ( ! $post && $this->claim->post_id && ! $this->order->recreate ) {
			throw Posts::gone( $this->order->content_id );
		}
		if ( $post && Trash::is_in_the_way( $post, $this->order ) && ! $this->order->recreate ) {
			throw Posts::gone( $this->order->content_id, $post );
		}
		return $post;
	}

	/**
	 * Shows a sign of life, and stops when somebody has taken over.
	 *
	 * @param int $post_id The post that the claim names from now on.
	 * @throws Refusal 409 when the claim is lost.
	 */
	public function hold( $post_id ) {
		if ( $this->is_foreseen || $this->claims->renew( $this->claim, $post_id, $this->watch->to_json() ) ) {
			return;
		}
		throw Replay::in_progress( $this->order->content_id );
	}

	/**
	 * Keeps what is known of the post by now, if the claim is still ours.
	 */
	public function keep_watch() {
		try {
			$this->claims->keep( $this->claim, $this->watch->to_json() );
		} catch ( DatabaseError $error ) {
			return; // The next run asks a person.
		}
	}

	/**
	 * Says that a post that was there before is being changed from now on.
	 *
	 * @throws Refusal When somebody took over.
	 */
	public function begin_writing() {
		$this->found = $this->watch->row();
		if ( ! $this->claims->begin_writing( $this->claim, $this->watch->to_json() ) ) {
			throw Replay::in_progress( $this->order->content_id );
		}
	}

	/**
	 * Leaves the rest to the next call.
	 *
	 * @throws Refusal When somebody took over.
	 */
	public function pause() {
		if ( ! $this->claims->pause( $this->claim, $this->post_id(), $this->watch->to_json() ) ) {
			throw Replay::in_progress( $this->order->content_id );
		}
	}

	/**
	 * Stores what came of it.
	 *
	 * @param array<string, mixed> $result The answer's data.
	 * @param array<string, array> $known  What `Claim::$known` is to be; the images are seen to.
	 * @throws Refusal When somebody took over.
	 */
	public function finish( array $result, array $known ) {
		$known['gallery'] = $this->order->images->sets_gallery ? $this->order->images->gallery_as_sent() : $this->claim->known['gallery'];
		if ( ! $this->claims->finish( $this->claim, $result, $known ) ) {
			throw Replay::in_progress( $this->order->content_id );
		}
	}

	/**
	 * Says whether something is left to be put back by the next call, if we get no further.
	 *
	 * @param bool $is_left Whether it is.
	 */
	public function leave_to_next( $is_left = true ) {
		$this->is_left = $is_left;
	}

	/**
	 * Whether something is left to be put back by the next call.
	 *
	 * @return bool
	 */
	public function leaves_something() {
		return $this->is_left;
	}

	/**
	 * Puts everything back as it was, because nothing was changed. A draft that was made stays ours: the
	 * next call finds it, and what a person has made of it. Where somebody has taken over and made
	 * another, or none, it goes. A row that we did change, as by taking it out of the trash, is left to the
	 * next call, which is not to take that for a person's doing.
	 */
	public function give_back() {
		if ( $this->made && ! $this->claims->pause( $this->claim, $this->made, $this->watch->to_json() ) ) {
			$row = $this->publications->find( $this->order->content_id );
			if ( ! $row || $row->post_id !== $this->made ) {
				wp_delete_post( $this->made, true );
			}
		} elseif ( ! $this->made && ( $this->is_left || ( null !== $this->found && $this->found !== $this->watch->row() ) ) ) {
			$this->abandon();
		} elseif ( ! $this->made ) {
			$this->claims->give_back( $this->claim, $this->before );
		}
	}

	/**
	 * Gives up in the middle, so that the next request need not wait until the heartbeat is old.
	 */
	public function abandon() {
		try {
			if ( $this->claim ) {
				$this->claims->abandon( $this->claim, $this->watch->to_json() );
			}
		} catch ( DatabaseError $error ) {
			return; // Then it has to wait.
		}
	}

	/**
	 * Gives up when PHP ends in the middle: a fatal error, an exit in another plugin.
	 */
	public function abandon_when_php_dies() {
		register_shutdown_function( array( $this, 'abandon' ) );
	}

	/**
	 * Lets go: whatever came of it is written.
	 */
	public function let_go() {
		$this->claim = null;
	}
}
