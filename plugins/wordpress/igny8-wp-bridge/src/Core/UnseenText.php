<?php
/**
 * Text in markup that nobody is meant to read.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * Removes elements whose text no browser shows, with all that is in them: kses takes away their tags alone,
 * and a script, a style sheet or JSON-LD would stand in the article as prose.
 */
final class UnseenText {

	const OPENING = '~<(?:!--|(script|style|template|noscript|head|title)(?=[\s/>]))~';

	/**
	 * Removes it. Comments, which blocks are made of, stay as they are; so does an element that is never
	 * closed, because a browser's way with it would take the rest of the article along.
	 *
	 * Each byte is looked at a few times at most, however many elements there are.
	 *
	 * @param string $html HTML or block markup.
	 * @return string
	 */
	public static function removed( $html ) {
		// One copy in small letters: searching without regard to case would make one each time.
		$lower    = strtolower( $html );
		$kept     = '';
		$from     = 0;
		$at       = 0;
		$unclosed = array();
		while ( preg_match( self::OPENING, $lower, $tag, PREG_OFFSET_CAPTURE, $at ) ) {
			$begin = $tag[0][1];
			$name  = isset( $tag[1] ) ? $tag[1][0] : '';
			$end   = isset( $unclosed[ $name ] ) ? false : self::end_of( $lower, $name, $begin );
			if ( false === $end ) {
				$unclosed[ $name ] = true;
				$at                = $begin + 1;
				continue;
			}
			if ( '' !== $name ) {
				$kept .= substr( $html, $from, $begin - $from );
				$from  = $end;
			}
			$at = $end;
		}
		return '' === $kept && 0 === $from ? $html : $kept . substr( $html, $from );
	}

	/**
	 * Where an element or a comment ends.
	 *
	 * @param string $lower The markup, in small letters.
	 * @param string $name  The element's name; empty for a comment.
	 * @param int    $begin Offset of its first byte.
	 * @return int|false Offset behind it; false when it is not closed.
	 */
	private static function end_of( $lower, $name, $begin ) {
		if ( '' === $name ) {
			$end = strpos( $lower, '-->', $begin + 2 );
			return false === $end ? false : $end + 3;
		}
		$close = strpos( $lower, "</$name", $begin );
		$end   = false === $close ? false : strpos( $lower, '>', $close );
		return false === $end ? false : $end + 1;
	}
}
