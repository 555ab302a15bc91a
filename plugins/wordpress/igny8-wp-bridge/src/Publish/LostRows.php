<?php
/**
 * Publications whose rows are lost.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\LookOnly;
use Igny8\Bridge\Core\Rebuild;
use Igny8\Bridge\Core\Schema;

defined( 'ABSPATH' ) || exit;

// The table and the marks must be read past every cache.
// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared, WordPress.DB.PreparedSQLPlaceholders

/**
 * Notices that the table of publications has lost rows, because somebody dropped it, emptied it, or
 * restored an older one, and makes them again of the marks that posts carry. As long as none is missing,
 * a content without a row was never published: nobody has to search for its post.
 */
final class LostRows {

	// What one request gives to it.
	const SECONDS = 5.0;
	// What a job gives to it.
	const JOB_SECONDS = 20.0;

	/**
	 * Sees to it that a content whose row is lost has one again. Call it for contents without a row.
	 *
	 * @param int $content_id The content.
	 * @return bool Whether it may have one now.
	 * @throws DatabaseError When the database does not say.
	 */
	public static function bring_back( $content_id ) {
		$rebuild = self::rebuild();
		if ( LookOnly::is_on() || ! $rebuild->is_owed() ) {
			return false;
		}
		if ( $rebuild->advance( self::SECONDS ) ) {
			return true;
		}
		// More than one request can do: this one content is searched for, until the rest is there.
		$post = Posts::marked( $content_id );
		if ( $post ) {
			$mark             = new \stdClass();
			$mark->post_id    = $post->ID;
			$mark->meta_value = (string) $content_id;
			if ( ! self::restore( array( $mark ) ) ) {
				throw new DatabaseError( 'A row of the table of publications cannot be brought back.' );
			}
		}
		return true;
	}

	/**
	 * The row that a content would have if it were brought back. Call it for contents without a row.
	 *
	 * @param int $content_id The content.
	 * @return Claim|null
	 * @throws DatabaseError When the database does not say.
	 */
	public static function claim_of( $content_id ) {
		$last = self::last();
		if ( ! self::rebuild()->is_owed() && ( ! $last || ( new Publications() )->find( $last ) ) ) {
			return null;
		}
		$post = Posts::marked( $content_id );
		$rev  = $post ? (int) get_post_meta( $post->ID, Posts::META_REV, true ) : 0;
		return $post ? Claim::from_row(
			(object) array(
				'content_id'   => $content_id,
				'post_id'      => $post->ID,
				'rev'          => $rev,
				'operation_id' => (string) get_post_meta( $post->ID, Posts::META_OPERATION, true ),
				'state'        => $rev ? Claim::DONE : Claim::RUNNING,
				'token'        => '',
				'heartbeat'    => 0,
				'result'       => '',
			)
		) : null;
	}

	/**
	 * The same for a post that may be ours.
	 *
	 * @param int $post_id The post.
	 * @return bool Whether it may have a row now.
	 * @throws DatabaseError When the database does not say.
	 */
	public static function bring_back_of_post( $post_id ) {
		$content_id = ! LookOnly::is_on() && self::rebuild()->is_owed() ? (int) get_post_meta( $post_id, Posts::META_CONTENT, true ) : 0;
		return $content_id && self::bring_back( $content_id );
	}

	/**
	 * The content that was published for the first time last: its row is missing in a table that was
	 * emptied, dropped, or is older than what we wrote.
	 *
	 * @return int 0 when none is known.
	 */
	public static function last() {
		return (int) get_option( Options::LAST_PUBLICATION, 0 );
	}

	/**
	 * Notices that the row of the last content is missing.
	 */
	public static function notice() {
		if ( LookOnly::is_on() ) {
			return;
		}
		// Once for each loss: its post may be gone too, and then its row never comes back.
		self::remember( 0 );
		Schema::create();
		self::rebuild()->owe();
	}

	/**
	 * Remembers a content that was published for the first time.
	 *
	 * @param int $content_id The content.
	 */
	public static function remember( $content_id ) {
		update_option( Options::LAST_PUBLICATION, (int) $content_id, false );
	}

