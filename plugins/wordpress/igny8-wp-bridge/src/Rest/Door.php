<?php
/**
 * The second door: the bridge's routes beside WordPress's REST API.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Rest;

use Igny8\Bridge\Core\Refusal;
use Igny8\Bridge\Structure\Switches;

defined( 'ABSPATH' ) || exit;

/**
 * Answers `/?igny8-bridge=<route>` on sites that forbid REST, or where it dies: same verifier, same
 * routes, same answers, and nothing of REST is started. It answers as soon as everybody's post types and
 * taxonomies are there, before WordPress looks what page is wanted: no theme, login wall or page cache
 * hears of it.
 */
final class Door {

	const ARGUMENT = 'igny8-bridge';

	/**
	 * Says that a POST asks as GET does: page caches that ignore queries answer any GET of the front page.
	 */
	const METHOD = '_method';

	/**
	 * For `wp_loaded`: answers, where the front page was asked with our argument.
	 */
	public static function answer() {
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended, WordPress.Security.ValidatedSanitizedInput -- the key decides, and the route is compared with a list.
		$path = isset( $_GET[ self::ARGUMENT ] ) ? wp_unslash( $_GET[ self::ARGUMENT ] ) : null;
		if ( ! is_string( $path ) || ! wp_using_themes() || ! Switches::second_door() ) {
			return;
		}
		Gatekeeper::keep_out_of_caches();
		// A browser's cookies mean nothing here: the key alone decides.
		wp_set_current_user( 0 );
		$request = self::request( '/' . Gatekeeper::REST_NAMESPACE . '/' . trim( $path, '/' ) );
		self::send( Gatekeeper::shape( self::respond( $request ), null, $request ), $request );
		exit;
	}

	/**
	 * The request as REST would have read it.
	 *
	 * @param string $route The route, below the namespace.
	 * @return \WP_REST_Request
	 */
	private static function request( $route ) {
		$method = isset( $_SERVER['REQUEST_METHOD'] ) ? sanitize_key( $_SERVER['REQUEST_METHOD'] ) : 'get';
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended, WordPress.Security.ValidatedSanitizedInput -- compared with one word.
		if ( 'post' === $method && isset( $_GET[ self::METHOD ] ) && 'GET' === wp_unslash( $_GET[ self::METHOD ] ) ) {
			$method = 'get';
		}
		$request = new \WP_REST_Request( strtoupper( $method ), $route );
		// Only reads what stands in the request: no server is started by it.
		$request->set_headers( ( new \WP_REST_Server() )->get_headers( wp_unslash( $_SERVER ) ) );
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- the key decides.
		$request->set_query_params( array_diff_key( wp_unslash( $_GET ), array_flip( array( self::ARGUMENT, self::METHOD ) ) ) );
		$request->set_body( \WP_REST_Server::get_raw_data() );
		return $request;
	}

	/**
	 * The answer, found in the order in which REST finds it.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return \WP_REST_Response
	 */
	private static function respond( \WP_REST_Request $request ) {
		$verdict = ( new Verifier() )->verify( $request );
		if ( true !== $verdict ) {
			return $verdict->response();
		}
		// As in REST, HEAD is GET without the body, which the web server leaves out.
		$asked = 'HEAD' === $request->get_method() ? 'GET' : $request->get_method();
		foreach ( Routes::ALL as list( $path, $method, $action ) ) {
			$pattern = '@^/' . Gatekeeper::REST_NAMESPACE . '/' . $path . '$@iD';
			if ( ! in_array( $asked, array( $method, 'OPTIONS' ), true ) || ! preg_match( $pattern, $request->get_route(), $found ) ) {
				continue;
			}
			if ( 'OPTIONS' === $asked ) {
				return self::options( $method );
			}
			$request->set_url_params( array_filter( $found, 'is_string', ARRAY_FILTER_USE_KEY ) );
			$readable = $request->has_valid_params();
			return is_wp_error( $readable ) ? self::error( $readable ) : Answer::to( $request, 'GET' === $method, $action );
		}
		return self::error( new \WP_Error( 'rest_no_route', 'There is no such route.', array( 'status' => 404 ) ) );
	}

	/**
	 * What a route takes, in the words of REST as far as they are about that.
	 *
	 * @param string $method Its method: each has one.
	 * @return \WP_REST_Response
	 */
	private static function options( $method ) {
		return new \WP_REST_Response(
			array(
				'namespace' => Gatekeeper::REST_NAMESPACE,
				'methods'   => array( $method ),
			),
			200,
			array( 'Allow' => $method )
		);
	}

	/**
	 * An error of WordPress's own, in its own form.
	 *
	 * @param \WP_Error $error The error.
	 * @return \WP_REST_Response
	 */
	private static function error( \WP_Error $error ) {
		$data = $error->get_error_data();
		return new \WP_REST_Response(
			array(
				'code'    => $error->get_error_code(),
				'message' => $error->get_error_message(),
				'data'    => $data,
			),
			$data['status']
		);
	}

	/**
	 * Prints the answer, and nothing that others printed.
	 *
	 * @param \WP_HTTP_Response $response The answer.
	 * @param \WP_REST_Request  $request  The request.
	 */
	private static function send( \WP_HTTP_Response $response, \WP_REST_Request $request ) {
		$body = wp_json_encode( $response->get_data() );
		if ( false === $body ) {
			$response = ( new Refusal( 500, 'internal_error', 'The answer cannot be written as JSON.' ) )->response();
			$body     = wp_json_encode( $response->get_data() );
		}
		Gatekeeper::drop_stray_output( false, $response, $request );
		if ( ! headers_sent() ) {
			status_header( $response->get_status() );
			header( 'Content-Type: application/json; charset=UTF-8' );
			header( 'X-Robots-Tag: noindex' );
			header( 'X-Content-Type-Options: nosniff' );
			foreach ( $response->get_headers() as $name => $value ) {
				header( "$name: $value" );
			}
		}
		echo $body; // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped -- JSON.
	}
}
