<?php
/**
 * A body that is sent as what changed of it.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Charset;
use Igny8\Bridge\Core\Fields;
use Igny8\Bridge\Core\Html;
use Igny8\Bridge\Core\Refusal;
use Igny8\Bridge\Core\Seams;
use Igny8\Bridge\Core\Warnings;
use Igny8\Bridge\Media\Layout\Joining;

defined( 'ABSPATH' ) || exit;

/**
 * Pieces of a post's text that stay, named by their bytes, and what is written between them. What stays is
 * copied from the post itself, whatever it is: scripts, frames and forms of the site's owner. What is written is
 * cleaned like any body, and can be put nowhere but where it is read as what it is.
 */
final class ContentParts {

	const MOST = 4000;
	// Of a post, among which what it said before is looked for.
	const REVISIONS = 5;
	// What IGNY8 shows in the place of what stays: it has no meaning here.
	const KEPT = '/<!--\s*igny8:kept/i';

	/**
	 * The parts in order: a text, or the offsets of the first byte that is kept and behind the last.
	 *
	 * @var array<int, string|int[]>
	 */
	private $sent = array();

	/**
	 * The same, with clean texts.
	 *
	 * @var array<int, string|int[]>
	 */
	private $clean = array();

	/**
	 * SHA-256 of the text that the ranges are of.
	 *
	 * @var string
	 */
	private $text_sha256;

	/**
	 * The text that they make.
	 *
	 * @var string
	 */
	private $text = '';

	/**
	 * Whether they are all of a text because an order names the images in it alone.
	 *
	 * @var bool
	 */
	public $is_all = false;

	/**
	 * Reads the parts of an order.
	 *
	 * @param Fields $fields The payload; remembers what is wrong.
	 * @return self|null Null when it has none.
	 */
	public static function from_fields( Fields $fields ) {
		$items = $fields->items( 'content_parts', array( self::class, 'is_part' ), 'must be a list of at most 4000 parts, each with either html or keep, two offsets', self::MOST );
		if ( null === $items ) {
			return null;
		}
		$parts              = new self();
		$parts->text_sha256 = $fields->text( 'text_sha256', 64, true );
		$parts->sent        = array_map(
			static function ( array $item ) {
				return $item['html'] ?? $item['keep'];
			},
			$items
		);
		return $parts;
	}

	/**
	 * All of a post's text: what is to be written are the images that stand in it.
	 *
	 * @param \WP_Post $post The post, freshly read.
	 * @return self
	 */
	public static function all_of( \WP_Post $post ) {
		$text               = SiteText::of( $post );
		$parts              = new self();
		$parts->sent        = array( array( 0, strlen( $text ) ) );
		$parts->clean       = $parts->sent;
		$parts->is_all      = true;
		$parts->text_sha256 = hash( 'sha256', $text );
		return $parts;
	}

	/**
	 * Whether something is a part.
	 *
	 * @param mixed $item Anything.
	 * @return bool
	 */
	public static function is_part( $item ) {
		if ( ! is_array( $item ) || 1 !== count( $item ) ) {
			return false;
		}
		if ( isset( $item['html'] ) ) {
			return is_string( $item['html'] );
		}
		$keep = $item['keep'] ?? null;
		return is_array( $keep ) && array( 0, 1 ) === array_keys( $keep ) && is_int( $keep[0] ) && is_int( $keep[1] );
	}

	/**
	 * Refuses texts that hold what IGNY8 shows in the place of what stays.
	 *
	 * @param array<string, string|null> $texts Texts by field.
	 * @throws Refusal 422.
	 */
	public static function refuse_kept( array $texts ) {
		$wrong = array();
		foreach ( $texts as $field => $text ) {
			if ( null !== $text && preg_match( self::KEPT, $text ) ) {
				$wrong[ $field ] = array( 'must not hold igny8:kept comments: name what is kept in content_parts' );
			}
		}
		if ( $wrong ) {
			throw new Refusal( 422, 'invalid', 'What stands for a kept part is not shown here: ' . implode( ', ', array_keys( $wrong ) ) . '.', $wrong );
		}
	}

	/**
	 * How many bytes are sent.
	 *
	 * @return int
	 */
	public function bytes() {
		return strlen( implode( '', self::texts( $this->sent ) ) );
	}

	/**
	 * All that is sent.
	 *
	 * @return string
	 */
	public function html() {
		return implode( "\n", self::texts( $this->sent ) );
	}

	/**
	 * Cleans what is sent.
	 *
	 * @param Warnings $warnings Gets told of what a database cannot hold.
	 * @throws Refusal 422 when a part ends in the middle of something.
	 */
	public function clean( Warnings $warnings ) {
		$this->clean = $this->sent;
		foreach ( self::texts( $this->sent ) as $index => $html ) {
			$this->clean[ $index ] = Charset::fit( Html::clean_body( $html ), 'posts', 'post_content', $warnings, 'content_parts' );
			if ( Seams::wrong( $this->clean[ $index ], array( strlen( $this->clean[ $index ] ) ) ) ) {
				throw self::refusal( 'invalid', "part $index ends in the middle of an element, a tag or a comment" );
			}
		}
	}

	/**
	 * All that is sent, cleaned.
	 *
	 * @return string
	 */
	public function clean_html() {
		return implode( "\n", self::texts( $this->clean ) );
	}

	/**
	 * Whether something of what was sent was not clean, or is stored otherwise.
	 *
	 * @param \WP_Post $post The post, freshly read.
	 * @return bool
	 */
	public function are_altered( \WP_Post $post ) {
		return $this->clean !== $this->sent || ( '' !== $this->text && SiteText::of( $post ) !== $this->text );
	}

