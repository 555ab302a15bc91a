<?php
/**
 * The routes of the bridge.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Rest;

use Igny8\Bridge\Connection\KeyHandover;
use Igny8\Bridge\Core\Refusal;
use Igny8\Bridge\Publish\Inquiry;
use Igny8\Bridge\Publish\Operation;
use Igny8\Bridge\Publish\Order;
use Igny8\Bridge\Publish\Preview;
use Igny8\Bridge\Structure\Switches;
use Igny8\Bridge\Update\Check;

defined( 'ABSPATH' ) || exit;

/**
 * All routes, and what answers those that articles come in by, and that tell how they are.
 */
final class Routes {

	// Path below the namespace, HTTP method, and what takes the request and returns data and status.
	const ALL = array(
		array( 'publish', 'POST', array( self::class, 'publish' ) ),
		// The name that bridges before 2.0 used.
		array( 'publish-content', 'POST', array( self::class, 'publish' ) ),
		array( 'content/(?P<content_id>[1-9][0-9]{0,15})', 'GET', array( self::class, 'content' ) ),
		array( 'status', 'GET', array( self::class, 'status' ) ),
		array( 'changes', 'GET', array( SyncRoutes::class, 'changes' ) ),
		array( 'changes/ack', 'POST', array( SyncRoutes::class, 'acknowledge' ) ),
		array( 'posts', 'GET', array( PostRoutes::class, 'posts' ) ),
		array( 'terms', 'GET', array( PostRoutes::class, 'terms' ) ),
		array( 'links', 'POST', array( PostRoutes::class, 'links' ) ),
		array( 'digests', 'POST', array( PostRoutes::class, 'digests' ) ),
		array( 'structure', 'GET', array( SyncRoutes::class, 'structure' ) ),
		array( 'key', 'POST', array( KeyHandover::class, 'accept' ) ),
		array( 'check-update', 'POST', array( Check::class, 'for_backend' ) ),
		array( 'disconnect', 'POST', array( SyncRoutes::class, 'disconnect' ) ),
	);

	/**
	 * Registers the routes in WordPress's REST API.
	 */
	public static function register() {
		foreach ( self::ALL as list( $path, $method, $action ) ) {
			register_rest_route(
				Gatekeeper::REST_NAMESPACE,
				'/' . $path,
				array(
					'methods'             => $method,
					'permission_callback' => array( new Verifier(), 'permit' ),
					'callback'            => static function ( \WP_REST_Request $request ) use ( $method, $action ) {
						return Answer::to( $request, 'GET' === $method, $action );
					},
				)
			);
		}
	}

	/**
	 * POST publish: creates or updates one post, or tells what would come of it.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return array{0: array, 1: int} Data and status.
	 * @throws Refusal When it is not carried out.
	 */
	public static function publish( \WP_REST_Request $request ) {
		if ( ! Switches::may_publish() ) {
			throw new Refusal( 403, 'paused', 'The owner of this site has paused publishing, under Settings, IGNY8.' );
		}
		return Preview::is_asked_for( $request ) ? Preview::of( $request ) : ( new Operation( Order::from_request( $request ) ) )->carry_out();
	}

	/**
	 * GET content/{id}: what is here for this content.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return array{0: array, 1: int} Data and status.
	 */
	public static function content( \WP_REST_Request $request ) {
		return array( ( new Inquiry() )->about( (int) $request['content_id'] ), 200 );
	}

	/**
	 * GET status: what this site is and how it is doing.
	 *
	 * @return array{0: array, 1: int} Data and status.
	 */
	public static function status() {
		return array( ( new Status() )->report(), 200 );
	}
}
