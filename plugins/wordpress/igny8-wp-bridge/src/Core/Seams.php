<?php
/**
 * Where markup may be cut.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * Finds the places of a text that lie inside a tag, a comment, or an element whose text is no text to a browser,
 * as HTML's own tokenizer sees it (https://html.spec.whatwg.org/multipage/parsing.html#tokenization). Where
 * such a place were cut, what is put in there would be read as something else: words within a script
 * as a script.
 *
 * Each byte is looked at a few times at most.
 */
final class Seams {

	// Elements that a browser reads up to their end without looking for others.
	const RAW = array( 'script', 'style', 'textarea', 'title', 'xmp', 'iframe', 'noembed', 'noframes', 'noscript', 'plaintext' );
	// Elements with other rules inside, or with an inside that is not shown.
	const FOREIGN = array( 'svg', 'math', 'template', 'select' );

	const SPACES = " \t\n\f\r";

	/**
	 * The text.
	 *
	 * @var string
	 */
	private $html;

	/**
	 * The text in small letters.
	 *
	 * @var string
	 */
	private $lower;

	/**
	 * How many bytes it has.
	 *
	 * @var int
	 */
	private $length;

	/**
	 * Names of elements that are not closed any more.
	 *
	 * @var array<string, true>
	 */
	private $unclosed = array();

	/**
	 * Takes a text.
	 *
	 * @param string $html HTML or block markup.
	 */
	private function __construct( $html ) {
		$this->html   = $html;
		$this->lower  = strtolower( $html );
		$this->length = strlen( $html );
	}

	/**
	 * Those of some places at which a text must not be cut.
	 *
	 * @param string $html    HTML or block markup.
	 * @param int[]  $offsets Places, in bytes, in order.
	 * @return int[]
	 */
	public static function wrong( $html, array $offsets ) {
		$wrong = array();
		$next  = 0;
		foreach ( ( new self( $html ) )->closed() as list( $after, $before ) ) {
			while ( isset( $offsets[ $next ] ) && $offsets[ $next ] <= $after ) {
				++$next;
			}
			while ( isset( $offsets[ $next ] ) && $offsets[ $next ] < $before ) {
				$wrong[] = $offsets[ $next ];
				++$next;
			}
		}
		return $wrong;
	}

	/**
	 * The stretches that must stay whole.
	 *
	 * @return \Generator<array{0: int, 1: int}> Each with the offsets of its begin and its end, at which it may be
	 *                                           cut. What is never closed ends behind the text.
	 */
	private function closed() {
		$at    = 0;
		$whole = null; // Where the element begins that must stay whole, its name, and how many of it are open.
		while ( true ) {
			$open = $at < $this->length ? strpos( $this->html, '<', $at ) : false;
			if ( false === $open ) {
				break;
			}
			$tag = $this->tag( $open );
			$at  = $tag ? $this->end_of_element( $tag ) : $this->end_of_other( $open );
			if ( ! $whole && $tag && $this->must_stay_whole( $tag, $at ) ) {
				$whole = array( $open, $tag['name'], 1 );
			} elseif ( $whole && $tag && $whole[1] === $tag['name'] && ! $tag['is_void'] ) {
				$whole[2] += $tag['is_end'] ? -1 : 1;
				if ( ! $whole[2] ) {
					yield array( $whole[0], $at );
					$whole = null;
				}
			} elseif ( ! $whole ) {
				yield array( $open, $at );
			}
			if ( $open + 2 === $at ) {
				// Nothing but a `<`; a tag may follow.
				--$at;
			}
		}
		if ( $whole ) {
			yield array( $whole[0], $this->length + 1 );
		}
	}

	/**
	 * Whether a tag opens an element with other rules inside. One that is never closed is left by what follows.
	 *
	 * @param array $tag The tag.
	 * @param int   $at  Offset behind it.
	 * @return bool
	 */
	private function must_stay_whole( array $tag, $at ) {
		$name = $tag['name'];
		if ( $tag['is_end'] || $tag['is_void'] || $at > $this->length || ! in_array( $name, self::FOREIGN, true ) || isset( $this->unclosed[ $name ] ) ) {
			return false;
		}
		if ( false === strpos( $this->lower, "</$name", $at ) ) {
			$this->unclosed[ $name ] = true;
			return false;
		}
		return true;
	}

