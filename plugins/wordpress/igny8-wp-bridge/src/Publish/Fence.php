<?php
/**
 * No write without the claim.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Database;
use Igny8\Bridge\Core\DatabaseError;

defined( 'ABSPATH' ) || exit;

/**
 * Stands before every statement by which WordPress, a plugin or we write while the bridge publishes, and
 * asks whether the claim is still ours: any of the hooks between two statements may take minutes, and
 * a host may freeze PHP anywhere. A run that was overtaken stops at the next statement, and so does one to
 * which the database has refused a statement.
 *
 * A statement that writes the post's row runs in a transaction that holds the claim's row and the post's. No
 * other does: hooks of other plugins must see, and tell the world of, what is committed.
 */
final class Fence {

	// Revisions, attachments; and terms, of which WordPress says more than the statement does.
	const OTHER = 'other';
	// The post's row, perhaps, among others.
	const ROWS = 'rows';
	// Not behind comments: there WordPress does not find them either.
	const WRITES = '/\A\s*(INSERT|UPDATE|DELETE|REPLACE)\s+(?:(?:LOW_PRIORITY|DELAYED|QUICK|IGNORE|INTO|FROM)\s+)*[`"]?(\w+)/i';
	// What plugins write behind a statement: who asks.
	const COMMENTS   = '(?>\s+|;|\/\*.*?\*\/|(?:--\s|#)[^\n]*)*';
	const TAIL_BYTES = 4000;

	/**
	 * The post that is being written; 0 until it is made.
	 *
	 * @var int
	 */
	public $post_id = 0;

	/**
	 * Throws when the claim is lost.
	 *
	 * @var callable
	 */
	private $ask;

	/**
	 * What is done, under the lock, before and after each statement that writes the post's row.
	 *
	 * @var callable[]
	 */
	private $any_row;

	/**
	 * The same for the one that is waited for; null when none is.
	 *
	 * @var callable[]|null
	 */
	private $row;

	/**
	 * What is left to be done after the last statement, before the lock is let go; null when nothing is.
	 *
	 * @var callable|null
	 */
	private $after;

	/**
	 * Terms that were given to the post, or taken from it.
	 *
	 * @var array<int, array{0: string, 1: int[], 2: bool}>
	 */
	private $terms = array();

	/**
	 * What was written.
	 *
	 * @var array<string, true>
	 */
	private $written = array();

	/**
	 * Whether our own questions are being asked.
	 *
	 * @var bool
	 */
	private $asking = false;

	/**
	 * Builds it.
	 *
	 * @param callable $ask Throws when the claim is lost.
	 */
	public function __construct( callable $ask ) {
		$this->ask = $ask;
	}

	/**
	 * The row that was made behind the fence.
	 *
	 * @return int 0 until one is.
	 */
	public function made() {
		return $this->post_id;
	}

	/**
	 * Has something done around each statement that writes the post's row in passing.
	 *
	 * @param callable $before Throws when it must not be written.
	 * @param callable $after  Gets the post's id.
	 */
	public function around_any_row( callable $before, callable $after ) {
		$this->any_row = array( $before, $after );
	}

	/**
	 * Does something behind the fence.
	 *
	 * @param callable $work What to do.
	 * @return mixed What it returns.
	 */
	public function around( callable $work ) {
		add_filter( 'query', array( $this, 'let_through' ), PHP_INT_MAX );
		add_action( 'added_term_relationship', array( $this, 'note_given' ), PHP_INT_MAX, 3 );
		add_action( 'deleted_term_relationships', array( $this, 'note_taken' ), PHP_INT_MAX, 3 );
		try {
			return $work();
		} finally {
			remove_action( 'deleted_term_relationships', array( $this, 'note_taken' ), PHP_INT_MAX );
			remove_action( 'added_term_relationship', array( $this, 'note_given' ), PHP_INT_MAX );
			remove_filter( 'query', array( $this, 'let_through' ), PHP_INT_MAX );
			$this->end();
		}
	}

	/**
	 * Has something else done around the next statement that writes the post's row, or makes it.
	 *
	 * @param callable $before Throws when it must not be written.
	 * @param callable $after  Gets the post's id.
	 */
	public function around_row( callable $before, callable $after ) {
		$this->row = array( $before, $after );
	}

	/**
	 * The row was not written after all.
	 */
	public function forget_row() {
		$this->row = null;
	}

	/**
	 * What this process wrote of the post since it was asked last.
	 *
	 * @return string[] PostState::META, or none.
	 */
	public function take_written() {
		$kinds         = array_keys( $this->written );
		$this->written = array();
		return $kinds;
	}

	/**
	 * Terms that this process gave to the post, or took from it, since it was asked last.
	 *
	 * @return array<int, array{0: string, 1: int[], 2: bool}> Part, ids in their taxonomy, and whether they were given.
	 */
	public function take_terms() {
		$terms       = $this->terms;
		$this->terms = array();
		return $terms;
	}

