<?php
/**
 * The bridge's tables, made and brought up to date.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Install;

use Igny8\Bridge\Outbox\Errands;
use Igny8\Bridge\Outbox\Store;

defined( 'ABSPATH' ) || exit;

/**
 * Makes the tables of this blog. Safe to call at any time: up-to-date tables cost one look at an
 * autoloaded option.
 */
final class Installer {

	const DB_VERSION = '2';

	/**
	 * Runs when the plugin is activated, on this blog or on every blog of the network.
	 *
	 * @param bool $network_wide Whether the whole network activates it.
	 */
	public static function activate( $network_wide = false ) {
		Network::each_site(
			static function () {
				self::create();
				if ( '' !== Options::api_key() ) {
					// It was connected before it was deactivated.
					Errands::schedule_daily();
				}
			},
			$network_wide
		);
	}

	/**
	 * Makes or updates the tables when this version of the plugin needs others than those that are
	 * there: after an update of the plugin, and on blogs that are younger than its activation.
	 */
	public static function ensure() {
		if ( self::DB_VERSION !== get_option( Options::DB_VERSION ) ) {
			self::create();
		}
	}

	/**
	 * The name of the table of publications on this blog.
	 *
	 * @return string
	 */
	public static function publications_table() {
		global $wpdb;
		return $wpdb->prefix . 'igny8_publications';
	}

	/**
	 * Creates or changes the tables.
	 */
	private static function create() {
		global $wpdb;
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		$table   = self::publications_table();
		$charset = $wpdb->get_charset_collate();
		dbDelta(
			"CREATE TABLE $table (
				content_id bigint(20) unsigned NOT NULL,
				post_id bigint(20) unsigned NOT NULL DEFAULT 0,
				rev bigint(20) unsigned NOT NULL DEFAULT 0,
				operation_id varchar(191) NOT NULL DEFAULT '',
				state varchar(16) NOT NULL DEFAULT '',
				token varchar(32) NOT NULL DEFAULT '',
				heartbeat bigint(20) unsigned NOT NULL DEFAULT 0,
				result longtext NOT NULL,
				fingerprint varchar(80) NOT NULL DEFAULT '',
				updated_at bigint(20) unsigned NOT NULL DEFAULT 0,
				PRIMARY KEY  (content_id),
				KEY post_id (post_id)
			) $charset;"
		);
		Store::create();
		// An option that is asked for on many pages and is not there costs a query each time.
		foreach ( array( Options::HOME, Options::SWITCHES, Options::PREVIOUS_KEY, Options::REFUSED_KEY ) as $name ) {
			add_option( $name, '' );
		}
		update_option( Options::DB_VERSION, self::DB_VERSION );
	}
}
