<?php
/**
 * The images of a body of which some is kept.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media;

use Igny8\Bridge\Media\Layout\Figure;
use Igny8\Bridge\Media\Layout\Joining;
use Igny8\Bridge\Media\Layout\Layout;

defined( 'ABSPATH' ) || exit;

/**
 * Brings in the images of what is written anew. Those of the gallery that have no place yet get one there, as in
 * a whole body; where nothing is written, they stand at the end. What is kept is not laid out again.
 */
final class PartedBody {

	// As Figure writes it.
	const BLOCK  = '~(<!-- wp:image \{[^\n]*\} -->\n)?<figure class="[^"]*\bigny8-image\b([^"]*)"><img src="[^"]*" alt="([^"]*)" class="wp-image-(\d+)"/>(?:<figcaption[^>]*>(.*?)</figcaption>)?</figure>(?(1)\n<!-- /wp:image -->)~s';
	const FIGURE = '~<figure class="[^"]*\bigny8-image\b[^"]*"><img src="([^"]*)" alt="([^"]*)" class="wp-image-(\d+)"/>(?:<figcaption[^>]*>(.*?)</figcaption>)?</figure>~s';

	/**
	 * Attachments by address.
	 *
	 * @var array<string, int>
	 */
	private $stored;

	/**
	 * Attachments of the gallery, and what is said about them.
	 *
	 * @var array<int, array{0: int, 1: Picture}>
	 */
	private $gallery;

	/**
	 * Whether no others may stay.
	 *
	 * @var bool
	 */
	private $is_all;

	/**
	 * Takes images.
	 *
	 * @param array<string, int> $stored  Attachments by address.
	 * @param array              $gallery Attachments of the gallery, and what is said about them.
	 * @param bool               $is_all  Whether no others may stay.
	 */
	public function __construct( array $stored, array $gallery, $is_all ) {
		$this->stored  = $stored;
		$this->gallery = $gallery;
		$this->is_all  = $is_all;
	}

	/**
	 * The body.
	 *
	 * @param Joining $joining What is kept, and what is written.
	 * @param Traces  $traces  Gets what is done to it.
	 * @return string
	 */
	public function of( Joining $joining, Traces $traces ) {
		$pieces  = $joining->pieces( $this->is_all ? array_column( $this->gallery, 0 ) : null );
		$placed  = $joining->placed();
		$missing = array_filter(
			$this->gallery,
			static function ( $image ) use ( $placed ) {
				return ! in_array( $image[0], $placed, true );
			}
		);
		$written = array();
		foreach ( $pieces as $index => list( $bytes, $is_new, $is_placed ) ) {
			if ( $is_placed ) {
				$pieces[ $index ][0] = $this->described( $bytes );
			}
			if ( $is_new ) {
				$pieces[ $index ][0] = ( new ImageTags( $bytes ) )->pointing_to( $this->stored, $traces );
				$written[]           = $index;
			}
		}
		$body = array_column( $pieces, 0 );
		$lost = self::figures( $joining->lost() );
		if ( $lost ) {
			// No place is known any more: all that stood there gets one in the whole.
			return ( new Layout( implode( '', $body ) ) )->with( $this->is_all ? array_values( $missing ) : $lost );
		}
		if ( $missing ) {
			$as_blocks = has_blocks( implode( '', $body ) );
			foreach ( self::shares( $written ? $written : array( count( $body ) ), array_values( $missing ) ) as $index => $images ) {
				$body[ $index ] = ( new Layout( $body[ $index ] ?? '', $as_blocks ) )->with( $images );
			}
		}
		return implode( '', $body );
	}

	/**
	 * Images that stand in their places, with what is said about them now.
	 *
	 * @param string $bytes Their markup.
	 * @return string The same bytes where nothing else is said.
	 */
	private function described( $bytes ) {
		$said = array_column( $this->gallery, 1, 0 );
		$anew = static function ( array $found ) use ( $said ) {
			$picture = $said[ (int) $found[4] ] ?? null;
			if ( ! $picture || ( esc_attr( $picture->alt ) === $found[3] && $picture->caption === ( $found[5] ?? '' ) ) ) {
				return $found[0];
			}
			preg_match( '/\bigny8-(left|right|center)\b/', $found[2], $place );
			return ( new Figure( (int) $found[4], $picture ) )->markup( $place[1] ?? '', '' !== $found[1] );
		};
		return (string) preg_replace_callback( self::BLOCK, $anew, $bytes );
	}

	/**
	 * The images of a gallery that stand in a laid out body, as they were described.
	 *
	 * @param string $html The body.
	 * @return array<int, array{0: int, 1: Picture}>
	 */
	private static function figures( $html ) {
		preg_match_all( self::FIGURE, $html, $found, PREG_SET_ORDER );
		return array_map(
			static function ( array $figure ) {
				return array( (int) $figure[3], new Picture( 'gallery_images', html_entity_decode( $figure[1], ENT_QUOTES | ENT_HTML5, 'UTF-8' ), $figure[2], $figure[4] ?? '' ) );
			},
			$found
		);
	}

	/**
	 * Shares images out among what is written, in order.
	 *
	 * @param int[] $written Where it stands.
	 * @param array $images  The images.
	 * @return array<int, array> Images by where they go.
	 */
	private static function shares( array $written, array $images ) {
		$shares = array();
		foreach ( $images as $number => $image ) {
			$shares[ $written[ intdiv( $number * count( $written ), count( $images ) ) ] ][] = $image;
		}
		return $shares;
	}
}