	/**
	 * What the ranges are of.
	 *
	 * @param \WP_Post $post   The post, freshly read.
	 * @param bool     $before Whether it may be what the post said before, as its revisions tell.
	 * @return \WP_Post|null The post, or a revision; null when it is neither.
	 */
	public function source( \WP_Post $post, $before ) {
		$older = $before ? wp_get_post_revisions( $post->ID, array( 'posts_per_page' => self::REVISIONS ) ) : array();
		foreach ( array_merge( array( $post ), array_values( $older ) ) as $said ) {
			if ( hash_equals( $this->text_sha256, hash( 'sha256', SiteText::of( $said ) ) ) ) {
				return $said;
			}
		}
		return null;
	}

	/**
	 * Puts the parts together.
	 *
	 * @param \WP_Post $post What they were made for.
	 * @return Joining
	 * @throws Refusal 422 when they are none of its.
	 */
	public function joined( \WP_Post $post ) {
		$text  = SiteText::of( $post );
		$parts = $this->merged();
		$this->refuse_wrong_ranges( $text, $parts );
		return new Joining( $post->post_content, SiteText::edits( $post ), $parts );
	}

	/**
	 * The text that they make, once they are put together.
	 *
	 * @return string
	 */
	public function text() {
		return $this->text;
	}

	/**
	 * The refusal of parts that were made for something else.
	 *
	 * @param Order    $order The order.
	 * @param \WP_Post $post  What its post says.
	 * @return Refusal 409 conflict.
	 */
	public function conflict( Order $order, \WP_Post $post ) {
		return new Refusal(
			409,
			'conflict',
			'The text of the post is another one in WordPress than the one whose parts are to be kept.',
			array(),
			array(
				'content_id'  => $order->content_id,
				'post_id'     => $post->ID,
				'text_sha256' => hash( 'sha256', SiteText::of( $post ) ),
			)
		);
	}

	/**
	 * The refusal of parts where there is no post.
	 *
	 * @return Refusal 422.
	 */
	public static function of_nothing() {
		return new Refusal( 422, 'invalid', 'There is no post whose text could be kept.', array( 'content_parts' => array( 'are of a post that is not there: send content_html' ) ) );
	}

	/**
	 * The parts without those that are empty; what is kept on both sides of such a one is kept as one.
	 *
	 * @return array<int, string|int[]>
	 * @throws Refusal 422 when they are not in order.
	 */
	private function merged() {
		$merged = array();
		$at     = 0;
		foreach ( $this->clean as $index => $part ) {
			if ( is_string( $part ) ) {
				if ( '' !== $part ) {
					$merged[] = $part;
				}
				continue;
			}
			list( $from, $to ) = $part;
			if ( $from < $at || $to < $from ) {
				throw self::refusal( 'kept_part_unknown', "part $index keeps what is before its own begin, or before what is kept already" );
			}
			$at   = $to;
			$last = count( $merged ) - 1;
			if ( $last >= 0 && is_array( $merged[ $last ] ) && $merged[ $last ][1] === $from ) {
				$merged[ $last ][1] = $to;
			} elseif ( $from < $to ) {
				$merged[] = array( $from, $to );
			}
		}
		return $merged;
	}

	/**
	 * Refuses ranges that are none of a text, and texts of more bytes than a body may have, and puts the text
	 * together.
	 *
	 * @param string                   $text  The text.
	 * @param array<int, string|int[]> $parts The parts.
	 * @throws Refusal 422.
	 */
	private function refuse_wrong_ranges( $text, array $parts ) {
		$length  = strlen( $text );
		$made    = '';
		$offsets = array();
		foreach ( $parts as $part ) {
			if ( is_array( $part ) ) {
				array_push( $offsets, ...$part );
				$part = substr( $text, $part[0], $part[1] - $part[0] );
			}
			$made .= $part;
		}
		foreach ( $offsets as $offset ) {
			if ( $offset > $length ) {
				throw self::refusal( 'kept_part_unknown', "the text has $length bytes, and none at $offset" );
			}
			if ( $offset < $length && 0x80 === ( ord( $text[ $offset ] ) & 0xC0 ) ) {
				throw self::refusal( 'kept_part_unknown', "there is no character that begins at $offset" );
			}
		}
		$wrong = Seams::wrong( $text, $offsets );
		if ( $wrong ) {
			throw self::refusal( 'kept_part_unknown', "the text must not be cut at $wrong[0]: that is in the middle of an element, a tag or a comment" );
		}
		$this->text = $made;
		if ( strlen( $made ) > Order::HTML_MAX_BYTES || '' === trim( $made ) ) {
			throw self::refusal( 'invalid', '' === trim( $made ) ? 'have nothing that may be shown' : 'are more than 2 MiB together' );
		}
	}

	/**
	 * A refusal.
	 *
	 * @param string $code    Stable code.
	 * @param string $message What is wrong.
	 * @return Refusal 422.
	 */
	private static function refusal( $code, $message ) {
		return new Refusal( 422, $code, 'The parts of the body cannot be put together.', array( 'content_parts' => array( $message ) ) );
	}

	/**
	 * What is written, of some parts.
	 *
	 * @param array<int, string|int[]> $parts The parts.
	 * @return array<int, string> By index.
	 */
	private static function texts( array $parts ) {
		return array_filter( $parts, 'is_string' );
	}
}
