<?php
/**
 * What stands in an address after the question mark.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Rest;

use Igny8\Bridge\Core\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * Reads parameters of GET requests, and refuses what is none.
 */
final class Query {

	/**
	 * A whole number.
	 *
	 * @param \WP_REST_Request $request  The request.
	 * @param string           $name     The parameter.
	 * @param int|null         $fallback When it is not there.
	 * @param int              $least    The least that is allowed.
	 * @param int              $most     The most; more is taken for this.
	 * @return int|null
	 * @throws Refusal 422 when it is no such number.
	 */
	public static function number( \WP_REST_Request $request, $name, $fallback, $least, $most ) {
		$value = $request[ $name ];
		if ( null === $value || '' === $value ) {
			return $fallback;
		}
		if ( ! is_string( $value ) || 1 !== preg_match( '/\A[0-9]{1,18}\z/', $value ) || (int) $value < $least ) {
			throw self::refusal( $name, "must be a whole number from $least" );
		}
		return min( (int) $value, $most );
	}

	/**
	 * Names, separated by commas.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @param string           $name    The parameter.
	 * @param string[]         $known   Names that are allowed.
	 * @param string[]         $default When it is not there.
	 * @return string[]
	 * @throws Refusal 422 when a name is not known.
	 */
	public static function names( \WP_REST_Request $request, $name, array $known, array $default ) {
		$value = $request[ $name ];
		if ( null === $value || '' === $value ) {
			return $default;
		}
		$names = is_string( $value ) ? array_map( 'trim', explode( ',', $value ) ) : array( '' );
		if ( array_diff( $names, $known ) ) {
			throw self::refusal( $name, 'may name: ' . implode( ', ', $known ) );
		}
		return $names;
	}

	/**
	 * Ids, separated by commas.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @param string           $name    The parameter.
	 * @param int              $most    How many at most.
	 * @return int[] Each once; empty when it is not there.
	 * @throws Refusal 422 when they are none, or too many.
	 */
	public static function ids( \WP_REST_Request $request, $name, $most ) {
		$value = $request[ $name ];
		if ( null === $value ) {
			return array();
		}
		$given = is_string( $value ) ? explode( ',', $value, $most + 2 ) : array( '' );
		if ( count( $given ) > $most || count( preg_grep( '/\A[1-9][0-9]{0,17}\z/', $given ) ) !== count( $given ) ) {
			throw self::refusal( $name, "must be 1 to $most ids, separated by commas" );
		}
		return array_values( array_unique( array_map( 'intval', $given ) ) );
	}

	/**
	 * A time.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @param string           $name    The parameter.
	 * @return string|null As the database writes it, GMT; null when it is not there.
	 * @throws Refusal 422 when it is none.
	 */
	public static function moment( \WP_REST_Request $request, $name ) {
		$value = $request[ $name ];
		if ( null === $value || '' === $value ) {
			return null;
		}
		$is_time = is_string( $value ) && 1 === preg_match( '/\A(\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)\z/', $value, $parts );
		if ( ! $is_time || $parts[1] < 1 || ! checkdate( (int) $parts[2], (int) $parts[3], (int) $parts[1] ) ) {
			throw self::refusal( $name, 'must be a time as RFC 3339 has it, with a time zone' );
		}
		return gmdate( 'Y-m-d H:i:s', (int) strtotime( $value ) );
	}

	/**
	 * The refusal of a parameter.
	 *
	 * @param string $name    The parameter.
	 * @param string $message What it must be.
	 * @return Refusal
	 */
	public static function refusal( $name, $message ) {
		return new Refusal( 422, 'invalid', 'A parameter cannot be read.', array( $name => array( $message ) ) );
	}
}
