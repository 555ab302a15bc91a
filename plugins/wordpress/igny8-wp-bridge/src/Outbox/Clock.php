<?php
/**
 * What time it is.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Outbox;

defined( 'ABSPATH' ) || exit;

/**
 * The time by which the outbox, the structure and the key hand-over wait.
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
}
