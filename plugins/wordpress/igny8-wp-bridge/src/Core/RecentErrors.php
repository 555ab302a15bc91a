<?php
/**
 * What went wrong of late.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * The errors since the backend was last told of any: one row a kind, few kinds. Not autoloaded.
 */
final class RecentErrors {

	const KINDS_AT_MOST = 10;

	/**
	 * Notes one.
	 *
	 * @param string $code    The error's code.
	 * @param string $message The error in words, 200 characters at most. Never a key.
	 */
	public static function note( $code, $message ) {
		$all = array();
		foreach ( self::all() as $error ) {
			$all[ $error['code'] ] = $error;
		}
		$count = ( $all[ $code ]['count'] ?? 0 ) + 1;
		// The newest stands last, and the oldest goes.
		unset( $all[ $code ] );
		$all[ $code ] = array(
			'code'    => $code,
			'message' => $message,
			'count'   => $count,
			'at'      => gmdate( 'Y-m-d\TH:i:s\Z', Clock::now() ),
			'version' => IGNY8_BRIDGE_VERSION,
		);
		update_option( Options::RECENT_ERRORS, array_slice( array_values( $all ), -self::KINDS_AT_MOST ), false );
	}

	/**
	 * All of them, the oldest first.
	 *
	 * @return array<int, array{code: string, message: string, count: int, at: string, version: string}>
	 */
	public static function all() {
		$stored = get_option( Options::RECENT_ERRORS, array() );
		return is_array( $stored ) ? $stored : array();
	}

	/**
	 * Forgets those that were told; what happened meanwhile stays.
	 *
	 * @param array<int, array<string, mixed>> $told What was told.
	 */
	public static function forget( array $told ) {
		self::keep(
			static function ( $error ) use ( $told ) {
				return ! in_array( $error, $told, true );
			}
		);
	}

	/**
	 * Forgets those of other versions of the bridge than runs.
	 */
	public static function forget_other_versions() {
		self::keep(
			static function ( $error ) {
				return IGNY8_BRIDGE_VERSION === $error['version'];
			}
		);
	}

	/**
	 * Keeps some.
	 *
	 * @param callable $which Which.
	 */
	private static function keep( callable $which ) {
		$all  = self::all();
		$left = array_filter( $all, $which );
		if ( count( $left ) === count( $all ) ) {
			return;
		}
		if ( $left ) {
			update_option( Options::RECENT_ERRORS, array_values( $left ), false );
		} else {
			delete_option( Options::RECENT_ERRORS );
		}
	}
}
