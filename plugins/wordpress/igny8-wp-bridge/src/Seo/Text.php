<?php
/**
 * Text as SEO fields hold it.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Seo;

use Igny8\Bridge\Core\Charset;
use Igny8\Bridge\Core\Warnings;

defined( 'ABSPATH' ) || exit;

/**
 * Payload texts are HTML text, with entities; an SEO field is what a person types into a box, and is
 * escaped when it is printed.
 */
final class Text {

	/**
	 * Turns HTML text into plain text in one line. `<` stays an entity: every SEO plugin would take
	 * what follows it for markup, and all print the entity as it is.
	 *
	 * @param string        $html     HTML text.
	 * @param Warnings|null $warnings Gets told when the database cannot hold it.
	 * @param string        $field    Field of the payload.
	 * @return string
	 */
	public static function plain( $html, ?Warnings $warnings = null, $field = '' ) {
		$text = wp_strip_all_tags( wp_pre_kses_less_than( wp_check_invalid_utf8( $html ) ) );
		$text = strtr(
			$text,
			array(
				'&gt;'   => '>',
				'&quot;' => '"',
				'&#039;' => "'",
				'&#39;'  => "'",
			)
		);
		// An ampersand that would become the beginning of another entity stays one itself.
		$text = preg_replace( '/&amp;(?!#?[0-9A-Za-z]+;)/', '&', $text );
		$text = trim( (string) preg_replace( '/[\s\x00-\x1F\x7F]+/u', ' ', (string) $text ) );
		return Charset::fit( $text, 'postmeta', 'meta_value', $warnings, $field );
	}

	/**
	 * Plain keywords, each fit for a list that is separated by commas.
	 *
	 * @param string[] $keywords HTML texts.
	 * @return string[]
	 */
	public static function keywords( array $keywords ) {
		$plain = array();
		foreach ( $keywords as $keyword ) {
			$plain[] = self::plain( str_replace( ',', ' ', $keyword ) );
		}
		return array_values( array_unique( array_filter( $plain, 'strlen' ) ) );
	}

	/**
	 * Puts keywords into one list.
	 *
	 * @param string   $first The focus keyword, or ''.
	 * @param string[] $more  The others.
	 * @return string
	 */
	public static function joined( $first, array $more ) {
		return implode( ',', array_unique( array_filter( array_merge( array( $first ), $more ), 'strlen' ) ) );
	}

	/**
	 * Takes a list apart.
	 *
	 * @param string $keywords Keywords, separated by commas.
	 * @return string[]
	 */
	public static function split( $keywords ) {
		return array_values( array_filter( array_map( 'trim', explode( ',', $keywords ) ), 'strlen' ) );
	}
}
