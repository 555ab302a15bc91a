<?php
/**
 * Removes what the bridge stored about itself. Posts stay, with the marks that let a later
 * installation find them again, unless the removal of those was asked for.
 *
 * @package Igny8\Bridge
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

// The plugin is not loaded any more; those whom it tells that it goes hear which version it was.
defined( 'IGNY8_BRIDGE_FILE' ) || define( 'IGNY8_BRIDGE_FILE', __DIR__ . '/igny8-wp-bridge.php' );
defined( 'IGNY8_BRIDGE_VERSION' ) || define( 'IGNY8_BRIDGE_VERSION', get_file_data( IGNY8_BRIDGE_FILE, array( 'version' => 'Version' ) )['version'] );

require_once __DIR__ . '/src/autoload.php';

Igny8\Bridge\Core\Network::each_site( array( 'Igny8\Bridge\Jobs\Erasure', 'of_this_blog' ) );
