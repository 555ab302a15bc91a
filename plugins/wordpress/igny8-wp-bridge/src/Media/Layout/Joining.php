<?php
/**
 * A body of what stays and what is written anew.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media\Layout;

defined( 'ABSPATH' ) || exit;

/**
 * Puts pieces of a body together again, with the images that the bridge had placed between them: what is kept
 * keeps its very bytes. An image that stood in what is replaced stands behind what replaces it; one whose
 * place is kept stays there.
 */
final class Joining {

	// What opens and closes an element, or a block around it. Blocks of images are whole.
	const OPENING = '~<div\b|<!--\s+wp:(?!image\b)~';
	const CLOSING = '~</div\b|<!--\s+/wp:(?!image\b)~';

	/**
	 * The old body in pieces: its bytes, what the text has in their place, where that begins and ends in the
	 * text, and how much it opens. Nothing stands in the place of what the bridge put in: an image, a pair, the
	 * begin of an image with text beside it, or its end.
	 *
	 * @var array<int, array{0: string, 1: string, 2: int, 3: int, 4: int}>
	 */
	private $old = array();

	/**
	 * How many of them are passed.
	 *
	 * @var int
	 */
	private $passed = 0;

	/**
	 * The parts: a text that is written, or the offsets of what is kept of the old text.
	 *
	 * @var array<int, string|int[]>
	 */
	private $parts;

	/**
	 * The attachments that may stay where the bridge had placed them; null for all.
	 *
	 * @var int[]|null
	 */
	private $wanted;

	/**
	 * What was put together so far: bytes, whether they are written anew, and whether it is an image of ours.
	 *
	 * @var array<int, array{0: string, 1: bool, 2: bool}>
	 */
	private $pieces = array();

	/**
	 * Where in that the piece stands behind which something is replaced right now.
	 *
	 * @var int
	 */
	private $gap = 0;

	/**
	 * Images with text beside them that are open: where each stands, -1 for one that is left out.
	 *
	 * @var int[]
	 */
	private $open = array();

	/**
	 * The attachments that stayed where they were.
	 *
	 * @var int[]
	 */
	private $placed = array();

	/**
	 * What is not kept as it stood.
	 *
	 * @var array<string, true>
	 */
	private $lost = array();

	/**
	 * Takes a body and its parts.
	 *
	 * @param string $body  The body.
	 * @param array  $edits What of it is not its text, as `SiteText::edits()` says.
	 * @param array  $parts Texts that are written, and ranges of its text that are kept, in order.
	 */
	public function __construct( $body, array $edits, array $parts ) {
		$this->parts = $parts;
		$at          = 0;
		$placed      = array();
		$edits[]     = array( strlen( $body ), 0, '' );
		foreach ( $edits as list( $offset, $length, $instead ) ) {
			if ( $offset > $at || '' !== $instead || ! $length ) {
				$this->take_placed( $placed );
				$placed = array();
				$this->take( substr( $body, $at, $offset - $at ), substr( $body, $at, $offset - $at ) );
			}
			if ( '' === $instead ) {
				$placed[] = substr( $body, $offset, $length );
			} else {
				$this->take( substr( $body, $offset, $length ), $instead );
			}
			$at = $offset + $length;
		}
	}

	/**
	 * Takes a piece of the old body.
	 *
	 * @param string $bytes Its bytes.
	 * @param string $text  What the text has in their place.
	 * @param int    $opens How much it opens.
	 */
	private function take( $bytes, $text, $opens = 0 ) {
		if ( '' !== $bytes ) {
			$last        = end( $this->old );
			$begin       = $last ? $last[3] : 0;
			$this->old[] = array( $bytes, $text, $begin, $begin + strlen( $text ), $opens );
		}
	}

	/**
	 * Takes what the bridge had put in at one place, each image, pair, begin or end as one.
	 *
	 * @param string[] $pieces Tags, comments and images, in order.
	 */
	private function take_placed( array $pieces ) {
		$whole = '';
		$opens = 0;
		foreach ( $pieces as $piece ) {
			$more = preg_match_all( self::OPENING, $piece ) - preg_match_all( self::CLOSING, $piece );
			if ( $opens < 0 && $more >= 0 ) {
				$this->take( $whole, '', $opens );
				$whole = '';
				$opens = 0;
			}
			$whole .= $piece;
			$opens += $more;
			if ( ! $opens ) {
				$this->take( $whole, '' );
				$whole = '';
			}
		}
		$this->take( $whole, '', $opens );
	}

