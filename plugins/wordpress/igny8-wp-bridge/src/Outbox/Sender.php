<?php
/**
 * Sends the events that wait.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Outbox;

use Igny8\Bridge\Connection\Client;
use Igny8\Bridge\Connection\Gate;
use Igny8\Bridge\Connection\KeyHandover;
use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\Fault;
use Igny8\Bridge\Core\Lease;
use Igny8\Bridge\Core\Options;

defined( 'ABSPATH' ) || exit;

/**
 * Sends batches until nothing is due: one process at a time, each post's events in their order. An
 * event goes only when the backend acknowledged its id; what it answered to a lost call, it is asked
 * again under the same id.
 */
final class Sender {

	const PATH = '/api/v1/integration/webhooks/wordpress/';

	// All of these mean that the backend has the event.
	const ACKNOWLEDGED = array( 'applied', 'duplicate', 'stale', 'ignored', 'queued' );

	// More of them in one run, and it is not the events.
	const REFUSED_AT_MOST = 3;

	const LEASE_SECONDS  = 60;
	const BUDGET_SECONDS = 20;

	/**
	 * The table.
	 *
	 * @var Store
	 */
	private $store;

	/**
	 * Whether the backend may be called.
	 *
	 * @var Gate
	 */
	private $gate;

	/**
	 * Events of this run that were refused alone.
	 *
	 * @var int
	 */
	private $refused = 0;

	/**
	 * Opens the table.
	 */
	public function __construct() {
		$this->store = new Store();
		$this->gate  = new Gate();
	}

	/**
	 * Sends what is due.
	 *
	 * @return int How many events the backend acknowledged.
	 */
	public function run() {
		$lease = new Lease( Options::OUTBOX_LEASE );
		if ( Gate::is_stopped() || Clock::now() < $this->gate->retry_at() || '' === $lease->take( self::LEASE_SECONDS ) ) {
			return 0;
		}
		$acknowledged = 0;
		$until        = Clock::seconds() + self::BUDGET_SECONDS;
		try {
			Loss::enforce_limits( $this->store );
			do {
				$seqs = $this->due();
				$more = $seqs && $this->send( $seqs, $acknowledged );
			} while ( $more && Clock::seconds() < $until && '' !== $lease->take( self::LEASE_SECONDS ) );
		} catch ( \RuntimeException $error ) {
			// They cannot be read: the next run tries again.
			Options::remember_error( 'outbox_unreadable', Fault::told( 'What happened here cannot be told to IGNY8: the database refuses it.', $error ) );
		} finally {
			$lease->release();
		}
		return $acknowledged;
	}

	/**
	 * When the next call is to be made.
	 *
	 * @return int|null Unix time; null when nothing waits, or nothing may be sent.
	 */
	public function next_at() {
		if ( Gate::is_stopped() ) {
			return null;
		}
		$waiting = $this->store->waiting();
		if ( ! $waiting ) {
			return null;
		}
		return max( Clock::now(), $this->gate->retry_at(), min( array_column( $waiting, 'next_at' ) ) );
	}

	/**
	 * The events of the next call. A post's later events wait behind its earlier ones.
	 *
	 * @return int[] Their numbers.
	 */
	private function due() {
		$seqs = array();
		$held = array();
		$now  = Clock::now();
		foreach ( $this->store->waiting() as $row ) {
			if ( $row->next_at > $now ) {
				$held[ $row->post_id ] = true;
			}
			if ( ! isset( $held[ $row->post_id ] ) ) {
				$seqs[] = $row->seq;
			}
			if ( count( $seqs ) === $this->gate->batch() ) {
				break;
			}
		}
		return $seqs;
	}

	/**
	 * Makes one call.
	 *
	 * @param int[] $seqs         Numbers of events.
	 * @param int   $acknowledged Grows by what was acknowledged.
	 * @return bool Whether to go on.
	 */
	private function send( array $seqs, &$acknowledged ) {
		$events = $this->store->events( $seqs );
		if ( ! $events ) {
			// The backend pulled them meanwhile.
			return true;
		}
		$connection = Options::connection();
		$answer     = ( new Client( $connection['api_url'] ) )->post(
			self::PATH,
			Options::api_key(),
			array(
				'site_id'  => $connection['site_id'],
				'site_url' => home_url(),
				'events'   => $events,
			) + $this->store->position()
		);
		if ( 200 === $answer['status'] && true === ( $answer['body']['success'] ?? null ) ) {
			$known         = $this->known( $answer['body'], $events );
			$acknowledged += $this->store->acknowledge( array_keys( $known ) );
			$this->store->postpone( array_diff( $seqs, $known ) );
			$this->gate->passed();
			return true;
		}
		return $this->handle_failure( $answer, $seqs );
	}

	/**
	 * The events of a call that its answer acknowledges.
	 *
	 * @param array<string, mixed>             $body   The answer.
	 * @param array<int, array<string, mixed>> $events The events.
	 * @return array<string, int> Numbers by id.
	 */
	private function known( array $body, array $events ) {
		$sent    = array_column( $events, 'seq', 'event_id' );
		$results = isset( $body['data']['results'] ) && is_array( $body['data']['results'] ) ? $body['data']['results'] : array();
		$known   = array();
		foreach ( $results as $result ) {
			$id = is_array( $result ) ? ( $result['event_id'] ?? null ) : null;
			if ( is_string( $id ) && isset( $sent[ $id ] ) && in_array( $result['result'] ?? null, self::ACKNOWLEDGED, true ) ) {
				$known[ $id ] = $sent[ $id ];
			}
		}
		return $known;
	}

	/**
	 * Decides what comes of a call that failed. One event that the backend cannot digest must not hold
	 * up all others; everything else that is no answer counts as a backend that is down, a route that
	 * is not there included.
	 *
	 * @param array{status: int, body: array|null, error: string, retry_after: int} $answer What came back.
	 * @param int[]                                                                 $seqs   What was sent.
	 * @return bool Whether to go on.
	 */
	private function handle_failure( array $answer, array $seqs ) {
		if ( in_array( $answer['status'], array( 400, 413, 422 ), true ) ) {
			if ( count( $seqs ) > 1 ) {
				$this->gate->halve( count( $seqs ) );
				return true;
			}
			$this->store->postpone( $seqs );
			++$this->refused;
			if ( $this->refused <= self::REFUSED_AT_MOST ) {
				return true;
			}
		}
		if ( 401 === $answer['status'] && ! KeyHandover::is_unconfirmed() ) {
			$this->gate->stop();
			return false;
		}
		$this->gate->failed( $answer );
		return false;
	}
}
