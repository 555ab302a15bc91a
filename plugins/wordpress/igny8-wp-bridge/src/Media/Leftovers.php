<?php
/**
 * What killed runs leave on the disk.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media;

use Igny8\Bridge\Core\Clock;

defined( 'ABSPATH' ) || exit;

/**
 * Finds and removes files that PHP was killed over: temporary ones by a name that only this site gives, and
 * those in the uploads by what was written down before they were made. Nothing is taken for ours because
 * it looks like it.
 */
final class Leftovers {

	// No run is at work on a file for so long.
	const OLD_SECONDS = HOUR_IN_SECONDS;
	// Files that are looked at in one go.
	const LIMIT = 200;

	/**
	 * What the names of this site's temporary files begin with. Sites of one machine share their folder.
	 *
	 * @return string
	 */
	public static function temporary_name() {
		global $wpdb;
		return 'igny8-image-' . substr( hash( 'sha256', ABSPATH . '|' . DB_NAME . '|' . $wpdb->prefix ), 0, 12 );
	}

	/**
	 * Removes what is old enough.
	 */
	public static function remove() {
		require_once ABSPATH . 'wp-admin/includes/file.php';
		$before = Clock::now() - self::OLD_SECONDS;
		self::remove_temporary( $before );
		foreach ( ImageIndex::unfinished_files( $before, self::LIMIT ) as $file ) {
			self::settle( (string) ( $file['path'] ?? '' ), (int) ( $file['post_id'] ?? 0 ) );
		}
	}

	/**
	 * Removes temporary files.
	 *
	 * @param int $before Unix time.
	 */
	private static function remove_temporary( $before ) {
		$folder = get_temp_dir();
		$names  = is_readable( $folder ) ? (array) scandir( $folder ) : array();
		foreach ( array_slice( preg_grep( '/\A' . self::temporary_name() . '-\w+\.tmp\z/', $names ), 0, self::LIMIT ) as $name ) {
			if ( is_file( $folder . $name ) && filemtime( $folder . $name ) < $before ) {
				wp_delete_file( $folder . $name );
			}
		}
	}

	/**
	 * Brings a file to an end that was being stored: it is an image of the library, or it goes.
	 *
	 * @param string $path    Relative to the folder of uploads.
	 * @param int    $post_id The post that it was for.
	 */
	private static function settle( $path, $post_id ) {
		$uploads = wp_get_upload_dir();
		$id      = self::attachment_of( $path, $post_id, $uploads['baseurl'] );
		$hash    = $id ? (string) get_post_meta( $id, Library::META_HASH, true ) : '';
		if ( '' !== $hash ) {
			ImageIndex::claim_bytes( $hash, $id, 0 );
		} elseif ( $id ) {
			wp_delete_attachment( $id, true );
		}
		if ( '' === $hash && '' !== $path && 0 === validate_file( $path ) && ! self::is_somebodys( $path ) ) {
			wp_delete_file_from_directory( $uploads['basedir'] . '/' . $path, $uploads['basedir'] );
		}
		ImageIndex::end_file( $path );
	}

	/**
	 * The attachment of ours that was made of a file, whole or not. There is an index on the parent.
	 *
	 * @param string $path    Relative to the folder of uploads.
	 * @param int    $post_id The post that it was for.
	 * @param string $baseurl Address of the folder of uploads.
	 * @return int 0 when there is none.
	 */
	private static function attachment_of( $path, $post_id, $baseurl ) {
		global $wpdb;
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- once a day.
		$found = $wpdb->get_var( $wpdb->prepare( "SELECT ID FROM $wpdb->posts WHERE post_parent = %d AND post_type = 'attachment' AND guid = %s LIMIT 1", $post_id, "$baseurl/$path" ) );
		return (int) $found;
	}

	/**
	 * Whether somebody else has made an attachment of a file meanwhile.
	 *
	 * @param string $path Relative to the folder of uploads.
	 * @return bool
	 */
	private static function is_somebodys( $path ) {
		global $wpdb;
		// phpcs:ignore WordPress.DB -- once a day, and only for a file that is about to go.
		return (bool) $wpdb->get_var( $wpdb->prepare( "SELECT 1 FROM $wpdb->postmeta WHERE meta_key = '_wp_attached_file' AND meta_value = %s LIMIT 1", $path ) );
	}
}
