<?php
/**
 * What stands around every request to our namespace.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Rest;

use Igny8\Bridge\Core\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * Verifies before anything else is looked at, keeps answers out of caches, and keeps what other
 * plugins print away from our JSON. Touches no request but those to `igny8/v1`, by REST or by the second
 * door.
 */
final class Gatekeeper {

	const REST_NAMESPACE = 'igny8/v1';

	/**
	 * How many output buffers were open below ours; null when we opened none.
	 *
	 * @var int|null
	 */
	private static $buffer_level;

	/**
	 * Starts holding back output, as early as plugins can.
	 */
	public static function catch_stray_output() {
		self::$buffer_level = ob_get_level();
		ob_start();
	}

	/**
	 * Throws away what was printed before our answer, and everything printed after it.
	 *
	 * @param bool              $served  Whether somebody has answered already.
	 * @param \WP_HTTP_Response $result  The answer.
	 * @param \WP_REST_Request  $request The request.
	 * @return bool
	 */
	public static function drop_stray_output( $served, $result, $request ) {
		if ( null === self::$buffer_level || ! self::is_ours( $request->get_route() ) ) {
			return $served;
		}
		while ( ob_get_level() > self::$buffer_level ) {
			ob_end_clean();
		}
		$swallow = static function () {
			ob_start( '__return_empty_string' );
		};
		add_action( 'shutdown', $swallow, PHP_INT_MIN );
		// WordPress closes all buffers at priority 1.
		add_action( 'shutdown', $swallow, 2 );
		return $served;
	}

	/**
	 * Lets requests to our namespace reach the verifier where REST is open to logged-in users only.
	 *
	 * @param \WP_Error|true|null $error What others decided.
	 * @return \WP_Error|true|null
	 */
	public static function answer_despite_login_walls( $error ) {
		$route = isset( $GLOBALS['wp']->query_vars['rest_route'] ) ? $GLOBALS['wp']->query_vars['rest_route'] : '';
		if ( ! is_string( $route ) || ! self::is_ours( $route ) ) {
			return $error;
		}
		self::keep_out_of_caches();
		// A browser's cookies mean nothing here: the key alone decides.
		wp_set_current_user( 0 );
		return true;
	}

	/**
	 * Verifies before the route, the body or any parameter is looked at.
	 *
	 * @param mixed            $result  Somebody's answer, or null.
	 * @param \WP_REST_Server  $server  The server.
	 * @param \WP_REST_Request $request The request.
	 * @return mixed
	 */
	public static function verify_first( $result, $server, $request ) {
		if ( ! self::is_ours( $request->get_route() ) ) {
			return $result;
		}
		$verdict = ( new Verifier() )->verify( $request );
		if ( true === $verdict ) {
			return $result;
		}
		return $verdict->response();
	}

	/**
	 * Gives errors that WordPress itself found the form of our answers, and forbids caching.
	 *
	 * @param \WP_HTTP_Response    $response The answer.
	 * @param \WP_REST_Server|null $server   The server; null where REST was not asked.
	 * @param \WP_REST_Request     $request  The request.
	 * @return \WP_HTTP_Response
	 */
	public static function shape( $response, $server, $request ) {
		if ( ! self::is_ours( $request->get_route() ) ) {
			return $response;
		}
		$response->header( 'Expires', 'Wed, 11 Jan 1984 05:00:00 GMT' );
		$response->header( 'Cache-Control', 'no-cache, must-revalidate, max-age=0, no-store, private' );
		$data = $response->get_data();
		if ( is_array( $data ) && isset( $data['code'], $data['message'] ) && 'rest_invalid_json' === $data['code'] ) {
			$refusal = new Refusal( 400, 'malformed', 'The body is not valid JSON.' );
			$response->set_status( 400 );
			$response->set_data( $refusal->response()->get_data() );
		}
		return $response;
	}

	/**
	 * Whether a REST route is one of ours, as WordPress matches routes (without regard to case).
	 *
	 * @param string $route The route, with its leading slash.
	 * @return bool
	 */
	private static function is_ours( $route ) {
		$route = strtolower( trim( $route, '/' ) );
		return self::REST_NAMESPACE === $route || 0 === strpos( $route, self::REST_NAMESPACE . '/' );
	}

	/**
	 * Tells page caches and proxies to keep their hands off.
	 */
	public static function keep_out_of_caches() {
		if ( ! defined( 'DONOTCACHEPAGE' ) ) {
			define( 'DONOTCACHEPAGE', true ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- the name that caches know.
		}
		// phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- LiteSpeed Cache stores REST answers in spite of headers.
		do_action( 'litespeed_control_set_nocache', 'igny8' );
	}
}
