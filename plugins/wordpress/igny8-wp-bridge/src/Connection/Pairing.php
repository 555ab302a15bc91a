<?php
/**
 * Connecting this site.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Connection;

use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\Hooks;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\Schema;

defined( 'ABSPATH' ) || exit;

/**
 * What the Connect and Disconnect buttons do. A key is kept only when the backend has confirmed it; a
 * failed attempt leaves an existing connection as it was.
 */
final class Pairing {

	/**
	 * Connects this site.
	 *
	 * @param string     $api_url Address of the backend.
	 * @param string     $api_key The site's API key; empty for the one that is stored.
	 * @param int|string $site_id The site's ID in IGNY8, where it is known; the key tells it.
	 * @return array{ok: bool, code: string, message: string} `message` says what to do, for a person.
	 */
	public static function connect( $api_url, $api_key, $site_id = '' ) {
		Schema::ensure();
		$api_url = Client::tidy( (string) $api_url );
		$api_key = trim( (string) $api_key );
		$api_key = '' !== $api_key ? $api_key : Options::api_key();
		$outcome = self::attempt( $api_url, $api_key, trim( (string) $site_id ) );
		update_option(
			Options::LAST_ATTEMPT,
			array(
				'at'      => Clock::now(),
				'ok'      => $outcome['ok'],
				'code'    => $outcome['code'],
				'message' => $outcome['message'],
				'api_url' => $api_url,
				'site_id' => absint( $site_id ),
			),
			false
		);
		return $outcome;
	}

	/**
	 * Forgets the key: from now on the bridge lets nobody in.
	 */
	public static function disconnect() {
		delete_option( Options::API_KEY );
		delete_option( Options::CONNECTION );
		delete_option( Options::LAST_ATTEMPT );
		update_option( Options::HOME, '' );
		update_option( Options::PREVIOUS_KEY, '' );
		delete_option( Options::UNCONFIRMED_KEY );
		Gate::open();
		do_action( Hooks::DISCONNECTED );
	}

	/**
	 * IGNY8 says that the site, or its connection, was deleted there.
	 */
	public static function disconnected_there() {
		$connection = Options::connection();
		self::disconnect();
		update_option(
			Options::LAST_ATTEMPT,
			array(
				'at'      => Clock::now(),
				'ok'      => false,
				'code'    => 'deleted_there',
				'message' => __( 'This site was deleted in IGNY8, so it is no longer connected. Posts stay as they are. To go on, add the site in IGNY8 again and connect with its new key.', 'igny8-wp-bridge' ),
				'api_url' => $connection['api_url'],
				'site_id' => 0,
			),
			false
		);
	}

