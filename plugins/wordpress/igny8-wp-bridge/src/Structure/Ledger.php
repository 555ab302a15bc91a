<?php
/**
 * The table of what the backend was told last.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Structure;

defined( 'ABSPATH' ) || exit;

/**
 * Keeps, for each post that the backend knows as its own, status and fingerprint as they were told last, and
 * a digest of both: two sides that agree have the same sums of digests, whatever else they store.
 */
final class Ledger {

	/**
	 * The name of the table on this blog.
	 *
	 * @return string
	 */
	public static function table() {
		global $wpdb;
		return $wpdb->prefix . 'igny8_ledger';
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
				post_id bigint(20) unsigned NOT NULL,
				post_type varchar(20) NOT NULL DEFAULT '',
				post_status varchar(20) NOT NULL DEFAULT '',
				fingerprint varchar(255) NOT NULL DEFAULT '',
				a bigint(20) unsigned NOT NULL DEFAULT 0,
				b bigint(20) unsigned NOT NULL DEFAULT 0,
				checked_at bigint(20) unsigned NOT NULL DEFAULT 0,
				PRIMARY KEY  (post_id),
				KEY type_post (post_type,post_id),
				KEY checked_at (checked_at)
			) $charset;"
		);
	}

	/**
	 * The digest of a post: two 31-bit numbers, so that their sums fit every database and language.
	 *
	 * @param int    $post_id     The post.
	 * @param string $status      Its status.
	 * @param string $fingerprint Its fingerprint.
	 * @return int[] `a` and `b`: bytes 0 to 3 and 4 to 7 of the SHA-256, big endian, without the top bit.
	 */
	public static function digest( $post_id, $status, $fingerprint ) {
		$bytes = hash( 'sha256', "$post_id:$status:$fingerprint", true );
		return array( self::number( $bytes, 0 ), self::number( $bytes, 4 ) );
	}

	/**
	 * Four bytes as a number of 31 bits.
	 *
	 * @param string $bytes  The bytes.
	 * @param int    $offset Which.
	 * @return int
	 */
	private static function number( $bytes, $offset ) {
		return unpack( 'N', substr( $bytes, $offset, 4 ) )[1] & 0x7fffffff;
	}
}
