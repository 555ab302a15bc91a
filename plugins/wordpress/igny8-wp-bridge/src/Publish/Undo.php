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
	 * What we wrote, or were about to.
	 *
	 * @var array<string, mixed>
	 */
	private $ours = array();

	/**
	 * The mark of our featured image then.
	 *
	 * @var string
	 */
	private $thumbnail_mark;

	/**
	 * Remembers a post.
	 *
	 * @param int                  $post_id The post.
	 * @param array<string, mixed> $kept    What is known of it from before anything was written.
	 */
	private function __construct( $post_id, array $kept ) {
		$this->post_id        = $post_id;
		$this->before         = (array) $kept['before'];
		$this->seo            = (array) $kept['seo'];
		$this->thumbnail_mark = (string) $kept['thumbnail_mark'];
	}

	/**
	 * Begins with a post as it is, or as it was before the run of ours that ended in the middle.
	 *
	 * @param int   $post_id The post.
	 * @param Watch $watch   What was seen of it a moment ago, and by that run.
	 * @return self
	 */
	public static function of( $post_id, Watch $watch ) {
		$kept = $watch->undo();
		if ( ! $kept ) {
			return new self(
				$post_id,
				array(
					'before'         => $watch->seen(),
					'seo'            => Footprint::fields( $post_id ),
					'thumbnail_mark' => get_post_meta( $post_id, FeaturedImage::META_THUMBNAIL, true ),
				)
			);
		}
		$undo       = new self( $post_id, $kept );
		$undo->ours = $watch->ours_since( $undo->before );
		return $undo;
	}

	/**
	 * What the next run needs if this one dies.
	 *
	 * @return array{before: array, seo: array, thumbnail_mark: string}
	 */
	public function kept() {
		return array(
			'before'         => $this->before,
			'seo'            => $this->seo,
			'thumbnail_mark' => $this->thumbnail_mark,
		);
	}

	/**
	 * The post's state before anything was written.
	 *
	 * @return array<string, mixed>
	 */
	public function before() {
		return $this->before;
	}

	/**
	 * Notes what is about to be written.
	 *
	 * @param array<string, mixed> $parts Parts as they will be.
	 */
	public function note( array $parts ) {
		$this->ours = $parts + $this->ours;
	}

	/**
	 * Puts back what has our values. What somebody else has written by now stays.
	 */
	public function restore() {
		$now = PostState::of( $this->post_id );
		if ( ! $now ) {
			return;
		}
		foreach ( PostState::taxonomies() as $taxonomy => $part ) {
			// Cluster and sector are nobody's but ours.
			$ours = isset( PostState::OWN[ $taxonomy ] ) ? $now[ $part ] : ( $this->ours[ $part ] ?? null );
			if ( null !== $ours && isset( $this->before[ $part ] ) ) {
				$this->restore_terms( $taxonomy, $this->before[ $part ], $ours, $now[ $part ] );
			}
		}
		$is_ours = function ( $part ) use ( $now ) {
			return isset( $this->ours[ $part ] ) && $this->ours[ $part ] === $now[ $part ] && $this->before[ $part ] !== $now[ $part ];
		};
		Footprint::restore(
			$this->post_id,
			array_filter(
				$this->seo,
				static function ( $field ) use ( $is_ours ) {
					return $is_ours( PostState::seo( $field ) );
				},
				ARRAY_FILTER_USE_KEY
			)
		);
		if ( $is_ours( 'thumbnail' ) ) {
			$this->meta( '_thumbnail_id', $this->before['thumbnail'] );
			$this->meta( FeaturedImage::META_THUMBNAIL, $this->thumbnail_mark );
		}
	}

	/**
	 * Takes away the terms that we gave, and gives back those that we took.
	 *
	 * @param string $taxonomy The taxonomy.
	 * @param int[]  $before   The terms before we wrote anything.
	 * @param int[]  $ours     The terms that we set.
	 * @param int[]  $now      The terms that are there.
	 */
	private function restore_terms( $taxonomy, array $before, array $ours, array $now ) {
		$left = array_diff( $now, array_diff( $ours, $before ) );
		// Whoever took ours away has chosen others.
		$back = array_diff( $ours, $now ) ? array() : PostState::existing_terms( array_values( array_diff( $before, $ours ) ) );
		$all  = array_values( array_unique( array_merge( $left, $back ) ) );
		if ( array_diff( $all, $now ) || array_diff( $now, $all ) ) {
			wp_set_object_terms( $this->post_id, $all, $taxonomy );
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
