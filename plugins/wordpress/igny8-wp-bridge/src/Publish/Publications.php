<?php
/**
 * The table of publications.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Database;
use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\Table;

defined( 'ABSPATH' ) || exit;

// The table is ours and must be read past every cache: it is what keeps one content from becoming two
// posts.
// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared

/**
 * Knows what was published here, content by content; `Claims` writes it. A row that cannot be read is not
 * one that is not there.
 */
final class Publications {

	/**
	 * Name of the table.
	 *
	 * @var string
	 */
	private $table;

	/**
	 * Looks up the name of the table on this blog.
	 */
	public function __construct() {
		$this->table = self::table();
	}

	/**
	 * The name of the table on this blog.
	 *
	 * @return string
	 */
	public static function table() {
		global $wpdb;
		return $wpdb->prefix . 'igny8_publications';
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
				content_id bigint(20) unsigned NOT NULL,
				post_id bigint(20) unsigned NOT NULL DEFAULT 0,
				rev bigint(20) unsigned NOT NULL DEFAULT 0,
				operation_id varchar(191) NOT NULL DEFAULT '',
				state varchar(16) NOT NULL DEFAULT '',
				token varchar(32) NOT NULL DEFAULT '',
				heartbeat bigint(20) unsigned NOT NULL DEFAULT 0,
				result longtext NOT NULL,
				fingerprint varchar(191) NOT NULL DEFAULT '',
				watch longtext NOT NULL,
				updated_at bigint(20) unsigned NOT NULL DEFAULT 0,
				PRIMARY KEY  (content_id),
				KEY post_id (post_id)
			) $charset;"
		);
		LostRows::notice_new_table();
	}

	/**
	 * Reads a content's row.
	 *
	 * @param int $content_id The content.
	 * @return Claim|null
	 * @throws DatabaseError When there is no table and none can be made: then nobody knows.
	 */
	public function find( $content_id ) {
		$row = Table::ask(
			$this->table,
			function () use ( $content_id ) {
				global $wpdb;
				return $wpdb->get_row( $wpdb->prepare( "SELECT * FROM $this->table WHERE content_id = %d", $content_id ) );
			}
		);
		return $row ? Claim::from_row( $row ) : null;
	}

	/**
	 * Reads a content's row, and brings it back where it was lost: then none means that there never was one.
	 *
	 * @param int $content_id The content.
	 * @return Claim|null
	 * @throws DatabaseError When there is no table and none can be made: then nobody knows.
	 */
	public function look_up( $content_id ) {
		$last = LostRows::last();
		$rows = (array) Table::ask(
			$this->table,
			function () use ( $content_id, $last ) {
				global $wpdb;
				return $wpdb->get_results( $wpdb->prepare( "SELECT * FROM $this->table WHERE content_id IN ( %d, %d )", $content_id, $last ), OBJECT_K );
			}
		);
		if ( $last && ! isset( $rows[ $last ] ) ) {
			LostRows::notice();
		}
		if ( isset( $rows[ $content_id ] ) ) {
			return Claim::from_row( $rows[ $content_id ] );
		}
		return LostRows::bring_back( $content_id ) ? $this->find( $content_id ) : null;
	}

	/**
	 * The content that a post belongs to.
	 *
	 * @param int $post_id The post.
	 * @return int 0 when it belongs to none.
	 * @throws DatabaseError When the database does not say.
	 */
	public function content_of_post( $post_id ) {
		$ask        = function () use ( $post_id ) {
			global $wpdb;
			return $wpdb->get_var( $wpdb->prepare( "SELECT content_id FROM $this->table WHERE post_id = %d LIMIT 1", $post_id ) );
		};
		$content_id = (int) Table::ask( $this->table, $ask );
		return ! $content_id && LostRows::bring_back_of_post( $post_id ) ? (int) Database::read( $ask ) : $content_id;
	}

	/**
	 * The posts of contents that have a term.
	 *
	 * @param int $tt_id The term's id in its taxonomy.
	 * @param int $limit How many at most.
	 * @return int[]
	 * @throws DatabaseError When the database does not say.
	 */
	public function posts_with_term( $tt_id, $limit ) {
		$ask = function () use ( $tt_id, $limit ) {
			global $wpdb;
			return $wpdb->get_col( $wpdb->prepare( "SELECT r.object_id FROM $wpdb->term_relationships r JOIN $this->table p ON p.post_id = r.object_id WHERE r.term_taxonomy_id = %d LIMIT %d", $tt_id, $limit ) );
		};
		return array_map( 'intval', (array) Table::ask( $this->table, $ask ) );
	}

	/**
	 * The contents that something was done about last.
	 *
	 * @param int $limit How many at most.
	 * @return array<int, array{0: Claim, 1: int}> Rows with the Unix time of their last change, newest first.
	 * @throws DatabaseError When the database does not say.
	 */
	public function latest( $limit ) {
		$ask  = function () use ( $limit ) {
			global $wpdb;
			return $wpdb->get_results( $wpdb->prepare( "SELECT * FROM $this->table ORDER BY updated_at DESC, content_id DESC LIMIT %d", $limit ) );
		};
		$rows = (array) Table::ask( $this->table, $ask );
		return array_map(
			static function ( $row ) {
				return array( Claim::from_row( $row ), (int) $row->updated_at );
			},
			$rows
		);
	}
}
