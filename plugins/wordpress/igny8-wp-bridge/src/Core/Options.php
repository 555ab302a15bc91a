<?php
/**
 * What the bridge keeps in the options table.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

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
	// '0': the bridge prints no SEO title, description and canonical URL. Autoloaded.
	const SEO_OUTPUT = 'igny8_seo_output';
	// Autoloaded, all small.
	const HOME         = 'igny8_home';
	const SWITCHES     = 'igny8_switches';
	const PREVIOUS_KEY = 'igny8_previous_key';
	const REFUSED_KEY  = 'igny8_refused_key';
	// How far a table has been made anew of the marks of posts; empty when no row of it is missing.
	const PUBLICATIONS_REBUILD = 'igny8_publications_rebuild';
	const IMAGES_REBUILD       = 'igny8_images_rebuild';
	// '1': uninstalling removes the bridge's marks from posts, too.
	const ERASE_MARKS = 'igny8_erase_marks';
	// Not autoloaded.
	const UNCONFIRMED_KEY = 'igny8_unconfirmed_key';
	const OUTBOX_STATE    = 'igny8_outbox_state';
	const OUTBOX_LEASE    = 'igny8_outbox_lease';
	const LOOPBACK_LEASE  = 'igny8_loopback_lease';
	const STRUCTURE_STATE = 'igny8_structure_state';
	const TERMS_LEASE     = 'igny8_terms_lease';
	// What was stored last: where its row is missing, others may be.
	const LAST_PUBLICATION = 'igny8_last_publication';
	const LAST_IMAGE       = 'igny8_last_image';
	// The version that the backend has heard of last, and the errors that it has not heard of.
	const REPORTED_VERSION = 'igny8_reported_version';
	const RECENT_ERRORS    = 'igny8_recent_errors';
	// Of the whole network: what is offered as an update.
	const UPDATE = 'igny8_update';

	const ALL = array(
		self::API_KEY,
		self::CONNECTION,
		self::AUTHOR,
		self::LAST_ATTEMPT,
		self::LAST_ERROR,
		self::DB_VERSION,
		self::SEO_OUTPUT,
		self::HOME,
		self::SWITCHES,
		self::PREVIOUS_KEY,
		self::REFUSED_KEY,
		self::ERASE_MARKS,
		self::UNCONFIRMED_KEY,
		self::OUTBOX_STATE,
		self::OUTBOX_LEASE,
		self::LOOPBACK_LEASE,
		self::STRUCTURE_STATE,
		self::TERMS_LEASE,
		self::PUBLICATIONS_REBUILD,
		self::IMAGES_REBUILD,
		self::LAST_PUBLICATION,
		self::LAST_IMAGE,
		self::REPORTED_VERSION,
		self::RECENT_ERRORS,
	);

	/**
	 * The key that the backend shows with every call.
	 *
	 * @return string Empty when the site is not paired.
	 */
	public static function api_key() {
		$stored = get_option( self::API_KEY, '' );
		$key    = is_array( $stored ) ? ( $stored['key'] ?? '' ) : $stored;
		return is_string( $key ) ? $key : '';
	}

	/**
	 * Stores the key in a list: the page of all options shows texts, and of lists only that they are some.
	 *
	 * @param string $key The key.
	 */
	public static function store_api_key( $key ) {
		update_option( self::API_KEY, array( 'key' => $key ) );
	}

	/**
	 * Stores a key anew that lies there as a text, as bridges before 2.0 left it.
	 */
	public static function hide_api_key() {
		$stored = get_option( self::API_KEY, '' );
		if ( is_string( $stored ) && '' !== $stored ) {
			self::store_api_key( $stored );
		}
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
	 * Forgets what went wrong last: it works again.
	 *
	 * @param string $code The error's code.
	 */
	public static function forget_error( $code ) {
		$error = get_option( self::LAST_ERROR, '' );
		if ( is_array( $error ) && ( $error['code'] ?? '' ) === $code ) {
			update_option( self::LAST_ERROR, '' );
		}
	}

	/**
	 * Remembers what went wrong last, for the status route and the settings page, until it works again.
	 * Autoloaded, so that a publish that works need not ask.
	 *
	 * @param string $code    The error's code.
	 * @param string $message The error in words. Never a key.
	 */
	public static function remember_error( $code, $message ) {
		RecentErrors::note( $code, mb_substr( $message, 0, 200 ) );
		update_option(
			self::LAST_ERROR,
			array(
				'at'      => Clock::now(),
				'code'    => $code,
				'message' => mb_substr( $message, 0, 200 ),
			)
		);
	}
}
