<?php
/**
 * Something that one process may do at a time.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * A lock of the database. It belongs to the connection: whoever dies gives it back at once, and whoever
 * stands still keeps it, however long; nobody takes it from him by the clock. Where there is no MySQL, a
 * lease takes its place, which goes by the clock.
 */
final class Lock {

	/**
	 * Name of the option of the lease.
	 *
	 * @var string
	 */
	private $option;

	/**
	 * The lease, where there is no lock.
	 *
	 * @var Lease|null
	 */
	private $lease;

	/**
	 * Names the lock.
	 *
	 * @param string $option Name of the option that is used where the database has no locks.
	 */
	public function __construct( $option ) {
		$this->option = $option;
	}

	/**
	 * Takes it as soon as it is free.
	 *
	 * @param int $seconds How long to wait; longer than what it is for takes.
	 * @return bool Whether we hold it. Who does not must not go on.
	 */
	public function take( $seconds ) {
		global $wpdb;
		if ( $wpdb->dbh instanceof \mysqli ) {
			// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- a lock.
			$got = $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK( %s, %d )', $this->name(), $seconds ) );
			if ( null !== $got ) {
				return 1 === (int) $got;
			}
		}
		$lease = new Lease( $this->option );
		// Who died with it is waited for.
		$this->lease = $lease->wait( $seconds, $seconds + 1 ) ? $lease : null;
		return null !== $this->lease;
	}

	/**
	 * Gives it back.
	 */
	public function release() {
		global $wpdb;
		if ( $this->lease ) {
			$this->lease->release();
			$this->lease = null;
			return;
		}
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- a lock.
		$wpdb->query( $wpdb->prepare( 'SELECT RELEASE_LOCK( %s )', $this->name() ) );
	}

	/**
	 * Its name: locks belong to the whole server, ours to one blog. MySQL takes 64 characters.
	 *
	 * @return string
	 */
	private function name() {
		global $wpdb;
		return 'igny8:' . md5( DB_NAME . '|' . $wpdb->prefix . '|' . $this->option );
	}
}
