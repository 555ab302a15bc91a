<?php
/**
 * A body that is kept as it was.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media\Layout;

defined( 'ABSPATH' ) || exit;

/**
 * Keeps the body beside what was made of it, where no rule leads back.
 */
final class WholeBody {

	// No body is longer.
	const BYTES = 16777216;

	/**
	 * A body as it is kept in meta, whose column takes no bytes that are no text.
	 *
	 * @param string $body The body.
	 * @return string
	 */
	public static function packed( $body ) {
		return function_exists( 'gzcompress' ) ? 'z' . base64_encode( (string) gzcompress( $body ) ) : 't' . $body; // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- hides nothing.
	}

	/**
	 * A body that was kept.
	 *
	 * @param string $packed What `packed()` made of it.
	 * @return string|null Null when it cannot be read.
	 */
	public static function unpacked( $packed ) {
		if ( 't' === substr( $packed, 0, 1 ) ) {
			return substr( $packed, 1 );
		}
		$bytes = base64_decode( substr( $packed, 1 ), true ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- hides nothing.
		// phpcs:ignore Generic.PHP.NoSilencedErrors -- somebody may have cut it.
		$body = false !== $bytes && function_exists( 'gzuncompress' ) ? @gzuncompress( $bytes, self::BYTES ) : false;
		return false === $body ? null : $body;
	}

	/**
	 * The one piece in which two texts differ.
	 *
	 * @param string $html    The text.
	 * @param string $instead The other one.
	 * @return array[] As `Undoing::edits()` says them.
	 */
	public static function difference( $html, $instead ) {
		$most  = min( strlen( $html ), strlen( $instead ) );
		$front = strspn( substr( $html, 0, $most ) ^ substr( $instead, 0, $most ), "\0" );
		$rest  = $most - $front;
		$back  = $rest ? strspn( strrev( substr( $html, -$rest ) ^ substr( $instead, -$rest ) ), "\0" ) : 0;
		return array( array( $front, strlen( $html ) - $front - $back, substr( $instead, $front, strlen( $instead ) - $front - $back ) ) );
	}
}
