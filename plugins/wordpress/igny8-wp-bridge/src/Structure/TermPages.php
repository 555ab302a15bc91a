<?php
/**
 * Pages of terms.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Structure;

use Igny8\Bridge\Core\Database;
use Igny8\Bridge\Core\DatabaseError;

defined( 'ABSPATH' ) || exit;

// As the database has them now, whatever plugins make of them for visitors.
// phpcs:disable WordPress.DB.DirectDatabaseQuery

/**
 * Reads the terms of a taxonomy by ascending id, so that a page can be asked for again.
 */
final class TermPages {

	/**
	 * One page.
	 *
	 * @param string $taxonomy The taxonomy.
	 * @param int    $after    Terms with a higher id; 0 for all.
	 * @param int    $limit    How many at most.
	 * @return array{items: array, next_after: int|null, more: bool} `next_after` is where to go on, null at the end.
	 * @throws DatabaseError When the database does not say.
	 */
	public static function page( $taxonomy, $after, $limit ) {
		$rows  = (array) Database::read(
			static function () use ( $taxonomy, $after, $limit ) {
				global $wpdb;
				return $wpdb->get_results( $wpdb->prepare( "SELECT t.term_id, t.name, t.slug, x.parent, x.count FROM $wpdb->term_taxonomy x JOIN $wpdb->terms t ON t.term_id = x.term_id WHERE x.taxonomy = %s AND x.term_id > %d ORDER BY x.term_id LIMIT %d", $taxonomy, $after, $limit + 1 ) );
			}
		);
		$items = array_map( array( self::class, 'told' ), array_slice( $rows, 0, $limit ) );
		$more  = count( $rows ) > $limit;
		return array(
			'items'      => $items,
			'next_after' => $more ? $items[ $limit - 1 ]['id'] : null,
			'more'       => $more,
		);
	}

	/**
	 * The taxonomies whose terms are told.
	 *
	 * @return string[] Names.
	 */
	public static function taxonomies() {
		return array_values( get_taxonomies( array( 'public' => true ) ) );
	}

	/**
	 * A term in the words of the protocol.
	 *
	 * @param object $row With term_id, name, slug, parent and count.
	 * @return array{id: int, name: string, slug: string, parent: int, count: int}
	 */
	public static function told( $row ) {
		return array(
			'id'     => (int) $row->term_id,
			'name'   => (string) $row->name,
			'slug'   => (string) $row->slug,
			'parent' => (int) $row->parent,
			'count'  => (int) $row->count,
		);
	}
}
