<?php
/**
 * Old databases that cannot hold emoji.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * Makes text fit a column. WordPress encodes emoji only where the charset is called exactly `utf8`;
 * MySQL 8 calls it `utf8mb3`, and the whole row is refused.
 */
final class Charset {

	/**
	 * Encodes what the column cannot hold.
	 *
	 * @param string $text   The text.
	 * @param string $table  Table without prefix: posts, terms.
	 * @param string $column The column.
	 * @return string
	 */
	public static function fit( $text, $table, $column ) {
		global $wpdb;
		$charset = $wpdb->get_col_charset( $wpdb->$table, $column );
		return in_array( $charset, array( 'utf8', 'utf8mb3' ), true ) ? self::within_three_bytes( $text ) : $text;
	}

	/**
	 * Writes every character from U+10000 as an entity: rare ideographs and letters as well as emoji, also
	 * those that are younger than this WordPress.
	 *
	 * @param string $text The text.
	 * @return string
	 */
	private static function within_three_bytes( $text ) {
		return (string) preg_replace_callback(
			'/[\x{10000}-\x{10ffff}]/u',
			static function ( $character ) {
				return '&#x' . dechex( mb_ord( $character[0], 'UTF-8' ) ) . ';';
			},
			$text
		);
	}
}
