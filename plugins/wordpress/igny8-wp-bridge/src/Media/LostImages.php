<?php
/**
 * Images whose rows are lost.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media;

use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\LookOnly;
use Igny8\Bridge\Core\Rebuild;
use Igny8\Bridge\Core\Schema;

defined( 'ABSPATH' ) || exit;

/**
 * Notices that the table of images has lost rows, and makes them again of the marks that attachments
 * carry. Meanwhile an image may be stored a second time; nothing worse comes of it.
 */
final class LostImages {

	const SECONDS     = 2.0;
	const JOB_SECONDS = 20.0;

	/**
	 * Goes on with what is missing, for a request that is about to look for images.
	 */
	public static function bring_back() {
		if ( LookOnly::is_on() ) {
			return;
		}
		$last = (int) get_option( Options::LAST_IMAGE, 0 );
		try {
			$is_lost = $last && ! ImageIndex::names( $last );
		} catch ( \RuntimeException $error ) {
			return; // Whoever looks for an image hears of it.
		}
		if ( $is_lost ) {
			self::remember( 0 );
			Schema::create();
			// One that a person deleted has no row any more, and none is missing.
			if ( 'attachment' === get_post_type( $last ) ) {
				self::rebuild()->owe();
			}
		}
		self::rebuild()->advance( self::SECONDS );
	}

	/**
	 * Remembers the image that was stored last: as long as its row is there, the table is the one that we
	 * wrote.
	 *
	 * @param int $id The attachment.
	 */
	public static function remember( $id ) {
		update_option( Options::LAST_IMAGE, (int) $id, false );
	}

	/**
	 * Notices a table that was made anew beside images of ours. For the one who makes it.
	 */
	public static function notice_new_table() {
		$rebuild = self::rebuild();
		if ( ! ImageIndex::count() && $rebuild->has_marks() ) {
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
		$rebuild = self::rebuild();
		if ( ImageIndex::count() < $rebuild->marks() ) {
			$rebuild->owe();
		}
		self::go_on();
	}

	/**
	 * Makes rows of marks.
	 *
	 * @param object[] $marks With post_id and meta_value, the hash.
	 * @return bool False when they cannot be read, or the table cannot be written.
	 */
	public static function restore( array $marks ) {
		global $wpdb;
		$rows = array();
		foreach ( $marks as $mark ) {
			$rows[] = ImageIndex::row( ImageIndex::BYTES, $mark->meta_value, (int) $mark->post_id, array() );
		}
		$in = implode( ', ', array_map( 'intval', array_column( $marks, 'post_id' ) ) );
		// phpcs:ignore WordPress.DB -- each mark is read once.
		foreach ( (array) $wpdb->get_results( $wpdb->prepare( "SELECT post_id, meta_value FROM $wpdb->postmeta WHERE post_id IN ( $in ) AND meta_key = %s", Library::META_SOURCE ) ) as $source ) {
			$rows[] = ImageIndex::row( ImageIndex::ADDRESS, $source->meta_value, (int) $source->post_id, array() );
		}
		if ( '' !== $wpdb->last_error ) {
			return false;
		}
		$done = ImageIndex::add( $rows );
		$last = (int) end( $marks )->post_id;
		// A copy that a plugin made of an attachment gets no row.
		self::remember( ImageIndex::names( $last ) ? $last : 0 );
		return $done;
	}

	/**
	 * The way through the marks.
	 *
	 * @return Rebuild
	 */
	private static function rebuild() {
		return new Rebuild( Options::IMAGES_REBUILD, Library::META_HASH, array( self::class, 'restore' ) );
	}
}
