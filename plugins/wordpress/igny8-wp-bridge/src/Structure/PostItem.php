<?php
/**
 * One post, as it is told.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Structure;

use Igny8\Bridge\Publish\SiteText;
use Igny8\Bridge\Seo\Told;

defined( 'ABSPATH' ) || exit;

/**
 * Puts a post that was read into the words of the protocol, as stored: what filters make of it for visitors is not
 * the text. Nothing here asks the database: what is needed was read for all posts of the page.
 */
final class PostItem {

	// Images of one text that are told.
	const IMAGES_AT_MOST = 200;

	/**
	 * The post.
	 *
	 * @var \WP_Post
	 */
	private $post;

	/**
	 * The posts that are read together with it.
	 *
	 * @var PostBatch
	 */
	private $batch;

	/**
	 * The text, once it was asked for.
	 *
	 * @var string|null
	 */
	private $text;

	/**
	 * Takes a post.
	 *
	 * @param \WP_Post  $post  The post.
	 * @param PostBatch $batch The posts that are read together with it.
	 */
	public function __construct( \WP_Post $post, PostBatch $batch ) {
		$this->post  = $post;
		$this->batch = $batch;
	}

	/**
	 * One field.
	 *
	 * @param string $field Its name.
	 * @return mixed
	 */
	public function field( $field ) {
		$post = $this->post;
		switch ( $field ) {
			case 'id':
				return $post->ID;
			case 'type':
				return $post->post_type;
			case 'status':
				return $post->post_status;
			case 'modified_gmt':
				return $this->moment( $post->post_modified_gmt );
			case 'date_gmt':
				return $this->moment( $post->post_date_gmt );
			case 'fingerprint':
				return $this->batch->fingerprint( $post );
			case 'url':
				return (string) get_permalink( $post );
			case 'slug':
				return $post->post_name;
			case 'title':
				return $post->post_title;
			case 'content':
				return $post->post_content;
			case 'text':
				return $this->text();
			case 'text_sha256':
				return hash( 'sha256', $this->text() );
			case 'excerpt':
				return $post->post_excerpt;
			case 'author':
				// Somebody who is not there would be asked for once more.
				$author = wp_cache_get( (int) $post->post_author, 'users' );
				return $author ? (string) $author->display_name : '';
			case 'author_id':
				return (int) $post->post_author;
			case 'parent':
				return (int) $post->post_parent;
			case 'page_template':
				$template = get_post_meta( $post->ID, '_wp_page_template', true );
				return is_string( $template ) && 'default' !== $template ? $template : '';
			case 'builder':
				return Builders::of( $post );
			case 'password_protected':
				return '' !== $post->post_password;
			case 'terms':
				return (object) $this->batch->terms( $post );
			case 'featured_image':
				$image = $this->image( (int) get_post_thumbnail_id( $post ) );
				return $image ? $image : null;
			case 'images':
				return array_values( array_filter( array_map( array( $this, 'image' ), self::image_ids( $this->text() ) ) ) );
			case 'gallery':
				return self::gallery_ids( $this->text() );
			default:
				return (object) Told::of( $post->ID );
		}
	}

	/**
	 * Its text.
	 *
	 * @return string
	 */
	private function text() {
		$this->text = $this->text ?? SiteText::of( $this->post );
		return $this->text;
	}

	/**
	 * A time of the database.
	 *
	 * @param string $gmt The time.
	 * @return string|null RFC 3339; null when there is none.
	 */
	private function moment( $gmt ) {
		return 0 === strpos( $gmt, '0000' ) ? null : str_replace( ' ', 'T', $gmt ) . 'Z';
	}

	/**
	 * The attachments that the body of a post shows, and its featured image.
	 *
	 * @param \WP_Post $post The post.
	 * @return int[]
	 */
	public static function attachments( \WP_Post $post ) {
		return array_filter( array_merge( array( (int) get_post_thumbnail_id( $post ) ), self::image_ids( $post->post_content ) ) );
	}

	/**
	 * The attachments that a text names by WordPress's own class.
	 *
	 * @param string $text The text.
	 * @return int[] Each once, in order.
	 */
	private static function image_ids( $text ) {
		$found = array();
		$at    = 0;
		while ( count( $found ) < self::IMAGES_AT_MOST && 1 === preg_match( '/\bwp-image-(\d{1,18})\b/', $text, $number, PREG_OFFSET_CAPTURE, $at ) ) {
			$found[ (int) $number[1][0] ] = true;

			$at = $number[0][1] + strlen( $number[0][0] );
		}
		return array_keys( $found );
	}

	/**
	 * The attachments of galleries in a text.
	 *
	 * @param string $text The text.
	 * @return int[] Each once, in order.
	 */
	private static function gallery_ids( $text ) {
		$ids = array();
		foreach ( array( '/\[gallery\b[^\]]{0,2000}?\bids=["\']?([\d, ]{1,2000})/', '/<!-- wp:gallery \{[^>]{0,2000}?"ids":\[([\d, ]{1,2000})\]/' ) as $pattern ) {
			if ( preg_match_all( $pattern, $text, $found ) ) {
				$ids = array_merge( $ids, array_map( 'intval', explode( ',', implode( ',', $found[1] ) ) ) );
			}
		}
		return array_slice( array_values( array_unique( array_filter( $ids ) ) ), 0, self::IMAGES_AT_MOST );
	}

	/**
	 * An attachment. One that was not read is not there.
	 *
	 * @param int $id The attachment.
	 * @return array<string, int|string>|null
	 */
	private function image( $id ) {
		$attachment = $id && wp_cache_get( $id, 'posts' ) ? get_post( $id ) : null;
		if ( ! $attachment || 'attachment' !== $attachment->post_type ) {
			return null;
		}
		$meta = wp_get_attachment_metadata( $id, true );
		return array(
			'id'      => $id,
			'url'     => (string) wp_get_attachment_url( $id ),
			'alt'     => (string) get_post_meta( $id, '_wp_attachment_image_alt', true ),
			'caption' => $attachment->post_excerpt,
			'width'   => (int) ( $meta['width'] ?? 0 ),
			'height'  => (int) ( $meta['height'] ?? 0 ),
			'mime'    => $attachment->post_mime_type,
		);
	}
}
