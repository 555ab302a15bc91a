<?php
/**
 * The media library.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media;

use Igny8\Bridge\Core\Charset;

defined( 'ABSPATH' ) || exit;

/**
 * Finds images by their address or their bytes and stores new ones: each image once in the whole library,
 * whatever posts show it.
 */
final class Library {

	const META_HASH = '_igny8_sha256';
	// SHA-256 of an address that the image was fetched from; several may have led to the same bytes.
	const META_SOURCE  = '_igny8_source';
	const META_ALT     = '_igny8_alt';
	const META_PENDING = '_igny8_sizes_pending';

	const SOURCES_MAX = 10;
	// PHP that died over an image's sizes may have been killed for another reason, but not twice.
	const TRIES_MAX = 2;

	/**
	 * Attachments that were fetched from these addresses before and are whole.
	 *
	 * @param string[] $keys Names of addresses.
	 * @return array<string, array{id: int, detail: array<string, string>}> By name.
	 */
	public static function by_source( array $keys ) {
		$found = ImageIndex::by_address( $keys );
		_prime_post_caches( array_column( $found, 'id' ), false, true );
		foreach ( $found as $key => $entry ) {
			// An id alone proves nothing: after a restored backup it may be another's.
			if ( ! self::is_there( $entry['id'], self::META_SOURCE, $key ) || ! self::has_file( $entry['id'] ) ) {
				unset( $found[ $key ] );
			}
		}
		return $found;
	}

	/**
	 * Stores an image, or finds the one that has the same bytes.
	 *
	 * @param Download $download The image; its file is taken away.
	 * @param Picture  $picture  What is said about it.
	 * @param int      $post_id  The post that it is fetched for.
	 * @return int The attachment.
	 * @throws ImageError When WordPress cannot store it.
	 */
	public static function store( Download $download, Picture $picture, $post_id ) {
		$named = ImageIndex::by_bytes( $download->hash );
		$known = $named && self::is_there( $named, self::META_HASH, $download->hash );
		if ( $known && ( self::has_file( $named ) || self::put_back( $named, $download ) ) ) {
			return $named;
		}
		$half_done = self::of_post( $post_id, $download->hash );
		$made      = $half_done ? $half_done : NewImage::store( $download, $picture, $post_id );
		$first     = ImageIndex::claim_bytes( $download->hash, $made, $named );
		// Another publish may have stored the same bytes at this very moment.
		if ( $first !== $made && self::is_there( $first, self::META_HASH, $download->hash ) ) {
			wp_delete_attachment( $made, true );
			return $first;
		}
		LostImages::remember( $made );
		return $made;
	}

	/**
	 * Remembers where an image came from.
	 *
	 * @param int                   $id     The attachment.
	 * @param string                $key    Name of the address.
	 * @param array<string, string> $detail What its server said of it, and for whom it was asked.
	 * @param int                   $before The attachment that the address led to before; 0 for none.
	 */
	public static function remember_source( $id, $key, array $detail, $before ) {
		if ( $before && $before !== $id ) {
			delete_post_meta( $before, self::META_SOURCE, $key );
		}
		$known = get_post_meta( $id, self::META_SOURCE );
		if ( ! in_array( $key, $known, true ) ) {
			if ( count( $known ) >= self::SOURCES_MAX ) {
				delete_post_meta( $id, self::META_SOURCE, $known[0] );
			}
			add_post_meta( $id, self::META_SOURCE, $key );
		}
		ImageIndex::set_address( $key, $id, $detail );
	}

	/**
	 * Whether the smaller sizes of an image still have to be made.
	 *
	 * @param int $id The attachment.
	 * @return bool
	 */
	public static function lacks_sizes( $id ) {
		$tries = get_post_meta( $id, self::META_PENDING, true );
		return '' !== $tries && (int) $tries < self::TRIES_MAX;
	}

	/**
	 * Makes the smaller sizes of an image. Tried twice at most: an image that is too much for this
	 * server's memory ends PHP, and must not do so again and again. It is shown in full then.
	 *
	 * @param int $id The attachment.
	 */
	public static function make_sizes( $id ) {
		require_once ABSPATH . 'wp-admin/includes/image.php';
		update_post_meta( $id, self::META_PENDING, (int) get_post_meta( $id, self::META_PENDING, true ) + 1 );
		if ( empty( wp_get_attachment_metadata( $id, true )['sizes'] ) ) {
			wp_update_attachment_metadata( $id, wp_generate_attachment_metadata( $id, (string) get_attached_file( $id ) ) );
		} else {
			wp_update_image_subsizes( $id );
		}
		delete_post_meta( $id, self::META_PENDING );
	}

