<?php
/**
 * What is stored, for the answer.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

defined( 'ABSPATH' ) || exit;

/**
 * Reads a post back and puts it in the words of the protocol.
 */
final class Snapshot {

	/**
	 * The facts of a post that change without us.
	 *
	 * @param \WP_Post $post The post, freshly read.
	 * @return array{post_id: int, post_url: string, post_status: string, modified_gmt: string|null}
	 */
	public static function of( \WP_Post $post ) {
		return array(
			'post_id'      => $post->ID,
			'post_url'     => (string) get_permalink( $post ),
			'post_status'  => $post->post_status,
			'modified_gmt' => self::modified( $post ),
		);
	}

	/**
	 * When a post was saved last.
	 *
	 * @param \WP_Post $post The post, freshly read.
	 * @return string|null
	 */
	public static function modified( \WP_Post $post ) {
		$modified = $post->post_modified_gmt;
		return 0 === strpos( $modified, '0000' ) ? null : str_replace( ' ', 'T', $modified ) . 'Z';
	}

	/**
	 * The answer to a carried out order.
	 *
	 * @param Order    $order       The order.
	 * @param \WP_Post $post        The post, freshly read.
	 * @param string   $fingerprint Its fingerprint.
	 * @param string[] $moved       The groups of it that others have changed and that were left alone.
	 * @param array[]  $images      What `Images::told()` said.
	 * @return array<string, mixed>
	 */
	public static function result( Order $order, \WP_Post $post, $fingerprint, array $moved, array $images ) {
		return array_merge(
			array(
				'content_id'   => $order->content_id,
				'operation_id' => $order->operation_id,
				'rev'          => $order->rev,
				'decided_at'   => $order->decided_at ? $order->decided_at : null,
			),
			self::of( $post ),
			array(
				'fingerprint' => $fingerprint,
				'replayed'    => false,
				'warnings'    => $order->warnings->all(),
				'altered'     => self::altered( $order, $post ),
				'moved'       => $moved,
				'images'      => $images,
			),
			self::stored( $post )
		);
	}

	/**
	 * The answer to the order that was carried out last, as far as a post tells: the answer itself is lost.
	 *
	 * @param int      $content_id The content.
	 * @param \WP_Post $post       Its post.
	 * @return array<string, mixed>
	 */
	public static function by_marks( $content_id, \WP_Post $post ) {
		return array(
			'content_id'   => $content_id,
			'operation_id' => (string) get_post_meta( $post->ID, Posts::META_OPERATION, true ),
			'rev'          => (int) get_post_meta( $post->ID, Posts::META_REV, true ),
		) + self::of( $post ) + array(
			'fingerprint' => Fingerprint::of( $post ),
			'replayed'    => false,
			'warnings'    => array(),
			'altered'     => array(),
			'moved'       => array(),
			'images'      => array(),
		) + self::stored( $post );
	}

	/**
	 * What is stored, and by what its text is known again.
	 *
	 * @param \WP_Post $post The post, freshly read.
	 * @return array{stored: array, text_sha256: string}
	 */
	private static function stored( \WP_Post $post ) {
		return array(
			'stored'      => Stored::of( $post, Fingerprint::terms( $post ) ),
			'text_sha256' => hash( 'sha256', SiteText::of( $post ) ),
		);
	}

	/**
	 * Names the fields that are stored otherwise than they were sent.
	 *
	 * @param Order    $order The order.
	 * @param \WP_Post $post  The post.
	 * @return string[]
	 */
	private static function altered( Order $order, \WP_Post $post ) {
		if ( $order->take_down ) {
			return $order->post_status === $post->post_status ? array() : array( 'post_status' );
		}
		$pairs = array(
			'title'        => array( $order->title, $post->post_title ),
			'content_html' => array( $order->html, $order->as_sent( $post->post_content ) ),
			'excerpt'      => array( $order->excerpt, $post->post_excerpt ),
			'slug'         => array( '' === $order->slug ? null : $order->slug, self::readable_slug( $order->slug, $post->post_name ) ),
			'post_type'    => array( $order->post_type, $post->post_type ),
			'post_status'  => array( $order->post_status, $post->post_status ),
			'publish_at'   => array( $order->publish_at_gmt, $post->post_date_gmt ),
		);
		$names = $order->parts && $order->parts->are_altered( $post ) ? array( 'content_parts' ) : array();
		foreach ( $pairs as $name => list( $sent, $stored ) ) {
			if ( null !== $sent && $sent !== $stored ) {
				$names[] = $name;
			}
		}
		return $names;
	}

	/**
	 * A slug as it was sent, where WordPress stored it as it writes letters beyond ASCII: encoded.
	 *
	 * @param string|null $sent   What was sent.
	 * @param string      $stored What is stored.
	 * @return string
	 */
	private static function readable_slug( $sent, $stored ) {
		return rawurldecode( $stored ) === $sent ? $sent : $stored;
	}
}
