<?php
/**
 * The parts of a body.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media\Layout;

defined( 'ABSPATH' ) || exit;

/**
 * Finds headings, paragraphs and what else there is, in block markup and in plain HTML alike, by their
 * offsets: the text itself is not touched.
 */
final class Anatomy {

	/**
	 * A block comment, in WordPress's own grammar.
	 */
	const COMMENT = '~<!--\s+(?P<closer>/)?wp:(?P<name>(?:[a-z][a-z0-9_-]*/)?[a-z][a-z0-9_-]*)\s+(?:{(?:(?:[^}]+|}+(?=})|(?!}\s+/?-->).)*+)?}\s+)?(?P<void>/)?-->~s';

	/**
	 * Elements that count. Of those that are not texts themselves (groups 3), the inside is their own.
	 */
	const ELEMENT = '~<(/?)(?:(p|h[1-6])|(ul|ol|dl|table|figure|blockquote|pre|details|aside|nav|footer|address|form|iframe|video|audio)|hr)\b[^>]*>~i';

	const BLOCK_KINDS = array(
		'paragraph' => Part::PARAGRAPH,
		'heading'   => Part::HEADING,
		'list'      => Part::LISTING,
	);

	/**
	 * The parts of a body, in order.
	 *
	 * @param string $html HTML or block markup.
	 * @return Part[]
	 */
	public static function of( $html ) {
		preg_match_all( self::COMMENT, $html, $tokens, PREG_SET_ORDER | PREG_OFFSET_CAPTURE );
		$parts = array();
		$depth = 0;
		$start = 0;
		$name  = '';
		foreach ( (array) $tokens as $token ) {
			list( $text, $offset ) = $token[0];
			$closes                = '' !== $token['closer'][0];
			$is_void               = ! $closes && isset( $token['void'] ) && '' !== $token['void'][0];
			if ( 0 === $depth ) {
				$parts = array_merge( $parts, self::of_plain( substr( $html, $start, $offset - $start ), $start ) );
				$start = $offset;
				$name  = (string) preg_replace( '~^core/~', '', $token['name'][0] );
			}
			$depth = max( 0, $depth + ( $is_void ? 0 : ( $closes ? -1 : 1 ) ) );
			if ( 0 === $depth ) {
				$kind    = isset( self::BLOCK_KINDS[ $name ] ) ? self::BLOCK_KINDS[ $name ] : Part::OTHER;
				$block   = substr( $html, $start, $offset + strlen( $text ) - $start );
				$parts[] = new Part( $kind, $start, $block, true );
				$start  += strlen( $block );
			}
		}
		return array_merge( $parts, 0 === $depth ? self::of_plain( substr( $html, $start ), $start ) : array() );
	}

	/**
	 * The parts of HTML without blocks. Containers such as `div` are looked through.
	 *
	 * @param string $html   The HTML.
	 * @param int    $before Offset of its first byte in the body.
	 * @return Part[]
	 */
	private static function of_plain( $html, $before ) {
		if ( '' === trim( $html ) ) {
			return array();
		}
		preg_match_all( self::ELEMENT, $html, $tokens, PREG_SET_ORDER | PREG_OFFSET_CAPTURE );
		$parts = array();
		$depth = 0;
		$start = 0;
		foreach ( (array) $tokens as $token ) {
			$tag     = strtolower( ! empty( $token[2][0] ) ? $token[2][0] : ( isset( $token[3] ) ? $token[3][0] : 'hr' ) );
			$closes  = '/' === $token[1][0];
			$is_text = ! empty( $token[2][0] );
			if ( 'hr' === $tag || ( $is_text && $depth > 0 ) ) {
				continue;
			}
			if ( ! $closes ) {
				$start  = 0 === $depth ? $token[0][1] : $start;
				$depth += $is_text ? 0 : 1;
				continue;
			}
			$depth = max( 0, $depth - ( $is_text ? 0 : 1 ) );
			if ( 0 === $depth && $token[0][1] > $start ) {
				$end     = $token[0][1] + strlen( $token[0][0] );
				$parts[] = new Part( self::kind_of( $tag ), $before + $start, substr( $html, $start, $end - $start ), false );
				$start   = $end;
			}
		}
		return $parts;
	}

	/**
	 * What an element is.
	 *
	 * @param string $tag Its name, in small letters.
	 * @return string
	 */
	private static function kind_of( $tag ) {
		if ( 'p' === $tag ) {
			return Part::PARAGRAPH;
		}
		if ( 'ul' === $tag || 'ol' === $tag ) {
			return Part::LISTING;
		}
		return 'h' === $tag[0] ? Part::HEADING : Part::OTHER;
	}
}
