<?php
/**
 * Plugin Name:       IGNY8 WP Bridge
 * Plugin URI:        https://igny8.com/wordpress
 * Description:       Publishes finished IGNY8 articles to this site, each once, complete and exactly as written.
 * Version:           2.1.0
 * Requires at least: 5.8
 * Requires PHP:      7.4
 * Author:            IGNY8
 * Author URI:        https://igny8.com
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Update URI:        https://api.igny8.com/plugins/igny8-wp-bridge
 * Text Domain:       igny8-wp-bridge
 * Domain Path:       /languages
 *
 * @package Igny8\Bridge
 */

defined( 'ABSPATH' ) || exit;

if ( defined( 'IGNY8_BRIDGE_FILE' ) ) {
	// Another copy runs already: of two, with one table and one key, each would undo what the other does.
	if ( __FILE__ !== IGNY8_BRIDGE_FILE ) {
		register_activation_hook( __FILE__, array( 'Igny8\Bridge\Jobs\Installer', 'refuse' ) );
	}
	return;
}

define( 'IGNY8_BRIDGE_VERSION', '2.1.0' );
define( 'IGNY8_BRIDGE_FILE', __FILE__ );

require_once __DIR__ . '/src/autoload.php';

register_activation_hook( __FILE__, array( 'Igny8\Bridge\Jobs\Installer', 'activate' ) );
register_deactivation_hook( __FILE__, array( 'Igny8\Bridge\Jobs\Deactivation', 'run' ) );

Igny8\Bridge\Plugin::register();
