<?php
/**
 * The table of images.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media;

use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\Fault;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\Table;

defined( 'ABSPATH' ) || exit;

// The table is ours and is read and written past every cache: another request may just have stored the
// same image.
// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared, WordPress.DB.PreparedSQLPlaceholders

/**
 * Which attachment has which bytes, which one came from which address, and which files are being stored
 * right now. Meta says the first two as well, but meta has no index on its values: a library of 20,000
 * images would be read for each new one. Its primary key also decides who stores an image that two
 * requests bring at once.
 */
final class ImageIndex {

	const BYTES   = 'bytes';
	const ADDRESS = 'address';
	const FILE    = 'file';

	/**
	 * The name of the table on this blog.
	 *
	 * @return string
	 */
	public static function table() {
		global $wpdb;
		return $wpdb->prefix . 'igny8_images';
	}

	/**
	 * Makes or changes the table. Needs wp-admin/includes/upgrade.php.
	 */
	public static function create() {
		global $wpdb;
		$table   = self::table();
		$charset = $wpdb->get_charset_collate();
		dbDelta(
			"CREATE TABLE $table (
				kind varchar(8) NOT NULL,
				hash varchar(64) NOT NULL,
				attachment_id bigint(20) unsigned NOT NULL DEFAULT 0,
				detail text NOT NULL,
				updated_at bigint(20) unsigned NOT NULL DEFAULT 0,
				PRIMARY KEY  (kind,hash),
				KEY attachment_id (attachment_id)
			) $charset;"
		);
		LostImages::notice_new_table();
	}

	/**
	 * Attachments by address, with what is remembered of each.
	 *
	 * @param string[] $keys Names of addresses.
	 * @return array<string, array{id: int, detail: array<string, string>}> By name.
	 */
	public static function by_address( array $keys ) {
		return self::rows( self::ADDRESS, $keys );
	}

	/**
	 * The attachment with these bytes.
	 *
	 * @param string $hash SHA-256.
	 * @return int 0 when there is none.
	 */
	public static function by_bytes( $hash ) {
		$rows = self::rows( self::BYTES, array( $hash ) );
		return $rows ? $rows[ $hash ]['id'] : 0;
	}

	/**
	 * Remembers which attachment an address leads to.
	 *
	 * @param string                $key    Name of the address.
	 * @param int                   $id     The attachment.
	 * @param array<string, string> $detail What its server said of it, and for whom it was asked.
	 */
	public static function set_address( $key, $id, array $detail ) {
		global $wpdb;
		$wpdb->replace( self::table(), self::row( self::ADDRESS, $key, $id, $detail ) );
	}

	/**
	 * Names an attachment for its bytes, unless there is another one already.
	 *
	 * @param string $hash SHA-256.
	 * @param int    $id   The attachment.
	 * @param int    $dead One that is named, but is not there any more; 0 for none.
	 * @return int The attachment that is named from now on.
	 */
	public static function claim_bytes( $hash, $id, $dead ) {
		global $wpdb;
		$table = self::table();
		if ( $dead ) {
			$wpdb->query( $wpdb->prepare( "UPDATE $table SET attachment_id = %d, updated_at = %d WHERE kind = %s AND hash = %s AND attachment_id = %d", $id, Clock::now(), self::BYTES, $hash, $dead ) );
		} else {
			self::add( array( self::row( self::BYTES, $hash, $id, array() ) ) );
		}
		$named = self::by_bytes( $hash );
		return $named ? $named : $id;
	}

	/**
	 * Adds rows; those that are there stay.
	 *
	 * @param array[] $rows As row() makes them.
	 * @return bool False when the table cannot be written.
	 */
	public static function add( array $rows ) {
		global $wpdb;
		$table  = self::table();
		$values = array();
		foreach ( $rows as $row ) {
			$values[] = $wpdb->prepare( '(%s, %s, %d, %s, %d)', $row['kind'], $row['hash'], $row['attachment_id'], $row['detail'], $row['updated_at'] );
		}
		return ! $values || false !== $wpdb->query( "INSERT IGNORE INTO $table (kind, hash, attachment_id, detail, updated_at) VALUES " . implode( ', ', $values ) );
	}

	/**
	 * Remembers a file that is about to be stored: whoever is killed before it has an attachment leaves it
	 * behind.
	 *
	 * @param string $path    Relative to the folder of uploads.
	 * @param int    $post_id The post that it is for.
	 */
	public static function begin_file( $path, $post_id ) {
		global $wpdb;
		$detail = array(
			'path'    => $path,
			'post_id' => (string) $post_id,
		);
		$wpdb->replace( self::table(), self::row( self::FILE, hash( 'sha256', $path ), 0, $detail ) );
	}

	/**
	 * Forgets a file: it has an attachment, or is gone.
	 *
	 * @param string $path Relative to the folder of uploads.
	 */
	public static function end_file( $path ) {
		global $wpdb;
		$wpdb->delete(
			self::table(),
			array(
				'kind' => self::FILE,
				'hash' => hash( 'sha256', $path ),
			)
		);
	}

	/**
	 * Files that were begun and not ended.
	 *
	 * @param int $before Unix time: later ones may still be at work.
	 * @param int $limit  How many at most.
	 * @return array<int, array<string, string>> With path and post_id.
	 */
	public static function unfinished_files( $before, $limit ) {
		global $wpdb;
		$table = self::table();
		$rows  = $wpdb->get_col( $wpdb->prepare( "SELECT detail FROM $table WHERE kind = %s AND updated_at < %d LIMIT %d", self::FILE, $before, $limit ) );
		return array_filter( array_map( array( self::class, 'decoded' ), (array) $rows ) );
	}

	/**
	 * Forgets an attachment.
	 *
	 * @param int $id The attachment.
	 */
	public static function forget( $id ) {
		global $wpdb;
		$wpdb->delete( self::table(), array( 'attachment_id' => (int) $id ) );
	}

	/**
	 * Whether an attachment is named.
	 *
	 * @param int $id The attachment.
	 * @return bool
	 * @throws \RuntimeException When the database does not say.
	 */
	public static function names( $id ) {
		$table = self::table();
		$ask   = static function () use ( $table, $id ) {
			global $wpdb;
			return $wpdb->get_var( $wpdb->prepare( "SELECT 1 FROM $table WHERE attachment_id = %d LIMIT 1", $id ) );
		};
		return (bool) Table::ask( $table, $ask );
	}

	/**
	 * How many images are known by their bytes.
	 *
	 * @return int
	 */
	public static function count() {
		global $wpdb;
		$table = self::table();
		return (int) $wpdb->get_var( $wpdb->prepare( "SELECT COUNT(*) FROM $table WHERE kind = %s", self::BYTES ) );
	}

	/**
	 * A row.
	 *
	 * @param string                $kind   One of the constants.
	 * @param string                $hash   SHA-256 of what it is found by.
	 * @param int                   $id     The attachment.
	 * @param array<string, string> $detail What else is remembered.
	 * @return array<string, int|string>
	 */
	public static function row( $kind, $hash, $id, array $detail ) {
		return array(
			'kind'          => $kind,
			'hash'          => $hash,
			'attachment_id' => $id,
			'detail'        => $detail ? (string) wp_json_encode( $detail ) : '',
			'updated_at'    => Clock::now(),
		);
	}

	/**
	 * Rows of one kind. Where the database does not say, an image is stored a second time at worst: an
	 * article does not fail by its images.
	 *
	 * @param string   $kind   One of the constants.
	 * @param string[] $hashes What is looked for.
	 * @return array<string, array{id: int, detail: array<string, string>}> By hash.
	 */
	private static function rows( $kind, array $hashes ) {
		global $wpdb;
		if ( ! $hashes ) {
			return array();
		}
		$table = self::table();
		$marks = implode( ', ', array_fill( 0, count( $hashes ), '%s' ) );
		$found = array();
		$query = $wpdb->prepare( "SELECT hash, attachment_id, detail FROM $table WHERE kind = %s AND hash IN ( $marks )", array_merge( array( $kind ), $hashes ) );
		$ask   = static function () use ( $query ) {
			global $wpdb;
			return $wpdb->get_results( $query );
		};
		try {
			$rows = Table::ask( $table, $ask );
		} catch ( \RuntimeException $error ) {
			Options::remember_error( 'images_unreadable', Fault::told( 'Which images are in the library already cannot be looked up: the database refuses it.', $error ) );
			$rows = array();
		}
		foreach ( (array) $rows as $row ) {
			$found[ $row->hash ] = array(
				'id'     => (int) $row->attachment_id,
				'detail' => self::decoded( $row->detail ),
			);
		}
		return $found;
	}

	/**
	 * What else is remembered, as texts.
	 *
	 * @param string $detail JSON, or nothing.
	 * @return array<string, string>
	 */
	private static function decoded( $detail ) {
		$values = json_decode( (string) $detail, true );
		return is_array( $values ) ? array_filter( $values, 'is_string' ) : array();
	}
}
