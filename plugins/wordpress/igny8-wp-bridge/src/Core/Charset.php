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
		return in_array( $charset, array( 'utf8', 'utf8mb3' ), true ) ? wp_encode_emoji( $text ) : $text;
	}
}
