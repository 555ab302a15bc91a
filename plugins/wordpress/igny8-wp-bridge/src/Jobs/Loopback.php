<?php
/**
 * A call of this site to itself.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Jobs;

use Igny8\Bridge\Core\Lease;
use Igny8\Bridge\Core\Options;

defined( 'ABSPATH' ) || exit;

/**
 * Starts another PHP process where this one cannot let go of the browser. The route is not for the
 * backend, so its key opens nothing here: only a token that was made seconds ago and is used up by the
 * first call does. It carries no data, neither in nor out.
 */
final class Loopback {

	const REST_NAMESPACE = 'igny8-loopback/v1';
	const ROUTE          = '/jobs';
	const HEADER         = 'X-IGNY8-Loopback';

	// Meanwhile nobody else knocks: whoever starts finds their events too.
	const TOKEN_SECONDS = 10;

	/**
	 * Calls, and does not wait.
	 */
	public static function knock() {
		$token = ( new Lease( Options::LOOPBACK_LEASE ) )->take( self::TOKEN_SECONDS );
		if ( '' === $token ) {
			return;
		}
		wp_remote_post(
			rest_url( self::REST_NAMESPACE . self::ROUTE ),
			array(
				'timeout'     => 0.01,
				'blocking'    => false,
				'redirection' => 0,
				'cookies'     => array(),
				/** This filter is documented in wp-includes/class-wp-http-streams.php */
				'sslverify'   => apply_filters( 'https_local_ssl_verify', false ), // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- core's own filter for calls to oneself.
				'headers'     => array( self::HEADER => $token ),
			)
		);
	}

	/**
	 * Registers the route.
	 */
	public static function register() {
		register_rest_route(
			self::REST_NAMESPACE,
			self::ROUTE,
			array(
				'methods'             => 'POST',
				'permission_callback' => array( self::class, 'permit' ),
				'callback'            => array( self::class, 'answer' ),
				'show_in_index'       => false,
			)
		);
	}

	/**
	 * Lets in who has the token, once.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return bool
	 */
	public static function permit( \WP_REST_Request $request ) {
		return ( new Lease( Options::LOOPBACK_LEASE ) )->redeem( $request->get_header( self::HEADER ) );
	}

	/**
	 * Answers at once, then runs what is due.
	 */
	public static function answer() {
		ignore_user_abort( true );
		while ( ob_get_level() ) {
			ob_end_clean();
		}
		nocache_headers();
		header( 'Connection: close' );
		header( 'Content-Length: 0' );
		flush();
		Runner::run();
		exit;
	}
}
