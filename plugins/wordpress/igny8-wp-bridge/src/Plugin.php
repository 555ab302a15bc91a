<?php
/**
 * All hooks of the bridge, in one place.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Wires the bridge into WordPress. On a visitor's page view this registers a few callbacks, and nothing
 * of it asks the database or the network anything.
 */
final class Plugin {

	/**
	 * Registers the hooks.
	 */
	public function register() {
		$gatekeeper = new Rest\Gatekeeper();
		$gatekeeper->catch_stray_output();
		add_filter( 'rest_authentication_errors', array( $gatekeeper, 'answer_despite_login_walls' ), PHP_INT_MAX );
		add_filter( 'rest_pre_dispatch', array( $gatekeeper, 'verify_first' ), PHP_INT_MAX, 3 );
		add_filter( 'rest_post_dispatch', array( $gatekeeper, 'shape' ), PHP_INT_MAX, 3 );
		add_filter( 'rest_pre_serve_request', array( $gatekeeper, 'drop_stray_output' ), PHP_INT_MAX, 3 );

		add_action( 'wp', array( 'Igny8\Bridge\Seo\Head', 'prepare' ) );

		add_action( 'rest_api_init', array( new Rest\Routes(), 'register' ) );
		add_action( 'rest_api_init', array( new Rest\SyncRoutes(), 'register' ) );
		Outbox\Wiring::register();
		add_action( 'init', array( 'Igny8\Bridge\Publish\OwnTaxonomies', 'register' ), 99 );

		add_action( 'enqueue_block_assets', array( new Publish\Layout\Stylesheet(), 'enqueue' ) );

		if ( is_admin() ) {
			$page = new Admin\SettingsPage();
			add_action( 'admin_init', array( 'Igny8\Bridge\Install\Installer', 'ensure' ) );
			add_action( 'admin_menu', array( $page, 'add_to_menu' ) );
			add_action( 'admin_post_' . Admin\SettingsPage::CONNECT, array( $page, 'connect' ) );
			add_action( 'admin_post_' . Admin\SettingsPage::DISCONNECT, array( $page, 'disconnect' ) );
			add_action( 'admin_post_' . Admin\SettingsPage::SAVE, array( $page, 'save' ) );
			add_action( 'admin_post_' . Admin\SettingsPage::SYNC, array( $page, 'sync' ) );
			add_action( 'admin_enqueue_scripts', array( $page, 'add_script' ) );
			add_filter(
				'plugin_action_links_' . plugin_basename( IGNY8_BRIDGE_FILE ),
				array( $page, 'add_settings_link' )
			);
			add_action( 'init', array( $this, 'load_translations' ) );
		}
	}

	/**
	 * Loads the translations that come with the plugin.
	 */
	public function load_translations() {
		load_plugin_textdomain( 'igny8-wp-bridge', false, dirname( plugin_basename( IGNY8_BRIDGE_FILE ) ) . '/languages' );
	}
}
