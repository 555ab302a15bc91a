<?php
/**
 * One piece of a body.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media\Layout;

defined( 'ABSPATH' ) || exit;

/**
 * A heading, a paragraph, or something else, and where it stands.
 */
final class Part {

	const HEADING   = 'heading';
	const PARAGRAPH = 'paragraph';
	const LISTING   = 'list';
	const OTHER     = 'other';

	/**
	 * One of the constants.
	 *
	 * @var string
	 */
	public $kind;

	/**
	 * Offset of its first byte.
	 *
	 * @var int
	 */
	public $start;

	/**
	 * Offset behind its last byte.
	 *
	 * @var int
	 */
	public $end;

	/**
	 * Whether it is a block of the block editor.
	 *
	 * @var bool
	 */
	public $is_block;

	/**
	 * Characters that a reader sees.
	 *
	 * @var int
	 */
	public $length;

	/**
	 * Makes a part.
	 *
	 * @param string $kind     One of the constants.
	 * @param int    $start    Offset of its first byte.
	 * @param string $html     Its markup.
	 * @param bool   $is_block Whether it is a block.
	 */
	public function __construct( $kind, $start, $html, $is_block ) {
		$this->kind     = $kind;
		$this->start    = $start;
		$this->end      = $start + strlen( $html );
		$this->is_block = $is_block;
		$this->length   = mb_strlen( trim( wp_strip_all_tags( $html ) ) );
	}

	/**
	 * Whether text of it can stand beside an image.
	 *
	 * @return bool
	 */
	public function is_text() {
		return self::PARAGRAPH === $this->kind || self::LISTING === $this->kind;
	}
}
