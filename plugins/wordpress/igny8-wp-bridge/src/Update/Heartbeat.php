<?php
/**
 * How the bridge is doing here.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Update;

use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\Hooks;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\RecentErrors;

defined( 'ABSPATH' ) || exit;

/**
 * Tells the backend which version is here, once a day and after every update, with the errors of late; and
 * hears from it whether that version is still a good one.
 */
final class Heartbeat {

	const REGISTER        = '/api/plugins/igny8-wp-bridge/register/';
	const HEALTH          = '/api/plugins/igny8-wp-bridge/health-check/';
	const TIMEOUT_SECONDS = 3;

	/**
	 * Has the backend told soon, by cron.
	 */
	public static function soon() {
		if ( ! wp_next_scheduled( Hooks::REPORT ) ) {
			wp_schedule_single_event( Clock::now(), Hooks::REPORT );
		}
	}

	/**
	 * For `upgrader_process_complete`: the new version tells of itself as soon as it runs.
	 *
	 * @param mixed $upgrader Who updated.
	 * @param mixed $about    What was updated.
	 */
	public static function updated( $upgrader, $about = array() ) {
		$plugins = is_array( $about ) ? (array) ( $about['plugins'] ?? ( $about['plugin'] ?? array() ) ) : array();
		if ( in_array( Installed::file(), $plugins, true ) ) {
			self::soon();
		}
	}

	/**
	 * For `automatic_updates_complete`: since 6.6 WordPress looks whether the site still runs after it updated a
	 * plugin by itself, and puts the version before it back where it does not. The backend is to hear of that: the
	 * site goes on as if nothing had been.
	 *
	 * @param mixed $results What was updated, by kind.
	 */
	public static function taken_back( $results ) {
		foreach ( is_array( $results ) ? (array) ( $results['plugin'] ?? array() ) : array() as $one ) {
			$result = is_object( $one ) ? ( $one->result ?? null ) : null;
			$broke  = is_wp_error( $result ) && 0 === strpos( (string) $result->get_error_code(), 'plugin_update_fatal_error' );
			if ( $broke && Installed::file() === ( $one->item->plugin ?? '' ) ) {
				$version = (string) ( $one->item->new_version ?? '' );
				Offers::keep( array( 'taken_back' => $version ) + Offers::state() );
				// The backend reads which version it was from the beginning.
				$why = __( 'this version broke the site, and WordPress put the one before it back.', 'igny8-wp-bridge' );
				Options::remember_error( 'update_taken_back', $version . ': ' . $why );
				self::soon();
			}
		}
	}

	/**
	 * Tells the backend: of a version that it has not heard of, that it is here; else how it is doing.
	 */
	public static function report() {
		$key = Installed::key_to_show();
		if ( '' === $key || '' === Options::connection()['api_url'] ) {
			return;
		}
		$known = get_option( Options::REPORTED_VERSION ) === IGNY8_BRIDGE_VERSION;
		// A new version is not blamed for what went wrong with the one before it.
		RecentErrors::forget_other_versions();
		$told   = RecentErrors::all();
		$answer = Installed::backend()->post( $known ? self::HEALTH : self::REGISTER, $key, self::facts( 'active', $told ), self::TIMEOUT_SECONDS );
		if ( 200 > $answer['status'] || 299 < $answer['status'] || true !== ( $answer['body']['success'] ?? null ) ) {
			return;
		}
		if ( ! $known ) {
			update_option( Options::REPORTED_VERSION, IGNY8_BRIDGE_VERSION, false );
		}
		RecentErrors::forget( $told );
		Offers::keep( Offers::heard( Offers::state(), $answer['body']['data'] ?? null ) );
	}

	/**
	 * Tells the backend that the bridge goes. Whatever it answers, it goes.
	 *
	 * @return bool Whether there was somebody to tell.
	 */
	public static function say_farewell() {
		$key    = Installed::key_to_show();
		$client = Installed::backend();
		if ( '' === $key || '' === Options::connection()['api_url'] || '' !== $client->objection() ) {
			return false;
		}
		$client->post( self::HEALTH, $key, self::facts( 'inactive', RecentErrors::all() ), self::TIMEOUT_SECONDS );
		delete_option( Options::REPORTED_VERSION );
		return true;
	}

	/**
	 * What the backend is told.
	 *
	 * @param string                           $status active or inactive.
	 * @param array<int, array<string, mixed>> $errors Errors of late.
	 * @return array<string, mixed>
	 */
	private static function facts( $status, array $errors ) {
		return array(
			'site_id'             => Options::connection()['site_id'],
			'site_url'            => home_url(),
			'status'              => $status,
			'plugin_version'      => IGNY8_BRIDGE_VERSION,
			'wp_version'          => get_bloginfo( 'version' ),
			'php_version'         => PHP_VERSION,
			'locale'              => get_locale(),
			'is_multisite'        => is_multisite(),
			'auto_update_enabled' => Installed::updates_itself(),
			'errors'              => $errors,
		) + Installed::channel();
	}
}
