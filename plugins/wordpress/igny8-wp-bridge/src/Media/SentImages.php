<?php
/**
 * Images as they were sent.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media;

defined( 'ABSPATH' ) || exit;

/**
 * Puts the images of a body back to the addresses that were sent. A tag that nobody has touched since gets
 * its very bytes back; of one that somebody edited only what ImageTags wrote is taken back.
 */
final class SentImages {

	const NUMBERED = '~(?<=[\s"\'])wp-image-(\d{1,18})(?=[\s"\'])~';
	const CLASSES  = '~\sclass\s*=\s*(["\'])([^"\']*)\1~i';
	const SOURCE   = '~(\ssrc\s*=\s*)("[^"]*"|\'[^\']*\')~i';
	// What WordPress adds to the name of a file of another size.
	const SIZE = '~-(?:\d+x\d+|scaled)(?=\.\w+\z)~';

	/**
	 * Images: attachment, address as it was sent, address here.
	 *
	 * @var array[]
	 */
	private $images;

	/**
	 * What was there before, by the name of what is there now: as often as it occurs, in order.
	 *
	 * @var array<string, string[]>
	 */
	private $before = array();

	/**
	 * Takes what is known.
	 *
	 * @param array[] $images As Traces has them.
	 * @param array[] $tags   What `irregular()` says.
	 */
	public function __construct( array $images, array $tags ) {
		$this->images = $images;
		foreach ( $tags as list( $name, $old ) ) {
			$this->before[ $name ][] = $old;
		}
	}

	/**
	 * The tags and comments that cannot be told from their images alone.
	 *
	 * @param Traces $traces What was done to a body.
	 * @return array<int, string[]> The name of each as it is now, and the text as it was.
	 */
	public static function irregular( Traces $traces ) {
		$known = new self( $traces->images, array() );
		$names = array();
		$found = array();
		foreach ( $traces->tags as list( $new, $old, $image ) ) {
			$name    = self::name( $new );
			$names[] = $name;
			if ( self::regular( $new, $known->first( $image[0], self::file( $image[2] ) ) ) !== $old ) {
				$found[ $name ] = true;
			}
		}
		$kept = array();
		foreach ( $traces->tags as $index => list( , $old ) ) {
			// Two that look alike now need not have been alike.
			if ( isset( $found[ $names[ $index ] ] ) ) {
				$kept[] = array( $names[ $index ], $old );
			}
		}
		return $kept;
	}

	/**
	 * What makes the images of a body those that were sent.
	 *
	 * @param string          $html  The body.
	 * @param array<int, int> $going Offsets of pieces that are looked over, and the offsets behind them, in order.
	 * @return array<int, array{0: int, 1: int, 2: string}> Offset and length of a piece, and what stands in its
	 *         place, by the offset.
	 */
	public function edits( $html, array $going ) {
		$edits  = array();
		$opened = array();
		$offset = 0;
		while ( $this->images && 1 === preg_match( ImageTags::TOKEN, $html, $token, PREG_OFFSET_CAPTURE, $offset ) ) {
			list( $text, $start ) = $token[0];
			$offset               = $start + strlen( $text );
			while ( $going && current( $going ) <= $start ) {
				if ( false === next( $going ) ) {
					$going = array();
				}
			}
			if ( $going && key( $going ) <= $start ) {
				continue;
			}
			if ( isset( $token['img'] ) ) {
				$image = $this->image_of( $text );
				$block = end( $opened );
				if ( $image && $block && ! isset( $edits[ $block[1] ] ) ) {
					$edits[ $block[1] ] = $this->edit( $block[1], $block[0], $image );
				}
				if ( $image ) {
					$edits[ $start ] = $this->edit( $start, $text, $image );
				}
			} elseif ( '' !== $token['closer'][0] ) {
				array_pop( $opened );
			} elseif ( ! isset( $token['void'] ) || '' === $token['void'][0] ) {
				$opened[] = $token[0];
			}
		}
		return $edits;
	}

	/**
	 * What a tag or comment becomes.
	 *
	 * @param int    $start Its offset.
	 * @param string $text  The tag or comment.
	 * @param array  $image Its image.
	 * @return array{0: int, 1: int, 2: string}
	 */
	private function edit( $start, $text, array $image ) {
		return array( $start, strlen( $text ), $this->before( $text, $image ) );
	}

