<?php
/**
 * Sites of a network.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Install;

use Igny8\Bridge\Outbox\Store;

defined( 'ABSPATH' ) || exit;

/**
 * Every site of a network has its own connection and its own tables.
 */
final class Network {

	/**
	 * Does something on every site of the network, or on this one where there is none.
	 *
	 * @param callable $work         What to do.
	 * @param bool     $network_wide Whether all sites are meant.
	 */
	public static function each_site( callable $work, $network_wide = true ) {
		if ( ! $network_wide || ! is_multisite() ) {
			$work();
			return;
		}
		foreach ( get_sites(
			array(
				'fields' => 'ids',
				'number' => 0,
			)
		) as $blog_id ) {
			switch_to_blog( $blog_id );
			try {
				$work();
			} finally {
				restore_current_blog();
			}
		}
	}

	/**
	 * For `wp_initialize_site`: makes the tables of a new site, where the whole network has the plugin.
	 *
	 * @param \WP_Site $site The site.
	 */
	public static function site_made( $site ) {
		require_once ABSPATH . 'wp-admin/includes/plugin.php';
		if ( ! is_plugin_active_for_network( plugin_basename( IGNY8_BRIDGE_FILE ) ) ) {
			return;
		}
		switch_to_blog( (int) $site->blog_id );
		try {
			Installer::ensure();
		} finally {
			restore_current_blog();
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
		switch_to_blog( (int) $blog_id );
		$tables['igny8_publications'] = Installer::publications_table();
		$tables['igny8_outbox']       = Store::table();
		restore_current_blog();
		return $tables;
	}
}
