<?php
/**
 * Putting back what was written around a text that may not be replaced after all.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Media\FeaturedImage;
use Igny8\Bridge\Seo\Footprint;

defined( 'ABSPATH' ) || exit;

/**
 * Terms, SEO fields and the featured image are written before the text, so that whoever is told of the
 * text finds them there. When the text turns out to be somebody's new one, they get their old values
 * back, where they still have ours.
 */
final class Undo {

	/**
	 * The post.
	 *
	 * @var int
	 */
	private $post_id;

	/**
	 * Its state before we wrote anything.
	 *
	 * @var array<string, mixed>
	 */
	private $before;

	/**
	 * Its SEO fields then.
	 *
	 * @var array<string, mixed>
	 */
	private $seo;

	/**
	 * The mark of our featured image then.
	 *
	 * @var string
	 */
	private $thumbnail_mark;

	/**
	 * Remembers a post as it is.
	 *
	 * @param int                  $post_id The post.
	 * @param array<string, mixed> $now     Its state.
	 */
	public function __construct( $post_id, array $now ) {
		$this->post_id        = $post_id;
		$this->before         = $now;
		$this->seo            = Footprint::fields( $post_id );
		$this->thumbnail_mark = (string) get_post_meta( $post_id, FeaturedImage::META_THUMBNAIL, true );
	}

	/**
	 * Puts back what is as we left it.
	 *
	 * @param array<string, mixed> $left What we left.
	 */
	public function restore( array $left ) {
		$now = PostState::of( $this->post_id );
		if ( ! $now ) {
			return;
		}
		$ours = array();
		foreach ( $this->before as $part => $value ) {
			if ( isset( $now[ $part ], $left[ $part ] ) && $now[ $part ] === $left[ $part ] && $now[ $part ] !== $value ) {
				$ours[ $part ] = $value;
			}
		}
		foreach ( PostState::TAXONOMIES as $taxonomy => $part ) {
			if ( isset( $ours[ $part ] ) ) {
				wp_set_object_terms( $this->post_id, PostState::existing_terms( $ours[ $part ] ), $taxonomy );
			}
		}
		Footprint::restore(
			$this->post_id,
			array_filter(
				$this->seo,
				static function ( $field ) use ( $ours ) {
					return isset( $ours[ PostState::seo( $field ) ] );
				},
				ARRAY_FILTER_USE_KEY
			)
		);
		if ( isset( $ours['thumbnail'] ) ) {
			$this->meta( '_thumbnail_id', $ours['thumbnail'] );
			$this->meta( FeaturedImage::META_THUMBNAIL, $this->thumbnail_mark );
		}
	}

	/**
	 * Gives a post meta its old value.
	 *
	 * @param string     $key   The key.
	 * @param int|string $value The value; empty when there was none.
	 */
	private function meta( $key, $value ) {
		if ( $value ) {
			update_post_meta( $this->post_id, $key, $value );
		} else {
			delete_post_meta( $this->post_id, $key );
		}
	}
}
