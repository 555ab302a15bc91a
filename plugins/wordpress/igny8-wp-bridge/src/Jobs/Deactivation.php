<?php
/**
 * When the plugin is deactivated.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Jobs;

use Igny8\Bridge\Connection\Client;
use Igny8\Bridge\Connection\CloneGuard;
use Igny8\Bridge\Core\Network;
use Igny8\Bridge\Core\Options;

defined( 'ABSPATH' ) || exit;

/**
 * Takes the bridge off the schedule and tells the backend, which otherwise would find out by failing.
 */
final class Deactivation {

	const PATH            = '/api/plugins/igny8-wp-bridge/health-check/';
	const TIMEOUT_SECONDS = 3;
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
				if ( $told < self::TOLD_AT_MOST && self::tell() ) {
					++$told;
				}
			},
			$network_wide
		);
	}

	/**
	 * Tells the backend. Whatever it answers, the plugin goes.
	 *
	 * @return bool Whether there was somebody to tell.
	 */
	private static function tell() {
		$connection = Options::connection();
		$client     = new Client( $connection['api_url'] );
		if ( '' === Options::api_key() || '' !== $client->objection() || CloneGuard::site_url_changed() ) {
			return false;
		}
		$client->post(
			self::PATH,
			Options::api_key(),
			array(
				'site_id'        => $connection['site_id'],
				'site_url'       => home_url(),
				'status'         => 'inactive',
				'plugin_version' => IGNY8_BRIDGE_VERSION,
				'wp_version'     => get_bloginfo( 'version' ),
				'php_version'    => PHP_VERSION,
			),
			self::TIMEOUT_SECONDS
		);
		return true;
	}
}
