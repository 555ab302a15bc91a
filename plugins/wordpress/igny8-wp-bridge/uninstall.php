<?php
/**
 * Removes what the bridge stored about itself. Posts stay, with the marks that let a later
 * installation find them again, unless the removal of those was asked for.
 *
 * @package Igny8\Bridge
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

require_once __DIR__ . '/src/autoload.php';

Igny8\Bridge\Core\Network::each_site( array( 'Igny8\Bridge\Jobs\Erasure', 'of_this_blog' ) );
