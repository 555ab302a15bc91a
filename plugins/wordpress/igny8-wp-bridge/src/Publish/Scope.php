<?php
/**
 * What an order writes.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * An update names what it changes; what it does not name is neither written, nor compared, nor touched. Only
 * a post that is yet to be made needs a title and a body.
 */
final class Scope {

	/**
	 * Fills in what an order leaves to the post: its type, its status and the time at which it goes live.
	 * Asked again whenever the post is looked at anew.
	 *
	 * @param Order         $order The order.
	 * @param \WP_Post|null $post  The post; null when it has to be made.
	 * @throws Refusal 422 when the order leaves out what cannot be left out here.
	 */
	public static function settle( Order $order, $post ) {
		$missing = array();
		if ( ! $order->take_down && ( ! $post || self::is_half_made( $post, $order->content_id ) ) ) {
			$missing = array_keys( array_diff( array( 'title' => null === $order->title, 'content_html' => ! self::has_body( $order ) ), array( false ) ) );
		}
		$is_there         = $post && 'trash' !== $post->post_status;
		$order->post_type = $order->post_type ?? ( $post ? $post->post_type : 'post' );
		if ( ! $order->sets_status ) {
			$order->post_status = $is_there ? $post->post_status : 'publish';
		} elseif ( 'future' === $order->post_status && null === $order->publish_at_gmt && ! ( $is_there && 'future' === $post->post_status ) ) {
			$missing[] = 'publish_at';
		}
		if ( ! $missing && ! $order->take_down && $order->images->sets_gallery && null === $order->html && ( ! $order->parts || $order->parts->is_all ) ) {
			// They stand in the body, around which nothing else is to be written.
			$order->parts = ContentParts::all_of( $post );
		}
		if ( $missing ) {
			throw new Refusal( 422, 'invalid', 'A post that is not there yet needs: ' . implode( ', ', $missing ) . '.', array_fill_keys( $missing, array( 'must be there' ) ) );
		}
	}

	/**
	 * The groups of a fingerprint that an order writes.
	 *
	 * @param Order $order The order.
	 * @return string[]
	 */
	public static function groups( Order $order ) {
		return array_keys(
			array_filter(
				array(
					'title'          => null !== $order->title,
					'body'           => self::has_body( $order ),
					'excerpt'        => null !== $order->excerpt,
					'slug'           => '' !== (string) $order->slug,
					'terms'          => (bool) self::taxonomies( $order ),
					'thumbnail'      => $order->images->sets_featured_image,
					Fingerprint::SEO => (bool) $order->seo->values,
				)
			)
		);
	}

	/**
	 * The taxonomies of which an order sets the terms.
	 *
	 * @param Order $order The order.
	 * @return string[]
	 */
	public static function taxonomies( Order $order ) {
		$named = array(
			'category' => $order->categories,
			'post_tag' => $order->tags,
		);
		return 'none' === $order->terms_policy ? array() : array_keys( array_filter( $named, 'is_array' ) );
	}

	/**
	 * Whether an order names a body.
	 *
	 * @param Order $order The order.
	 * @return bool
	 */
	private static function has_body( Order $order ) {
		return null !== $order->html || $order->parts;
	}

	/**
	 * Whether an order leaves any of a post's texts alone.
	 *
	 * @param Order $order The order.
	 * @return bool
	 */
	public static function is_partial( Order $order ) {
		return ! $order->take_down && ( null === $order->title || ! self::has_body( $order ) );
	}

	/**
	 * Whether all of a post is compared, whatever is written of it: nobody's words go live, or down, unseen.
	 *
	 * @param Order    $order The order, with what it leaves to the post filled in.
	 * @param \WP_Post $post  The post.
	 * @return bool
	 */
	public static function is_of_everything( Order $order, \WP_Post $post ) {
		return $order->take_down || $order->post_status !== $post->post_status;
	}

	/**
	 * Whether a post was made by a run of ours that ended before the post was whole for the first time.
	 *
	 * @param \WP_Post $post       The post.
	 * @param int      $content_id Its content.
	 * @return bool
	 */
	private static function is_half_made( \WP_Post $post, $content_id ) {
		return Posts::guid( $content_id ) === $post->guid && '0' === (string) get_post_meta( $post->ID, Posts::META_REV, true );
	}
}
