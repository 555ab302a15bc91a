<?php
/**
 * How long PHP's regular expressions try.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * Lets WordPress's patterns read a long article to its end. PHP gives up on one after a number of steps that a
 * tag with an image inside it needs alone: after 160 kB where the server has no JIT compiler for patterns,
 * after 1 MB where it has. WordPress takes what was not read for nothing, and the whole article with it.
 */
final class Patience {

	// Core's slowest pattern takes six steps a byte. What is not linear is still stopped.
	const STEPS_PER_BYTE = 20;
	const SETTING        = 'pcre.backtrack_limit';

	/**
	 * Gives patterns as many steps as a text of some length needs, for the rest of this request. Where a host
	 * forbids it, what was allowed stays allowed.
	 *
	 * @param int $bytes Length of the longest text.
	 */
	public static function for_text( $bytes ) {
		$steps = $bytes * self::STEPS_PER_BYTE;
		// Written like a size; below nothing where there is no bound.
		$allowed = wp_convert_hr_to_bytes( (string) ini_get( self::SETTING ) );
		if ( function_exists( 'ini_set' ) && $allowed >= 0 && $steps > $allowed ) {
			ini_set( self::SETTING, (string) $steps ); // phpcs:ignore WordPress.PHP.IniSet -- only ever more than the site has, as core does with memory_limit.
		}
	}
}
