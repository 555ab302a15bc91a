<?php
/**
 * A body without its layout.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media\Layout;

use Igny8\Bridge\Media\SentImages;
use Igny8\Bridge\Media\Traces;

defined( 'ABSPATH' ) || exit;

/**
 * Takes out of a body what Layout put in, and puts its images back to the addresses that were sent. While
 * nobody has touched the body since, what comes out is what went in, byte for byte, whatever that was: how is
 * looked at when it is laid out, and where the rules below do not lead back the body itself is kept. Of one
 * that somebody edited, what is theirs stays as it is.
 */
final class Undoing {

	// The comment of a block that Layout writes, or a tag. Comments of ours are short; no pattern looks further.
	const TOKEN = '~<!--\s(?P<closer>/)?wp:(?P<name>image|columns|column|group)\s(?P<attrs>(?:(?!-->).){0,2000}?)(?P<void>/)?-->|<(?P<end>/)?(?P<tag>(?i:figure|div))(?=[\s>/])[^>]{0,4000}>~s';

	// By what is ours: words in the name of a class.
	const MARKS = array(
		'image'   => 'igny8-image',
		'columns' => 'igny8-pair',
		'group'   => 'igny8-beside',
		'figure'  => 'igny8-image',
	);

	// Of a body that is kept in part again and again.
	const TAGS_AT_MOST = 1000;

	/**
	 * The body.
	 *
	 * @var string
	 */
	private $html;

	/**
	 * The attachments whose figures are ours; null: all.
	 *
	 * @var int[]|null
	 */
	private $gallery;

	/**
	 * Pieces that go, by their offsets: the offsets behind them.
	 *
	 * @var array<int, int>
	 */
	private $going = array();

	/**
	 * What was opened, by kind: of what is ours its offset, the offset behind it and whether it is a pair; 0 of
	 * what is not.
	 *
	 * @var array<string, array<int, array|int>>
	 */
	private $opened = array();

	/**
	 * Images of which no end was found: nothing later ends, either.
	 *
	 * @var array<string, bool>
	 */
	private $unclosed = array();

	/**
	 * Takes a body.
	 *
	 * @param string     $html    The body.
	 * @param int[]|null $gallery The attachments whose figures are ours; null: all.
	 */
	private function __construct( $html, $gallery ) {
		$this->html    = $html;
		$this->gallery = $gallery;
	}

	/**
	 * What makes a laid out body the one that it was made of.
	 *
	 * @param string     $html   The laid out body.
	 * @param array|null $record What `record()` said of it; null when it was laid out before there were any.
	 * @return array<int, array{0: int, 1: int, 2: string}> Offset and length of a piece in bytes, and what stands in
	 *         its place. In order, none over another.
	 */
	public static function edits( $html, $record ) {
		$hash = isset( $record['of'] ) ? hash( 'sha256', $html ) : '';
		if ( isset( $record['before']['of'] ) && $hash === $record['before']['of'] && $hash !== $record['of'] ) {
			$record = $record['before'];
		}
		if ( isset( $record['whole'] ) && $hash === $record['of'] ) {
			$whole = WholeBody::unpacked( (string) $record['whole'] );
			if ( null !== $whole ) {
				return WholeBody::difference( $html, $whole );
			}
		}
		$gallery = null === $record ? null : array_map( 'intval', (array) ( $record['gallery'] ?? array() ) );
		$going   = array();
		if ( array() !== $gallery && false !== strpos( $html, 'igny8-' ) ) {
			$going = ( new self( $html, $gallery ) )->layout();
		}
		$edits = ( new SentImages( (array) ( $record['images'] ?? array() ), (array) ( $record['tags'] ?? array() ) ) )->edits( $html, $going );
		foreach ( $going as $start => $end ) {
			$edits[ $start ] = array( $start, $end - $start, '' );
		}
		ksort( $edits );
		return array_values( $edits );
	}

