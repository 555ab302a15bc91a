<?php
/**
 * What time it is.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * The one clock of the bridge: what happened when and what is due, and how long something took.
 */
final class Clock {

	/**
	 * Unix time.
	 *
	 * @return int Seconds.
	 */
	public static function now() {
		/**
		 * Filters the time by which the bridge decides what is due.
		 *
		 * @param int $now Unix time, seconds.
		 */
		return (int) apply_filters( 'igny8_now', time() );
	}

	/**
	 * Seconds of a clock that only goes forward, for measuring how long something takes.
	 *
	 * @return float Seconds since some moment.
	 */
	public static function seconds() {
		/**
		 * Filters the seconds by which the bridge measures how long its work takes.
		 *
		 * @param float $seconds Seconds since some moment.
		 */
		return (float) apply_filters( 'igny8_seconds', hrtime( true ) / 1e9 );
	}
}
