<?php
/**
 * Tables of ours that somebody left out of a backup.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

// Asked only after a query failed.
// phpcs:disable WordPress.DB.DirectDatabaseQuery

/**
 * Tells a table that is missing from one that is empty: to a reader, both answer nothing. A missing one is
 * made again, by all who own tables, and the question is asked once more.
 */
final class Table {

	/**
	 * Whether tables are being made now.
	 *
	 * @var bool
	 */
	private static $making = false;

	/**
	 * Asks the database. A table that is there costs nothing more. One that is there and gives no answer
	 * (crashed, full, locked for too long) is no empty one.
	 *
	 * @param string   $table Name of the table, with its prefix.
	 * @param callable $ask   Makes one query and returns what came of it.
	 * @return mixed What `$ask` returned.
	 * @throws DatabaseError When there is no such table and none can be made, or it gives no answer.
	 */
	public static function ask( $table, callable $ask ) {
		global $wpdb;
		$suppress = $wpdb->suppress_errors( true );
		try {
			$answer = $ask();
			$error  = $wpdb->last_error;
			if ( '' === $error || self::$making ) {
				return $answer;
			}
			if ( ! self::is_there( $table ) ) {
				self::make();
				$answer = $ask();
				$error  = $wpdb->last_error;
				if ( '' !== $error && ! self::is_there( $table ) ) {
					throw new DatabaseError( 'A table of the bridge is missing and cannot be made.' );
				}
			}
		} finally {
			$wpdb->suppress_errors( $suppress );
		}
		if ( '' !== $error ) {
			throw new DatabaseError( 'A table of the bridge cannot be read or written: ' . $error ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped -- goes into the log.
		}
		return $answer;
	}

	/**
	 * Numbers as SQL, for `IN ( … )`.
	 *
	 * @param int[] $numbers Numbers, at least one.
	 * @return string
	 */
	public static function numbers( array $numbers ) {
		global $wpdb;
		$marks = implode( ', ', array_fill( 0, count( $numbers ), '%d' ) );
		return $wpdb->prepare( $marks, array_values( $numbers ) ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared -- as many marks as numbers.
	}

	/**
	 * Has all tables made that are missing.
	 */
	private static function make() {
		self::$making = true;
		try {
			Schema::create();
		} finally {
			self::$making = false;
		}
	}

	/**
	 * Whether a table is there.
	 *
	 * @param string $table Its name.
	 * @return bool
	 */
	private static function is_there( $table ) {
		global $wpdb;
		return null !== $wpdb->get_var( $wpdb->prepare( 'SHOW TABLES LIKE %s', $wpdb->esc_like( $table ) ) );
	}
}