	/**
	 * Where a comment ends, or what a browser takes for one.
	 *
	 * @param int $open Offset of its `<`.
	 * @return int Offset behind it; where it is nothing but a `<`, behind what must not be cut from it.
	 */
	private function end_of_other( $open ) {
		if ( '<!--' === substr( $this->html, $open, 4 ) ) {
			return preg_match( '~-->|(?<!<!)--!>~', $this->html, $end, PREG_OFFSET_CAPTURE, $open + 2 ) ? $end[0][1] + strlen( $end[0][0] ) : $this->length + 1;
		}
		$next = substr( $this->html, $open + 1, 1 );
		if ( '' === $next || false === strpos( '!?/', $next ) ) {
			return $open + 2;
		}
		$end = strpos( $this->html, '>', $open );
		return false === $end ? $this->length + 1 : $end + 1;
	}

	/**
	 * Where a tag ends, or the element that it opens where a browser looks for no tags in it.
	 *
	 * @param array $tag The tag.
	 * @return int
	 */
	private function end_of_element( array $tag ) {
		$at   = $tag['end'];
		$name = $tag['name'];
		if ( $tag['is_end'] || ! in_array( $name, self::RAW, true ) ) {
			return $at;
		}
		// A script that holds a comment may hold scripts in that.
		$is_comment = false;
		$is_nested  = false;
		$pattern    = 'script' === $name ? '~<!--|-->|<(/?)script(?=[\s/>])~' : "~<(/)$name(?=[\s/>])~";
		while ( 'plaintext' !== $name && $at < $this->length && preg_match( $pattern, $this->lower, $found, PREG_OFFSET_CAPTURE, $at ) ) {
			list( $mark, $offset ) = $found[0];
			// `<!-->` is a whole comment.
			$at = $offset + ( '<!--' === $mark ? 2 : strlen( $mark ) );
			if ( '<!--' === $mark || '-->' === $mark ) {
				$is_comment = '<!--' === $mark;
				$is_nested  = $is_nested && $is_comment;
			} elseif ( '/' !== $found[1][0] ) {
				$is_nested = $is_comment;
			} elseif ( $is_nested ) {
				$is_nested = false;
			} else {
				return $this->tag( $offset )['end'];
			}
		}
		return $this->length + 1;
	}

	/**
	 * Reads a tag.
	 *
	 * @param int $open Offset of its `<`.
	 * @return array{name: string, is_end: bool, is_void: bool, end: int}|null Name in small letters, whether it closes
	 *         an element, whether it closes itself, and the offset behind it; null where it is no tag.
	 */
	private function tag( $open ) {
		if ( ! preg_match( '~\G<(/?)([a-z][^\s/>]*)~', $this->lower, $found, 0, $open ) ) {
			return null;
		}
		$tag = array(
			'name'    => $found[2],
			'is_end'  => '/' === $found[1],
			'is_void' => false,
			'end'     => $this->length + 1,
		);
		$at  = $open + strlen( $found[0] );
		while ( true ) {
			$between = strspn( $this->html, self::SPACES . '/', $at );
			$at     += $between;
			if ( $at >= $this->length ) {
				return $tag;
			}
			if ( '>' === $this->html[ $at ] ) {
				$tag['is_void'] = $between && '/' === $this->html[ $at - 1 ];
				$tag['end']     = $at + 1;
				return $tag;
			}
			$at = $this->end_of_attribute( $at );
		}
	}

	/**
	 * Where an attribute ends.
	 *
	 * @param int $at Offset of its first byte.
	 * @return int
	 */
	private function end_of_attribute( $at ) {
		// An equals sign may begin a name.
		$at += 1 + strcspn( $this->html, self::SPACES . '/>=', $at + 1 );
		$to  = $at + strspn( $this->html, self::SPACES, $at );
		if ( '=' !== substr( $this->html, $to, 1 ) ) {
			return $at;
		}
		$at    = $to + 1 + strspn( $this->html, self::SPACES, $to + 1 );
		$quote = substr( $this->html, $at, 1 );
		if ( '"' === $quote || "'" === $quote ) {
			$end = strpos( $this->html, $quote, $at + 1 );
			return false === $end ? $this->length : $end + 1;
		}
		return $at + strcspn( $this->html, self::SPACES . '>', $at );
	}
}