	/**
	 * A text with pieces of it replaced.
	 *
	 * @param string  $html  The text.
	 * @param array[] $edits As `edits()` says them.
	 * @return string
	 */
	public static function edited( $html, array $edits ) {
		$pieces = array();
		$at     = 0;
		foreach ( $edits as list( $offset, $length, $instead ) ) {
			$pieces[] = substr( $html, $at, $offset - $at ) . $instead;
			$at       = $offset + $length;
		}
		return $edits ? implode( '', $pieces ) . substr( $html, $at ) : $html;
	}

	/**
	 * What has to be known to lead a laid out body back.
	 *
	 * @param string     $body     The body.
	 * @param string     $laid_out What was made of it.
	 * @param Traces     $traces   What was done to it.
	 * @param array|null $before   What was recorded of the body whose place it takes: that is a revision from now on.
	 * @param bool       $is_kept  Whether some of that one stays in it.
	 * @return array<string, mixed>|null Null when nothing was done, and nothing looks as if.
	 */
	public static function record( $body, $laid_out, Traces $traces, $before = null, $is_kept = false ) {
		if ( ! $before && $traces->is_empty() && $body === $laid_out && false === strpos( $body, 'igny8-' ) ) {
			return null;
		}
		unset( $before['before'] );
		$kept   = ( $is_kept && $before ? $before : array() ) + array_fill_keys( array( 'gallery', 'images', 'tags' ), array() );
		$is_in  = static function ( $image ) use ( $laid_out ) {
			return false !== strpos( $laid_out, 'wp-image-' . ( is_array( $image ) ? $image[0] : $image ) );
		};
		$record = array(
			'of'      => hash( 'sha256', $laid_out ),
			'gallery' => array_values( array_unique( array_filter( array_merge( $traces->gallery, $kept['gallery'] ), $is_in ) ) ),
			'images'  => array_values( array_unique( array_filter( array_merge( $traces->images, $kept['images'] ), $is_in ), SORT_REGULAR ) ),
			'tags'    => array_slice( array_merge( SentImages::irregular( $traces ), $kept['tags'] ), 0, self::TAGS_AT_MOST ),
		);
		if ( self::edited( $laid_out, self::edits( $laid_out, $record ) ) !== $body ) {
			$record['whole'] = WholeBody::packed( $body );
		}
		return $before ? $record + array( 'before' => $before ) : $record;
	}

	/**
	 * What Layout put in.
	 *
	 * @return array<int, int> Offsets of pieces, and the offsets behind them, in order.
	 */
	private function layout() {
		$offset = 0;
		while ( 1 === preg_match( self::TOKEN, $this->html, $token, PREG_OFFSET_CAPTURE, $offset ) ) {
			$offset = $this->read( $token );
		}
		ksort( $this->going );
		$going = array();
		$from  = 0;
		foreach ( $this->going as $start => $end ) {
			if ( $start >= $from ) {
				$going[ $start ] = $end;
				$from            = $end;
			}
		}
		return $going;
	}

	/**
	 * Reads one comment or tag.
	 *
	 * @param array[] $token The match.
	 * @return int Where to read on.
	 */
	private function read( array $token ) {
		list( $text, $start ) = $token[0];
		$end                  = $start + strlen( $text );
		$is_tag               = isset( $token['tag'] );
		$kind                 = $is_tag ? strtolower( $token['tag'][0] ) : $token['name'][0];
		if ( $is_tag ? '' !== $token['end'][0] : '' !== $token['closer'][0] ) {
			$this->close( $kind, $start, $end );
			return $end;
		}
		if ( ! $is_tag && isset( $token['void'] ) && '' !== $token['void'][0] ) {
			return $end;
		}
		if ( 'image' === $kind || 'figure' === $kind ) {
			return $this->image( $kind, $text, $start, $end );
		}
		$this->opened[ $kind ][] = $this->is_wrapper( $kind, $text ) ? array( $start, $end, self::says( $text, self::MARKS['columns'] ) ) : 0;
		return $end;
	}

