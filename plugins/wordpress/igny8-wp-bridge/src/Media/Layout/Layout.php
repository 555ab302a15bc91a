<?php
/**
 * A gallery in its article.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media\Layout;

defined( 'ABSPATH' ) || exit;

/**
 * Puts images between the parts of a body. Landscapes take the whole width. Squares and portraits take
 * half of it at most: two of one section stand side by side, one alone stands left or right in turn, with
 * the text that follows beside it, or in the middle where no text follows.
 *
 * A body of blocks gets blocks, a body of plain HTML the same HTML without block comments: mixing them
 * would make WordPress treat the whole text differently.
 */
final class Layout {

	// An image beside one that is so many times as tall would be far from half of the width.
	const PAIR_DIFFERENCE = 1.6;

	/**
	 * The body.
	 *
	 * @var string
	 */
	private $body;

	/**
	 * Whether the body is made of blocks.
	 *
	 * @var bool
	 */
	private $as_blocks;

	/**
	 * Pieces to be put in, each with its offset, in order.
	 *
	 * @var array<int, array{0: int, 1: string}>
	 */
	private $pieces = array();

	/**
	 * Images that stood alone so far: they take turns left and right.
	 *
	 * @var int
	 */
	private $alone = 0;

	/**
	 * Takes a body.
	 *
	 * @param string    $body      HTML or block markup.
	 * @param bool|null $as_blocks For a part of a body, whether that is made of blocks; null for a whole one.
	 */
	public function __construct( $body, $as_blocks = null ) {
		$this->as_blocks = $as_blocks ?? has_blocks( $body );
		// Text that lives on line breaks alone has no paragraphs until WordPress shows it.
		$this->body = null !== $as_blocks || $this->as_blocks || false !== stripos( $body, '<p' ) ? $body : trim( wpautop( $body ) );
	}

	/**
	 * The body with its images.
	 *
	 * @param array<int, array{0: int, 1: Picture}> $gallery Attachments, and what is said about them.
	 * @return string
	 */
	public function with( array $gallery ) {
		$parts   = Anatomy::of( $this->body );
		$places  = ( new Places( $parts ) )->of( count( $gallery ) );
		$indexes = array_keys( $places );
		foreach ( $indexes as $number => $index ) {
			$figures = array();
			foreach ( $places[ $index ] as $image ) {
				$figures[] = new Figure( $gallery[ $image ][0], $gallery[ $image ][1] );
			}
			$end    = isset( $parts[ $index ] ) ? $parts[ $index ]->end : strlen( $this->body );
			$before = isset( $indexes[ $number + 1 ] ) ? $indexes[ $number + 1 ] : count( $parts );
			$this->place( $figures, $end, $this->text_after( $parts, $index, $before ) );
		}
		foreach ( array_reverse( $this->pieces ) as list( $offset, $piece ) ) {
			$this->body = substr_replace( $this->body, $piece, $offset, 0 );
		}
		return $this->body;
	}

	/**
	 * Places the images of one section: pairs, then what takes the whole width, then the one left over.
	 *
	 * @param Figure[] $figures The images.
	 * @param int      $offset  Where they go.
	 * @param int[]    $text    The text that can stand beside an image: offset behind it, and characters.
	 */
	private function place( array $figures, $offset, array $text ) {
		$html  = '';
		$halfs = array();
		$wide  = '';
		foreach ( $figures as $figure ) {
			if ( $figure->is_wide() ) {
				$wide .= "\n\n" . $figure->markup( '', $this->as_blocks );
			} else {
				$halfs[] = $figure;
			}
		}
		list( $pairs, $alone ) = self::paired( $halfs );
		foreach ( $pairs as list( $left, $right ) ) {
			$html .= "\n\n" . $this->pair( $left, $right );
		}
		$html          .= $wide;
		$this->pieces[] = array( $offset, $html );
		$last           = array_pop( $alone );
		foreach ( $alone as $figure ) {
			$this->place_alone( $figure, $offset, $offset );
		}
		if ( $last ) {
			list( $text_end, $length ) = $text;
			$this->place_alone( $last, $offset, $length < $last->characters_beside() ? $offset : $text_end );
		}
	}

