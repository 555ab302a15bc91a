<?php
/**
 * What went wrong in other people's code.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * Keeps the words of WordPress, the database and other plugins for the people who run the site: they name
 * files, queries and sometimes secrets, and go into PHP's own error log alone. What is answered and shown
 * is a sentence of ours with a reference by which the words are found there.
 */
final class Fault {

	/**
	 * Writes down what happened.
	 *
	 * @param string                       $sentence What is told.
	 * @param \Throwable|\WP_Error|string $reason   What really happened.
	 * @return string The sentence with its reference.
	 */
	public static function told( $sentence, $reason ) {
		$reference = bin2hex( random_bytes( 4 ) );
		if ( $reason instanceof \Throwable ) {
			$reason = get_class( $reason ) . ': ' . $reason->getMessage() . ' in ' . $reason->getFile() . ' on line ' . $reason->getLine();
		} elseif ( is_wp_error( $reason ) ) {
			$reason = $reason->get_error_code() . ': ' . $reason->get_error_message();
		}
		// One line, whatever it says: nobody forges another.
		$reason = (string) preg_replace( '/[\x00-\x1f\x7f]+/', ' ', $reason );
		error_log( "IGNY8 bridge, reference $reference: $reason" ); // phpcs:ignore Generic.PHP.ForbiddenFunctions, WordPress.PHP.DevelopmentFunctions -- the one place where it belongs.
		return "$sentence PHP's error log has the reason, under the reference $reference.";
	}
}
