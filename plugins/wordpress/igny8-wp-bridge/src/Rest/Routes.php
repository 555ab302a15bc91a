<?php
/**
 * The routes of the bridge.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Rest;

use Igny8\Bridge\Core\Refusal;
use Igny8\Bridge\Publish\Inquiry;
use Igny8\Bridge\Publish\Operation;
use Igny8\Bridge\Publish\Order;
use Igny8\Bridge\Structure\Switches;

defined( 'ABSPATH' ) || exit;

/**
 * Registers the routes that articles come in by, and that tell how they are.
 */
final class Routes {

	/**
	 * Registers the routes.
	 */
	public static function register() {
		Route::add( 'publish', 'POST', array( self::class, 'publish' ) );
		// The name that bridges before 2.0 used.
		Route::add( 'publish-content', 'POST', array( self::class, 'publish' ) );
		Route::add( 'content/(?P<content_id>[1-9][0-9]{0,15})', 'GET', array( self::class, 'content' ) );
		Route::add( 'status', 'GET', array( self::class, 'status' ) );
	}

	/**
	 * POST publish: creates or updates one post.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return array{0: array, 1: int} Data and status.
	 * @throws Refusal When it is not carried out.
	 */
	public static function publish( \WP_REST_Request $request ) {
		if ( ! Switches::operations() ) {
			throw new Refusal( 403, 'paused', 'The owner of this site has paused publishing, under Settings, IGNY8.' );
		}
		return ( new Operation( Order::from_request( $request ) ) )->carry_out();
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
