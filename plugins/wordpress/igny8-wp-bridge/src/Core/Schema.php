<?php
/**
 * The bridge's tables, made and brought up to date.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * Knows when this blog needs other tables than those that are there; what is in them their owners know.
 */
final class Schema {

	const VERSION = '5';

	/**
	 * Makes or updates the tables when this version of the plugin needs others than those that are
	 * there: after an update of the plugin, and on blogs that are younger than its activation. Safe to
	 * call at any time: up-to-date tables cost one look at an autoloaded option.
	 */
	public static function ensure() {
		if ( self::VERSION !== get_option( Options::DB_VERSION ) ) {
			self::create();
		}
	}

	/**
	 * Has every owner create or change its tables on this blog.
	 */
	public static function create() {
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		do_action( Hooks::CREATE_TABLES );
		// An option that is asked for on many pages and is not there costs a query each time.
		foreach ( array( Options::HOME, Options::CONNECTION, Options::SWITCHES, Options::PREVIOUS_KEY, Options::REFUSED_KEY, Options::PUBLICATIONS_REBUILD, Options::IMAGES_REBUILD, Options::LAST_ERROR ) as $name ) {
			add_option( $name, '' );
		}
		Options::hide_api_key();
		// After an update the version before runs to the end of the request: it has not had all of them made.
		if ( ! did_action( 'upgrader_process_complete' ) ) {
			update_option( Options::DB_VERSION, self::VERSION );
		}
	}
}
