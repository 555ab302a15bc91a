<?php
/**
 * The bridge's table, made and brought up to date.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Install;

defined( 'ABSPATH' ) || exit;

/**
 * Makes the table of this blog. Safe to call at any time: an up-to-date table costs one look at an
 * autoloaded option.
 */
final class Installer {

	const DB_VERSION = '1';

	/**
	 * Runs when the plugin is activated, on this blog or on every blog of the network.
	 *
	 * @param bool $network_wide Whether the whole network activates it.
	 */
	public static function activate( $network_wide = false ) {
		if ( ! $network_wide || ! is_multisite() ) {
			self::create();
			return;
		}
		foreach ( get_sites(
			array(
				'fields' => 'ids',
				'number' => 0,
			)
		) as $blog_id ) {
			switch_to_blog( $blog_id );
			self::create();
			restore_current_blog();
		}
	}

	/**
	 * Makes or updates the table when this version of the plugin needs another than the one that is
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
	 * Creates or changes the table.
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
		update_option( Options::DB_VERSION, self::DB_VERSION );
	}
}