	/**
	 * Whether something that opens is ours, and goes without what is in it.
	 *
	 * @param string $kind columns, column, group or div.
	 * @param string $text The comment or tag.
	 * @return bool
	 */
	private function is_wrapper( $kind, $text ) {
		if ( 'column' === $kind ) {
			return is_array( $this->last_opened( 'columns' ) );
		}
		if ( 'div' === $kind ) {
			$around = $this->last_opened( 'div' );
			return self::says( $text, self::MARKS['group'] ) || self::says( $text, self::MARKS['columns'] )
				|| ( is_array( $around ) && $around[2] && self::says( $text, 'wp-block-column' ) );
		}
		return self::says( $text, self::MARKS[ $kind ] );
	}

	/**
	 * What was opened last and is not closed.
	 *
	 * @param string $kind Its kind.
	 * @return array|int 0 when it is not ours, or there is none.
	 */
	private function last_opened( $kind ) {
		$all = $this->opened[ $kind ] ?? array();
		return $all ? $all[ count( $all ) - 1 ] : 0;
	}

	/**
	 * Something is closed: if it is ours both its ends go.
	 *
	 * @param string $kind  Its kind.
	 * @param int    $start Offset of what closes it.
	 * @param int    $end   Offset behind that.
	 */
	private function close( $kind, $start, $end ) {
		$opened = empty( $this->opened[ $kind ] ) ? 0 : array_pop( $this->opened[ $kind ] );
		if ( ! is_array( $opened ) ) {
			return;
		}
		$is_block = 'div' !== $kind;

		$this->going[ $this->with_space( $opened[0] ) ] = $opened[1] + ( $is_block && "\n" === substr( $this->html, $opened[1], 1 ) ? 1 : 0 );

		$this->going[ $start - ( $is_block && "\n" === substr( $this->html, $start - 1, 1 ) ? 1 : 0 ) ] = $end;
	}

	/**
	 * An image of the gallery goes as a whole.
	 *
	 * @param string $kind  image for a block, figure for a tag.
	 * @param string $text  What opens it.
	 * @param int    $start Its offset.
	 * @param int    $end   The offset behind it.
	 * @return int Where to read on.
	 */
	private function image( $kind, $text, $start, $end ) {
		$closer = 'image' === $kind ? '<!-- /wp:image -->' : '</figure>';
		if ( isset( $this->unclosed[ $kind ] ) || ( 'figure' === $kind && ! self::says( $text, self::MARKS['figure'] ) ) ) {
			return $end;
		}
		$closed = strpos( $this->html, $closer, $end );
		if ( false === $closed ) {
			$this->unclosed[ $kind ] = true;
			return $end;
		}
		$behind = $closed + strlen( $closer );
		if ( self::says( $text, self::MARKS[ $kind ] ) && $this->is_of_gallery( substr( $this->html, $end, $closed - $end ) ) ) {
			$this->going[ $this->with_space( $start ) ] = $behind;
		}
		return $behind;
	}

	/**
	 * Whether the image in a figure is one of the gallery.
	 *
	 * @param string $html The figure, or what is in it.
	 * @return bool
	 */
	private function is_of_gallery( $html ) {
		return null === $this->gallery || ( 1 === preg_match( SentImages::NUMBERED, $html, $number ) && in_array( (int) $number[1], $this->gallery, true ) );
	}

	/**
	 * An offset, with the empty line before it that Layout leaves.
	 *
	 * @param int $offset The offset.
	 * @return int
	 */
	private function with_space( $offset ) {
		return $offset - ( $offset >= 2 && "\n\n" === substr( $this->html, $offset - 2, 2 ) ? 2 : 0 );
	}

	/**
	 * Whether a comment or tag has a class.
	 *
	 * @param string $text The comment or tag.
	 * @param string $name The class.
	 * @return bool
	 */
	private static function says( $text, $name ) {
		return 1 === preg_match( '~["\'\s]' . $name . '["\'\s]~', $text );
	}
}
