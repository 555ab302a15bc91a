<?php
/**
 * The text of a post.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Media\Layout\Undoing;
use Igny8\Bridge\Media\Traces;

defined( 'ABSPATH' ) || exit;

/**
 * What people wrote of a post's body: without what the bridge itself put in when it laid it out, and with the
 * addresses of images as they were sent. Ranges of bytes that IGNY8 names are of this text. All else is as it is
 * stored: markup that nobody rendered, and of posts that never came from here every byte.
 */
final class SiteText {

	// By what the text is found again in what was made of it.
	const META_LAYOUT = '_igny8_layout';

	/**
	 * The text of a post.
	 *
	 * @param \WP_Post $post The post, or a revision.
	 * @return string
	 */
	public static function of( \WP_Post $post ) {
		return Undoing::edited( $post->post_content, self::edits( $post ) );
	}

	/**
	 * What makes the body of a post its text. Whoever keeps a piece of the text finds by it the bytes of the body
	 * that it stands for.
	 *
	 * @param \WP_Post $post The post, or a revision.
	 * @return array<int, array{0: int, 1: int, 2: string}> Offset and length of a piece of the body, in bytes, and
	 *         what stands in its place in the text: nothing for what the bridge put in, each piece of it by
	 *         itself. In order, none over another. A body that no rule leads back is replaced where it differs.
	 */
	public static function edits( \WP_Post $post ) {
		$of     = 'revision' === $post->post_type ? get_post( $post->post_parent ) : $post;
		$record = $of ? self::record( $of->ID ) : array();
		if ( null === $record && 0 !== strpos( $of->guid, Posts::guid( '' ) ) ) {
			// Bridges before 2.1 left no record. Only what they made themselves is known to be theirs.
			return array();
		}
		return array() === $record ? array() : Undoing::edits( $post->post_content, $record );
	}

	/**
	 * The images that the bridge placed in the body of a post.
	 *
	 * @param \WP_Post $post The post.
	 * @return int[] Attachments.
	 */
	public static function gallery( \WP_Post $post ) {
		return array_map( 'intval', (array) ( self::record( $post->ID )['gallery'] ?? array() ) );
	}

	/**
	 * The marks of a body that is written.
	 *
	 * @param \WP_Post $post     The post.
	 * @param string   $laid_out The body.
	 * @param string   $text     The text in it.
	 * @param Traces   $traces   What was done to that.
	 * @param bool     $is_kept  Whether some of what the post said stays in it.
	 * @return array<string, array> Meta by key; empty when there is nothing to say.
	 */
	public static function marks( \WP_Post $post, $laid_out, $text, Traces $traces, $is_kept ) {
		$record = Undoing::record( $text, $laid_out, $traces, self::record( $post->ID ), $is_kept );
		return null === $record ? array() : array( self::META_LAYOUT => $record );
	}

	/**
	 * What was recorded of a post's body.
	 *
	 * @param int $post_id The post.
	 * @return array|null
	 */
	private static function record( $post_id ) {
		$record = get_post_meta( $post_id, self::META_LAYOUT, true );
		return is_array( $record ) ? $record : null;
	}
}