	/**
	 * Notices a table that was made anew beside posts of ours. For the one who makes it.
	 */
	public static function notice_new_table() {
		global $wpdb;
		$table   = Publications::table();
		$rebuild = self::rebuild();
		if ( ! $wpdb->get_var( "SELECT 1 FROM $table LIMIT 1" ) && $rebuild->has_marks() ) {
			$rebuild->owe();
		}
	}

	/**
	 * For a job: goes on with what is missing.
	 */
	public static function go_on() {
		self::rebuild()->advance( self::JOB_SECONDS );
	}

	/**
	 * For the daily job: counts, which notices every loss, and goes on.
	 */
	public static function count() {
		global $wpdb;
		$table   = Publications::table();
		$rebuild = self::rebuild();
		if ( (int) $wpdb->get_var( "SELECT COUNT(*) FROM $table WHERE post_id > 0" ) < $rebuild->marks() ) {
			$rebuild->owe();
		}
		self::go_on();
	}

	/**
	 * The way through the marks.
	 *
	 * @return Rebuild
	 */
	private static function rebuild() {
		return new Rebuild( Options::PUBLICATIONS_REBUILD, Posts::META_CONTENT, array( self::class, 'restore' ) );
	}

	/**
	 * Makes rows of marks. Copies that duplicator plugins made are none of ours, and rows that are there stay.
	 *
	 * @param object[] $marks With post_id and meta_value, the content.
	 * @return bool False when they cannot be read, or the table cannot be written.
	 */
	public static function restore( array $marks ) {
		global $wpdb;
		$ids   = array_map( 'intval', array_column( $marks, 'post_id' ) );
		$in    = implode( ', ', $ids );
		$guids = array_column( (array) $wpdb->get_results( "SELECT ID, guid FROM $wpdb->posts WHERE ID IN ( $in ) AND post_type <> 'revision'" ), 'guid', 'ID' );
		if ( '' !== $wpdb->last_error ) {
			return false;
		}
		$keys = array( Posts::META_SELF, Posts::META_REV, Posts::META_OPERATION );
		$meta = array();
		foreach ( (array) $wpdb->get_results( $wpdb->prepare( "SELECT post_id, meta_key, meta_value FROM $wpdb->postmeta WHERE post_id IN ( $in ) AND meta_key IN ( %s, %s, %s )", $keys ) ) as $row ) {
			$meta[ (int) $row->post_id ][ $row->meta_key ] = $row->meta_value;
		}
		if ( '' !== $wpdb->last_error ) {
			return false;
		}
		$rows = array();
		foreach ( $marks as $mark ) {
			$id   = (int) $mark->post_id;
			$said = ( $meta[ $id ] ?? array() ) + array_fill_keys( $keys, '' );
			if ( isset( $guids[ $id ] ) && ( Posts::guid( $mark->meta_value ) === $guids[ $id ] || (int) $said[ Posts::META_SELF ] === $id ) ) {
				$last   = (int) $mark->meta_value;
				$rows[] = self::row( $last, $id, (int) $said[ Posts::META_REV ], $said[ Posts::META_OPERATION ] );
			}
		}
		if ( ! $rows ) {
			return true;
		}
		$table = Publications::table();
		$done  = $wpdb->query( "INSERT IGNORE INTO $table (content_id, post_id, rev, operation_id, state, token, heartbeat, result, fingerprint, watch, updated_at) VALUES " . implode( ', ', $rows ) );
		self::remember( $last );
		return false !== $done;
	}

	/**
	 * A row as SQL. What the last answer said is lost. A post whose
	 * intent was never finished belongs to one who gave up.
	 *
	 * @param int    $content_id   The content.
	 * @param int    $post_id      Its post.
	 * @param int    $rev          The last intent that was finished, or 0.
	 * @param string $operation_id Its operation.
	 * @return string
	 */
	private static function row( $content_id, $post_id, $rev, $operation_id ) {
		global $wpdb;
		return $wpdb->prepare(
			"(%d, %d, %d, %s, %s, %s, 0, '', '', '', %d)",
			$content_id,
			$post_id,
			$rev,
			substr( $operation_id, 0, 191 ),
			$rev ? Claim::DONE : Claim::RUNNING,
			bin2hex( random_bytes( 16 ) ),
			Clock::now()
		);
	}
}
