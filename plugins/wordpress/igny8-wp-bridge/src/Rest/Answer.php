<?php
/**
 * What a route answers.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Rest;

use Igny8\Bridge\Connection\CloneGuard;
use Igny8\Bridge\Core\Database;
use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\Fault;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\Refusal;
use Igny8\Bridge\Core\Schema;
use Igny8\Bridge\Outbox\Recorder;
use Igny8\Bridge\Outbox\Store;
use Igny8\Bridge\Publish\Operation;

defined( 'ABSPATH' ) || exit;

/**
 * Runs what answers a route and puts what comes of it into the envelope, whichever door the request came by.
 */
final class Answer {

	const DATABASE_RETRY_AFTER = 60;

	/**
	 * Runs an action and puts what comes of it into the envelope. `meta` says how far the outbox has
	 * counted, this request's own events included; where nothing is changed, how far it had when the
	 * action began to read: what is told later is newer than the answer. A refusal to read says so, too:
	 * what it has never heard of it may have lost.
	 *
	 * @param \WP_REST_Request $request   The request.
	 * @param bool             $read_only Whether the route changes nothing.
	 * @param callable         $action    Takes the request, returns data and status.
	 * @return \WP_REST_Response
	 */
	public static function to( \WP_REST_Request $request, $read_only, callable $action ) {
		$meta = array();
		try {
			Schema::ensure();
			if ( ! $read_only ) {
				CloneGuard::refuse_on_copy();
			}
			$meta                  = $read_only ? ( new Store() )->position() : $meta;
			list( $data, $status ) = Database::watched(
				static function () use ( $request, $action ) {
					return $action( $request );
				}
			);
			Recorder::flush();
			$meta = $read_only ? $meta : ( new Store() )->position();
		} catch ( Refusal $refusal ) {
			return $refusal->response( $meta );
		} catch ( \Throwable $error ) {
			return self::fault( $error )->response();
		}
		$pause    = 202 === $status ? Operation::PAUSE_SECONDS : 0;
		$response = new \WP_REST_Response(
			array(
				'success' => true,
				'data'    => $data,
				'meta'    => $meta + Refusal::said( $status, $pause ),
			),
			$status
		);
		if ( $pause ) {
			$response->header( 'Retry-After', (string) $pause );
		}
		return $response;
	}

	/**
	 * What is told of an error. Where the database failed before anything was written, the order may simply
	 * be sent again later; else nobody knows how much of it was carried out.
	 *
	 * @param \Throwable $error The error.
	 * @return Refusal
	 */
	private static function fault( \Throwable $error ) {
		if ( $error instanceof DatabaseError && ! $error->is_half_done ) {
			$told = Fault::told( 'The database of this site does not do what WordPress asks of it.', $error );
			Options::remember_error( 'database_unavailable', $told );
			return new Refusal( 503, 'database_unavailable', $told, array(), array(), self::DATABASE_RETRY_AFTER );
		}
		$told = Fault::told( 'WordPress could not finish this.', $error );
		Options::remember_error( 'internal_error', $told );
		return new Refusal( 500, 'internal_error', $told );
	}
}
