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
 * Drops the bridge's table and options of the current blog.
 */
function igny8_bridge_uninstall_blog() {
	global $wpdb;
	$table = Igny8\Bridge\Install\Installer::publications_table();
	$wpdb->query( "DROP TABLE IF EXISTS $table" ); // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared, WordPress.DB.DirectDatabaseQuery
	array_map( 'delete_option', Igny8\Bridge\Install\Options::ALL );
}

if ( is_multisite() ) {
	foreach ( get_sites(
		array(
			'fields' => 'ids',
			'number' => 0,
		)
	) as $igny8_blog_id ) {
		switch_to_blog( $igny8_blog_id );
		igny8_bridge_uninstall_blog();
		restore_current_blog();
	}
} else {
	igny8_bridge_uninstall_blog();
}
