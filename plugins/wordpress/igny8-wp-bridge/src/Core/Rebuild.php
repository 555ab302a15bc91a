<?php
/**
 * Bringing a table of ours back.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * Goes once through all marks of one kind, and has their owner make the rows that a table has lost: after
 * a new installation beside old posts, or a backup that was restored in part. It remembers how far it has
 * come, so that any number of requests can share the work; meta_key has an index, meta_value has none.
 */
final class Rebuild {

	const CHUNK = 500;

	/**
	 * Option that says how far it has come: the last meta_id; empty when nothing is lost.
	 *
	 * @var string
	 */
	private $option;

	/**
	 * Key of the marks.
	 *
	 * @var string
	 */
	private $meta_key;

	/**
	 * Makes rows of marks, objects with post_id and meta_value. Returns false when it cannot.
	 *
	 * @var callable
	 */
	private $restore;

	/**
	 * Names what is to be gone through.
	 *
	 * @param string   $option   Option that remembers how far it has come. Autoloaded.
	 * @param string   $meta_key Key of the marks.
	 * @param callable $restore  Makes rows of marks; those that are there stay. Returns false when it cannot.
	 */
	public function __construct( $option, $meta_key, callable $restore ) {
		$this->option   = $option;
		$this->meta_key = $meta_key;
		$this->restore  = $restore;
	}

	/**
	 * Whether rows may be missing.
	 *
	 * @return bool
	 */
	public function is_owed() {
		return '' !== (string) get_option( $this->option, '' );
	}

	/**
	 * Says that rows may be missing: it begins anew.
	 */
	public function owe() {
		update_option( $this->option, '0' );
	}

	/**
	 * How many marks there are.
	 *
	 * @return int
	 */
	public function marks() {
		global $wpdb;
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- once a day.
		return (int) $wpdb->get_var( $wpdb->prepare( "SELECT COUNT(*) FROM $wpdb->postmeta WHERE meta_key = %s", $this->meta_key ) );
	}

	/**
	 * Whether there is any mark, or may be: where the database does not say.
	 *
	 * @return bool
	 */
	public function has_marks() {
		global $wpdb;
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- when a table is made.
		$found = $wpdb->get_var( $wpdb->prepare( "SELECT 1 FROM $wpdb->postmeta WHERE meta_key = %s LIMIT 1", $this->meta_key ) );
		return $found || '' !== $wpdb->last_error;
	}

	/**
	 * Goes on from where it stopped.
	 *
	 * @param float $seconds After this time it stops.
	 * @return bool Whether no rows are missing any more.
	 */
	public function advance( $seconds ) {
		global $wpdb;
		$until = Clock::seconds() + $seconds;
		while ( $this->is_owed() ) {
			// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- each mark is read once.
			$marks = (array) $wpdb->get_results(
				$wpdb->prepare(
					"SELECT meta_id, post_id, meta_value FROM $wpdb->postmeta WHERE meta_key = %s AND meta_id > %d ORDER BY meta_id LIMIT %d",
					$this->meta_key,
					(int) get_option( $this->option ),
					self::CHUNK
				)
			);
			if ( '' !== $wpdb->last_error ) {
				return false;
			}
			if ( $marks && false === call_user_func( $this->restore, $marks ) ) {
				return false;
			}
			update_option( $this->option, count( $marks ) < self::CHUNK ? '' : (string) end( $marks )->meta_id );
			if ( Clock::seconds() >= $until ) {
				break;
			}
		}
		return ! $this->is_owed();
	}
}