	/**
	 * What a tag or comment was before.
	 *
	 * @param string $text  The tag or comment.
	 * @param array  $image Its image.
	 * @return string
	 */
	private function before( $text, array $image ) {
		$name = self::name( $text );
		if ( empty( $this->before[ $name ] ) ) {
			return self::regular( $text, $image );
		}
		$known = $this->before[ $name ];
		if ( count( $known ) > 1 ) {
			array_shift( $this->before[ $name ] );
		}
		return $known[0];
	}

	/**
	 * The image that a tag shows.
	 *
	 * @param string $tag The tag.
	 * @return array|null Null when it is none of ours.
	 */
	private function image_of( $tag ) {
		if ( 1 !== preg_match( self::NUMBERED, $tag, $number ) || 1 !== preg_match( self::SOURCE, $tag, $source ) ) {
			return null;
		}
		return $this->first( (int) $number[1], self::file( html_entity_decode( substr( $source[2], 1, -1 ), ENT_QUOTES | ENT_HTML5, 'UTF-8' ) ) );
	}

	/**
	 * The first image that an attachment and its file stand for: several addresses may have led to the same.
	 *
	 * @param int    $id   The attachment.
	 * @param string $here Its address here, without a size.
	 * @return array|null
	 */
	private function first( $id, $here ) {
		foreach ( $this->images as $image ) {
			if ( $id === $image[0] && self::file( $image[2] ) === $here ) {
				return $image;
			}
		}
		return null;
	}

	/**
	 * An address without the size of the image.
	 *
	 * @param string $url The address.
	 * @return string
	 */
	private static function file( $url ) {
		return (string) preg_replace( self::SIZE, '', $url );
	}

	/**
	 * The name of a tag or comment, in few bytes.
	 *
	 * @param string $text The tag or comment.
	 * @return string
	 */
	private static function name( $text ) {
		return substr( hash( 'sha256', $text ), 0, 16 );
	}

	/**
	 * A tag or comment without what ImageTags wrote into it.
	 *
	 * @param string $text  The tag or comment.
	 * @param array  $image Its image.
	 * @return string
	 */
	private static function regular( $text, array $image ) {
		list( $id, $sent, $here ) = $image;
		if ( 0 === strpos( $text, '<!--' ) ) {
			return self::regular_comment( $text, $id, $sent, $here );
		}
		$source = static function ( array $found ) use ( $sent ) {
			return $found[1] . '"' . esc_attr( $sent ) . '"';
		};
		$class  = static function ( array $found ) use ( $id ) {
			$names = array_diff( preg_split( '/\s+/', $found[2], -1, PREG_SPLIT_NO_EMPTY ), array( "wp-image-$id" ) );
			return $names ? substr( $found[0], 0, 1 ) . 'class="' . implode( ' ', $names ) . '"' : '';
		};
		return (string) preg_replace_callback( self::CLASSES, $class, (string) preg_replace_callback( self::SOURCE, $source, $text, 1 ), 1 );
	}

	/**
	 * A block's comment without what ImageTags wrote into it.
	 *
	 * @param string $text The comment.
	 * @param int    $id   The attachment.
	 * @param string $sent Its address as it was sent.
	 * @param string $here Its address here.
	 * @return string
	 */
	private static function regular_comment( $text, $id, $sent, $here ) {
		if ( 1 !== preg_match( '~\A<!--\s+wp:((?:core/)?([a-z-]+))\s+({.*})\s+-->\z~s', $text, $parts ) || ! isset( ImageTags::BLOCKS[ $parts[2] ] ) ) {
			return $text;
		}
		$attrs                    = json_decode( $parts[3], true );
		list( $number, $address ) = ImageTags::BLOCKS[ $parts[2] ];
		if ( ! is_array( $attrs ) || ( $attrs[ $number ] ?? null ) !== $id ) {
			return $text;
		}
		unset( $attrs[ $number ] );
		if ( isset( $attrs[ $address ] ) && $attrs[ $address ] === $here ) {
			$attrs[ $address ] = $sent;
		}
		return '<!-- wp:' . $parts[1] . ( $attrs ? ' ' . serialize_block_attributes( $attrs ) : '' ) . ' -->';
	}
}
