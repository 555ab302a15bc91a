<?php
/**
 * The routes of the bridge.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Rest;

use Igny8\Bridge\Install\Installer;
use Igny8\Bridge\Install\Options;
use Igny8\Bridge\Publish\Inquiry;
use Igny8\Bridge\Publish\Operation;
use Igny8\Bridge\Publish\Order;

defined( 'ABSPATH' ) || exit;

/**
 * Registers the routes and turns results into answers.
 */
final class Routes {

	/**
	 * Registers the routes.
	 */
	public function register() {
		$this->route( 'publish', 'POST', 'publish' );
		// The name that bridges before 2.0 used.
		$this->route( 'publish-content', 'POST', 'publish' );
		$this->route( 'content/(?P<content_id>[1-9][0-9]{0,15})', 'GET', 'content' );
		$this->route( 'status', 'GET', 'status' );
	}

	/**
	 * POST publish: creates or updates one post.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return array{0: array, 1: int} Data and status.
	 */
	public function publish( \WP_REST_Request $request ) {
		return ( new Operation() )->carry_out( Order::from_request( $request ) );
	}

	/**
	 * GET content/{id}: what is here for this content.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return array{0: array, 1: int} Data and status.
	 */
	public function content( \WP_REST_Request $request ) {
		return array( ( new Inquiry() )->about( (int) $request['content_id'] ), 200 );
	}

	/**
	 * GET status: what this site is and how it is doing.
	 *
	 * @return array{0: array, 1: int} Data and status.
	 */
	public function status() {
		return array( ( new Status() )->report(), 200 );
	}

	/**
	 * Registers one route behind the verifier.
	 *
	 * @param string $path   Path below the namespace.
	 * @param string $method HTTP method.
	 * @param string $action Name of the method of this class.
	 */
	private function route( $path, $method, $action ) {
		register_rest_route(
			Gatekeeper::REST_NAMESPACE,
			'/' . $path,
			array(
				'methods'             => $method,
				'permission_callback' => array( new Verifier(), 'permit' ),
				'callback'            => function ( \WP_REST_Request $request ) use ( $action ) {
					return $this->answer( $request, $action );
				},
			)
		);
	}

	/**
	 * Runs an action and puts what comes of it into the envelope.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @param string           $action  Name of the method of this class.
	 * @return \WP_REST_Response
	 */
	private function answer( \WP_REST_Request $request, $action ) {
		try {
			Installer::ensure();
			list( $data, $status ) = $this->$action( $request );
		} catch ( Refusal $refusal ) {
			return $refusal->response();
		} catch ( \Throwable $error ) {
			Options::remember_error( 'internal_error', $error->getMessage() );
			$refusal = new Refusal( 500, 'internal_error', 'WordPress could not finish this: ' . $error->getMessage() );
			return $refusal->response();
		}
		return new \WP_REST_Response(
			array(
				'success' => true,
				'data'    => $data,
			),
			$status
		);
	}
}
