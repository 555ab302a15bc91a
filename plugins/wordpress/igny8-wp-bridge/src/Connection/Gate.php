<?php
/**
 * Whether the backend may be called now.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Connection;

use Igny8\Bridge\Core\Backoff;
use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\Options;

defined( 'ABSPATH' ) || exit;

/**
 * Remembers how the backend took the last call: while it is down, everybody waits; when it does not
 * know our key, everything stops until there is another key.
 */
final class Gate {

	// Events in one call, at most.
	const BATCH = 100;

	// What the backend says to a database that does not remember what it told.
	const FROZEN = 'sync_frozen';

	/**
	 * What is remembered.
	 *
	 * @var array{failures: int, retry_at: int, batch: int, sent_at: int, error: string}
	 */
	private $state;

	/**
	 * Reads it.
	 */
	public function __construct() {
		$stored      = get_option( Options::OUTBOX_STATE, array() );
		$this->state = array_merge(
			array(
				'failures' => 0,
				'retry_at' => 0,
				'batch'    => self::BATCH,
				'sent_at'  => 0,
				'error'    => '',
			),
			is_array( $stored ) ? $stored : array()
		);
	}

	/**
	 * Whether the backend refused the key that we have now.
	 *
	 * @return bool
	 */
	public static function is_stopped() {
		$key = Options::api_key();
		return '' !== $key && get_option( Options::REFUSED_KEY, '' ) === self::trace( $key );
	}

	/**
	 * When to call next.
	 *
	 * @return int Unix time; 0 for at once.
	 */
	public function retry_at() {
		return $this->state['retry_at'];
	}

	/**
	 * How many events to send in one call.
	 *
	 * @return int
	 */
	public function batch() {
		return max( 1, min( self::BATCH, $this->state['batch'] ) );
	}

	/**
	 * For the status route and the settings page.
	 *
	 * @return array{failures: int, retry_at: int, sent_at: int, error: string, stopped: bool}
	 */
	public function report() {
		return array(
			'failures' => $this->state['failures'],
			'retry_at' => $this->state['retry_at'],
			'sent_at'  => $this->state['sent_at'],
			'error'    => $this->state['error'],
			'stopped'  => self::is_stopped(),
		);
	}

	/**
	 * A call worked.
	 */
	public function passed() {
		$this->state['failures'] = 0;
		$this->state['retry_at'] = 0;
		$this->state['batch']    = self::BATCH;
		$this->state['sent_at']  = Clock::now();
		$this->state['error']    = '';
		$this->save();
		Options::forget_error( 'invalid_api_key' );
	}

	/**
	 * A call was too much for the backend: the next one carries half.
	 *
	 * @param int $sent How many events it carried.
	 */
	public function halve( $sent ) {
		$this->state['batch'] = max( 1, intdiv( $sent, 2 ) );
		$this->save();
	}

	/**
	 * A call failed.
	 *
	 * @param array{status: int, body: array|null, error: string, retry_after: int} $answer What came back.
	 */
	public function failed( array $answer ) {
		++$this->state['failures'];
		$this->state['retry_at'] = Clock::now() + Backoff::seconds( $this->state['failures'], $answer['retry_after'] );
		$this->state['error']    = $answer['status'] ? 'http_' . $answer['status'] : 'unreachable';
		// It is there, and waits for a person who presses Connect.
		if ( self::FROZEN === ( $answer['body']['error']['code'] ?? '' ) ) {
			$this->state['error'] = self::FROZEN;
		}
		$this->save();
	}

	/**
	 * The backend does not know our key.
	 */
	public function stop() {
		$this->state['error'] = 'http_401';
		$this->save();
		update_option( Options::REFUSED_KEY, self::trace( Options::api_key() ) );
		Options::remember_error( 'invalid_api_key', 'IGNY8 does not know the API key of this site.' );
	}

	/**
	 * Lets calls through at once, because a person asked or the connection is another one.
	 */
	public static function open() {
		delete_option( Options::OUTBOX_STATE );
		update_option( Options::REFUSED_KEY, '' );
	}

	/**
	 * By what a key is told from another without being kept.
	 *
	 * @param string $key The key.
	 * @return string
	 */
	private static function trace( $key ) {
		return substr( hash( 'sha256', $key ), 0, 16 );
	}

	/**
	 * Keeps what is remembered.
	 */
	private function save() {
		update_option( Options::OUTBOX_STATE, $this->state, false );
	}
}
