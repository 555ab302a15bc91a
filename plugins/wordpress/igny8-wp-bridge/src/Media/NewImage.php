<?php
/**
 * An image that the library does not have yet.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media;

use Igny8\Bridge\Core\Charset;
use Igny8\Bridge\Core\Fault;

defined( 'ABSPATH' ) || exit;

/**
 * Stores a downloaded file among the uploads and makes its attachment.
 */
final class NewImage {

	// Another request may reserve the very name that was free a moment ago.
	const NAMES_MAX = 5;

	/**
	 * Stores the file and makes its attachment; the sizes come later.
	 *
	 * @param Download $download The image.
	 * @param Picture  $picture  What is said about it.
	 * @param int      $post_id  The post.
	 * @return int The attachment.
	 * @throws ImageError When WordPress cannot.
	 */
	public static function store( Download $download, Picture $picture, $post_id ) {
		$extension = Download::EXTENSIONS[ $download->mime ];
		$file      = array(
			'name'     => self::file_name( $picture, $download->hash ) . '.' . $extension,
			'tmp_name' => $download->file,
			'type'     => $download->mime,
			'size'     => (int) filesize( $download->file ),
			'error'    => 0,
		);
		$begun     = '';
		$stored    = wp_handle_sideload(
			$file,
			array(
				'test_form'                => false,
				'test_type'                => false,
				'unique_filename_callback' => static function ( $folder, $name ) use ( $post_id, &$begun ) {
					$name  = self::reserve( $folder, $name, $post_id );
					$begun = _wp_relative_upload_path( "$folder/$name" );
					return $name;
				},
			)
		);
		if ( isset( $stored['error'] ) ) {
			self::give_up( $begun );
			throw new ImageError( ImageError::NOT_STORED, Fault::told( 'WordPress cannot store the image.', (string) $stored['error'] ) );
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
						Library::META_PENDING => 0,
						Library::META_HASH => $download->hash,
						Library::META_SOURCE => $picture->key(),
					),
				)
			),
			$stored['file'],
			$post_id,
			true
		);
		if ( is_wp_error( $id ) ) {
			self::give_up( $begun );
			throw new ImageError( ImageError::NOT_STORED, Fault::told( 'WordPress cannot store the image.', $id ) );
		}
		ImageIndex::end_file( $begun );
		return (int) $id;
	}

	/**
	 * Removes a file that could not be stored.
	 *
	 * @param string $path Relative to the folder of uploads; empty when none was begun.
	 */
	private static function give_up( $path ) {
		if ( '' !== $path ) {
			wp_delete_file( wp_get_upload_dir()['basedir'] . '/' . $path );
			ImageIndex::end_file( $path );
		}
	}

	/**
	 * Reserves a name for a file. Two requests that bring the same image at once would find the same name
	 * free, and the one that steps back would take the other's file with it. It is written down first: PHP
	 * may be killed right after.
	 *
	 * @param string $folder  Where it goes.
	 * @param string $name    The name that it would have.
	 * @param int    $post_id The post that it is for.
	 * @return string The name that it has.
	 */
	private static function reserve( $folder, $name, $post_id ) {
		for ( $try = 0; $try < self::NAMES_MAX; $try++ ) {
			$name = wp_unique_filename( $folder, $name );
			ImageIndex::begin_file( _wp_relative_upload_path( "$folder/$name" ), $post_id );
			// phpcs:ignore WordPress.WP.AlternativeFunctions, Generic.PHP.NoSilencedErrors -- WordPress has no way to make a file only if there is none.
			$file = @fopen( "$folder/$name", 'x' );
			if ( $file ) {
				fclose( $file ); // phpcs:ignore WordPress.WP.AlternativeFunctions
				break;
			}
		}
		return $name;
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
}
