<?php
/**
 * Where images go.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media\Layout;

defined( 'ABSPATH' ) || exit;

/**
 * Gives each image of a gallery its place: after the first paragraph of its section. What stands before
 * the first heading is a section too; a body without headings gets its images spread evenly.
 */
final class Places {

	/**
	 * The body's parts.
	 *
	 * @var Part[]
	 */
	private $parts;

	/**
	 * Takes a body's parts.
	 *
	 * @param Part[] $parts In order.
	 */
	public function __construct( array $parts ) {
		$this->parts = $parts;
	}

	/**
	 * The parts behind which images stand.
	 *
	 * @param int $count Number of images.
	 * @return array<int, int[]> Numbers of images by index of the part, in order.
	 */
	public function of( $count ) {
		$sections = $this->sections();
		$places   = array();
		for ( $image = 0; $image < $count; $image++ ) {
			$part              = count( $sections ) > 1 ? $this->by_section( $sections, $image, $count ) : $this->spread( $image, $count );
			$places[ $part ][] = $image;
		}
		ksort( $places );
		return $places;
	}

	/**
	 * The part for an image in a body with sections: the first for the first section, and so on. More
	 * images than sections are shared out evenly.
	 *
	 * @param int[][] $sections Indexes of parts by section.
	 * @param int     $image    Number of the image.
	 * @param int     $count    Number of images.
	 * @return int Index of the part.
	 */
	private function by_section( array $sections, $image, $count ) {
		$most    = count( $sections );
		$section = $sections[ $count <= $most ? $image : intdiv( $image * $most, $count ) ];
		foreach ( $section as $index ) {
			if ( Part::PARAGRAPH === $this->parts[ $index ]->kind ) {
				return $index;
			}
		}
		return $section[0];
	}

	/**
	 * The part for an image in a body without sections.
	 *
	 * @param int $image Number of the image.
	 * @param int $count Number of images.
	 * @return int Index of the part; -1 for the very end.
	 */
	private function spread( $image, $count ) {
		$candidates = array_keys( array_filter( $this->parts, array( $this, 'is_paragraph' ) ) );
		if ( ! $candidates ) {
			$candidates = array_keys( array_filter( $this->parts, array( $this, 'is_no_heading' ) ) );
		}
		if ( ! $candidates ) {
			return count( $this->parts ) - 1;
		}
		$place = intdiv( ( $image + 1 ) * count( $candidates ), $count + 1 );
		return $candidates[ max( 0, $place - 1 ) ];
	}

	/**
	 * The sections that have something in them.
	 *
	 * @return int[][] Indexes of parts, without the headings.
	 */
	private function sections() {
		$sections = array();
		$number   = 0;
		foreach ( $this->parts as $index => $part ) {
			if ( Part::HEADING === $part->kind ) {
				++$number;
			} else {
				$sections[ $number ][] = $index;
			}
		}
		return array_values( $sections );
	}

	/**
	 * Whether a part is a paragraph with text.
	 *
	 * @param Part $part The part.
	 * @return bool
	 */
	private function is_paragraph( Part $part ) {
		return Part::PARAGRAPH === $part->kind && $part->length > 0;
	}

	/**
	 * Whether a part is anything but a heading.
	 *
	 * @param Part $part The part.
	 * @return bool
	 */
	private function is_no_heading( Part $part ) {
		return Part::HEADING !== $part->kind;
	}
}
