<?php
/**
 * Tells the backend what kinds of things this site has.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Structure;

use Igny8\Bridge\Connection\Client;
use Igny8\Bridge\Connection\Gate;
use Igny8\Bridge\Core\Backoff;
use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\Database;
use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\Fault;
use Igny8\Bridge\Core\Hooks;
use Igny8\Bridge\Core\Options;

defined( 'ABSPATH' ) || exit;

/**
 * Sends the structure when somebody wants it sent and it is another one than was sent last. A failure
 * is nobody's business: it is tried again later.
 */
final class Push {

	/**
	 * Wants it sent, after this request.
	 *
	 * @param bool $even_unchanged Also when the backend should have it already: another backend, or a
	 *                             person asked.
	 */
	public static function want( $even_unchanged = false ) {
		$state             = self::state();
		$state['wanted']   = true;
		$state['retry_at'] = $even_unchanged ? 0 : $state['retry_at'];
		$state['hash']     = $even_unchanged ? '' : $state['hash'];
		self::save( $state );
		do_action( Hooks::WORK_WAITS );
	}

	/**
	 * When it is to be sent.
	 *
	 * @return int|null Unix time; null when nobody wants it.
	 */
	public static function next_at() {
		$state = self::state();
		return $state['wanted'] && ! Gate::is_stopped() ? max( Clock::now(), $state['retry_at'] ) : null;
	}

	/**
	 * Sends it, if that is wanted and the time has come.
	 *
	 * @return bool Whether a call was made.
	 */
	public static function run_if_due() {
		$next = self::next_at();
		if ( null === $next || $next > Clock::now() ) {
			return false;
		}
		$state      = self::state();
		$connection = Options::connection();
		$structure  = self::collect();
		if ( null === $structure ) {
			++$state['failures'];
			$state['retry_at'] = Clock::now() + Backoff::seconds( $state['failures'], 0 );
			self::save( $state );
			return false;
		}
		$hash = Structure::hash( $structure );
		if ( $hash === $state['hash'] || ! $connection['integration_id'] ) {
			$state['wanted'] = false;
			self::save( $state );
			return false;
		}
		$answer = ( new Client( $connection['api_url'] ) )->post(
			'/api/v1/integration/integrations/' . $connection['integration_id'] . '/update-structure/',
			Options::api_key(),
			$structure
		);
		if ( 200 === $answer['status'] && true === ( $answer['body']['success'] ?? null ) ) {
			$state = array(
				'wanted'   => false,
				'hash'     => $hash,
				'failures' => 0,
				'retry_at' => 0,
				'sent_at'  => Clock::now(),
			);
		} else {
			++$state['failures'];
			$state['retry_at'] = Clock::now() + Backoff::seconds( $state['failures'], $answer['retry_after'] );
		}
		self::save( $state );
		return true;
	}

	/**
	 * Collects it.
	 *
	 * @return array<string, mixed>|null Null when the database does not say: it is not a smaller one.
	 */
	private static function collect() {
		try {
			return Database::watched( array( Structure::class, 'collect' ) );
		} catch ( DatabaseError $error ) {
			Options::remember_error( 'database_unavailable', Fault::told( 'The database of this site does not do what WordPress asks of it.', $error ) );
			return null;
		}
	}

	/**
	 * Forgets that anything was sent or wanted: there is nobody to send it to.
	 */
	public static function forget() {
		delete_option( Options::STRUCTURE_STATE );
	}

	/**
	 * When it was sent last.
	 *
	 * @return int Unix time, 0 for never.
	 */
	public static function sent_at() {
		return self::state()['sent_at'];
	}

	/**
	 * What is remembered.
	 *
	 * @return array{wanted: bool, hash: string, failures: int, retry_at: int, sent_at: int}
	 */
	private static function state() {
		$stored = get_option( Options::STRUCTURE_STATE, array() );
		return array_merge(
			array(
				'wanted'   => false,
				'hash'     => '',
				'failures' => 0,
				'retry_at' => 0,
				'sent_at'  => 0,
			),
			is_array( $stored ) ? $stored : array()
		);
	}

	/**
	 * Keeps it.
	 *
	 * @param array{wanted: bool, hash: string, failures: int, retry_at: int, sent_at: int} $state What to remember.
	 */
	private static function save( array $state ) {
		update_option( Options::STRUCTURE_STATE, $state, false );
	}
}
