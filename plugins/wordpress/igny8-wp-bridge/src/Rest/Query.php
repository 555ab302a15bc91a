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
	 * @param int              $fallback When it is not there.
	 * @param int              $least    The least that is allowed.
	 * @param int              $most     The most; more is taken for this.
	 * @return int
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
	 * The refusal of a parameter.
	 *
	 * @param string $name    The parameter.
	 * @param string $message What it must be.
	 * @return Refusal
	 */
	private static function refusal( $name, $message ) {
		return new Refusal( 422, 'invalid', 'A parameter cannot be read.', array( $name => array( $message ) ) );
	}
}
