<?php
/**
 * When the plugin is deactivated.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Jobs;

use Igny8\Bridge\Core\Network;
use Igny8\Bridge\Update\Check;
use Igny8\Bridge\Update\Heartbeat;

defined( 'ABSPATH' ) || exit;

/**
 * Takes the bridge off the schedule and tells the backend, which otherwise would find out by failing.
 */
final class Deactivation {

	// Sites of a network that are told of; a large network must not wait for all of them.
	const TOLD_AT_MOST = 5;

	/**
	 * Runs when the plugin is deactivated, on this site or on every site of the network.
	 *
	 * @param bool $network_wide Whether the whole network deactivates it.
	 */
	public static function run( $network_wide = false ) {
		$told = 0;
		Network::each_site(
			static function () use ( &$told ) {
				Runner::unschedule();
				Check::unschedule();
				if ( $told < self::TOLD_AT_MOST && Heartbeat::say_farewell() ) {
					++$told;
				}
			},
			$network_wide
		);
	}
}
