<?php
/**
 * Which posts are asked for.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Structure;

use Igny8\Bridge\Core\Database;
use Igny8\Bridge\Core\DatabaseError;

defined( 'ABSPATH' ) || exit;

// WP_Query cannot page by id.
// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL, WordPress.DB.PreparedSQLPlaceholders

/**
 * Finds ids of posts of a type above an id, ascending. The list is read from the index of types, so that the last page
 * of a large site costs what the first one does. Filters look at some thousands of posts at once: where
 * few of them are meant a page may be empty, and still there is more.
 */
final class PostQuery {

	const LOOKED_AT = 20000;

	/**
	 * The type.
	 *
	 * @var string
	 */
	private $type;

	/**
	 * Statuses.
	 *
	 * @var string[]
	 */
	private $statuses;

	/**
	 * SQL of further conditions; prepared.
	 *
	 * @var string[]
	 */
	private $where = array();

	/**
	 * Takes what is asked.
	 *
	 * @param string                    $type     The post type.
	 * @param string[]                  $statuses Statuses.
	 * @param array<string, int|string> $filters  `author`, `tt_id` (a term, by its id in its taxonomy), and as the
	 *                                            database writes times `date_after`, `date_before`, `modified_after`.
	 */
	public function __construct( $type, array $statuses, array $filters ) {
		global $wpdb;
		$this->type     = $type;
		$this->statuses = $statuses;
		$conditions     = array(
			'author'         => 'p.post_author = %d',
			'tt_id'          => "EXISTS ( SELECT 1 FROM $wpdb->term_relationships r WHERE r.object_id = p.ID AND r.term_taxonomy_id = %d )",
			// Drafts that never had one have no date: they are neither before nor after.
			'date_after'     => 'p.post_date_gmt > %s',
			'date_before'    => "p.post_date_gmt < %s AND p.post_date_gmt > '1000-01-01 00:00:00'",
			'modified_after' => 'p.post_modified_gmt > %s',
		);
		foreach ( array_intersect_key( $conditions, $filters ) as $name => $condition ) {
			$this->where[] = $wpdb->prepare( $condition, $filters[ $name ] );
		}
	}

	/**
	 * Ids above an id.
	 *
	 * @param int $after The id.
	 * @param int $limit How many at most.
	 * @return array{0: array<int, string>, 1: int|null} Statuses by id, and where to go on; null at the end.
	 * @throws DatabaseError When the database does not say.
	 */
	public function after( $after, $limit ) {
		if ( ! $this->where ) {
			$found = $this->rows( $after, array(), $limit + 1 );
			$ids   = array_slice( $found, 0, $limit, true );
			return array( $ids, count( $found ) > $limit ? (int) array_key_last( $ids ) : null );
		}
		$end   = $this->end( $after );
		$until = null === $end ? array() : array( $this->until( $end ) );
		$found = $this->rows( $after, array_merge( $this->where, $until ), $limit + 1 );
		$ids   = array_slice( $found, 0, $limit, true );
		return array( $ids, count( $found ) > $limit ? (int) array_key_last( $ids ) : $end );
	}

	/**
	 * How many there are.
	 *
	 * @return int
	 * @throws DatabaseError When the database does not say.
	 */
	public function total() {
		return (int) $this->ask( 'get_var', "SELECT COUNT(*) FROM {$this->from()}" . $this->and_where( $this->where ) );
	}

	/**
	 * The last id that is looked at for one page.
	 *
	 * @param int $after Where the page begins.
	 * @return int|null Null when it may look at all that there are.
	 */
	private function end( $after ) {
		global $wpdb;
		$id = $this->ask( 'get_var', $wpdb->prepare( "SELECT p.ID FROM {$this->from()} AND p.ID > %d ORDER BY p.ID + 0 LIMIT 1 OFFSET %d", $after, self::LOOKED_AT - 1 ) );
		return null === $id ? null : (int) $id;
	}

	/**
	 * Posts above an id.
	 *
	 * @param int      $after The id.
	 * @param string[] $where Further conditions.
	 * @param int      $limit How many at most.
	 * @return array<int, string> Statuses by id.
	 */
	private function rows( $after, array $where, $limit ) {
		global $wpdb;
		// The sum keeps the database from reading every post of the site in the order of ids.
		$rows = (array) $this->ask( 'get_results', $wpdb->prepare( "SELECT p.ID, p.post_status FROM {$this->from()} AND p.ID > %d", $after ) . $this->and_where( $where ) . $wpdb->prepare( ' ORDER BY p.ID + 0 LIMIT %d', $limit ) );
		return array_map( 'strval', array_column( $rows, 'post_status', 'ID' ) );
	}

	/**
	 * A condition on the highest id.
	 *
	 * @param int $end The id.
	 * @return string
	 */
	private function until( $end ) {
		global $wpdb;
		return $wpdb->prepare( 'p.ID <= %d', $end );
	}

	/**
	 * Posts of the type with one of the statuses.
	 *
	 * @return string SQL, prepared.
	 */
	private function from() {
		global $wpdb;
		$marks = implode( ', ', array_fill( 0, count( $this->statuses ), '%s' ) );
		return $wpdb->prepare( "$wpdb->posts p WHERE p.post_type = %s AND p.post_status IN ( $marks )", array_merge( array( $this->type ), $this->statuses ) );
	}

	/**
	 * Conditions as SQL.
	 *
	 * @param string[] $where Prepared.
	 * @return string
	 */
	private function and_where( array $where ) {
		return $where ? ' AND ' . implode( ' AND ', $where ) : '';
	}

	/**
	 * Asks the database.
	 *
	 * @param string $how get_var or get_results.
	 * @param string $sql Prepared.
	 * @return mixed
	 * @throws DatabaseError When it does not say.
	 */
	private function ask( $how, $sql ) {
		return Database::read(
			static function () use ( $how, $sql ) {
				global $wpdb;
				return $wpdb->$how( $sql );
			}
		);
	}
}
