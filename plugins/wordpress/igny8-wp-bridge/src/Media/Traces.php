<?php
/**
 * What was done to a body.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media;

defined( 'ABSPATH' ) || exit;

/**
 * Notes what becomes of a body's images, so that it can be undone.
 */
final class Traces {

	/**
	 * Attachment, address as it was sent, and address here, of each image of the body.
	 *
	 * @var array<int, array{0: int, 1: string, 2: string}>
	 */
	public $images = array();

	/**
	 * Tags and block comments, as they are now and as they were, with their image, in the order of the body.
	 *
	 * @var array<int, array{0: string, 1: string, 2: array}>
	 */
	public $tags = array();

	/**
	 * Attachments of the gallery.
	 *
	 * @var int[]
	 */
	public $gallery = array();

	/**
	 * Notes that a tag or comment was written anew.
	 *
	 * @param string $now   What it is now.
	 * @param string $then  What it was.
	 * @param array  $image Its image.
	 */
	public function note( $now, $then, array $image ) {
		$this->tags[] = array( $now, $then, $image );
		if ( ! in_array( $image, $this->images, true ) ) {
			$this->images[] = $image;
		}
	}

	/**
	 * Whether nothing was done.
	 *
	 * @return bool
	 */
	public function is_empty() {
		return ! $this->images && ! $this->gallery;
	}
}
