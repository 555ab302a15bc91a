<?php
/**
 * Looks for an update.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Update;

use Igny8\Bridge\Core\Backoff;
use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\Fault;
use Igny8\Bridge\Core\Hooks;
use Igny8\Bridge\Core\Options;

defined( 'ABSPATH' ) || exit;

/**
 * Asks the backend, twice a day by this site's own clock and when WordPress looks for updates. It waits three
 * seconds, throws nothing, and a failure leaves the last offer as it is.
 */
final class Check {

	const PATH            = '/api/plugins/igny8-wp-bridge/check-update/';
	const TIMEOUT_SECONDS = 3;

	// An answer is good for so long, unless a person asks; they get a new one once a minute.
	const FRESH_SECONDS  = 21600;
	const PERSON_SECONDS = 60;
	// Who was told to ask less does so.
	const LIMITED_SECONDS = 3600;

	/**
	 * Sees to it that this site looks for updates twice a day, at a minute of its own. WordPress's own check ends
	 * before it comes to us where wordpress.org cannot be reached.
	 */
	public static function schedule() {
		if ( Installed::is_release() && ! wp_next_scheduled( Hooks::CHECK_UPDATE ) ) {
			wp_schedule_event( Clock::now() + wp_rand( MINUTE_IN_SECONDS, 12 * HOUR_IN_SECONDS ), 'twicedaily', Hooks::CHECK_UPDATE );
		}
	}

	/**
	 * Takes that off the schedule of this blog.
	 */
	public static function unschedule() {
		wp_clear_scheduled_hook( Hooks::CHECK_UPDATE );
	}

	/**
	 * For cron.
	 */
	public static function by_cron() {
		self::run( 'cron', self::FRESH_SECONDS );
	}

	/**
	 * Asks, if it was not asked lately and a failure does not forbid it.
	 *
	 * @param string $context  Who asks: cron, admin or backend.
	 * @param int    $seconds  How old the last answer may be.
	 * @return bool Whether there is an answer, of now or young enough.
	 */
	public static function run( $context, $seconds ) {
		if ( ! Installed::is_release() ) {
			return false;
		}
		try {
			$now   = Clock::now();
			$state = self::without_the_future( Offers::state(), $now );
			// After an update, what was said before it is of another version.
			if ( $now < $state['checked_at'] + $seconds && IGNY8_BRIDGE_VERSION === $state['status_of'] ) {
				return true;
			}
			if ( $now < $state['retry_at'] || $now < $state['asked_at'] + self::PERSON_SECONDS ) {
				return false;
			}
			$state['asked_at'] = $now;
			// Before the call: who dies in it, or comes meanwhile, does not ask again at once.
			Offers::keep( $state );
			return self::ask( $state, $context );
		} catch ( \Throwable $error ) {
			Options::remember_error( 'update_check', Fault::told( 'Looking for an update failed.', $error ) );
			return false;
		}
	}

	/**
	 * What is remembered, but for moments that are yet to come: the clock was wrong when they were noted.
	 *
	 * @param array<string, mixed> $state What is remembered.
	 * @param int                  $now   Unix time.
	 * @return array<string, mixed>
	 */
	private static function without_the_future( array $state, $now ) {
		$latest = array(
			'checked_at' => $now,
			'asked_at'   => $now,
			'retry_at'   => $now + DAY_IN_SECONDS,
		);
		foreach ( $latest as $name => $time ) {
			$state[ $name ] = $state[ $name ] > $time ? 0 : $state[ $name ];
		}
		return $state;
	}

	/**
	 * Asks, and remembers what comes of it.
	 *
	 * @param array<string, mixed> $state   What is remembered.
	 * @param string               $context Who asks.
	 * @return bool Whether there was an answer.
	 */
	private static function ask( array $state, $context ) {
		$answer = self::call( $context );
		$data   = $answer['body']['data'] ?? null;
		$offer  = 200 === $answer['status'] && true === ( $answer['body']['success'] ?? null ) && is_array( $data ) ? Offer::from_answer( $data ) : null;
		if ( null === $offer ) {
			++$state['failures'];
			$pause             = 429 === $answer['status'] ? max( self::LIMITED_SECONDS, $answer['retry_after'] ) : $answer['retry_after'];
			$state['retry_at'] = Clock::now() + Backoff::seconds( $state['failures'], $pause );
			Offers::keep( $state );
			return false;
		}
		$state['failures']   = 0;
		$state['retry_at']   = 0;
		$state['checked_at'] = Clock::now();
		$state['status_of']  = IGNY8_BRIDGE_VERSION;
		$state               = Offers::heard( $state, $data );
		if ( version_compare( $offer['version'], IGNY8_BRIDGE_VERSION, '>' ) ) {
			$manifest = Manifest::verified( $offer );
			if ( is_wp_error( $manifest ) ) {
				// It could not be installed: it is not shown as if it could.
				Options::remember_error( 'update_refused', $manifest->get_error_message() );
				$offer = null;
			}
		}
		if ( null !== $offer ) {
			Options::forget_error( 'update_refused' );
			$state['offer'] = $offer;
		}
		Offers::keep( $state );
		return true;
	}

	/**
	 * The call itself: with the key where there is one, else as anybody.
	 *
	 * @param string $context Who asks.
	 * @return array{status: int, body: array|null, error: string, retry_after: int}
	 */
	private static function call( $context ) {
		$key    = Installed::key_to_show();
		$client = Installed::backend();
		$body   = array(
			'installed_version'   => IGNY8_BRIDGE_VERSION,
			'wp_version'          => get_bloginfo( 'version' ),
			'php_version'         => PHP_VERSION,
			'locale'              => get_locale(),
			'is_multisite'        => is_multisite(),
			'auto_update_enabled' => Installed::updates_itself(),
			'requesting_context'  => $context,
		) + Installed::channel();
		$answer = $client->post( self::PATH, $key, $body, self::TIMEOUT_SECONDS );
		// A key that was replaced does not keep a site from its updates.
		return 401 === $answer['status'] && '' !== $key ? $client->post( self::PATH, '', $body, self::TIMEOUT_SECONDS ) : $answer;
	}

	/**
	 * For the backend, which has something new: looks, and says what is here.
	 *
	 * @return array{0: array, 1: int} Data and status.
	 */
	public static function for_backend() {
		$asked = self::run( 'backend', self::PERSON_SECONDS );
		$state = Offers::state();
		$offer = Offers::current();
		return array(
			array(
				'installed_version'        => IGNY8_BRIDGE_VERSION,
				'new_version'              => version_compare( $offer['version'], IGNY8_BRIDGE_VERSION, '>' ) ? $offer['version'] : null,
				'installed_version_status' => Offers::status(),
				'is_release'               => Installed::is_release(),
				'answered'                 => $asked,
				'checked_at'               => $state['checked_at'] ? gmdate( 'Y-m-d\TH:i:s\Z', $state['checked_at'] ) : null,
				'auto_update_enabled'      => Installed::updates_itself(),
			),
			200,
		);
	}
}
