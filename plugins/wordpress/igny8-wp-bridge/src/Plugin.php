<?php
/**
 * All hooks of the bridge, in one place.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge;

use Igny8\Bridge\Admin\Notices;
use Igny8\Bridge\Admin\Privacy;
use Igny8\Bridge\Admin\SettingsPage;
use Igny8\Bridge\Core\Hooks;
use Igny8\Bridge\Core\Schema;
use Igny8\Bridge\Jobs\Installer;
use Igny8\Bridge\Jobs\Lifecycle;
use Igny8\Bridge\Jobs\Loopback;
use Igny8\Bridge\Jobs\Runner;
use Igny8\Bridge\Media\ImageIndex;
use Igny8\Bridge\Outbox\Recorder;
use Igny8\Bridge\Outbox\Store;
use Igny8\Bridge\Outbox\TermEvents;
use Igny8\Bridge\Outbox\TermWatch;
use Igny8\Bridge\Publish\Publications;
use Igny8\Bridge\Publish\OwnTaxonomies;
use Igny8\Bridge\Publish\Stylesheet;
use Igny8\Bridge\Publish\Trash;
use Igny8\Bridge\Rest\Door;
use Igny8\Bridge\Rest\Gatekeeper;
use Igny8\Bridge\Rest\Routes;
use Igny8\Bridge\Seo\Head;
use Igny8\Bridge\Structure\Ledger;
use Igny8\Bridge\Update\Check;
use Igny8\Bridge\Update\Details;
use Igny8\Bridge\Update\Heartbeat;
use Igny8\Bridge\Update\Package;
use Igny8\Bridge\Update\Pinned;
use Igny8\Bridge\Update\Updater;

defined( 'ABSPATH' ) || exit;

/**
 * Wires the bridge into WordPress. Callbacks are named, not made: a page view loads the classes that its
 * hooks call and no others, and nothing of it asks the database or the network anything.
 */
final class Plugin {

	/**
	 * Registers the hooks.
	 */
	public static function register() {
		self::register_rest();
		self::register_page();
		self::register_outbox();
		self::register_own_events();
		self::register_updates();
		if ( is_admin() ) {
			self::register_admin();
		}
	}

	/**
	 * What stands around requests to our namespace, its routes, and the door beside REST.
	 */
	private static function register_rest() {
		// phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- only searched.
		$address = isset( $_SERVER['REQUEST_URI'] ) ? rawurldecode( (string) $_SERVER['REQUEST_URI'] ) : '';
		$by_door = false !== stripos( $address, 'igny8-bridge=' );
		if ( $by_door || false !== stripos( $address, 'igny8/v1/' ) ) {
			Gatekeeper::catch_stray_output();
		}
		if ( $by_door ) {
			add_action( 'wp_loaded', array( Door::class, 'answer' ), PHP_INT_MIN );
		}
		add_filter( 'rest_authentication_errors', array( Gatekeeper::class, 'answer_despite_login_walls' ), PHP_INT_MAX );
		add_filter( 'rest_pre_dispatch', array( Gatekeeper::class, 'verify_first' ), PHP_INT_MAX, 3 );
		add_filter( 'rest_post_dispatch', array( Gatekeeper::class, 'shape' ), PHP_INT_MAX, 3 );
		add_filter( 'rest_pre_serve_request', array( Gatekeeper::class, 'drop_stray_output' ), PHP_INT_MAX, 3 );
		add_action( 'rest_api_init', array( Routes::class, 'register' ) );
		add_action( 'rest_api_init', array( Loopback::class, 'register' ) );
	}

	/**
	 * What visitors see of an article.
	 */
	private static function register_page() {
		add_action( 'init', array( OwnTaxonomies::class, 'register' ), 99 );
		add_action( 'wp', array( Head::class, 'prepare' ) );
		add_filter( 'pre_get_document_title', array( Head::class, 'title' ), 20 );
		add_filter( 'pre_get_document_title', array( Head::class, 'mend' ), PHP_INT_MAX );
		add_action( 'wp_head', array( Head::class, 'print_description' ), 1 );
		add_filter( 'get_canonical_url', array( Head::class, 'canonical_url' ), 20, 2 );
		add_action( 'enqueue_block_assets', array( Stylesheet::class, 'enqueue' ) );
	}

	/**
	 * What people do to posts, and what is told of it.
	 */
	private static function register_outbox() {
		add_action( 'wp_after_insert_post', array( Recorder::class, 'saved' ), 99, 4 );
		add_action( 'transition_post_status', array( Recorder::class, 'moved' ), 99, 3 );
		add_action( 'before_delete_post', array( Recorder::class, 'deleted' ), 99 );
		add_action( 'set_object_terms', array( Recorder::class, 'terms_set' ), 99, 6 );
		add_action( 'delete_term_relationships', array( TermWatch::class, 'before_taken_off' ), 99, 3 );
		add_action( 'deleted_term_relationships', array( TermWatch::class, 'taken_off' ), 99, 3 );
		add_action( 'edit_terms', array( TermWatch::class, 'before_change' ), 99, 2 );
		add_action( 'edited_term', array( TermWatch::class, 'changed' ), 99, 3 );
		add_action( 'edit_terms', array( TermEvents::class, 'before_change' ), 99, 2 );
		add_action( 'edited_term', array( TermEvents::class, 'changed' ), 99, 3 );
		add_action( 'created_term', array( TermEvents::class, 'made' ), 99, 3 );
		add_action( 'pre_delete_term', array( TermEvents::class, 'before_delete' ), 99, 2 );
		add_action( 'delete_term', array( TermEvents::class, 'deleted' ), 99, 4 );
		add_action( 'wp_trash_post', array( Trash::class, 'somebody_trashes' ) );
		add_action( 'untrashed_post', array( Trash::class, 'came_out' ) );
		foreach ( array( 'added', 'updated', 'deleted' ) as $change ) {
			add_action( $change . '_post_meta', array( Recorder::class, 'meta_changed' ), 99, 3 );
		}
		add_action( 'permalink_structure_changed', array( Lifecycle::class, 'addresses_changed' ), 99, 2 );
		add_action( Hooks::JOBS, array( Runner::class, 'run' ) );
		add_action( Hooks::DAILY, array( Runner::class, 'daily' ) );
	}

