<?php
/**
 * What the bridge keeps in the options table.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Install;

defined( 'ABSPATH' ) || exit;

/**
 * The names of the options, and typed access to them. The small ones are autoloaded.
 */
final class Options {

	const API_KEY      = 'igny8_api_key';
	const CONNECTION   = 'igny8_connection';
	const AUTHOR       = 'igny8_author_id';
	const LAST_ATTEMPT = 'igny8_last_attempt';
	const LAST_ERROR   = 'igny8_last_error';
	const DB_VERSION   = 'igny8_db_version';

	const ALL = array(
		self::API_KEY,
		self::CONNECTION,
		self::AUTHOR,
		self::LAST_ATTEMPT,
		self::LAST_ERROR,
		self::DB_VERSION,
	);

	/**
	 * The key that the backend shows with every call.
	 *
	 * @return string Empty when the site is not paired.
	 */
	public static function api_key() {
		$key = get_option( self::API_KEY, '' );
		return is_string( $key ) ? $key : '';
	}

	/**
	 * What the backend told at pairing.
	 *
	 * @return array{api_url: string, site_id: int, integration_id: int, home_url: string, connected_at: int}
	 */
	public static function connection() {
		$stored = get_option( self::CONNECTION, array() );
		return array_merge(
			array(
				'api_url'        => '',
				'site_id'        => 0,
				'integration_id' => 0,
				'home_url'       => '',
				'connected_at'   => 0,
			),
			is_array( $stored ) ? $stored : array()
		);
	}

	/**
	 * The last time somebody pressed Connect.
	 *
	 * @return array{at: int, ok: bool, code: string, message: string, api_url: string, site_id: int}
	 */
	public static function last_attempt() {
		$stored = get_option( self::LAST_ATTEMPT, array() );
		return array_merge(
			array(
				'at'      => 0,
				'ok'      => false,
				'code'    => '',
				'message' => '',
				'api_url' => '',
				'site_id' => 0,
			),
			is_array( $stored ) ? $stored : array()
		);
	}

	/**
	 * Remembers what went wrong last, for the status route and the settings page.
	 *
	 * @param string $code    The error's code.
	 * @param string $message The error in words. Never a key.
	 */
	public static function remember_error( $code, $message ) {
		update_option(
			self::LAST_ERROR,
			array(
				'at'      => time(),
				'code'    => $code,
				'message' => mb_substr( $message, 0, 500 ),
			),
			false
		);
	}
}
