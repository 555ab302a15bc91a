<?php
/**
 * Something that one process may hold at a time.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

// Locks must be read and written past every cache.
// phpcs:disable WordPress.DB.DirectDatabaseQuery

/**
 * A row of the options table that somebody holds for some seconds. Its unique key decides between two
 * who come at once; its value is the hash of a random token, so that nobody can be the holder by
 * reading the database.
 */
final class Lease {

	/**
	 * Name of the option.
	 *
	 * @var string
	 */
	private $option;

	/**
	 * The value that we wrote; empty while we do not hold it.
	 *
	 * @var string
	 */
	private $held = '';

	/**
	 * Names the option.
	 *
	 * @param string $option Its name.
	 */
	public function __construct( $option ) {
		$this->option = $option;
	}

	/**
	 * Takes it, if nobody holds it, or prolongs it, if we do.
	 *
	 * @param int $seconds For how long.
	 * @return string The token; empty when somebody else holds it.
	 */
	public function take( $seconds ) {
		global $wpdb;
		$token = bin2hex( random_bytes( 32 ) );
		$value = hash( 'sha256', $token ) . ':' . ( Clock::now() + $seconds );
		$seen  = $this->value();
		if ( '' === $seen ) {
			$suppress = $wpdb->suppress_errors( true );
			$won      = $wpdb->query( $wpdb->prepare( "INSERT INTO $wpdb->options (option_name, option_value, autoload) VALUES (%s, %s, 'no')", $this->option, $value ) );
			$wpdb->suppress_errors( $suppress );
		} elseif ( $seen === $this->held || $this->has_run_out( $seen ) ) {
			$won = $wpdb->query( $wpdb->prepare( "UPDATE $wpdb->options SET option_value = %s WHERE option_name = %s AND option_value = %s", $value, $this->option, $seen ) );
		} else {
			return '';
		}
		if ( 1 !== $won ) {
			return '';
		}
		$this->held = $value;
		return $token;
	}

	/**
	 * Takes it as soon as nobody holds it.
	 *
	 * @param int $seconds  For how long; whoever holds it longer has lost it.
	 * @param int $patience How many seconds to wait.
	 * @return bool Whether we hold it.
	 */
	public function wait( $seconds, $patience ) {
		$until = Clock::seconds() + $patience;
		while ( '' === $this->take( $seconds ) ) {
			if ( Clock::seconds() >= $until ) {
				return false;
			}
			usleep( 20000 );
		}
		return true;
	}

	/**
	 * Gives it back.
	 */
	public function release() {
		$this->remove( $this->held );
		$this->held = '';
	}

	/**
	 * Uses up what somebody else took, by its token: only once, and only in time.
	 *
	 * @param mixed $token The token.
	 * @return bool
	 */
	public function redeem( $token ) {
		$seen = $this->value();
		if ( ! is_string( $token ) || 64 !== strlen( $token ) || '' === $seen || $this->has_run_out( $seen ) ) {
			return false;
		}
		return hash_equals( (string) strtok( $seen, ':' ), hash( 'sha256', $token ) ) && $this->remove( $seen );
	}

	/**
	 * What the database has.
	 *
	 * @return string
	 */
	private function value() {
		global $wpdb;
		return (string) $wpdb->get_var( $wpdb->prepare( "SELECT option_value FROM $wpdb->options WHERE option_name = %s", $this->option ) );
	}

	/**
	 * Removes the row if it still is as it was seen.
	 *
	 * @param string $seen Its value.
	 * @return bool
	 */
	private function remove( $seen ) {
		global $wpdb;
		return '' !== $seen && 1 === $wpdb->query( $wpdb->prepare( "DELETE FROM $wpdb->options WHERE option_name = %s AND option_value = %s", $this->option, $seen ) );
	}

	/**
	 * Whether the time of a value is over.
	 *
	 * @param string $value The value.
	 * @return bool
	 */
	private function has_run_out( $value ) {
		return (int) substr( (string) strrchr( $value, ':' ), 1 ) <= Clock::now();
	}
}
