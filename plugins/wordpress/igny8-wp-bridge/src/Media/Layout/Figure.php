<?php
/**
 * An image of a gallery, as markup.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media\Layout;

use Igny8\Bridge\Media\Library;
use Igny8\Bridge\Media\Picture;

defined( 'ABSPATH' ) || exit;

/**
 * Writes WordPress's own image block, in the very form in which the block editor writes it, so that the
 * editor takes it for its own. Bodies without blocks get the same HTML without the comments.
 */
final class Figure {

	const SQUARE    = 'square';
	const LANDSCAPE = 'landscape';
	const PORTRAIT  = 'portrait';

	// Beside each other, half of the width each: the one is at most a tenth taller.
	const ALIKE = 1.1;

	const CHARACTERS_BESIDE_SQUARE = 200;

	/**
	 * The attachment.
	 *
	 * @var int
	 */
	private $id;

	/**
	 * What is said about it.
	 *
	 * @var Picture
	 */
	private $picture;

	/**
	 * SQUARE, LANDSCAPE or PORTRAIT.
	 *
	 * @var string
	 */
	private $shape;

	/**
	 * Width divided by height.
	 *
	 * @var float
	 */
	private $ratio;

	/**
	 * Looks at an image.
	 *
	 * @param int     $id      The attachment.
	 * @param Picture $picture What is said about it.
	 */
	public function __construct( $id, Picture $picture ) {
		$this->id      = $id;
		$this->picture = $picture;
		$size          = Library::dimensions( $id );
		$this->shape   = self::shape_of( $size );
		$this->ratio   = $size[0] && $size[1] ? $size[0] / $size[1] : 1.0;
	}

	/**
	 * How many characters of text it takes to stand beside it: less leaves more of a hole than it fills.
	 *
	 * @return int
	 */
	public function characters_beside() {
		return (int) ( self::CHARACTERS_BESIDE_SQUARE / min( 1, $this->ratio ) );
	}

	/**
	 * How many times as tall the taller of two images is, when they have the same width.
	 *
	 * @param self $other The other one.
	 * @return float 1 when they are alike.
	 */
	public function difference( self $other ) {
		return max( $this->ratio, $other->ratio ) / min( $this->ratio, $other->ratio );
	}

	/**
	 * Its part of the width beside another image, with which both are equally tall.
	 *
	 * @param self $other The other one.
	 * @return string A percentage; empty for half of it, where they are alike.
	 */
	public function width_beside( self $other ) {
		return $this->difference( $other ) < self::ALIKE ? '' : round( 100 * $this->ratio / ( $this->ratio + $other->ratio ), 1 ) . '%';
	}

	/**
	 * Whether it takes the whole width.
	 *
	 * @return bool
	 */
	public function is_wide() {
		return self::LANDSCAPE === $this->shape;
	}

	/**
	 * Its markup.
	 *
	 * @param string $place    How it stands: left, right, center, or empty.
	 * @param bool   $as_block Whether with the block's comments.
	 * @return string
	 */
	public function markup( $place, $as_block ) {
		$classes = array( 'igny8-image', 'igny8-' . $this->shape );
		if ( '' !== $place ) {
			$classes[] = 'igny8-' . $place;
		}
		if ( '' !== $this->picture->caption ) {
			$classes[] = 'igny8-captioned';
		}
		$class = implode( ' ', $classes );
		$image = wp_get_attachment_image_src( $this->id, 'large' );
		$html  = sprintf(
			'<figure class="wp-block-image size-large %s"><img src="%s" alt="%s" class="wp-image-%d"/>%s</figure>',
			$class,
			esc_url( $image ? $image[0] : (string) wp_get_attachment_url( $this->id ) ),
			esc_attr( $this->picture->alt ),
			$this->id,
			$this->caption()
		);
		$attrs = array(
			'id'              => $this->id,
			'sizeSlug'        => 'large',
			'linkDestination' => 'none',
			'className'       => $class,
		);
		return $as_block ? self::block( 'image', $attrs, "\n" . $html . "\n" ) : $html;
	}

	/**
	 * A block.
	 *
	 * @param string               $name  Its name.
	 * @param array<string, mixed> $attrs Its attributes.
	 * @param string               $html  What is in it.
	 * @return string
	 */
	public static function block( $name, array $attrs, $html ) {
		$json = $attrs ? ' ' . serialize_block_attributes( $attrs ) : '';
		return "<!-- wp:$name$json -->$html<!-- /wp:$name -->";
	}

	/**
	 * The caption, as this version of the block editor writes it.
	 *
	 * @return string
	 */
	private function caption() {
		if ( '' === $this->picture->caption ) {
			return '';
		}
		$class = version_compare( get_bloginfo( 'version' ), '6.1', '>=' ) ? ' class="wp-element-caption"' : '';
		return "<figcaption$class>" . $this->picture->caption . '</figcaption>';
	}

	/**
	 * The shape of an image: within a tenth, it is a square (seed 002, 1.3.3).
	 *
	 * @param int[] $size Width and height.
	 * @return string
	 */
	private static function shape_of( array $size ) {
		list( $width, $height ) = $size;
		if ( ! $width || ! $height || $width > $height * 1.1 ) {
			return self::LANDSCAPE;
		}
		return $width < $height * 0.9 ? self::PORTRAIT : self::SQUARE;
	}
}
