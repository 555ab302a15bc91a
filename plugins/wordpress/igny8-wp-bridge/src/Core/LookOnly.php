<?php
/**
 * Looking without writing.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * Keeps every statement from the database that could change a row, whoever sends it: WordPress keeps what it
 * has looked up in options, and so do other plugins when they are asked.
 */
final class LookOnly {

	// A question, or what concerns this connection alone.
	const QUESTION = '/\A(?>\s+|\(|\/\*.*?\*\/|(?:--\s|#)[^\n]*\n)*(?:SELECT|SHOW|DESCRIBE|DESC|EXPLAIN|SET\s+(?:SESSION\s|NAMES\b|@@session))\b/is';
	const BYTES    = 2000;

	/**
	 * How many are looking.
	 *
	 * @var int
	 */
	private static $looking = 0;

	/**
	 * Does something without changing a row.
	 *
	 * @param callable $look What to do.
	 * @return mixed What it returns.
	 */
	public static function during( callable $look ) {
		add_filter( 'query', array( self::class, 'let_through' ), PHP_INT_MAX );
		++self::$looking;
		try {
			return $look();
		} finally {
			--self::$looking;
			remove_filter( 'query', array( self::class, 'let_through' ), PHP_INT_MAX );
		}
	}

	/**
	 * Whether nothing may be written.
	 *
	 * @return bool
	 */
	public static function is_on() {
		return self::$looking > 0;
	}

	/**
	 * For `query`: lets questions through.
	 *
	 * @param string $query The statement.
	 * @return string For all else one that finds nothing and changes nothing: an empty one is an error to some.
	 */
	public static function let_through( $query ) {
		global $wpdb;
		return 1 === preg_match( self::QUESTION, substr( (string) $query, 0, self::BYTES ) ) ? $query : "SELECT option_id FROM $wpdb->options WHERE 0 = 1";
	}
}
