<?php
/**
 * What kinds of things a site has.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Structure;

use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\PostTypes;
use Igny8\Bridge\Publish\OwnTaxonomies;

defined( 'ABSPATH' ) || exit;

/**
 * Collects post types and taxonomies with their counts, in the words of `update-structure`.
 */
final class Structure {

	/**
	 * Collects them.
	 *
	 * @return array{post_types: object, taxonomies: object, plugin_connection_enabled: bool, two_way_sync_enabled: bool, timestamp: string}
	 */
	public static function collect() {
		return array(
			// Objects: an empty list would be written as [].
			'post_types'                => (object) self::post_types(),
			'taxonomies'                => (object) self::taxonomies(),
			'plugin_connection_enabled' => Switches::may_publish(),
			'two_way_sync_enabled'      => Switches::two_way(),
			'timestamp'                 => gmdate( 'Y-m-d\TH:i:s\Z', Clock::now() ),
		);
	}

	/**
	 * By what a structure is told from another. Leaves out the time, and the last digits of counts:
	 * they move with every post.
	 *
	 * @param array<string, mixed> $structure As collected.
	 * @return string
	 */
	public static function hash( array $structure ) {
		unset( $structure['timestamp'] );
		foreach ( array( 'post_types', 'taxonomies' ) as $part ) {
			$kinds = (array) $structure[ $part ];
			foreach ( $kinds as $name => $kind ) {
				$kinds[ $name ]['count'] = self::rounded( $kind['count'] );
			}
			ksort( $kinds );
			$structure[ $part ] = $kinds;
		}
		return hash( 'sha256', (string) wp_json_encode( $structure ) );
	}

	/**
	 * A count without its last digits: tens below 1000, above that the first two digits.
	 *
	 * @param int $count The count.
	 * @return int
	 */
	private static function rounded( $count ) {
		$unit = 10 ** max( 1, strlen( (string) $count ) - 2 );
		return intdiv( $count, $unit ) * $unit;
	}

	/**
	 * The post types that visitors read.
	 *
	 * @return array<string, array{label: string, count: int, enabled: bool, fetch_limit: int}>
	 */
	private static function post_types() {
		$found = array();
		foreach ( PostTypes::allowed() as $name ) {
			$counts         = wp_count_posts( $name );
			$found[ $name ] = self::kind( $name, (string) get_post_type_object( $name )->label, (int) ( $counts->publish ?? 0 ) );
		}
		return $found;
	}

	/**
	 * The taxonomies that visitors see. The bridge's own are the backend's idea anyway.
	 *
	 * @return array<string, array{label: string, count: int, enabled: bool, fetch_limit: int}>
	 */
	private static function taxonomies() {
		$found = array();
		foreach ( get_taxonomies( array( 'public' => true ), 'objects' ) as $name => $taxonomy ) {
			if ( 'post_format' === $name || in_array( $name, array( OwnTaxonomies::CLUSTER, OwnTaxonomies::SECTOR ), true ) ) {
				continue;
			}
			$count          = wp_count_terms(
				array(
					'taxonomy'   => $name,
					'hide_empty' => false,
				)
			);
			$found[ $name ] = self::kind( $name, (string) $taxonomy->label, is_wp_error( $count ) ? 0 : (int) $count );
		}
		return $found;
	}

	/**
	 * One post type or taxonomy.
	 *
	 * @param string $name  Its name.
	 * @param string $label For people.
	 * @param int    $count How many there are.
	 * @return array{label: string, count: int, enabled: bool, fetch_limit: int}
	 */
	private static function kind( $name, $label, $count ) {
		return array(
			'label'       => $label,
			'count'       => $count,
			'enabled'     => Switches::is_enabled( $name ),
			'fetch_limit' => Switches::fetch_limit( $name ),
		);
	}
}
