<?php
/**
 * The table of what the backend was told last.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Structure;

use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\Fault;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\Table;
use Igny8\Bridge\Publish\Publications;

defined( 'ABSPATH' ) || exit;

// The table is ours and is read and written past every cache.
// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared

/**
 * Keeps, for each post that the backend knows as its own, status and fingerprint as they were told last, and
 * a digest of both: two sides that agree have the same sums of digests, whatever else they store.
 *
 * It is written by whoever tells: events, publishes, and reads that tell a fingerprint. Nothing fails because it
 * cannot be written: what is missing is told as unknown, and read anew.
 */
final class Ledger {

	// What one query reads of it.
	const ROWS_AT_ONCE = 20000;

	/**
	 * The name of the table on this blog.
	 *
	 * @return string
	 */
	public static function table() {
		global $wpdb;
		return $wpdb->prefix . 'igny8_ledger';
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
				post_id bigint(20) unsigned NOT NULL,
				post_type varchar(20) NOT NULL DEFAULT '',
				post_status varchar(20) NOT NULL DEFAULT '',
				fingerprint varchar(255) NOT NULL DEFAULT '',
				a bigint(20) unsigned NOT NULL DEFAULT 0,
				b bigint(20) unsigned NOT NULL DEFAULT 0,
				checked_at bigint(20) unsigned NOT NULL DEFAULT 0,
				PRIMARY KEY  (post_id),
				KEY type_post (post_type,post_id),
				KEY checked_at (checked_at)
			) $charset;"
		);
	}

	/**
	 * Notes what was told of posts.
	 *
	 * @param array[] $posts Of each its id, type, status and fingerprint.
	 */
	public static function note( array $posts ) {
		$rows = array();
		foreach ( $posts as list( $id, $type, $status, $fingerprint ) ) {
			$rows[] = array_merge( array( $id, $type, $status, $fingerprint ), self::digest( $id, $status, $fingerprint ), array( Clock::now() ) );
		}
		if ( $rows ) {
			self::attempt(
				static function () use ( $rows ) {
					global $wpdb;
					$table  = self::table();
					$values = array();
					foreach ( $rows as $row ) {
						$values[] = $wpdb->prepare( '(%d, %s, %s, %s, %d, %d, %d)', $row );
					}
					return $wpdb->query( "REPLACE INTO $table (post_id, post_type, post_status, fingerprint, a, b, checked_at) VALUES " . implode( ', ', $values ) );
				}
			);
		}
	}

	/**
	 * For Hooks::TOLD: an answer tells what became of a post.
	 *
	 * @param \WP_Post $post        The post.
	 * @param string   $fingerprint Its fingerprint.
	 */
	public static function told( $post, $fingerprint ) {
		self::note( array( array( $post->ID, $post->post_type, $post->post_status, $fingerprint ) ) );
	}

	/**
	 * Forgets posts: they are deleted, or nobody's any more.
	 *
	 * @param int[] $post_ids The posts.
	 */
	public static function forget( array $post_ids ) {
		if ( $post_ids ) {
			self::attempt(
				static function () use ( $post_ids ) {
					global $wpdb;
					$table = self::table();
					return $wpdb->query( "DELETE FROM $table WHERE post_id IN (" . Table::numbers( $post_ids ) . ')' );
				}
			);
		}
	}

	/**
	 * Notes that posts are still what was told of them.
	 *
	 * @param int[] $post_ids The posts.
	 */
	public static function checked( array $post_ids ) {
		if ( $post_ids ) {
			self::attempt(
				static function () use ( $post_ids ) {
					global $wpdb;
					$table = self::table();
					return $wpdb->query( $wpdb->prepare( "UPDATE $table SET checked_at = %d WHERE post_id IN (" . Table::numbers( $post_ids ) . ')', Clock::now() ) );
				}
			);
		}
	}

	/**
	 * What was told of posts.
	 *
	 * @param int[] $post_ids The posts.
	 * @return array<int, string> Fingerprints by post, of those that are known.
	 * @throws DatabaseError When the database does not say.
	 */
	public static function fingerprints( array $post_ids ) {
		$table = self::table();
		$ask   = static function () use ( $table, $post_ids ) {
			global $wpdb;
			return $wpdb->get_results( "SELECT post_id, fingerprint FROM $table WHERE post_id IN (" . Table::numbers( $post_ids ) . ')' );
		};
		return $post_ids ? array_column( (array) Table::ask( $table, $ask ), 'fingerprint', 'post_id' ) : array();
	}

	/**
	 * How many posts of a type are known, and the sums of their digests, range by range.
	 *
	 * @param string $type   The type.
	 * @param int[]  $bounds Where the second range begins, and each after it; ascending.
	 * @return array<int, int[]> Of each range: count, sum of `a`, sum of `b`. One more than bounds.
	 * @throws DatabaseError When the database does not say.
	 */
	public static function sums( $type, array $bounds ) {
		$table = self::table();
		$last  = 0;
		// One query reads the whole type; it is cut here, because a database has no word for that which is quick.
		$ask   = static function () use ( $table, $type, &$last ) {
			global $wpdb;
			return $wpdb->get_results( $wpdb->prepare( "SELECT post_id, a, b FROM $table WHERE post_type = %s AND post_id > %d ORDER BY post_id LIMIT %d", $type, $last, self::ROWS_AT_ONCE ), ARRAY_N );
		};
		$sums  = array_fill( 0, count( $bounds ) + 1, array( 0, 0, 0 ) );
		$range = 0;
		do {
			$rows = (array) Table::ask( $table, $ask );
			foreach ( $rows as list( $post_id, $a, $b ) ) {
				$last = (int) $post_id;
				while ( $range < count( $bounds ) && $last >= $bounds[ $range ] ) {
					++$range;
				}
				++$sums[ $range ][0];
				$sums[ $range ][1] += (int) $a;
				$sums[ $range ][2] += (int) $b;
			}
		} while ( count( $rows ) === self::ROWS_AT_ONCE );
		return $sums;
	}

	/**
	 * Posts of contents that nobody has looked at for the longest time: those of which nothing was told, first.
	 *
	 * @param int $before Unix time: what was looked at since is left out.
	 * @param int $limit  How many at most.
	 * @return array<int, object|null> Rows with post_type, post_status and fingerprint as they were told, by post; null
	 *         where nothing was.
	 * @throws DatabaseError When the database does not say.
	 */
	public static function unchecked( $before, $limit ) {
		$table   = self::table();
		$ours    = Publications::table();
		$missing = static function () use ( $table, $ours, $limit ) {
			global $wpdb;
			return $wpdb->get_col( $wpdb->prepare( "SELECT DISTINCT p.post_id FROM $ours p LEFT JOIN $table l ON l.post_id = p.post_id JOIN $wpdb->posts w ON w.ID = p.post_id WHERE p.post_id > 0 AND p.state = 'done' AND l.post_id IS NULL LIMIT %d", $limit ) );
		};
		$oldest  = static function () use ( $table, $before, $limit ) {
			global $wpdb;
			return $wpdb->get_results( $wpdb->prepare( "SELECT post_id, post_type, post_status, fingerprint FROM $table WHERE checked_at < %d ORDER BY checked_at, post_id LIMIT %d", $before, $limit ) );
		};
		$found   = array_fill_keys( array_map( 'intval', (array) Table::ask( $table, $missing ) ), null );
		foreach ( (array) Table::ask( $table, $oldest ) as $row ) {
			$found[ (int) $row->post_id ] = $row;
		}
		return array_slice( $found, 0, $limit, true );
	}

	/**
	 * The digest of a post: two 31-bit numbers, so that their sums fit every database and language.
	 *
	 * @param int    $post_id     The post.
	 * @param string $status      Its status.
	 * @param string $fingerprint Its fingerprint.
	 * @return int[] `a` and `b`: bytes 0 to 3 and 4 to 7 of the SHA-256, big endian, without the top bit.
	 */
	public static function digest( $post_id, $status, $fingerprint ) {
		$bytes = hash( 'sha256', "$post_id:$status:$fingerprint", true );
		return array( self::number( $bytes, 0 ), self::number( $bytes, 4 ) );
	}

	/**
	 * Writes, if the database does.
	 *
	 * @param callable $write Makes one statement.
	 */
	private static function attempt( callable $write ) {
		try {
			Table::ask( self::table(), $write );
		} catch ( \RuntimeException $error ) {
			Options::remember_error( 'ledger_unwritable', Fault::told( 'What IGNY8 was told of posts cannot be noted: the database refuses it.', $error ) );
		}
	}

	/**
	 * Four bytes as a number of 31 bits.
	 *
	 * @param string $bytes  The bytes.
	 * @param int    $offset Which.
	 * @return int
	 */
	private static function number( $bytes, $offset ) {
		return unpack( 'N', substr( $bytes, $offset, 4 ) )[1] & 0x7fffffff;
	}
}
