<?php
/**
 * Statements that the database refuses.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * WordPress answers a failed read like an empty one, and goes on after a failed write. Where an answer or a
 * text rests on it, that is not good enough: nothing read is not nothing there.
 *
 * What is watched are WordPress's own tables: other plugins' are theirs, and ours are asked strictly. A
 * statement that no database would take (a slip in another plugin, a row that is there already) says
 * nothing about this one.
 */
final class Database {

	// Somebody else holds the row or has just written it: lock wait timeout, deadlock, and what MariaDB says
	// of a row that is newer than the transaction's snapshot.
	const BUSY = array( 1205, 1213, 1020 );

	// Unknown or ambiguous column, grouping, empty or wrong syntax, mixed collations, wrong number of values;
	// duplicate key, value that does not fit its column.
	const STATEMENT_IS_WRONG = array( 1052, 1054, 1055, 1064, 1065, 1136, 1140, 1241, 1242, 1267, 1271, 1305, 1048, 1062, 1264, 1292, 1366, 1406, 3065, 3988 );

	/**
	 * Whether statements are being watched.
	 *
	 * @var bool
	 */
	private static $is_watching = false;

	/**
	 * What the database said against the first statement that it refused; empty while it refused none.
	 *
	 * @var string
	 */
	private static $refused = '';

	/**
	 * The connection that the transaction belongs to.
	 *
	 * @var int
	 */
	private static $connection = 0;

	/**
	 * Asks the database something.
	 *
	 * @param callable $ask Makes one query and returns what came of it.
	 * @return mixed What `$ask` returned.
	 * @throws DatabaseError When there is no answer.
	 */
	public static function read( callable $ask ) {
		global $wpdb;
		$suppress = $wpdb->suppress_errors( true );
		$answer   = $ask();
		$error    = $wpdb->last_error;
		$wpdb->suppress_errors( $suppress );
		if ( '' !== $error ) {
			throw self::error( $error );
		}
		return $answer;
	}

	/**
	 * Has the database write something that others may write at the same moment.
	 *
	 * @param callable $write Makes one statement and returns how many rows it changed, or false.
	 * @return int How many rows; 0, too, when somebody else holds them.
	 * @throws DatabaseError When it cannot be written.
	 */
	public static function write( callable $write ) {
		global $wpdb;
		$suppress = $wpdb->suppress_errors( true );
		$rows     = $write();
		$is_busy  = self::is_busy();
		$error    = $wpdb->last_error;
		$wpdb->suppress_errors( $suppress );
		if ( false === $rows && ! $is_busy ) {
			throw self::error( $error );
		}
		return (int) $rows;
	}

	/**
	 * Whether the last statement failed because somebody else is writing the same.
	 *
	 * @return bool
	 */
	public static function is_busy() {
		global $wpdb;
		if ( $wpdb->dbh instanceof \mysqli ) {
			return in_array( $wpdb->dbh->errno, self::BUSY, true );
		}
		return false !== stripos( $wpdb->last_error, 'is locked' );
	}

	/**
	 * Begins a transaction.
	 *
	 * @throws DatabaseError When the database does not.
	 */
	public static function begin() {
		self::say( 'START TRANSACTION' );
		self::$connection = self::connection();
	}

	/**
	 * Ends the transaction.
	 *
	 * @throws DatabaseError When it is not committed, or was lost with its connection: WordPress connects anew,
	 *                       and sends the statement again without a lock.
	 */
	public static function commit() {
		self::say( 'COMMIT' );
		if ( self::connection() !== self::$connection ) {
			throw self::error( 'the connection was lost in a transaction' );
		}
	}

	/**
	 * Says something about transactions.
	 *
	 * @param string $words SQL.
	 * @throws DatabaseError When the database does not do it.
	 */
	private static function say( $words ) {
		self::read(
			static function () use ( $words ) {
				global $wpdb;
				return $wpdb->query( $words ); // phpcs:ignore WordPress.DB -- there is no other way.
			}
		);
	}

