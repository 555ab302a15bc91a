<?php
/**
 * The table of publications.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Clock;
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
	 * The contents that posts belong to.
	 *
	 * @param int[] $post_ids The posts.
	 * @return array<int, int> Contents by post, of those that belong to one.
	 * @throws DatabaseError When the database does not say.
	 */
	public function contents_of_posts( array $post_ids ) {
		$ask   = function () use ( $post_ids ) {
			global $wpdb;
			return $wpdb->get_results( "SELECT content_id, post_id FROM $this->table WHERE post_id IN (" . Table::numbers( $post_ids ) . ') ORDER BY content_id DESC' );
		};
		$found = $post_ids ? array_column( (array) Table::ask( $this->table, $ask ), 'content_id', 'post_id' ) : array();
		if ( array_filter( array_map( array( LostRows::class, 'bring_back_of_post' ), array_diff( $post_ids, array_keys( $found ) ) ) ) ) {
			$found = array_column( (array) Database::read( $ask ), 'content_id', 'post_id' );
		}
		return array_map( 'intval', $found );
	}

	/**
	 * The contents of posts that rows name, as they stand there.
	 *
	 * @param int[] $post_ids The posts.
	 * @return array<int, object> Rows with content_id, post_id, rev, state and result, by post.
	 * @throws DatabaseError When the database does not say.
	 */
	public function rows_of_posts( array $post_ids ) {
		$ask  = function () use ( $post_ids ) {
			global $wpdb;
			return $wpdb->get_results( "SELECT content_id, post_id, rev, state, result FROM $this->table WHERE post_id IN (" . Table::numbers( $post_ids ) . ') ORDER BY content_id' );
		};
		$rows = $post_ids ? (array) Table::ask( $this->table, $ask ) : array();
		return array_column( $rows, null, 'post_id' );
	}

	/**
	 * All contents whose rows name posts.
	 *
	 * @param int[] $post_ids The posts.
	 * @return array<int, int[]> Contents by post.
	 * @throws DatabaseError When the database does not say.
	 */
	public function owners_of_posts( array $post_ids ) {
		$ask    = function () use ( $post_ids ) {
			global $wpdb;
			return $wpdb->get_results( "SELECT post_id, content_id FROM $this->table WHERE post_id IN (" . Table::numbers( $post_ids ) . ')' );
		};
		$owners = array();
		foreach ( (array) Table::ask( $this->table, $ask ) as $row ) {
			$owners[ (int) $row->post_id ][] = (int) $row->content_id;
		}
		return $owners;
	}

	/**
	 * Adds rows for posts that become content; those of contents that have one stay.
	 *
	 * @param array[]            $items Of each post_id and content_id.
	 * @param array<int, string> $guids Guids by post.
	 * @throws DatabaseError When the database refuses.
	 */
	public function link( array $items, array $guids ) {
		global $wpdb;
		$values = array();
		foreach ( $items as $item ) {
			$result   = array(
				'content_id'   => $item['content_id'],
				'operation_id' => '',
				'rev'          => 0,
				'linked'       => hash( 'sha256', $guids[ $item['post_id'] ] ),
			);
			$values[] = $wpdb->prepare( "(%d, %d, 0, '', %s, %s, 0, %s, '', '', %d)", $item['content_id'], $item['post_id'], Claim::DONE, bin2hex( random_bytes( 16 ) ), wp_json_encode( $result ), Clock::now() );
		}
		Table::ask(
			$this->table,
			function () use ( $values ) {
				global $wpdb;
				return $wpdb->query( "INSERT IGNORE INTO $this->table (content_id, post_id, rev, operation_id, state, token, heartbeat, result, fingerprint, watch, updated_at) VALUES " . implode( ', ', $values ) );
			}
		);
	}

	/**
	 * Takes a link back to which nothing was published, or of which nobody is the content any more.
	 *
	 * @param int $content_id The content.
	 * @param int $post_id    The post.
	 */
	public function unlink( $content_id, $post_id ) {
		Table::ask(
			$this->table,
			function () use ( $content_id, $post_id ) {
				global $wpdb;
				return $wpdb->query( $wpdb->prepare( "DELETE FROM $this->table WHERE content_id = %d AND post_id = %d AND state = %s", $content_id, $post_id, Claim::DONE ) );
			}
		);
	}

	/**
	 * Whether a post was linked to a content, and nothing was published to it yet: it carries no marks.
	 *
	 * @param int    $content_id The content.
	 * @param int    $post_id    The post.
	 * @param string $guid       Its guid: the id alone may be another's after a restored backup.
	 * @return bool
	 * @throws DatabaseError When the database does not say.
	 */
	public function is_linked( $content_id, $post_id, $guid ) {
		$claim = $this->find( $content_id );
		return $claim && $claim->post_id === $post_id && hash( 'sha256', $guid ) === ( $claim->result['linked'] ?? null );
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
