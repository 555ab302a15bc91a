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
use Igny8\Bridge\Publish\Publications;
use Igny8\Bridge\Publish\OwnTaxonomies;
use Igny8\Bridge\Publish\Posts;
use Igny8\Bridge\Structure\Ledger;
use Igny8\Bridge\Update\Check;
use Igny8\Bridge\Update\Heartbeat;
use Igny8\Bridge\Update\Offers;

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
	 * How many sites the backend was told of.
	 *
	 * @var int
	 */
	private static $told = 0;

	/**
	 * Takes the bridge out of the current blog.
	 */
	public static function of_this_blog() {
		global $wpdb;
		foreach ( array( Publications::table(), Store::table(), ImageIndex::table(), Ledger::table() ) as $table ) {
			$wpdb->query( "DROP TABLE IF EXISTS $table" ); // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- a name of ours.
		}
		Runner::unschedule();
		Check::unschedule();
		if ( self::$told < Deactivation::TOLD_AT_MOST && Heartbeat::say_farewell() ) {
			++self::$told;
		}
		if ( get_option( Options::ERASE_MARKS ) ) {
			self::erase_marks();
		}
		array_map( 'delete_option', Options::ALL );
		Offers::forget();
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
			$gone  = array_filter( array_map( array( self::class, 'delete_term' ), (array) $terms ) );
		} while ( $gone );
		wp_cache_flush();
	}

	/**
	 * Deletes a cluster or sector. Nobody registers their taxonomies any more, so WordPress cannot. A term that
	 * another taxonomy has too stays, as old databases share them.
	 *
	 * @param object $place With term_taxonomy_id and term_id.
	 * @return bool Whether it is gone.
	 */
	private static function delete_term( $place ) {
		global $wpdb;
		$wpdb->delete( $wpdb->term_relationships, array( 'term_taxonomy_id' => (int) $place->term_taxonomy_id ) );
		$gone = $wpdb->delete( $wpdb->term_taxonomy, array( 'term_taxonomy_id' => (int) $place->term_taxonomy_id ) );
		if ( ! $wpdb->get_var( $wpdb->prepare( "SELECT 1 FROM $wpdb->term_taxonomy WHERE term_id = %d LIMIT 1", $place->term_id ) ) ) {
			$wpdb->delete( $wpdb->termmeta, array( 'term_id' => (int) $place->term_id ) );
			$wpdb->delete( $wpdb->terms, array( 'term_id' => (int) $place->term_id ) );
		}
		return (bool) $gone;
	}
}
