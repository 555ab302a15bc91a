<?php
/**
 * A post that we write while others may be at work on it.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * Has the post looked at before each group of writes: who has it open, and whether it is still as we saw
 * or left it. When somebody's work stands in the way, what was written already is put back.
 */
final class GuardedPost {

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
	 * What stands before every statement.
	 *
	 * @var Fence
	 */
	private $fence;

	/**
	 * What is known of its meta.
	 *
	 * @var MetaGuard
	 */
	private $meta;

	/**
	 * What we see of it.
	 *
	 * @var Sight
	 */
	private $sight;

	/**
	 * Writes its row.
	 *
	 * @var RowGuard
	 */
	private $row;

	/**
	 * What others have changed of the post since the backend last saw it.
	 *
	 * @var Comparison
	 */
	private $since;

	/**
	 * Whether that was looked at.
	 *
	 * @var bool
	 */
	private $is_met = false;

	/**
	 * How to put back what was written around the text; null while nothing was.
	 *
	 * @var Undo|null
	 */
	private $undo;

	/**
	 * Builds it.
	 *
	 * @param Order       $order The order.
	 * @param ClaimHolder $claim Our claim.
	 */
	public function __construct( Order $order, ClaimHolder $claim ) {
		$this->order = $order;
		$this->claim = $claim;
		$this->since = new Comparison( $order );
		$this->meta  = new MetaGuard();
		$this->fence = new Fence( array( $this, 'refuse_to_write' ) );
		$this->sight = new Sight( $order, $claim, $this->fence, $this->meta );
		$this->row   = new RowGuard( $claim, $this->fence, $this->meta, $this->sight, Posts::guid( $order->content_id ) );
	}

	/**
	 * Does the whole of the writing. When somebody's work stands in the way, nothing is changed.
	 *
	 * @param callable $work What to do.
	 * @return mixed What it returns.
	 * @throws Refusal When it is not done.
	 */
	public function guard( callable $work ) {
		return $this->fence->around(
			function () use ( $work ) {
				try {
					return $this->meta->around( $work );
				} catch ( Refusal $refusal ) {
					$this->claim->watch()->intend_nothing();
					// What a newer run has made of it is nobody's edit.
					$this->claim->refuse_if_lost();
					if ( $this->undo ) {
						$this->claim->leave_to_next();
						$this->put_back( $this->undo );
						$this->claim->leave_to_next( false );
					}
					throw $refusal;
				}
			}
		);
	}

	/**
	 * Looks at a post that was there before, as the backend and the runs before us know it.
	 *
	 * @param \WP_Post $post The post.
	 * @throws Refusal When somebody's work stands in the way.
	 */
	public function meet( \WP_Post $post ) {
		$this->point_at( $post );
		// Before anything else is read: what changes while we look is found at the next look.
		$now   = $this->sight->state();
		$watch = $this->claim->watch();
		// What was written around another text does not belong to one that is not written anew, nor what another
		// intent was about.
		if ( $watch->undo() && ( $this->order->take_down || $this->claim->is_another_intent() || $watch->was_changed( $now ) ) ) {
			$this->undo_dead_run();
			$post = Posts::still_there( $this->order, $post->ID );
			$now  = $this->sight->state();
		}
		$this->compare( $post, $now );
		$watch->leave( $this->since->left_to_others() );
		if ( $watch->text() && $watch->was_changed( $now ) ) {
			$watch->keep_text( 0 );
		}
		$watch->see( $now );
		$this->row->go_on();
		$this->meta->begin( $post->ID );
		$this->fence->take_written();
	}

	/**
	 * Looks at a post as `meet()` does, and leaves everything as it is.
	 *
	 * @param \WP_Post $post The post.
	 * @return int The intent of ours whose text it says already, though the run that wrote it died; else 0.
	 * @throws Refusal When somebody's work stands in the way.
	 */
	public function foresee( \WP_Post $post ) {
		$this->point_at( $post );
		$now   = $this->sight->state();
		$watch = $this->claim->watch();
		$this->compare( $post, $now );
		return $watch->was_changed( $now ) ? 0 : $watch->text();
	}

	/**
	 * Compares a post with what the backend and the runs before us know.
	 *
	 * @param \WP_Post             $post The post.
	 * @param array<string, mixed> $now  Its state.
	 * @throws Refusal When somebody's work stands in the way.
	 */
	private function compare( \WP_Post $post, array $now ) {
		$watch = $this->claim->watch();
		if ( ! $this->is_met || $watch->was_changed( $now ) ) {
			Scope::settle( $this->order, $post );
			$this->since  = Comparison::of( $this->order, $post, $this->claim->before(), $watch->others_groups( $now ) );
			$this->is_met = true;
		}
		EditGuard::refuse_if_edited( $this->order, $post, $now, $watch, $this->since );
	}

	/**
	 * Leaves a post as it is, but for what a run of ours that died has written around its text.
	 *
	 * @param \WP_Post $post The post.
	 * @throws Refusal When the post is open in the editor, and something is to be put back.
	 */
	public function leave( \WP_Post $post ) {
		$this->point_at( $post );
		if ( $this->claim->watch()->undo() ) {
			$this->undo_dead_run();
		}
	}

	/**
	 * The fingerprint that the backend is to know of a post that was left as it is: where somebody has written,
	 * not the one of what they wrote. Its status may be theirs.
	 *
	 * @param string $now The fingerprint of what is there.
	 * @return string
	 */
	public function left_as( $now ) {
		$watch = $this->claim->watch();
		$seen  = $this->order->base_fingerprint;
		if ( $watch->knows_nothing() ) {
			return $seen ?? $now;
		}
		$is_theirs = $watch->was_changed( array_diff_key( $this->sight->state(), array( 'status' => '' ) ) );
		return $is_theirs ? $seen ?? Fingerprint::of_none() : $now;
	}

