<?php
/**
 * When the plugin is activated, and when a network gets or loses a site.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Jobs;

use Igny8\Bridge\Core\Network;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\Schema;
use Igny8\Bridge\Media\ImageIndex;
use Igny8\Bridge\Outbox\Store;
use Igny8\Bridge\Publish\Publications;
use Igny8\Bridge\Structure\Ledger;
use Igny8\Bridge\Update\Check;
use Igny8\Bridge\Update\Heartbeat;

defined( 'ABSPATH' ) || exit;

/**
 * Sees to it that every blog that has the bridge has its tables, and that they go with the blog.
 */
final class Installer {

	/**
	 * Runs when the plugin is activated, on this blog or on every blog of the network.
	 *
	 * @param bool $network_wide Whether the whole network activates it.
	 */
	public static function activate( $network_wide = false ) {
		Network::each_site(
			static function () {
				Schema::create();
				Check::schedule();
				if ( '' !== Options::api_key() ) {
					// It was connected before it was deactivated.
					Runner::schedule_daily();
					Lifecycle::listens_again();
					Heartbeat::soon();
				}
			},
			$network_wide
		);
	}

	/**
	 * Runs when another copy of the plugin is activated beside this one.
	 */
	public static function refuse() {
		wp_die(
			esc_html(
				sprintf(
					/* translators: %s: a folder's name. */
					__( 'IGNY8 WP Bridge runs already, from the folder %s. Deactivate the other one first; nothing of it is lost by that.', 'igny8-wp-bridge' ),
					dirname( plugin_basename( IGNY8_BRIDGE_FILE ) )
				)
			),
			'',
			array( 'back_link' => true )
		);
	}

	/**
	 * For `wp_initialize_site`: makes the tables of a new site, where the whole network has the plugin.
	 *
	 * @param \WP_Site $site The site.
	 */
	public static function site_made( $site ) {
		require_once ABSPATH . 'wp-admin/includes/plugin.php';
		if ( is_plugin_active_for_network( plugin_basename( IGNY8_BRIDGE_FILE ) ) ) {
			Network::on_site( (int) $site->blog_id, array( Schema::class, 'ensure' ) );
		}
	}

	/**
	 * For `wpmu_drop_tables`: our tables go with their site.
	 *
	 * @param string[] $tables  Tables that are dropped.
	 * @param int      $blog_id The site.
	 * @return string[]
	 */
	public static function tables_of_site( $tables, $blog_id = 0 ) {
		return Network::on_site(
			(int) $blog_id,
			static function () use ( $tables ) {
				$ours = array(
					'igny8_publications' => Publications::table(),
					'igny8_outbox'       => Store::table(),
					'igny8_images'       => ImageIndex::table(),
					'igny8_ledger'       => Ledger::table(),
				);
				return $ours + $tables;
			}
		);
	}
}
