<?php
/**
 * What a key looks like.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Connection;

defined( 'ABSPATH' ) || exit;

/**
 * The grammar of site API keys: igny8_live_ or igny8_test_, 43 random base62 characters, and six more
 * that are the CRC32 of all before, so that a mistyped key is told from a wrong one.
 */
final class ApiKey {

	const GRAMMAR  = '/\Aigny8_(?:live|test)_[0-9A-Za-z]{49}\z/';
	const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

	/**
	 * Whether a value can be a key at all.
	 *
	 * @param mixed $key Anything.
	 * @return bool
	 */
	public static function is_well_formed( $key ) {
		if ( ! is_string( $key ) || 1 !== preg_match( self::GRAMMAR, $key ) ) {
			return false;
		}
		return hash_equals( self::checksum( substr( $key, 0, -6 ) ), substr( $key, -6 ) );
	}

	/**
	 * Six base62 digits of the unsigned CRC32.
	 *
	 * @param string $text What the digits stand for.
	 * @return string
	 */
	private static function checksum( $text ) {
		$number = (int) sprintf( '%u', crc32( $text ) );
		$digits = '';
		for ( $i = 0; $i < 6; $i++ ) {
			$digits = self::ALPHABET[ $number % 62 ] . $digits;
			$number = intdiv( $number, 62 );
		}
		return $digits;
	}
}
