<?php
/**
 * Removes what the bridge stored about itself. Posts stay, with the marks that let a later
 * installation find them again.
 *
 * @package Igny8\Bridge
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

require_once __DIR__ . '/src/autoload.php';

/**
 * Drops the bridge's tables, options and jobs of the current blog, and its marks on posts where that was
 * asked for.
 */
function igny8_bridge_uninstall_blog() {
	global $wpdb;
	foreach ( array( Igny8\Bridge\Publish\Claims::table(), Igny8\Bridge\Outbox\Store::table(), Igny8\Bridge\Media\ImageIndex::table() ) as $table ) {
		$wpdb->query( "DROP TABLE IF EXISTS $table" ); // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared, WordPress.DB.DirectDatabaseQuery
	}
	Igny8\Bridge\Jobs\Runner::unschedule();
	if ( get_option( Igny8\Bridge\Core\Options::ERASE_MARKS ) ) {
		$wpdb->query( $wpdb->prepare( "DELETE FROM $wpdb->postmeta WHERE meta_key LIKE %s", $wpdb->esc_like( '_igny8_' ) . '%' ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
		wp_cache_flush();
	}
	array_map( 'delete_option', Igny8\Bridge\Core\Options::ALL );
}

Igny8\Bridge\Core\Network::each_site( 'igny8_bridge_uninstall_blog' );