	/**
	 * From here on it is about this post.
	 *
	 * @param \WP_Post $post The post.
	 */
	private function point_at( \WP_Post $post ) {
		$this->sight->post_id = $post->ID;
		$this->fence->post_id = $post->ID;
	}

	/**
	 * Begins to change a post that was there before.
	 *
	 * @throws Refusal When somebody took over.
	 */
	public function begin() {
		$this->undo = Undo::of( $this->sight->post_id, $this->claim->watch() );
		$this->claim->watch()->keep_undo( $this->undo->kept() );
		$this->claim->begin_writing();
	}

	/**
	 * Puts back what a run that died wrote around a text that it did not come to: somebody has changed the
	 * post since, or takes it down, and decides of what was there before, not of halves.
	 *
	 * @throws Refusal When the post is open in the editor.
	 */
	private function undo_dead_run() {
		EditGuard::refuse_if_open( $this->order, $this->sight->post_id );
		$this->put_back( Undo::of( $this->sight->post_id, $this->claim->watch() ) );
	}

	/**
	 * Puts back what was written around a text, by us and by the runs that died before us.
	 *
	 * @param Undo $undo What was there before.
	 * @throws Refusal When somebody writes once more; the rest is left to the next call.
	 */
	private function put_back( Undo $undo ) {
		// Plugins that save the post in passing are not to save it as it was before somebody wrote.
		Posts::fresh( $this->sight->post_id );
		$this->row->give_way();
		$undo->restore();
		// What is theirs from now on stays, also where it is what we had chosen.
		$this->claim->watch()->see_put_back( $undo->before() );
		$this->claim->replace_dead_run();
	}

	/**
	 * Makes the post.
	 *
	 * @param callable $insert Calls WordPress; gets who says which row was made.
	 * @return int The post.
	 * @throws Refusal When somebody took over; then there is none.
	 */
	public function make( callable $insert ) {
		$this->fence->take_written();
		$this->meta->begin( 0 );
		try {
			$this->row->write(
				function () use ( $insert ) {
					$insert( array( $this->fence, 'made' ) );
				},
				array( $this, 'look_under_lock' )
			);
		} finally {
			$this->sight->post_id = $this->fence->post_id;
			$this->claim->made_post( $this->fence->post_id );
		}
		// WordPress and plugins gave it terms, and may have given it meta; all else is as it was inserted.
		$new = PostState::of_new();
		$this->claim->watch()->settle( $new, array_map( array( PostState::class, 'kind' ), array_keys( $new ) ) );
		return $this->sight->post_id;
	}

	/**
	 * Changes something of the post besides its row.
	 *
	 * @param array<string, mixed> $parts Parts of its state as they will be; none where nothing of what people
	 *                                    work on is written.
	 * @param callable             $write Writes.
	 * @throws Refusal When somebody's work stands in the way, or somebody took over.
	 */
	public function change( array $parts, callable $write ) {
		if ( ! $parts ) {
			$write();
			return;
		}
		$this->claim->watch()->intend( $parts );
		$this->claim->hold( $this->sight->post_id );
		// Last of all: between the look and the write there is room for nobody.
		$this->look();
		if ( $this->undo ) {
			$this->undo->note( $parts );
		}
		$write();
	}

	/**
	 * What others have changed of it since the backend last saw it.
	 *
	 * @return Comparison
	 */
	public function since() {
		return $this->since;
	}

	/**
	 * What we see of it.
	 *
	 * @return Sight
	 */
	public function sight() {
		return $this->sight;
	}

	/**
	 * Takes what we wrote as it turned out, and looks whether somebody else wrote.
	 *
	 * @throws Refusal When somebody's work stands in the way.
	 */
	public function look() {
		$this->sight->compare( $this->sight->state() );
	}

	/**
	 * Writes the post's row, for the last time.
	 *
	 * @param callable $write Calls WordPress.
	 * @throws Refusal When somebody's work stands in the way, or somebody took over; then it was not written.
	 */
	public function change_row( callable $write ) {
		$this->row->write( $write, array( $this, 'look_under_lock' ) );
		$this->fence->forget_row();
	}

	/**
	 * From here on the row is written only over this body: what will be written is made of it.
	 *
	 * @param string $body The body.
	 */
	public function replaces( $body ) {
		$this->sight->made_of = $body;
	}

	/**
	 * Writes the post's row, and not yet the text to which belongs what was written around it.
	 *
	 * @param callable $write Calls WordPress.
	 * @throws Refusal When somebody's work stands in the way, or somebody took over; then it was not written.
	 */
	public function prepare_row( callable $write ) {
		$this->row->write( $write, array( $this->row, 'look' ) );
		$this->fence->forget_row();
		$this->look();
	}

	/**
	 * Stands before each statement.
	 *
	 * @throws Refusal When somebody took over, or the value of meta that it replaces is somebody's.
	 */
	public function refuse_to_write() {
		$this->claim->refuse_if_lost();
		if ( ! $this->meta->may_write() ) {
			throw EditGuard::saved_meanwhile( $this->order, $this->sight->post_id );
		}
	}

	/**
	 * Looks once more under the lock.
	 *
	 * @throws Refusal When the row must not be written.
	 */
	public function look_under_lock() {
		$this->row->look_for_text( $this->order->parts ? $this->order->rev : 0 );
		// From here on what was written around it is right.
		$this->undo = null;
	}
}
