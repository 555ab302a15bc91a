<?php
/**
 * The routes by which the backend hears of this site.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Rest;

use Igny8\Bridge\Connection\Pairing;
use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\Refusal;
use Igny8\Bridge\Outbox\Store;
use Igny8\Bridge\Structure\Structure;

defined( 'ABSPATH' ) || exit;

/**
 * The outbox for the backend's pull, and the structure.
 */
final class SyncRoutes {

	const CHANGES_MAX = 200;
	const ACK_MAX     = 1000;

	/**
	 * GET changes: events that wait, after a number. For another epoch than ours there are none: the
	 * caller's number means nothing here, and the answer's epoch says so.
	 *
	 * @param \WP_REST_Request $request `epoch` (optional), `since` (default 0), `limit` (1 to 200,
	 *                                  default 100).
	 * @return array{0: array, 1: int} Data and status.
	 */
	public static function changes( \WP_REST_Request $request ) {
		$store  = new Store();
		$epoch  = self::epoch_of( $store );
		$limit  = Query::number( $request, 'limit', 100, 1, self::CHANGES_MAX );
		$since  = Query::number( $request, 'since', 0, 0, PHP_INT_MAX );
		$ours   = null === $request['epoch'] || $epoch === $request['epoch'];
		$events = $ours ? $store->events_after( $since, $limit + 1 ) : array();
		return array(
			array(
				'epoch'    => $epoch,
				'head_seq' => $store->head_seq(),
				'events'   => array_slice( $events, 0, $limit ),
				'more'     => count( $events ) > $limit,
			),
			200,
		);
	}

	/**
	 * POST changes/ack: the backend has these events.
	 *
	 * @param \WP_REST_Request $request `epoch`, and `event_ids` or `seqs`, up to 1000.
	 * @return array{0: array, 1: int} Data and status.
	 * @throws Refusal 409 when the epoch is another one, 422 when the lists are none.
	 */
	public static function acknowledge( \WP_REST_Request $request ) {
		$store = new Store();
		$body  = $request->get_json_params();
		$body  = is_array( $body ) ? $body : array();
		$head  = array(
			'epoch'    => self::epoch_of( $store ),
			'head_seq' => $store->head_seq(),
		);
		if ( ( $body['epoch'] ?? null ) !== $head['epoch'] ) {
			throw new Refusal( 409, 'epoch_mismatch', 'These numbers are of another life of this database. Read the posts anew.', array(), $head );
		}
		$ids  = self::items( $body, 'event_ids', 'is_string' );
		$seqs = self::items( $body, 'seqs', 'is_int' );
		if ( null === $ids && null === $seqs ) {
			throw new Refusal( 422, 'invalid', 'Nothing to acknowledge.', array( 'event_ids' => array( 'or seqs is required' ) ) );
		}
		$done = $store->acknowledge( (array) $ids ) + $store->acknowledge_seqs( (array) $seqs );
		return array( array( 'acknowledged' => $done ) + $head, 200 );
	}

	/**
	 * GET structure: post types and taxonomies, as they are sent to `update-structure`.
	 *
	 * @return array{0: array, 1: int} Data and status.
	 */
	public static function structure() {
		return array( Structure::collect(), 200 );
	}

	/**
	 * POST disconnect: the site, or its connection, was deleted in IGNY8. Nothing here changes but that
	 * the key is forgotten; whoever looks at the settings is told why.
	 *
	 * @return array{0: array, 1: int} Data and status.
	 */
	public static function disconnect() {
		Pairing::disconnected_there();
		return array( array( 'disconnected' => true ), 200 );
	}

	/**
	 * The outbox's epoch. Who asks for events must not take one that cannot be read for an empty one.
	 *
	 * @param Store $store The outbox.
	 * @return string
	 * @throws DatabaseError When the database does not say.
	 */
	private static function epoch_of( Store $store ) {
		$epoch = $store->epoch();
		if ( '' === $epoch ) {
			throw new DatabaseError( 'The outbox cannot be read.' );
		}
		return $epoch;
	}

	/**
	 * A list in a body.
	 *
	 * @param array<string, mixed> $body The body.
	 * @param string               $name The field.
	 * @param callable             $is   What each item must be.
	 * @return array|null Null when the field is not there.
	 * @throws Refusal 422 when it is something else.
	 */
	private static function items( array $body, $name, callable $is ) {
		$list = $body[ $name ] ?? null;
		if ( null === $list ) {
			return null;
		}
		if ( ! is_array( $list ) || count( $list ) > self::ACK_MAX || array_filter( $list, $is ) !== $list ) {
			throw new Refusal( 422, 'invalid', 'This list cannot be read.', array( $name => array( 'must be a list of up to ' . self::ACK_MAX . ' items of its kind' ) ) );
		}
		return array_values( $list );
	}
}
