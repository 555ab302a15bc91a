<?php
/**
 * Writing the row of a post that others may be writing.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * The post's row holds its texts: it is looked at under the lock of the statement that replaces it, and
 * taken as it turned out before the lock is let go.
 */
final class RowGuard {

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
	 * What is known of the post's meta.
	 *
	 * @var MetaGuard
	 */
	private $meta;

	/**
	 * What we see of the post.
	 *
	 * @var Sight
	 */
	private $sight;

	/**
	 * The guid that it is made with.
	 *
	 * @var string
	 */
	private $guid;

	/**
	 * The parts of the row as they are to be.
	 *
	 * @var array<string, mixed>
	 */
	private $wanted = array();

	/**
	 * The body as it is to be.
	 *
	 * @var string
	 */
	private $body = '';

	/**
	 * How to put back what was written around the text, as it was known before the row's statement.
	 *
	 * @var array<string, mixed>
	 */
	private $undo = array();

	/**
	 * The intent whose text was in the row, as it was known before the row's statement.
	 *
	 * @var int
	 */
	private $text = 0;

	/**
	 * The row as somebody else has made it, and plugins in passing since; null while it is as we know it.
	 *
	 * @var array<string, string>|null
	 */
	private $theirs;

	/**
	 * Builds it.
	 *
	 * @param ClaimHolder $claim Our claim.
	 * @param Fence       $fence What stands before every statement.
	 * @param MetaGuard   $meta  What is known of the post's meta.
	 * @param Sight       $sight What we see of the post.
	 * @param string      $guid  The guid that it is made with.
	 */
	public function __construct( ClaimHolder $claim, Fence $fence, MetaGuard $meta, Sight $sight, $guid ) {
		$this->guid  = $guid;
		$this->claim = $claim;
		$this->fence = $fence;
		$this->meta  = $meta;
		$this->sight = $sight;
		$fence->around_any_row( array( $this, 'see' ), array( $this, 'take_seen' ) );
	}

	/**
	 * Calls WordPress to write the row, and notes, once every plugin has had its say, what it will be.
	 *
	 * @param callable $write Calls WordPress.
	 * @param callable $look  Looks once more, under the lock; throws when it must not be written.
	 */
	public function write( callable $write, callable $look ) {
		$note = function ( $data, $fields, $sent ) use ( $look ) {
			$post_id = $this->sight->post_id;
			// A plugin may make another post in the middle: the new one is known by the guid that it is to have.
			$is_it = (int) ( $fields['ID'] ?? 0 ) === $post_id && ( $post_id || ( $sent['guid'] ?? '' ) === $this->guid );
			if ( $is_it && 'revision' !== $data['post_type'] ) {
				$parts        = PostState::of_columns( wp_unslash( $data ) );
				$this->wanted = $post_id ? $parts : $parts + PostState::of_new();
				$this->body   = (string) wp_unslash( $data['post_content'] );
				$this->fence->around_row( $look, array( $this, 'take' ) );
			}
			return $data;
		};
		add_filter( 'wp_insert_post_data', $note, PHP_INT_MAX, 3 );
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
	public function look() {
		$this->begin( $this->claim->watch()->undo(), $this->claim->watch()->text() );
	}

	/**
	 * The same for the text, which is written last: what was written around it is right from here on.
	 *
	 * @param int $rev The intent that it is of, where that must be known; else 0.
	 * @throws Refusal When it must not be written.
	 * @throws \Throwable When it cannot be read.
	 */
	public function look_for_text( $rev ) {
		$this->begin( array(), $rev );
	}

	/**
	 * Looks, and keeps what the next run needs if this one dies behind the statement.
	 *
	 * @param array<string, mixed> $undo How to put back what was written around the text by then.
	 * @param int                  $text The intent whose text is in the row by then, where that must be known.
	 * @throws Refusal When it must not be written.
	 * @throws \Throwable When it cannot be read.
	 */
	private function begin( array $undo, $text ) {
		$watch      = $this->claim->watch();
		$post_id    = $this->sight->post_id;
		$this->undo = $watch->undo();
		$this->text = $watch->text();
		$watch->intend( $this->wanted );
		$watch->keep_undo( $undo );
		$watch->keep_text( $text );
		// The claim first: whoever is frozen here holds nobody up.
		$this->claim->hold( $post_id ? $post_id : $this->claim->post_id() );
		try {
			if ( $post_id ) {
				$this->sight->compare( $this->sight->state( true ) );
				$this->sight->compare_body();
			}
		} catch ( \Throwable $no ) {
			$this->take_back();
			throw $no;
		}
	}

	/**
	 * Keeps, in the same transaction, that the row was not written after all.
	 */
	private function take_back() {
		$watch = $this->claim->watch();
		$watch->intend_nothing();
		$watch->keep_undo( $this->undo );
		$watch->keep_text( $this->text );
		$this->claim->keep_watch();
	}

	/**
	 * From here on the row is as somebody else has made it: what plugins save of it in passing is theirs, too.
	 */
	public function give_way() {
		$now          = PostState::of_row( $this->sight->post_id );
		$this->theirs = $this->claim->watch()->somebody_wrote( $now ) ? $now : null;
	}

	/**
	 * From here on the row is ours to write again.
	 */
	public function go_on() {
		$this->theirs = null;
	}

	/**
	 * Looks at the row before WordPress or a plugin writes it in passing, as it was when they read it: what
	 * somebody else has saved since would be lost.
	 *
	 * @throws Refusal When somebody has, or took over.
	 */
	public function see() {
		// The post may have been made a moment ago.
		$post_id = $this->fence->post_id;
		$this->claim->hold( $post_id );
		$now = PostState::of_row( $post_id, true );
		if ( null === $this->theirs ? $this->claim->watch()->somebody_wrote( $now ) : $now !== $this->theirs ) {
			throw $this->sight->saved_meanwhile();
		}
		// A plugin that has just written in passing may have written what ours was made of.
		$this->sight->compare_body();
	}

	/**
	 * Takes the row as they have made it; and keeps that in the same transaction, as nobody knew before what
	 * they would make of it.
	 *
	 * @param int $post_id The post.
	 */
	public function take_seen( $post_id ) {
		if ( null !== $this->theirs ) {
			$this->theirs = PostState::of_row( $post_id );
			return;
		}
		$known = $this->claim->watch()->row();
		$this->settle( $post_id );
		// Whoever is frozen here holds the claim: not for columns that nobody looks at.
		if ( $known !== $this->claim->watch()->row() ) {
			$this->claim->keep_watch();
		}
	}

	/**
	 * Takes the row as the database has it, before anybody else can write it.
	 *
	 * @param int $post_id The post.
	 */
	public function take( $post_id ) {
		global $wpdb;
		// WordPress goes on when the database refuses.
		$is_refused = '' !== $wpdb->last_error;
		$this->settle( $post_id );
		if ( $is_refused ) {
			$this->take_back();
		}
	}

	/**
	 * Takes the row as the database has it.
	 *
	 * @param int $post_id The post.
	 */
	private function settle( $post_id ) {
		$this->meta->follow( $post_id );
		$this->sight->settle_body( $this->body );
		$this->claim->watch()->settle( PostState::of_row( $post_id ), array( PostState::ROW ) );
	}
}
