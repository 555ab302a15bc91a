<?php
/**
 * No write without the claim.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

defined( 'ABSPATH' ) || exit;

/**
 * Stands before every statement by which WordPress, a plugin or we write while the bridge publishes, and
 * asks whether the claim is still ours: any of the hooks between two statements may take minutes, and
 * a host may freeze PHP anywhere. A run that was overtaken stops at the next statement.
 *
 * The one statement that replaces a post's texts runs in a transaction that holds the claim's row and the
 * post's. No other does: hooks of other plugins must see, and tell the world of, what is committed.
 */
final class Fence {

	// Revisions, attachments, the post that is being made.
	const OTHER_ROW = 'other';
	const WRITES    = '/\A\s*(INSERT|UPDATE|DELETE|REPLACE)\s+(?:(?:LOW_PRIORITY|DELAYED|QUICK|IGNORE|INTO|FROM)\s+)*[`"]?(\w+)/i';

	/**
	 * The post that is being written; 0 until it is made.
	 *
	 * @var int
	 */
	public $post_id = 0;

	/**
	 * Whether the next post that is inserted is the one.
	 *
	 * @var bool
	 */
	private $awaits_post = false;

	/**
	 * Whether the statement before this one inserted it.
	 *
	 * @var bool
	 */
	private $inserted = false;

	/**
	 * Throws when the claim is lost.
	 *
	 * @var callable
	 */
	private $ask;

	/**
	 * What is to be looked at, under the lock, before the post's row is written; null when nothing is.
	 *
	 * @var callable|null
	 */
	private $before_row;

	/**
	 * Kinds of tables that were written to.
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
	 * Whether the statement before this one ran in a transaction of ours.
	 *
	 * @var bool
	 */
	private $is_open = false;

	/**
	 * Builds it.
	 *
	 * @param callable $ask Throws when the claim is lost.
	 */
	public function __construct( callable $ask ) {
		$this->ask = $ask;
	}

	/**
	 * Does something behind the fence.
	 *
	 * @param callable $work What to do.
	 * @return mixed What it returns.
	 */
	public function around( callable $work ) {
		add_filter( 'query', array( $this, 'let_through' ), PHP_INT_MAX );
		try {
			return $work();
		} finally {
			remove_filter( 'query', array( $this, 'let_through' ), PHP_INT_MAX );
			$this->learn_post();
			$this->end();
		}
	}

	/**
	 * Has something looked at, under the lock, right before the post's row is written next.
	 *
	 * @param callable|null $look Throws when it must not be written.
	 */
	public function before_row( ?callable $look ) {
		$this->before_row = $look;
	}

	/**
	 * Learns the id of the post that is inserted next, at once: whoever is stopped a statement later must
	 * know what it has made.
	 */
	public function await_post() {
		$this->awaits_post = true;
	}

	/**
	 * Kinds of tables that this process wrote to for the post since it was asked last.
	 *
	 * @return string[]
	 */
	public function take_written() {
		$kinds         = array_keys( $this->written );
		$this->written = array();
		return $kinds;
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
			$this->learn_post();
			$this->end();
			$kind = $this->kind( (string) $query );
			if ( PostState::ROW === $kind && $this->before_row ) {
				$this->open();
			} elseif ( '' !== $kind ) {
				( $this->ask )();
			}
			$this->written[ $kind ] = true;
		} finally {
			$this->asking = false;
		}
		return $query;
	}

	/**
	 * Learns the id of the post that the statement before this one inserted.
	 */
	private function learn_post() {
		global $wpdb;
		if ( $this->inserted ) {
			$this->inserted = false;
			$this->post_id  = (int) $wpdb->insert_id;
		}
	}

	/**
	 * Opens the transaction for the next statement.
	 *
	 * @throws \Throwable When it must not be written.
	 */
	private function open() {
		global $wpdb;
		$look             = $this->before_row;
		$this->before_row = null;
		$wpdb->query( 'START TRANSACTION' ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery -- there is no other way.
		$this->is_open = true;
		try {
			$look();
		} catch ( \Throwable $no ) {
			// The claim's row was written, and its new token is ours.
			$this->end();
			throw $no;
		}
	}

	/**
	 * Ends the transaction, if one is open.
	 */
	private function end() {
		global $wpdb;
		if ( $this->is_open ) {
			$this->is_open = false;
			$wpdb->query( 'COMMIT' ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery -- there is no other way.
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
			return PostState::TERMS;
		}
		if ( $wpdb->posts !== $table ) {
			return PostState::META;
		}
		if ( 'INSERT' === strtoupper( $verb ) ) {
			$this->inserted    = $this->awaits_post;
			$this->awaits_post = false;
		}
		return preg_match( '/\bWHERE\s+`?ID`?\s*=\s*\'?' . $this->post_id . '\'?\s*\z/', substr( $query, -80 ) ) ? PostState::ROW : self::OTHER_ROW;
	}
}
