<?php
/**
 * How long to wait after a failure.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * The steps between attempts, and how long a failing backend asked us to wait.
 */
final class Backoff {

	// 1 min, 5 min, 30 min, 2 h, 6 h, 12 h, then every 24 h.
	const STEPS_SECONDS = array( 60, 300, 1800, 7200, 21600, 43200, 86400 );

	/**
	 * Seconds to wait.
	 *
	 * @param int $failures    How often it failed by now, 1 or more.
	 * @param int $retry_after What the backend asked for in seconds; 0 when it said nothing.
	 * @return int
	 */
	public static function seconds( $failures, $retry_after = 0 ) {
		if ( $retry_after > 0 ) {
			return min( $retry_after, (int) max( self::STEPS_SECONDS ) );
		}
		$last = count( self::STEPS_SECONDS ) - 1;
		return self::STEPS_SECONDS[ max( 0, min( $failures - 1, $last ) ) ];
	}
}
