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
 * Looks at the post before each group of writes: who has it open, and whether it is still as we saw or
 * left it. Its row, which holds the texts, is looked at under the lock of the statement that replaces it.
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
	 * The post's id; 0 until it is made.
	 *
	 * @var int
	 */
	private $id = 0;

	/**
	 * The parts of its row as they are to be.
	 *
	 * @var array<string, mixed>
	 */
	private $wanted = array();

	/**
	 * Whether the row was as we knew it when it was written in passing.
	 *
	 * @var bool
	 */
	private $is_as_seen = false;

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
		$this->meta  = new MetaGuard();
		$this->fence = new Fence( array( $this, 'refuse_to_write' ), array( $this, 'see_row' ), array( $this, 'take_seen_row' ) );
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
					if ( $this->undo && $this->claim->is_held() ) {
						$this->put_back( $this->undo );
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
		$this->id             = $post->ID;
		$this->fence->post_id = $post->ID;
		// Before anything else is read: what changes while we look is found at the next look.
		$now   = $this->state();
		$watch = $this->claim->watch();
		if ( $watch->undo() && $watch->was_changed( $now ) && 'trash' !== $post->post_status ) {
			$this->undo_dead_run();
			$post = Posts::still_there( $this->order, $post->ID );
			$now  = $this->state();
		}
		EditGuard::refuse_if_edited( $this->order, $post, $now, $watch, $this->claim->before() );
		$watch->see( $now );
		$this->meta->begin( $post->ID );
		$this->fence->take_written();
	}

	/**
	 * Begins to change a post that was there before.
	 *
	 * @throws Refusal When somebody took over.
	 */
	public function begin() {
		$this->undo = Undo::of( $this->id, $this->claim->watch() );
		$this->claim->watch()->keep_undo( $this->undo->kept() );
		$this->claim->begin_writing();
	}

	/**
	 * Puts back what a run that died wrote around a text that it did not come to: somebody has changed the
	 * post since, and decides of what was there before, not of halves.
	 *
	 * @throws Refusal When the post is open in the editor.
	 */
	private function undo_dead_run() {
		EditGuard::refuse_if_open( $this->order, $this->id );
		$this->put_back( Undo::of( $this->id, $this->claim->watch() ) );
	}

	/**
	 * Puts back what was written around a text, by us and by the runs that died before us.
	 *
	 * @param Undo $undo What was there before.
	 */
	private function put_back( Undo $undo ) {
		$undo->restore();
		// What is theirs from now on stays, also where it is what we had chosen.
		$watch = $this->claim->watch();
		$watch->keep_undo( array() );
		$watch->see( $undo->before() );
		$this->claim->replace_dead_run();
	}

	/**
	 * Makes the post.
	 *
	 * @param callable $insert Calls WordPress; returns the post.
	 * @param callable $mark   Leaves our marks on it, in the same transaction; takes its id.
	 * @return int The post.
	 * @throws Refusal When somebody took over; then there is none.
	 */
	public function make( callable $insert, callable $mark ) {
		$this->fence->take_written();
		$this->meta->begin( 0 );
		$take = function ( $post_id ) use ( $mark ) {
			if ( $post_id ) {
				$mark( $post_id );
			}
			$this->take_row( $post_id );
		};
		try {
			$this->writing_row( $insert, $take );
		} finally {
			$this->id = $this->fence->post_id;
			$this->claim->made_post( $this->id );
		}
		// WordPress and plugins gave it terms, and may have given it meta; all else is as it was inserted.
		$this->claim->watch()->settle( PostState::of_new(), array( PostState::META, 'terms:post_tag' ) );
		return $this->id;
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
		$this->claim->hold( $this->id );
		$this->look();
		if ( $this->undo ) {
			$this->undo->note( $parts );
		}
		$write();
	}

	/**
	 * Whether the post has just these terms, as far as we have seen: then nothing is to be written. Should
	 * somebody have changed them since, it is seen before the text is written.
	 *
	 * @param string $taxonomy The taxonomy.
	 * @param int[]  $ids      The terms.
	 * @return bool
	 */
	public function has_terms( $taxonomy, array $ids ) {
		$object = get_taxonomy( $taxonomy );
		$seen   = $this->claim->watch()->seen()[ PostState::TAXONOMIES[ $taxonomy ] ] ?? null;
		$ids    = array_values( array_unique( $ids ) );
		sort( $ids );
		return $ids === $seen && empty( $object->sort ) && ! $this->fence->has_terms();
	}

	/**
	 * Takes what we wrote as it turned out, and looks whether somebody else wrote.
	 *
	 * @throws Refusal When somebody's work stands in the way.
	 */
	public function look() {
		$this->compare( $this->state() );
	}

	/**
	 * Writes the post's row.
	 *
	 * @param callable $write Calls WordPress.
	 * @throws Refusal When somebody's work stands in the way, or somebody took over; then it was not written.
	 */
	public function change_row( callable $write ) {
		$this->writing_row( $write, array( $this, 'take_row' ) );
		$this->fence->forget_row();
	}

	/**
	 * Looks once more when we are through.
	 *
	 * @param string $post_type The type that the post has.
	 * @return array<string, int[]>|null The terms that people see; null when somebody wrote since.
	 */
	public function terms_as_left( $post_type ) {
		$now = PostState::of( $this->id );
		if ( ! $now || $this->is_changed( $now ) ) {
			return null;
		}
		$terms = array();
		foreach ( PostState::TAXONOMIES as $taxonomy => $part ) {
			$terms[ $taxonomy ] = $now[ $part ];
		}
		return Fingerprint::visible( $post_type, $terms );
	}

	/**
	 * Calls WordPress to write the row, and notes, once every plugin has had its say, what it will be.
	 *
	 * @param callable $write Calls WordPress.
	 * @param callable $take  Takes the row as it was written, under the lock; gets the post's id.
	 */
	private function writing_row( callable $write, callable $take ) {
		$note = function ( $data, $fields ) use ( $take ) {
			if ( 'revision' !== $data['post_type'] && (int) ( $fields['ID'] ?? 0 ) === $this->id ) {
				$parts        = PostState::of_columns( wp_unslash( $data ) );
				$this->wanted = $this->id ? $parts : $parts + PostState::of_new();
				$this->fence->around_row( array( $this, 'look_under_lock' ), $take );
			}
			return $data;
		};
		add_filter( 'wp_insert_post_data', $note, PHP_INT_MAX, 2 );
		try {
			$write();
		} finally {
			remove_filter( 'wp_insert_post_data', $note, PHP_INT_MAX );
		}
	}

	/**
	 * Looks once more while the claim's row and the post's are locked. What will be written is kept in
	 * the same transaction.
	 *
	 * @throws Refusal When it must not be written.
	 * @throws \Throwable When it cannot be read.
	 */
	public function look_under_lock() {
		$this->claim->watch()->intend( $this->wanted );
		$this->claim->watch()->keep_undo( array() );
		// The claim first: whoever is frozen here holds nobody up.
		$this->claim->hold( $this->id ? $this->id : $this->claim->post_id() );
		try {
			if ( $this->id ) {
				$this->compare( $this->state( true ) );
			}
		} catch ( \Throwable $no ) {
			$this->claim->watch()->intend_nothing();
			throw $no;
		}
		// From here on what was written around it is right.
		$this->undo = null;
	}

	/**
	 * Looks at the row before WordPress or a plugin writes it in passing.
	 *
	 * @throws Refusal When somebody took over.
	 */
	public function see_row() {
		// The post may have been made a moment ago.
		$post_id = $this->fence->post_id;
		$this->claim->hold( $post_id );
		$this->is_as_seen = ! $this->claim->watch()->somebody_wrote( PostState::of_row( $post_id, true ) );
	}

	/**
	 * Takes the row as they have made it, unless it was not as we knew it.
	 *
	 * @param int $post_id The post.
	 */
	public function take_seen_row( $post_id ) {
		if ( $this->is_as_seen ) {
			$this->take_row( $post_id );
		}
	}

	/**
	 * Takes the row as the database has it, before anybody else can write it.
	 *
	 * @param int $post_id The post.
	 */
	public function take_row( $post_id ) {
		$this->meta->follow( $post_id );
		$this->claim->watch()->settle( PostState::of_row( $post_id ), array( PostState::ROW ) );
	}

	/**
	 * Refuses when somebody else is at work, or was.
	 *
	 * @param array<string, mixed> $now The post's state.
	 * @throws Refusal 409 conflict, 423 locked.
	 */
	private function compare( array $now ) {
		EditGuard::refuse_if_open( $this->order, $this->id );
		if ( $this->is_changed( $now ) ) {
			// A newer run, or a person.
			$this->claim->refuse_if_lost();
			throw EditGuard::saved_meanwhile( $this->order, $this->id );
		}
	}

	/**
	 * Takes what this process wrote as it turned out, and looks whether anybody else wrote.
	 *
	 * @param array<string, mixed> $now The post's state.
	 * @return bool
	 */
	private function is_changed( array $now ) {
		$watch = $this->claim->watch();
		foreach ( $this->fence->take_terms() as list( $part, $ids, $is_given ) ) {
			$watch->settle_terms( $part, PostState::terms_of( $ids ), $is_given );
		}
		if ( $this->meta->somebody_wrote() ) {
			return true;
		}
		$watch->settle( $now, $this->fence->take_written() );
		return $watch->somebody_wrote( $now );
	}

	/**
	 * Stands before each statement.
	 *
	 * @throws Refusal When somebody took over, or the value of meta that it replaces is somebody's.
	 */
	public function refuse_to_write() {
		$this->claim->refuse_if_lost();
		if ( ! $this->meta->may_write() ) {
			throw EditGuard::saved_meanwhile( $this->order, $this->id );
		}
	}

	/**
	 * The post's state.
	 *
	 * @param bool $lock Whether nobody else may write its row until the transaction ends.
	 * @return array<string, mixed>
	 * @throws Refusal 410 when somebody deleted it.
	 */
	private function state( $lock = false ) {
		$now = PostState::of( $this->id, $lock );
		if ( ! $now ) {
			throw Posts::gone( $this->order->content_id );
		}
		return $now;
	}
}
