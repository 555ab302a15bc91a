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
	 * Attachments that were fetched from these addresses before.
	 *
	 * @param string[] $keys Names of addresses.
	 * @return array<string, int> Attachments by name.
	 */
	public static function by_source( array $keys ) {
		$found = array();
		foreach ( $keys ? self::rows( self::META_SOURCE, $keys ) : array() as $row ) {
			$found += array( $row->meta_value => (int) $row->ID );
		}
		_prime_post_caches( array_values( $found ), false, true );
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
		$known = self::oldest( $download->hash );
		if ( $known ) {
			self::remember_source( $known, $picture->key() );
			return $known;
		}
		$made = self::insert( $download, $picture, $post_id );
		// Another publish may have stored the same bytes at this very moment.
		$first = self::oldest( $download->hash );
		if ( $first && $first !== $made ) {
			wp_delete_attachment( $made, true );
			self::remember_source( $first, $picture->key() );
			return $first;
		}
		return $made;
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
	 * The oldest attachment with these bytes.
	 *
	 * @param string $hash SHA-256.
	 * @return int 0 when there is none.
	 */
	private static function oldest( $hash ) {
		$rows = self::rows( self::META_HASH, array( $hash ) );
		return $rows ? (int) $rows[0]->ID : 0;
	}

	/**
	 * Attachments by meta, oldest first, past every cache: another request may just have made them.
	 *
	 * @param string   $key    Key of the meta.
	 * @param string[] $values Its values.
	 * @return object[] With ID and meta_value.
	 */
	private static function rows( $key, array $values ) {
		global $wpdb;
		$marks = implode( ', ', array_fill( 0, count( $values ), '%s' ) );
		// phpcs:disable WordPress.DB
		return (array) $wpdb->get_results(
			$wpdb->prepare(
				"SELECT p.ID, m.meta_value FROM $wpdb->postmeta m JOIN $wpdb->posts p ON p.ID = m.post_id
				WHERE m.meta_key = %s AND m.meta_value IN ( $marks ) AND p.post_type = 'attachment' AND p.post_status <> 'trash'
				ORDER BY p.ID",
				array_merge( array( $key ), $values )
			)
		);
		// phpcs:enable
	}

	/**
	 * Stores the file and makes its attachment; the sizes come later.
	 *
	 * @param Download $download The image.
	 * @param Picture  $picture  What is said about it.
	 * @param int      $post_id  The post.
	 * @return int The attachment.
	 * @throws ImageError When WordPress cannot.
	 */
	private static function insert( Download $download, Picture $picture, $post_id ) {
		$extension = Download::EXTENSIONS[ $download->mime ];
		$file      = array(
			'name'     => self::file_name( $picture, $download->hash ) . '.' . $extension,
			'tmp_name' => $download->file,
			'type'     => $download->mime,
			'size'     => (int) filesize( $download->file ),
			'error'    => 0,
		);
		$stored    = wp_handle_sideload(
			$file,
			array(
				'test_form' => false,
				'test_type' => false,
			)
		);
		if ( isset( $stored['error'] ) ) {
			throw new ImageError( ImageError::NOT_STORED, 'WordPress cannot store the image: ' . $stored['error'] );
		}
		$title = '' !== $picture->alt ? esc_html( $picture->alt ) : get_post_field( 'post_title', $post_id, 'raw' );
		$id    = wp_insert_attachment(
			wp_slash(
				array(
					'post_mime_type' => $download->mime,
					'guid'           => $stored['url'],
					'post_title'     => Charset::fit( $title, 'posts', 'post_title' ),
					'post_excerpt'   => Charset::fit( $picture->caption, 'posts', 'post_excerpt' ),
					'meta_input'     => array(
						// In this order: PHP may die between any two, and what is found by its hash is used.
						'_wp_attached_file' => _wp_relative_upload_path( $stored['file'] ),
						self::META_PENDING  => 0,
						self::META_HASH     => $download->hash,
						self::META_SOURCE   => $picture->key(),
					),
				)
			),
			$stored['file'],
			$post_id,
			true
		);
		if ( is_wp_error( $id ) ) {
			wp_delete_file( $stored['file'] );
			throw new ImageError( ImageError::NOT_STORED, 'WordPress cannot store the image: ' . $id->get_error_message() );
		}
		return (int) $id;
	}

	/**
	 * A name for the file, of what the image shows and of its bytes. Nothing of it is the sender's choice.
	 *
	 * @param Picture $picture What is said about it.
	 * @param string  $hash    SHA-256 of its bytes.
	 * @return string Without an extension.
	 */
	private static function file_name( Picture $picture, $hash ) {
		$words = (string) preg_replace( '/[^a-z0-9]+/', '-', strtolower( remove_accents( $picture->alt ) ) );
		$words = trim( substr( trim( $words, '-' ), 0, 60 ), '-' );
		return ( '' !== $words ? $words : 'image' ) . '-' . substr( $hash, 0, 8 );
	}

	/**
	 * Remembers another address of an image.
	 *
	 * @param int    $id  The attachment.
	 * @param string $key Name of the address.
	 */
	private static function remember_source( $id, $key ) {
		$known = get_post_meta( $id, self::META_SOURCE );
		if ( in_array( $key, $known, true ) ) {
			return;
		}
		if ( count( $known ) >= self::SOURCES_MAX ) {
			delete_post_meta( $id, self::META_SOURCE, $known[0] );
		}
		add_post_meta( $id, self::META_SOURCE, $key );
	}
}
