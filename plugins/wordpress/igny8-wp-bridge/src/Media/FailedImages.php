<?php
/**
 * What cannot be had.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media;

defined( 'ABSPATH' ) || exit;

/**
 * Remembers the images that a publish of several calls cannot have, so that its next call does not wait for them
 * again. Another intent tries them anew.
 */
final class FailedImages {

	const META = '_igny8_images_failed';

	/**
	 * What earlier calls could not have.
	 *
	 * @param int $post_id The post.
	 * @param int $rev     The intent.
	 * @return array<string, string[]> Code and message, by name of the address.
	 */
	public static function of( $post_id, $rev ) {
		$failed = get_post_meta( $post_id, self::META, true );
		$is_its = is_array( $failed ) && isset( $failed['rev'], $failed['images'] ) && $failed['rev'] === $rev;
		return $is_its ? $failed['images'] : array();
	}

	/**
	 * Notes what cannot be had.
	 *
	 * @param int                     $post_id The post.
	 * @param int                     $rev     The intent.
	 * @param array<string, string[]> $failed  Code and message, by name of the address.
	 */
	public static function remember( $post_id, $rev, array $failed ) {
		update_post_meta(
			$post_id,
			self::META,
			wp_slash(
				array(
					'rev'    => $rev,
					'images' => $failed,
				)
			)
		);
	}

	/**
	 * Forgets them: the publish is done.
	 *
	 * @param int $post_id The post.
	 */
	public static function forget( $post_id ) {
		if ( metadata_exists( 'post', $post_id, self::META ) ) {
			delete_post_meta( $post_id, self::META );
		}
	}
}