	/**
	 * By what one connection is told from another: with the first, its transactions and locks are lost.
	 *
	 * @return int 0 where there is none.
	 */
	private static function connection() {
		global $wpdb;
		return $wpdb->dbh instanceof \mysqli ? (int) $wpdb->dbh->thread_id : 0;
	}

	/**
	 * Does something, and looks whether the database did its part. May be nested.
	 *
	 * @param callable $work What to do.
	 * @return mixed What it returns.
	 * @throws DatabaseError When a statement was refused: whatever came of it, a refusal too, rests on nothing.
	 * @throws Refusal When it is not done.
	 */
	public static function watched( callable $work ) {
		global $wpdb;
		$is_outer = ! self::$is_watching;
		if ( $is_outer ) {
			self::$is_watching = true;
			self::$refused     = '';
			// Who asked before us asked on his own account.
			$wpdb->last_error = '';
			add_filter( 'query', array( self::class, 'note' ), PHP_INT_MIN );
		}
		try {
			$done = $work();
			self::refuse();
			return $done;
		} catch ( Refusal $refusal ) {
			self::refuse();
			throw $refusal;
		} finally {
			self::look();
			if ( $is_outer ) {
				remove_filter( 'query', array( self::class, 'note' ), PHP_INT_MIN );
				self::$is_watching = false;
			}
		}
	}

	/**
	 * What is asked for is done: nothing of it rests on the statements that follow.
	 */
	public static function enough() {
		self::refuse();
		self::$is_watching = false;
	}

	/**
	 * Stops, if a statement was refused.
	 *
	 * @throws DatabaseError When one was.
	 */
	public static function refuse() {
		self::look();
		if ( self::$is_watching && '' !== self::$refused ) {
			throw self::error( self::$refused );
		}
	}

	/**
	 * For `query`: looks at what came of the statement before this one.
	 *
	 * @param string $query The next statement.
	 * @return string
	 */
	public static function note( $query ) {
		self::look();
		return $query;
	}

	/**
	 * Looks at what came of the last statement.
	 */
	private static function look() {
		global $wpdb;
		if ( ! self::$is_watching || '' === $wpdb->last_error ) {
			return;
		}
		FailedReads::forget( (string) $wpdb->last_query );
		if ( '' !== self::$refused || self::is_wrong() ) {
			return;
		}
		$tables = array( $wpdb->posts, $wpdb->postmeta, $wpdb->terms, $wpdb->term_taxonomy, $wpdb->term_relationships, $wpdb->users, $wpdb->usermeta );
		if ( ! self::is_busy() ) {
			// Schedules and counters of everybody are written there all the time: who is second tries again.
			$tables[] = $wpdb->options;
		}
		if ( self::is_about( $tables, (string) $wpdb->last_query ) ) {
			self::$refused = $wpdb->last_error;
		}
	}

	/**
	 * Whether it is the last statement's own fault that it failed.
	 *
	 * @return bool
	 */
	private static function is_wrong() {
		global $wpdb;
		if ( $wpdb->dbh instanceof \mysqli ) {
			// Where there is no number, WordPress itself refused a text, and never asked.
			return 0 === $wpdb->dbh->errno || in_array( $wpdb->dbh->errno, self::STATEMENT_IS_WRONG, true );
		}
		return false !== stripos( $wpdb->last_error, 'UNIQUE constraint' );
	}

	/**
	 * Whether a statement is about some tables.
	 *
	 * @param string[] $tables Their names.
	 * @param string   $query  The statement.
	 * @return bool
	 */
	private static function is_about( array $tables, $query ) {
		return 1 === preg_match( '/\b(' . implode( '|', array_map( 'preg_quote', $tables ) ) . ')\b/', substr( $query, 0, 2000 ) );
	}

	/**
	 * The error that tells it.
	 *
	 * @param string $reason What the database said. Goes into PHP's error log alone.
	 * @return DatabaseError
	 */
	private static function error( $reason ) {
		return new DatabaseError( 'The database refused a statement: ' . $reason );
	}
}
