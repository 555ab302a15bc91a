<?php
/**
 * What is left when the plugin is deleted.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Jobs;

use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Media\ImageIndex;
use Igny8\Bridge\Outbox\Store;
use Igny8\Bridge\Publish\Claims;
use Igny8\Bridge\Publish\OwnTaxonomies;
use Igny8\Bridge\Publish\Posts;

defined( 'ABSPATH' ) || exit;

// Once in the life of a plugin, and caches are emptied in the end.
// phpcs:disable WordPress.DB.DirectDatabaseQuery

/**
 * Takes the bridge out of one blog: its tables, settings and jobs always, and its marks on posts and
 * terms where that was asked for. Posts stay.
 */
final class Erasure {

	// Terms in one query.
	const CHUNK = 200;

	/**
	 * Takes the bridge out of the current blog.
	 */
	public static function of_this_blog() {
		global $wpdb;
		foreach ( array( Claims::table(), Store::table(), ImageIndex::table() ) as $table ) {
			$wpdb->query( "DROP TABLE IF EXISTS $table" ); // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- a name of ours.
		}
		Runner::unschedule();
		if ( get_option( Options::ERASE_MARKS ) ) {
			self::erase_marks();
		}
		array_map( 'delete_option', Options::ALL );
	}

	/**
	 * Takes away all by which posts and terms can be told to have come from IGNY8.
	 */
	private static function erase_marks() {
		global $wpdb;
		$ours = $wpdb->esc_like( '_igny8_' ) . '%';
		$wpdb->query( $wpdb->prepare( "DELETE FROM $wpdb->postmeta WHERE meta_key LIKE %s", $ours ) );
		$wpdb->query( $wpdb->prepare( "DELETE FROM $wpdb->termmeta WHERE meta_key LIKE %s", $ours ) );
		// What WordPress itself gives to posts that are no longer drafts differs by type; it is never read as an address.
		$wpdb->query( $wpdb->prepare( "UPDATE $wpdb->posts SET guid = CONCAT( %s, ID ) WHERE guid LIKE %s", home_url( '/?p=' ), $wpdb->esc_like( Posts::guid( '' ) ) . '%' ) );
		do {
			$terms = $wpdb->get_results( $wpdb->prepare( "SELECT term_taxonomy_id, term_id FROM $wpdb->term_taxonomy WHERE taxonomy IN ( %s, %s ) LIMIT %d", OwnTaxonomies::CLUSTER, OwnTaxonomies::SECTOR, self::CHUNK ) );
			$gone  = $terms && self::delete_terms( wp_list_pluck( $terms, 'term_taxonomy_id' ), array_unique( wp_list_pluck( $terms, 'term_id' ) ) );
		} while ( $gone );
		wp_cache_flush();
	}

	/**
	 * Deletes clusters and sectors. Nobody registers their taxonomies any more, so WordPress cannot.
	 *
	 * @param int[] $places The terms' places in their taxonomies.
	 * @param int[] $terms  The terms. One that another taxonomy has too stays, as old databases share them.
	 * @return bool Whether any is gone.
	 */
	private static function delete_terms( array $places, array $terms ) {
		global $wpdb;
		// phpcs:disable WordPress.DB.PreparedSQL.InterpolatedNotPrepared, WordPress.DB.PreparedSQLPlaceholders -- as many marks as ids.
		$marks = implode( ', ', array_fill( 0, count( $places ), '%d' ) );
		$wpdb->query( $wpdb->prepare( "DELETE FROM $wpdb->term_relationships WHERE term_taxonomy_id IN ( $marks )", $places ) );
		$gone  = $wpdb->query( $wpdb->prepare( "DELETE FROM $wpdb->term_taxonomy WHERE term_taxonomy_id IN ( $marks )", $places ) );
		$marks = implode( ', ', array_fill( 0, count( $terms ), '%d' ) );
		$alone = array_diff( $terms, $wpdb->get_col( $wpdb->prepare( "SELECT term_id FROM $wpdb->term_taxonomy WHERE term_id IN ( $marks )", $terms ) ) );
		if ( $alone ) {
			$marks = implode( ', ', array_fill( 0, count( $alone ), '%d' ) );
			$wpdb->query( $wpdb->prepare( "DELETE FROM $wpdb->termmeta WHERE term_id IN ( $marks )", $alone ) );
			$wpdb->query( $wpdb->prepare( "DELETE FROM $wpdb->terms WHERE term_id IN ( $marks )", $alone ) );
		}
		// phpcs:enable
		return (bool) $gone;
	}
}