	/**
	 * Pairs images that are about equally tall: a square beside a tall portrait would leave a hole.
	 *
	 * @param Figure[] $figures The images.
	 * @return array{0: array<int, Figure[]>, 1: Figure[]} The pairs, and those that stand alone, in order.
	 */
	private static function paired( array $figures ) {
		$pairs = array();
		$alone = array();
		while ( $figures ) {
			$left = array_shift( $figures );
			$best = null;
			foreach ( $figures as $index => $figure ) {
				$difference = $left->difference( $figure );
				if ( $difference <= self::PAIR_DIFFERENCE && ( null === $best || $difference < $left->difference( $figures[ $best ] ) ) ) {
					$best = $index;
				}
			}
			if ( null === $best ) {
				$alone[] = $left;
				continue;
			}
			$pairs[] = array( $left, $figures[ $best ] );
			unset( $figures[ $best ] );
		}
		return array( $pairs, $alone );
	}

	/**
	 * Places an image that stands alone, in a group with the text beside it: half of the width is then
	 * half of the text's own, whatever the theme does around it.
	 *
	 * @param Figure $figure   The image.
	 * @param int    $offset   Where it goes.
	 * @param int    $text_end Offset behind the text that can stand beside it; $offset for none.
	 */
	private function place_alone( Figure $figure, $offset, $text_end ) {
		$place = 'center';
		if ( $text_end > $offset ) {
			$place = 0 === $this->alone++ % 2 ? 'left' : 'right';
		}
		$open  = '<div class="' . ( $this->as_blocks ? 'wp-block-group ' : '' ) . 'igny8-beside">';
		$close = '</div>';
		if ( $this->as_blocks ) {
			$open  = '<!-- wp:group {"className":"igny8-beside"} -->' . "\n" . $open;
			$close = "</div>\n<!-- /wp:group -->";
		}
		$this->pieces[] = array( $offset, "\n\n" . $open . $figure->markup( $place, $this->as_blocks ) );
		$this->pieces[] = array( $text_end, $close );
	}

	/**
	 * Two images side by side.
	 *
	 * @param Figure $left  The left one.
	 * @param Figure $right The right one.
	 * @return string
	 */
	private function pair( Figure $left, Figure $right ) {
		$columns = '';
		foreach ( array( array( $left, $right ), array( $right, $left ) ) as list( $figure, $other ) ) {
			$width    = $figure->width_beside( $other );
			$style    = '' === $width ? '' : " style=\"flex-basis:$width\"";
			$column   = "<div class=\"wp-block-column\"$style>" . $figure->markup( '', $this->as_blocks ) . '</div>';
			$attrs    = '' === $width ? array() : array( 'width' => $width );
			$columns .= $this->as_blocks ? ( '' === $columns ? '' : "\n\n" ) . Figure::block( 'column', $attrs, "\n$column\n" ) : $column;
		}
		$pair = '<div class="wp-block-columns igny8-pair">' . $columns . '</div>';
		return $this->as_blocks ? Figure::block( 'columns', array( 'className' => 'igny8-pair' ), "\n$pair\n" ) : $pair;
	}

	/**
	 * Finds the text that follows a part directly and may stand beside an image.
	 *
	 * @param Part[] $parts  All parts.
	 * @param int    $index  The part.
	 * @param int    $before The part behind which the next images go: the text ends with it.
	 * @return int[] Offset behind the text, and how many characters it has.
	 */
	private function text_after( array $parts, $index, $before ) {
		if ( ! isset( $parts[ $index ] ) ) {
			return array( 0, 0 );
		}
		$end    = $parts[ $index ]->end;
		$length = 0;
		$last   = min( $before, count( $parts ) - 1 );
		for ( $next = $index + 1; $next <= $last; $next++ ) {
			$part    = $parts[ $next ];
			$between = substr( $this->body, $end, $part->start - $end );
			if ( ! $part->is_text() || $part->is_block !== $this->as_blocks || '' !== trim( $between ) ) {
				break;
			}
			$length += $part->length;
			$end     = $part->end;
		}
		return array( $end, $length );
	}
}
