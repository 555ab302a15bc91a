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

	const BEYOND = '/[\x{10000}-\x{10ffff}]/u';

	/**
	 * Encodes what the column cannot hold.
	 *
	 * @param string        $text     The text.
	 * @param string        $table    Table without prefix: posts, terms.
	 * @param string        $column   The column.
	 * @param Warnings|null $warnings Gets told when something was encoded.
	 * @param string        $field    Field of the payload that the text came in.
	 * @return string
	 */
	public static function fit( $text, $table, $column, ?Warnings $warnings = null, $field = '' ) {
		global $wpdb;
		// Every column holds the rest: nobody has to ask the database about columns.
		if ( 1 !== preg_match( self::BEYOND, $text ) ) {
			return $text;
		}
		$charset = $wpdb->get_col_charset( $wpdb->$table, $column );
		if ( ! in_array( $charset, array( 'utf8', 'utf8mb3' ), true ) ) {
			return $text;
		}
		$fit = self::within_three_bytes( $text );
		if ( $warnings ) {
			$warnings->add( 'charset_limited', $field, "The database of this site ($charset) cannot hold every character: emoji and rare letters are written as entities. They show as they were sent." );
		}
		return $fit;
	}

	/**
	 * Writes every character from U+10000 in another way: rare ideographs and letters as well as emoji, also
	 * those that are younger than this WordPress. In the attributes of blocks, which are JSON, it is JSON's
	 * own escape, everywhere else an entity.
	 *
	 * @param string $text The text.
	 * @return string
	 */
	private static function within_three_bytes( $text ) {
		$parts = explode( '-->', $text );
		$last  = count( $parts ) - 1;
		foreach ( $parts as $number => $part ) {
			$begin = $number < $last ? strrpos( $part, '<!--' ) : false;
			if ( false === $begin || ! preg_match( '#\A<!--\s{1,9}wp:[a-z][\w/-]{0,200}\s{1,9}\{#', substr( $part, $begin, 250 ) ) ) {
				$begin = strlen( $part );
			}
			$parts[ $number ] = self::encoded( substr( $part, 0, $begin ), array( self::class, 'entity' ) ) . self::encoded( substr( $part, $begin ), array( self::class, 'escape' ) );
		}
		return implode( '-->', $parts );
	}

	/**
	 * Encodes the characters from U+10000.
	 *
	 * @param string   $text The text.
	 * @param callable $how  Encodes one character.
	 * @return string
	 */
	private static function encoded( $text, callable $how ) {
		return (string) preg_replace_callback( self::BEYOND, $how, $text );
	}

	/**
	 * A character as an entity of HTML.
	 *
	 * @param string[] $character The character.
	 * @return string
	 */
	private static function entity( array $character ) {
		return '&#x' . dechex( mb_ord( $character[0], 'UTF-8' ) ) . ';';
	}

	/**
	 * A character as JSON's escapes, two for each from U+10000.
	 *
	 * @param string[] $character The character.
	 * @return string
	 */
	private static function escape( array $character ) {
		return trim( (string) wp_json_encode( $character[0] ), '"' );
	}
}
