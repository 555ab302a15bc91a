<?php
/**
 * What the site's owner has switched on.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Structure;

use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\PostTypes;

defined( 'ABSPATH' ) || exit;

/**
 * Reads one small option: `operations` (IGNY8 may publish here), `two_way` (IGNY8 is told of posts that
 * are not its own), `second_door` (the routes are answered beside REST, too), `types` (which post types
 * and taxonomies, by name: `enabled`, `fetch_limit`).
 */
final class Switches {

	const DEFAULT_ON = array( 'post', 'page', 'category', 'post_tag' );
	const LIMIT_ON   = 100;
	const LIMIT_OFF  = 50;

	/**
	 * Whether IGNY8 may publish here.
	 *
	 * @return bool
	 */
	public static function may_publish() {
		return (bool) ( self::stored()['operations'] ?? true );
	}

	/**
	 * Whether posts that are not IGNY8's own are told of.
	 *
	 * @return bool
	 */
	public static function two_way() {
		return (bool) ( self::stored()['two_way'] ?? false );
	}

	/**
	 * Whether the routes are also answered beside the REST API, at `/?igny8-bridge=<route>`.
	 *
	 * @return bool
	 */
	public static function second_door() {
		/**
		 * Filters whether the bridge answers beside the REST API.
		 *
		 * @param bool $open Whether the switch in the settings is on (default).
		 */
		return (bool) apply_filters( 'igny8_second_door', (bool) ( self::stored()['second_door'] ?? true ) );
	}

	/**
	 * Whether a post type or taxonomy is switched on.
	 *
	 * @param string $name Its name.
	 * @return bool
	 */
	public static function is_enabled( $name ) {
		return (bool) ( self::stored()['types'][ $name ]['enabled'] ?? in_array( $name, self::DEFAULT_ON, true ) );
	}

	/**
	 * How many of a type are fetched in one run.
	 *
	 * @param string $name Its name.
	 * @return int
	 */
	public static function fetch_limit( $name ) {
		return max( 1, (int) ( self::stored()['types'][ $name ]['fetch_limit'] ?? ( self::is_enabled( $name ) ? self::LIMIT_ON : self::LIMIT_OFF ) ) );
	}

	/**
	 * Whether posts of a type that are not IGNY8's own are told of.
	 *
	 * @param string $post_type The type.
	 * @return bool
	 */
	public static function is_told( $post_type ) {
		return self::two_way() && self::is_enabled( $post_type ) && in_array( $post_type, PostTypes::allowed(), true );
	}

	/**
	 * What is stored.
	 *
	 * @return array<string, mixed>
	 */
	private static function stored() {
		$stored = get_option( Options::SWITCHES, array() );
		return is_array( $stored ) ? $stored : array();
	}
}