	/**
	 * What the rooms tell each other, and sites of a network that come and go.
	 */
	private static function register_own_events() {
		add_action( Hooks::CREATE_TABLES, array( Publications::class, 'create' ) );
		add_action( Hooks::CREATE_TABLES, array( Store::class, 'create' ) );
		add_action( Hooks::CREATE_TABLES, array( ImageIndex::class, 'create' ) );
		add_action( Hooks::CREATE_TABLES, array( Ledger::class, 'create' ) );
		// After an update by night nobody comes to the dashboard, but cron does.
		foreach ( array( Hooks::JOBS, Hooks::DAILY, Hooks::CHECK_UPDATE, Hooks::REPORT ) as $job ) {
			add_action( $job, array( Schema::class, 'ensure' ), 1 );
		}
		add_action( Hooks::TOLD, array( Ledger::class, 'told' ), 10, 2 );
		add_action( 'delete_attachment', array( ImageIndex::class, 'forget' ) );
		add_action( Hooks::WORK_WAITS, array( Runner::class, 'soon' ) );
		add_filter( Hooks::HANDSHAKE, array( Store::class, 'add_position' ) );
		add_action( Hooks::CONNECTED, array( Lifecycle::class, 'connected' ) );
		add_action( Hooks::DISCONNECTED, array( Lifecycle::class, 'disconnected' ) );
		add_action( Hooks::COPIED, array( Lifecycle::class, 'copied' ) );
		add_action( 'wp_initialize_site', array( Installer::class, 'site_made' ), 99 );
		add_filter( 'wpmu_drop_tables', array( Installer::class, 'tables_of_site' ), 10, 2 );
	}

	/**
	 * Updates of the bridge itself.
	 */
	private static function register_updates() {
		add_filter( 'site_transient_update_plugins', array( self::class, 'hear_of_checks' ), 1 );
		add_filter( 'site_transient_update_plugins', array( Updater::class, 'inject' ) );
		add_filter( 'pre_set_site_transient_update_plugins', array( Updater::class, 'without_package' ), PHP_INT_MAX );
		add_filter( 'plugins_api', array( Details::class, 'show' ), 20, 3 );
		// The last word: what another plugin fetched is verified, too.
		add_filter( 'upgrader_pre_download', array( Package::class, 'fetch' ), PHP_INT_MAX, 4 );
		add_filter( 'upgrader_source_selection', array( Package::class, 'place' ), PHP_INT_MAX, 4 );
		add_action( 'upgrader_process_complete', array( Heartbeat::class, 'updated' ), 1, 2 );
		add_action( 'automatic_updates_complete', array( Heartbeat::class, 'taken_back' ) );
		add_action( Hooks::CHECK_UPDATE, array( Check::class, 'by_cron' ) );
		add_action( Hooks::REPORT, array( Heartbeat::class, 'report' ) );
	}

	/**
	 * WordPress looks at its list of updates before it asks for new ones. Only then is it worth reading which
	 * host this release gets its updates from.
	 *
	 * @param mixed $updates The list.
	 * @return mixed
	 */
	public static function hear_of_checks( $updates ) {
		add_filter( 'update_plugins_' . Pinned::UPDATE_HOST, array( Updater::class, 'answer_core' ), 10, 3 );
		return $updates;
	}

	/**
	 * The settings page, and what administrators have to know.
	 */
	private static function register_admin() {
		add_action( 'init', array( self::class, 'load_translations' ) );
		add_action( 'admin_init', array( Schema::class, 'ensure' ) );
		add_action( 'admin_init', array( Check::class, 'schedule' ) );
		add_action( 'admin_init', array( Privacy::class, 'suggest' ) );
		add_action( 'admin_notices', array( Notices::class, 'show' ) );
		add_action( 'network_admin_notices', array( Notices::class, 'show' ) );
		add_action( 'admin_menu', array( SettingsPage::class, 'add_to_menu' ) );
		foreach ( SettingsPage::BUTTONS as $action => $method ) {
			add_action( 'admin_post_' . $action, array( SettingsPage::class, $method ) );
		}
		add_action( 'admin_enqueue_scripts', array( SettingsPage::class, 'add_script' ) );
		add_filter( 'plugin_action_links_' . plugin_basename( IGNY8_BRIDGE_FILE ), array( SettingsPage::class, 'add_settings_link' ) );
	}

	/**
	 * Loads the translations that come with the plugin.
	 */
	public static function load_translations() {
		load_plugin_textdomain( 'igny8-wp-bridge', false, dirname( plugin_basename( IGNY8_BRIDGE_FILE ) ) . '/languages' );
	}
}