	/**
	 * Tries to connect, and keeps the key when that worked.
	 *
	 * @param string $api_url Address of the backend.
	 * @param string $api_key The key.
	 * @param string $site_id The site's ID; empty where it is not known.
	 * @return array{ok: bool, code: string, message: string}
	 */
	private static function attempt( $api_url, $api_key, $site_id ) {
		$client    = new Client( $api_url );
		$objection = $client->objection();
		if ( '' !== $objection ) {
			return self::failure( 'api_url', $objection );
		}
		if ( ! ApiKey::is_well_formed( $api_key ) ) {
			return self::failure( 'api_key', __( 'This is not an IGNY8 API key. Copy the whole key; it begins with igny8_ and is 60 characters long.', 'igny8-wp-bridge' ) );
		}
		if ( '' !== $site_id && 1 !== preg_match( '/\A[1-9][0-9]{0,15}\z/', $site_id ) ) {
			return self::failure( 'site_id', __( 'The site ID is a number.', 'igny8-wp-bridge' ) );
		}
		$answer = $client->test_connection( $api_key, (int) $site_id );
		$data   = isset( $answer['body']['data'] ) && is_array( $answer['body']['data'] ) ? $answer['body']['data'] : null;
		if ( 200 !== $answer['status'] || true !== ( $answer['body']['success'] ?? null ) || null === $data ) {
			return self::explain( $answer );
		}
		$site_id = '' !== $site_id ? (int) $site_id : ( $data['site_id'] ?? null );
		if ( ! is_int( $site_id ) || 1 > $site_id ) {
			return self::failure( 'site_id', __( 'IGNY8 did not say which site this key belongs to. Check the API URL.', 'igny8-wp-bridge' ) );
		}
		$before = Options::connection();
		Options::store_api_key( $api_key );
		update_option(
			Options::CONNECTION,
			array(
				'api_url'        => $api_url,
				'site_id'        => $site_id,
				'integration_id' => absint( $data['integration_id'] ?? $data['id'] ?? 0 ),
				'home_url'       => home_url(),
				'connected_at'   => Clock::now(),
			)
		);
		CloneGuard::remember();
		update_option( Options::PREVIOUS_KEY, '' );
		delete_option( Options::UNCONFIRMED_KEY );
		Gate::open();
		do_action( Hooks::CONNECTED, $before );
		return array(
			'ok'      => true,
			'code'    => 'connected',
			'message' => __( 'This site is connected to IGNY8. You can publish to it now.', 'igny8-wp-bridge' ),
		);
	}

	/**
	 * Says in plain words why the backend did not connect us.
	 *
	 * @param array{status: int, body: array|null, error: string} $answer What came back.
	 * @return array{ok: bool, code: string, message: string}
	 */
	private static function explain( array $answer ) {
		$code  = $answer['body']['error']['code'] ?? '';
		$said  = $answer['body']['error']['message'] ?? '';
		$code  = is_string( $code ) && '' !== $code ? sanitize_key( $code ) : 'http_' . $answer['status'];
		$said  = is_string( $said ) ? sanitize_text_field( $said ) : '';
		$words = array(
			401 => __( 'IGNY8 does not know this API key. It may have been replaced or revoked: make a new one in IGNY8 and paste it here.', 'igny8-wp-bridge' ),
			403 => __( 'IGNY8 does not know this API key. It may have been replaced or revoked: make a new one in IGNY8 and paste it here.', 'igny8-wp-bridge' ),
			404 => __( 'The site of this key is not in IGNY8 any more, or the key belongs to another one. Make a new key there and paste it here.', 'igny8-wp-bridge' ),
			429 => __( 'Too many attempts. Wait a minute and try again.', 'igny8-wp-bridge' ),
			503 => __( 'IGNY8 is not available at the moment. Try again in a few minutes.', 'igny8-wp-bridge' ),
		);
		if ( 0 === $answer['status'] ) {
			return self::failure(
				'unreachable',
				sprintf(
					/* translators: %s: the technical reason. */
					__( 'IGNY8 could not be reached. Check the API URL, and ask your host whether this site may make outgoing connections. (%s)', 'igny8-wp-bridge' ),
					sanitize_text_field( $answer['error'] )
				)
			);
		}
		if ( null === $answer['body'] || ! array_key_exists( 'success', $answer['body'] ) ) {
			return self::failure( $code, $words[ $answer['status'] ] ?? __( 'Something answered, but it was not IGNY8. Check the API URL.', 'igny8-wp-bridge' ) );
		}
		// The backend's own words know more for what we have no words of our own.
		$fallback = '' !== $said ? $said : __( 'IGNY8 refused the connection. Check the key and the API URL.', 'igny8-wp-bridge' );
		return self::failure( $code, $words[ $answer['status'] ] ?? $fallback );
	}

	/**
	 * A failed attempt.
	 *
	 * @param string $code    Stable code.
	 * @param string $message What to do.
	 * @return array{ok: bool, code: string, message: string}
	 */
	private static function failure( $code, $message ) {
		return array(
			'ok'      => false,
			'code'    => $code,
			'message' => $message,
		);
	}
}