	/**
	 * Sets an image's alternative text. One that a person wrote stays.
	 *
	 * @param int    $id  The attachment.
	 * @param string $alt Plain text.
	 */
	public static function describe( $id, $alt ) {
		$alt     = Charset::fit( $alt, 'postmeta', 'meta_value' );
		$current = (string) get_post_meta( $id, '_wp_attachment_image_alt', true );
		if ( '' === $alt || $alt === $current || ( '' !== $current && get_post_meta( $id, self::META_ALT, true ) !== $current ) ) {
			return;
		}
		update_post_meta( $id, '_wp_attachment_image_alt', wp_slash( $alt ) );
		update_post_meta( $id, self::META_ALT, wp_slash( $alt ) );
	}

	/**
	 * Whether an attachment is there, and is an image.
	 *
	 * @param int $id The attachment.
	 * @return bool
	 */
	public static function is_image( $id ) {
		$post = get_post( $id );
		return $post && 'attachment' === $post->post_type && 'trash' !== $post->post_status && wp_attachment_is( 'image', $post );
	}

	/**
	 * The size of an image in pixels.
	 *
	 * @param int $id The attachment.
	 * @return int[] Width and height; zeros when it is not known.
	 */
	public static function dimensions( $id ) {
		$meta = wp_get_attachment_metadata( $id, true );
		if ( ! empty( $meta['width'] ) && ! empty( $meta['height'] ) ) {
			return array( (int) $meta['width'], (int) $meta['height'] );
		}
		$seen = wp_getimagesize( (string) get_attached_file( $id ) );
		return is_array( $seen ) ? array( (int) $seen[0], (int) $seen[1] ) : array( 0, 0 );
	}

	/**
	 * Whether an attachment is there and carries a mark.
	 *
	 * @param int    $id    The attachment.
	 * @param string $key   Key of the mark.
	 * @param string $value What it says.
	 * @return bool
	 */
	private static function is_there( $id, $key, $value ) {
		$post = get_post( $id );
		return $post && 'attachment' === $post->post_type && 'trash' !== $post->post_status && in_array( $value, get_post_meta( $id, $key ), true );
	}

	/**
	 * The attachment with these bytes that PHP made for a post before it was killed.
	 *
	 * @param int    $post_id The post.
	 * @param string $hash    SHA-256.
	 * @return int 0 when there is none.
	 */
	private static function of_post( $post_id, $hash ) {
		global $wpdb;
		$id = (int) $wpdb->get_var( // phpcs:ignore WordPress.DB -- past every cache; few attachments have one parent, which has an index.
			$wpdb->prepare(
				"SELECT p.ID FROM $wpdb->posts p JOIN $wpdb->postmeta m ON m.post_id = p.ID AND m.meta_key = %s AND m.meta_value = %s
				WHERE p.post_parent = %d AND p.post_type = 'attachment' ORDER BY p.ID LIMIT 1",
				self::META_HASH,
				$hash,
				$post_id
			)
		);
		return $id && self::is_there( $id, self::META_HASH, $hash ) && self::has_file( $id ) ? $id : 0;
	}

	/**
	 * Whether an attachment's file is where it should be. Files that a plugin keeps elsewhere, on a CDN,
	 * have an address elsewhere too.
	 *
	 * @param int $id The attachment.
	 * @return bool
	 */
	private static function has_file( $id ) {
		$here = set_url_scheme( wp_get_upload_dir()['baseurl'], 'https' );
		return 0 !== strpos( set_url_scheme( (string) wp_get_attachment_url( $id ), 'https' ), $here ) || is_file( (string) get_attached_file( $id ) );
	}

	/**
	 * Gives an attachment whose file is missing its file back: every post that shows it is whole again.
	 *
	 * @param int      $id       The attachment.
	 * @param Download $download The same bytes; the file is taken away.
	 * @return bool
	 */
	private static function put_back( $id, Download $download ) {
		// The one from which WordPress makes a smaller one of large images.
		$file = (string) wp_get_original_image_path( $id );
		if ( '' === $file || 0 !== validate_file( _wp_relative_upload_path( $file ) ) || ! wp_mkdir_p( dirname( $file ) ) || ! self::copy_whole( $download->file, $file ) ) {
			return false;
		}
		update_attached_file( $id, $file );
		delete_post_meta( $id, '_wp_attachment_metadata' );
		update_post_meta( $id, self::META_PENDING, 0 );
		return true;
	}

	/**
	 * Copies a file, or leaves nothing behind: half of an image, on a disk that is full, would be taken for it
	 * from then on.
	 *
	 * @param string $from The file.
	 * @param string $to   Where there is none.
	 * @return bool
	 */
	private static function copy_whole( $from, $to ) {
		// phpcs:ignore Generic.PHP.NoSilencedErrors -- a full disk is no fault of the code.
		if ( @copy( $from, $to ) && filesize( $from ) === filesize( $to ) ) {
			return true;
		}
		wp_delete_file( $to );
		return false;
	}
}
