<?php
/**
 * One key after another.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Connection;

use Igny8\Bridge\Core\Backoff;
use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\Hooks;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * Takes a new key from the backend, which shows the old one with the call.
 *
 * From that answer on the bridge calls with the new key, and does so at once, so that the backend
 * learns that it arrived. Until the backend itself has shown the new key, but no longer than 24 hours
 * after the first hand-over, the old one still opens. Handing over again in between replaces the new
 * key and prolongs nothing. While the new key is unconfirmed, a 401 does not stop the bridge.
 */
final class KeyHandover {

	const GRACE_SECONDS = 86400;

	/**
	 * POST key: stores a new key.
	 *
	 * @param \WP_REST_Request $request The request; `api_key` is the new key.
	 * @return array{0: array, 1: int} Data and status.
	 * @throws Refusal 422 when it is no key.
	 * @throws DatabaseError When it cannot be stored: then the old one stays.
	 */
	public static function accept( \WP_REST_Request $request ) {
		$body = $request->get_json_params();
		$new  = is_array( $body ) ? ( $body['api_key'] ?? null ) : null;
		if ( ! ApiKey::is_well_formed( $new ) ) {
			throw new Refusal( 422, 'invalid', 'This is not an API key.', array( 'api_key' => array( 'is not a key of IGNY8: wrong form or check digits' ) ) );
		}
		$current = Options::api_key();
		if ( ! hash_equals( $current, $new ) ) {
			// First the old key's grace, then the new key: whenever PHP dies, a key of the backend opens.
			if ( null === self::previous() ) {
				update_option(
					Options::PREVIOUS_KEY,
					array(
						'key'   => $current,
						'until' => Clock::now() + self::GRACE_SECONDS,
					)
				);
			}
			update_option(
				Options::UNCONFIRMED_KEY,
				array(
					'since'    => Clock::now(),
					'failures' => 0,
					'retry_at' => 0,
				),
				false
			);
			Options::store_api_key( $new );
			if ( Options::api_key() !== $new ) {
				throw new DatabaseError( 'The new key cannot be stored.' );
			}
			do_action( Hooks::WORK_WAITS );
		}
		$previous = self::previous();
		return array(
			array(
				'last4'                => substr( $new, -4 ),
				'previous_valid_until' => $previous ? gmdate( 'Y-m-d\TH:i:s\Z', $previous['until'] ) : null,
			),
			200,
		);
	}

	/**
	 * Whether a key is one of the two that open. The backend's first use of the new one ends the old.
	 *
	 * @param string $shown A key, well formed.
	 * @return bool
	 */
	public static function opens( $shown ) {
		$previous = self::previous();
		if ( hash_equals( Options::api_key(), $shown ) ) {
			if ( $previous ) {
				update_option( Options::PREVIOUS_KEY, '' );
			}
			return true;
		}
		return $previous && hash_equals( $previous['key'], $shown );
	}

	/**
	 * Whether the backend has not yet been called with the new key, within the grace.
	 *
	 * @return bool
	 */
	public static function is_unconfirmed() {
		$state = get_option( Options::UNCONFIRMED_KEY );
		return is_array( $state ) && Clock::now() < $state['since'] + self::GRACE_SECONDS;
	}

	/**
	 * When to call with the new key.
	 *
	 * @return int|null Unix time; null when there is no need.
	 */
	public static function next_at() {
		$state = get_option( Options::UNCONFIRMED_KEY );
		return self::is_unconfirmed() ? max( Clock::now(), (int) $state['retry_at'] ) : null;
	}

	/**
	 * Calls the backend with the new key, so that it knows that the key arrived.
	 */
	public static function confirm_if_due() {
		$next = self::next_at();
		if ( null === $next || $next > Clock::now() ) {
			return;
		}
		$connection = Options::connection();
		$answer     = ( new Client( $connection['api_url'] ) )->test_connection( Options::api_key(), $connection['site_id'] );
		if ( 200 === $answer['status'] ) {
			delete_option( Options::UNCONFIRMED_KEY );
			return;
		}
		$state = get_option( Options::UNCONFIRMED_KEY );
		++$state['failures'];
		$state['retry_at'] = Clock::now() + Backoff::seconds( $state['failures'], $answer['retry_after'] );
		update_option( Options::UNCONFIRMED_KEY, $state, false );
	}

	/**
	 * The old key, while it opens. Costs no query: the option is autoloaded.
	 *
	 * @return array{key: string, until: int}|null
	 */
	private static function previous() {
		$stored = get_option( Options::PREVIOUS_KEY );
		return is_array( $stored ) && Clock::now() < $stored['until'] ? $stored : null;
	}
}
