<?php
/**
 * How things stand, in plain words.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Admin;

use Igny8\Bridge\Connection\ApiKey;
use Igny8\Bridge\Connection\CloneGuard;
use Igny8\Bridge\Connection\Gate;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Publish\Author;
use Igny8\Bridge\Structure\Push;
use Igny8\Bridge\Structure\Switches;

defined( 'ABSPATH' ) || exit;

/**
 * Turns what the bridge remembers into sentences: what is the case, and what to do about it.
 */
final class State {

	/**
	 * Whether there is a key.
	 *
	 * @return bool
	 */
	public static function is_connected() {
		return ApiKey::is_well_formed( Options::api_key() );
	}

	/**
	 * Everything that an owner should know now, the most urgent first.
	 *
	 * @return array<int, array{kind: string, title: string, text: string}> `kind` is error, warning, info
	 *         or success.
	 */
	public static function notices() {
		return array_values( array_filter( array( self::of_last_attempt(), self::of_connection(), self::of_switches(), self::of_author() ) ) );
	}

	/**
	 * The last attempt to connect, if it failed.
	 *
	 * @return array{kind: string, title: string, text: string}|null
	 */
	private static function of_last_attempt() {
		$attempt = Options::last_attempt();
		if ( ! $attempt['at'] || $attempt['ok'] ) {
			return null;
		}
		return self::notice(
			'error',
			self::is_connected() ? __( 'The last attempt failed; the earlier connection still works.', 'igny8-wp-bridge' ) : __( 'Not connected.', 'igny8-wp-bridge' ),
			$attempt['message']
		);
	}

	/**
	 * The connection.
	 *
	 * @return array{kind: string, title: string, text: string}|null
	 */
	private static function of_connection() {
		if ( ! self::is_connected() ) {
			return Options::last_attempt()['at'] ? null : self::notice(
				'info',
				__( 'Not connected yet.', 'igny8-wp-bridge' ),
				__( 'In IGNY8, open this site and generate an API key. Paste it here and press Connect.', 'igny8-wp-bridge' )
			);
		}
		if ( CloneGuard::site_url_changed() ) {
			return null; // Has a form of its own.
		}
		if ( Gate::is_stopped() ) {
			return self::notice(
				'error',
				__( 'IGNY8 no longer accepts this key.', 'igny8-wp-bridge' ),
				__( 'It was replaced or revoked. Generate a new API key in IGNY8, paste it here and press Connect again.', 'igny8-wp-bridge' )
			);
		}
		$gate = ( new Gate() )->report();
		if ( Gate::FROZEN === $gate['error'] ) {
			return self::notice(
				'warning',
				__( 'Connected, but IGNY8 takes nothing over from this site at the moment.', 'igny8-wp-bridge' ),
				__( 'Its database seems to have been restored from a backup, or copied. Nothing is lost: press Connect again, then IGNY8 looks at all of its posts here.', 'igny8-wp-bridge' )
			);
		}
		if ( $gate['failures'] ) {
			return self::notice(
				'warning',
				__( 'Connected, but IGNY8 cannot be reached at the moment.', 'igny8-wp-bridge' ),
				sprintf(
					/* translators: %s: date and time. */
					__( 'Nothing is lost: what happened here waits and is sent again, next at %s. If this stays, ask your host whether this site may make outgoing connections.', 'igny8-wp-bridge' ),
					self::moment( $gate['retry_at'] )
				)
			);
		}
		if ( ! Push::sent_at() ) {
			return self::notice(
				'success',
				__( 'Connected.', 'igny8-wp-bridge' ),
				__( 'The site structure is on its way to IGNY8. This takes a minute; articles can be published already.', 'igny8-wp-bridge' )
			);
		}
		return self::notice(
			'success',
			__( 'Connected.', 'igny8-wp-bridge' ),
			__( 'Ready: articles that you publish in IGNY8 appear here.', 'igny8-wp-bridge' )
		);
	}

	/**
	 * Publishing that is paused.
	 *
	 * @return array{kind: string, title: string, text: string}|null
	 */
	private static function of_switches() {
		return Switches::may_publish() ? null : self::notice(
			'warning',
			__( 'Publishing is paused.', 'igny8-wp-bridge' ),
			__( 'IGNY8 keeps articles back until you allow it again, under Switches below.', 'igny8-wp-bridge' )
		);
	}

	/**
	 * A site where nobody may publish.
	 *
	 * @return array{kind: string, title: string, text: string}|null
	 */
	private static function of_author() {
		return Author::find() ? null : self::notice(
			'warning',
			__( 'Nobody may publish.', 'igny8-wp-bridge' ),
			__( 'No user of this site may publish posts. Give one the role Author, Editor or Administrator.', 'igny8-wp-bridge' )
		);
	}

	/**
	 * What a button did, for the page that comes after it.
	 *
	 * @param string $result Word from the address.
	 * @return array{kind: string, title: string, text: string}|null
	 */
	public static function result( $result ) {
		$results = array(
			'disconnected' => array( 'info', __( 'Disconnected.', 'igny8-wp-bridge' ) ),
			'saved'        => array( 'success', __( 'Settings saved.', 'igny8-wp-bridge' ) ),
			'synced'       => array( 'success', __( 'IGNY8 is up to date.', 'igny8-wp-bridge' ) ),
			'not_synced'   => array( 'error', __( 'IGNY8 did not take it.', 'igny8-wp-bridge' ) ),
		);
		if ( ! isset( $results[ $result ] ) ) {
			return null;
		}
		$text = 'not_synced' === $result ? __( 'It is tried again by itself. The reason is below, under Status.', 'igny8-wp-bridge' ) : '';
		return self::notice( $results[ $result ][0], $results[ $result ][1], $text );
	}

	/**
	 * A moment, as this site writes them.
	 *
	 * @param int $time Unix time; 0 for never.
	 * @return string
	 */
	public static function moment( $time ) {
		if ( ! $time ) {
			return __( 'never', 'igny8-wp-bridge' );
		}
		return (string) wp_date( get_option( 'date_format' ) . ' ' . get_option( 'time_format' ), $time );
	}

	/**
	 * A notice.
	 *
	 * @param string $kind  error, warning, info or success.
	 * @param string $title What is the case.
	 * @param string $text  What to do.
	 * @return array{kind: string, title: string, text: string}
	 */
	private static function notice( $kind, $title, $text ) {
		return compact( 'kind', 'title', 'text' );
	}
}