	/**
	 * The pieces of the new body.
	 *
	 * @param int[]|null $wanted The attachments that may stay where the bridge had placed them; null for all.
	 * @return array<int, array{0: string, 1: bool, 2: bool}> Bytes, whether they are written anew, and whether it is an
	 *         image that the bridge had placed.
	 */
	public function pieces( ?array $wanted ) {
		$this->wanted = $wanted;
		foreach ( $this->parts as $part ) {
			if ( is_string( $part ) ) {
				$this->pieces[] = array( $part, true, false );
			} else {
				$this->lose( $part[0] );
				$this->keep( $part[0], $part[1] );
			}
		}
		// What stands at the end of the text stands behind whatever comes there now.
		$last = end( $this->old );
		$end  = $last ? $last[3] : 0;
		$this->lose( $end );
		$this->keep( $end, $end );
		return $this->pieces;
	}

	/**
	 * What stood in a body that no rule leads back to its text, where not all of that is kept: its layout is lost.
	 *
	 * @return string
	 */
	public function lost() {
		return implode( '', array_keys( $this->lost ) );
	}

	/**
	 * Notes what is not kept as it stood.
	 *
	 * @param string $bytes Its bytes.
	 * @param string $text  What the text has in their place.
	 */
	private function note_lost( $bytes, $text ) {
		if ( $bytes !== $text ) {
			$this->lost[ $bytes ] = true;
		}
	}

	/**
	 * The attachments that stayed where the bridge had placed them.
	 *
	 * @return int[]
	 */
	public function placed() {
		return $this->placed;
	}

	/**
	 * Copies what is kept, with what stands at its ends.
	 *
	 * @param int $from Offset of its first byte in the text.
	 * @param int $to   Offset behind the last.
	 */
	private function keep( $from, $to ) {
		while ( isset( $this->old[ $this->passed ] ) && $this->old[ $this->passed ][2] <= $to ) {
			list( $bytes, $text, $begin, $end, $opens ) = $this->old[ $this->passed ];
			if ( '' === $text ) {
				$this->place( $bytes, $opens );
			} elseif ( $from <= $begin && $end <= $to ) {
				$this->add( $bytes );
			} else {
				$first = max( $from, $begin );
				$this->note_lost( $bytes, $text );
				$this->add( substr( $text, $first - $begin, min( $to, $end ) - $first ) );
			}
			if ( $end > $to ) {
				break;
			}
			++$this->passed;
		}
		$this->gap = count( $this->pieces );
	}

	/**
	 * Passes over what is replaced, and puts in what the bridge had placed in it.
	 *
	 * @param int $to Offset in the text behind what is replaced.
	 */
	private function lose( $to ) {
		while ( isset( $this->old[ $this->passed ] ) && $this->old[ $this->passed ][2] < $to && $this->old[ $this->passed ][3] <= $to ) {
			list( $bytes, $text, , , $opens ) = $this->old[ $this->passed ];
			if ( '' === $text ) {
				$this->place( $bytes, $opens, true );
			} else {
				$this->note_lost( $bytes, $text );
			}
			++$this->passed;
		}
	}

	/**
	 * Puts in what the bridge had placed.
	 *
	 * @param string $piece   Its bytes.
	 * @param int    $opens   How much it opens.
	 * @param bool   $is_lost Whether its place is replaced.
	 */
	private function place( $piece, $opens, $is_lost = false ) {
		if ( $opens < 0 ) {
			$this->close( $piece, $is_lost );
			return;
		}
		preg_match_all( '/\bwp-image-(\d+)/', $piece, $found );
		$ids     = array_map( 'intval', $found[1] );
		$is_gone = null !== $this->wanted && array_diff( $ids, $this->wanted );
		if ( $opens > 0 ) {
			$this->open[] = $is_gone ? -1 : count( $this->pieces );
		}
		if ( ! $is_gone ) {
			$this->pieces[] = array( $piece, false, true );

			$this->placed = array_merge( $this->placed, $ids );
		}
	}

	/**
	 * Closes an image with text beside it. Where the text goes on with something new, it ends before that.
	 *
	 * @param string $piece   What closes it.
	 * @param bool   $is_lost Whether its place is replaced.
	 */
	private function close( $piece, $is_lost ) {
		$open = array_pop( $this->open );
		if ( null === $open || $open < 0 ) {
			return;
		}
		$at     = $is_lost && $open < $this->gap ? $this->gap : count( $this->pieces );
		$beside = array_column( array_slice( $this->pieces, $open + 1, $at - $open - 1 ), 0 );
		array_splice( $this->pieces, $at, 0, array( array( $piece, false, false ) ) );
		if ( '' === trim( implode( '', $beside ) ) ) {
			$this->pieces[ $open ][0] = (string) preg_replace( '/\bigny8-(?:left|right)\b/', 'igny8-center', $this->pieces[ $open ][0] );
		}
	}

	/**
	 * Adds what stays.
	 *
	 * @param string $bytes The bytes.
	 */
	private function add( $bytes ) {
		if ( '' !== $bytes ) {
			$this->pieces[] = array( $bytes, false, false );
		}
	}
}
