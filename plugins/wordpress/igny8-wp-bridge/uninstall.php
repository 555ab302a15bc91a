<?php
/**
 * Removes what the bridge stored about itself. Posts stay, with the marks that let a later
 * installation find them again, unless the removal of those was asked for.
 *
 * @package Igny8\Bridge
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

// Another copy, in a folder of another name, has the same tables and the same key: the last that goes takes them along.
foreach ( (array) scandir( dirname( __DIR__ ) ) as $igny8_folder ) {
	$igny8_copy = realpath( dirname( __DIR__ ) . "/$igny8_folder/igny8-wp-bridge.php" );
	if ( false !== $igny8_copy && realpath( __DIR__ . '/igny8-wp-bridge.php' ) !== $igny8_copy ) {
		return;
	}
}

// The plugin is mostly not loaded any more; those whom it tells that it goes hear which version it was.
defined( 'IGNY8_BRIDGE_FILE' ) || define( 'IGNY8_BRIDGE_FILE', __DIR__ . '/igny8-wp-bridge.php' );
defined( 'IGNY8_BRIDGE_VERSION' ) || define( 'IGNY8_BRIDGE_VERSION', get_file_data( IGNY8_BRIDGE_FILE, array( 'version' => 'Version' ) )['version'] );

require_once __DIR__ . '/src/autoload.php';

// Where it is loaded all the same, its hooks are called after its files are gone.
Igny8\Bridge\Update\Installed::load_whole();
Igny8\Bridge\Core\Network::each_site( array( 'Igny8\Bridge\Jobs\Erasure', 'of_this_blog' ) );