	/**
	 * Whether there are such terms.
	 *
	 * @return bool
	 */
	public function has_terms() {
		return (bool) $this->terms;
	}

	/**
	 * For `query`: looks at a statement before the database gets it.
	 *
	 * @param string $query The statement.
	 * @return string
	 */
	public function let_through( $query ) {
		if ( $this->asking ) {
			return $query;
		}
		$this->asking = true;
		try {
			$this->end();
			$kind = $this->kind( (string) $query );
			if ( '' !== $kind ) {
				Database::refuse();
			}
			if ( PostState::ROW === $kind || self::ROWS === $kind ) {
				$this->open( PostState::ROW === $kind );
			} elseif ( '' !== $kind ) {
				( $this->ask )();
				$this->written[ $kind ] = true;
			}
		} finally {
			$this->asking = false;
		}
		return $query;
	}

	/**
	 * For `added_term_relationship`: notes a term that was given to the post.
	 *
	 * @param int    $post_id  The post, or something else that has terms.
	 * @param int    $id       The term's id in its taxonomy.
	 * @param string $taxonomy The taxonomy.
	 */
	public function note_given( $post_id, $id, $taxonomy ) {
		$this->note_terms( $post_id, array( $id ), $taxonomy, true );
	}

	/**
	 * For `deleted_term_relationships`: notes terms that were taken from the post.
	 *
	 * @param int    $post_id  The post, or something else that has terms.
	 * @param int[]  $ids      The terms' ids in their taxonomy.
	 * @param string $taxonomy The taxonomy.
	 */
	public function note_taken( $post_id, $ids, $taxonomy ) {
		$this->note_terms( $post_id, (array) $ids, $taxonomy, false );
	}

	/**
	 * Notes terms.
	 *
	 * @param int    $post_id  The post, or something else.
	 * @param int[]  $ids      The terms' ids in their taxonomy.
	 * @param string $taxonomy The taxonomy.
	 * @param bool   $is_given Whether they were given or taken.
	 */
	private function note_terms( $post_id, array $ids, $taxonomy, $is_given ) {
		$part = (int) $post_id === $this->post_id ? PostState::taxonomies()[ $taxonomy ] ?? null : null;
		if ( null !== $part ) {
			$this->terms[] = array( $part, array_map( 'intval', $ids ), $is_given );
		}
	}

	/**
	 * Opens the transaction for the statement that writes the row.
	 *
	 * @param bool $is_row Whether it surely does, and no other.
	 * @throws \Throwable When it must not be written.
	 */
	private function open( $is_row ) {
		list( $before, $after ) = $is_row && $this->row ? $this->row : $this->any_row;
		$this->row              = $is_row ? null : $this->row;
		Database::begin();
		try {
			$before();
			$this->after = $after;
		} catch ( \Throwable $no ) {
			// The claim's row was written, and its new token is ours.
			Database::commit();
			throw $no;
		}
	}

	/**
	 * Ends the transaction, if the statement before this one wrote the row.
	 *
	 * @throws DatabaseError When it is not committed.
	 */
	private function end() {
		global $wpdb;
		$after = $this->after;
		if ( ! $after ) {
			return;
		}
		$this->after = null;
		if ( ! $this->post_id ) {
			$this->post_id = (int) $wpdb->insert_id;
		}
		try {
			$after( $this->post_id );
		} finally {
			Database::commit();
		}
	}

	/**
	 * What a statement writes.
	 *
	 * @param string $query The statement.
	 * @return string Empty when it reads, or writes what no post is made of: options, and our own tables.
	 */
	private function kind( $query ) {
		global $wpdb;
		if ( 1 !== preg_match( self::WRITES, substr( $query, 0, 300 ), $found ) ) {
			return '';
		}
		list( , $verb, $table ) = $found;
		if ( in_array( $table, array( $wpdb->options, $wpdb->usermeta ), true ) || 0 === strpos( $table, $wpdb->prefix . 'igny8_' ) ) {
			return '';
		}
		if ( $wpdb->term_relationships === $table ) {
			return self::OTHER;
		}
		if ( $wpdb->posts !== $table ) {
			return PostState::META;
		}
		if ( 'INSERT' === strtoupper( $verb ) ) {
			return ! $this->post_id && $this->row ? PostState::ROW : self::OTHER;
		}
		if ( ! $this->post_id ) {
			return self::OTHER;
		}
		// Whatever does not name another post alone may write ours.
		if ( 1 !== preg_match( '/\bWHERE\s+`?ID`?\s*=\s*\'?(\d+)\'?' . self::COMMENTS . '\z/is', substr( $query, -self::TAIL_BYTES ), $named ) ) {
			return self::ROWS;
		}
		return (int) $named[1] === $this->post_id ? PostState::ROW : self::OTHER;
	}
}
