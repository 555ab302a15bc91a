<?php
/**
 * The featured image of a post.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media;

use Igny8\Bridge\Core\Warnings;

defined( 'ABSPATH' ) || exit;

/**
 * Sets, changes or takes away the featured image. Null takes away the one that we set; one that a person
 * chose stays, and so does the old one while the new one cannot be had.
 */
final class FeaturedImage {

	// The featured image that we set; another one is a person's.
	const META_THUMBNAIL = '_igny8_thumbnail';

	/**
	 * The post.
	 *
	 * @var int
	 */
	private $post_id;

	/**
	 * Gets what goes otherwise than it was asked for.
	 *
	 * @var Warnings
	 */
	private $warnings;

	/**
	 * Names the post.
	 *
	 * @param int      $post_id  The post.
	 * @param Warnings $warnings Gets what goes otherwise than it was asked for.
	 */
	public function __construct( $post_id, Warnings $warnings ) {
		$this->post_id  = $post_id;
		$this->warnings = $warnings;
	}

	/**
	 * Sets it.
	 *
	 * @param int                $id      An attachment of this site; 0 where none is named.
	 * @param Picture|null       $picture The image, where none is; null for none at all.
	 * @param array<string, int> $stored  Attachments by address, those that could be had.
	 */
	public function set( $id, ?Picture $picture, array $stored ) {
		$current = (int) get_post_thumbnail_id( $this->post_id );
		$ours    = (int) get_post_meta( $this->post_id, self::META_THUMBNAIL, true );
		if ( ! $id && ! $picture ) {
			$this->take_away( $current, $ours );
			return;
		}
		$wanted = $id ? $id : ( $stored[ $picture->url ] ?? 0 );
		if ( ! $wanted ) {
			return;
		}
		if ( $wanted !== $current ) {
			update_post_meta( $this->post_id, '_thumbnail_id', $wanted );
		}
		if ( $wanted !== $ours ) {
			update_post_meta( $this->post_id, self::META_THUMBNAIL, $wanted );
		}
		$type = (string) get_post_type( $this->post_id );
		if ( ! current_theme_supports( 'post-thumbnails', $type ) || ! post_type_supports( $type, 'thumbnail' ) ) {
			$this->warnings->add( 'featured_image_not_shown', $id ? 'featured_image_id' : 'featured_image_url', "The theme does not show featured images of a $type." );
		}
	}

	/**
	 * Takes away the one that we set.
	 *
	 * @param int $current The featured image.
	 * @param int $ours    The one that we set.
	 */
	private function take_away( $current, $ours ) {
		if ( $current && $current === $ours ) {
			delete_post_thumbnail( $this->post_id );
		}
		if ( $ours ) {
			delete_post_meta( $this->post_id, self::META_THUMBNAIL );
		}
	}
}
