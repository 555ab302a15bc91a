<?php
/**
 * Settings, IGNY8.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Admin;

use Igny8\Bridge\Connection\CloneGuard;
use Igny8\Bridge\Connection\Gate;
use Igny8\Bridge\Connection\Pairing;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Jobs\Runner;
use Igny8\Bridge\Structure\Push;
use Igny8\Bridge\Structure\Structure;
use Igny8\Bridge\Update\Installed;

defined( 'ABSPATH' ) || exit;

/**
 * The page's place in the menu, and its buttons. What it looks like is in Screen.
 */
final class SettingsPage {

	const SLUG       = 'igny8-wp-bridge';
	const CONNECT    = 'igny8_connect';
	const DISCONNECT = 'igny8_disconnect';
	const SAVE       = 'igny8_save';
	const SYNC       = 'igny8_sync';
	const MOVED      = 'igny8_site_moved';
	const COPY       = 'igny8_site_copy';

	// What each button does.
	const BUTTONS = array(
		self::CONNECT    => 'connect',
		self::DISCONNECT => 'disconnect',
		self::SAVE       => 'save',
		self::SYNC       => 'sync',
		self::MOVED      => 'moved',
		self::COPY       => 'copied',
	);

	/**
	 * Adds the page to the Settings menu.
	 */
	public static function add_to_menu() {
		add_options_page( 'IGNY8', 'IGNY8', 'manage_options', self::SLUG, array( self::class, 'show' ) );
	}

	/**
	 * Adds a link to the list of plugins.
	 *
	 * @param string[] $links Links of the plugin.
	 * @return string[]
	 */
	public static function add_settings_link( $links ) {
		array_unshift( $links, sprintf( '<a href="%s">%s</a>', esc_url( self::url() ), esc_html__( 'Settings', 'igny8-wp-bridge' ) ) );
		return $links;
	}

	/**
	 * The Connect button.
	 */
	public static function connect() {
		self::check( self::CONNECT );
		// phpcs:disable WordPress.Security.NonceVerification.Missing -- check() has verified it.
		$url = isset( $_POST['api_url'] ) ? esc_url_raw( wp_unslash( $_POST['api_url'] ) ) : '';
		$key = isset( $_POST['api_key'] ) ? sanitize_text_field( wp_unslash( $_POST['api_key'] ) ) : '';
		// phpcs:enable
		$outcome = Pairing::connect( '' !== $url ? $url : Installed::api_url(), $key );
		// Whoever connects is the author, until somebody chooses another.
		if ( $outcome['ok'] && ! get_option( Options::AUTHOR ) && current_user_can( 'publish_posts' ) ) {
			update_option( Options::AUTHOR, get_current_user_id() );
		}
		self::go_back( $outcome['ok'] ? 'connected' : 'not_connected' );
	}

	/**
	 * The Disconnect button.
	 */
	public static function disconnect() {
		self::check( self::DISCONNECT );
		Pairing::disconnect();
		self::go_back( 'disconnected' );
	}

	/**
	 * The Save button.
	 */
	public static function save() {
		self::check( self::SAVE );
		// phpcs:disable WordPress.Security.NonceVerification.Missing -- check() has verified it.
		$author = isset( $_POST['author'] ) ? absint( $_POST['author'] ) : 0;
		$ticked = isset( $_POST['types'] ) && is_array( $_POST['types'] ) ? array_map( 'sanitize_key', wp_unslash( $_POST['types'] ) ) : array();
		if ( $author && user_can( $author, 'publish_posts' ) ) {
			update_option( Options::AUTHOR, $author );
		}
		$stored = get_option( Options::SWITCHES, array() );
		$types  = is_array( $stored ) && isset( $stored['types'] ) && is_array( $stored['types'] ) ? $stored['types'] : array();
		$seen   = Structure::collect();
		foreach ( array_keys( (array) $seen['post_types'] + (array) $seen['taxonomies'] ) as $name ) {
			$types[ $name ] = array_merge( $types[ $name ] ?? array(), array( 'enabled' => in_array( $name, $ticked, true ) ) );
		}
		update_option(
			Options::SWITCHES,
			array(
				'operations'  => ! empty( $_POST['operations'] ),
				'two_way'     => ! empty( $_POST['two_way'] ),
				'second_door' => ! empty( $_POST['second_door'] ),
				'types'       => $types,
			)
		);
		update_option( Options::SEO_OUTPUT, empty( $_POST['seo_output'] ) ? '0' : '1' );
		update_option( Options::ERASE_MARKS, empty( $_POST['erase_marks'] ) ? '0' : '1' );
		// phpcs:enable
		if ( State::is_connected() ) {
			Push::want();
		}
		self::go_back( 'saved' );
	}

	/**
	 * The Sync now button: waits for what comes of it, because a person does.
	 */
	public static function sync() {
		self::check( self::SYNC );
		Gate::open();
		Push::want( true );
		Runner::run();
		$gate = ( new Gate() )->report();
		$sent = null === Push::next_at() && ! $gate['failures'] && ! $gate['stopped'];
		self::go_back( $sent ? 'synced' : 'not_synced' );
	}

	/**
	 * The button "The site has moved".
	 */
	public static function moved() {
		self::check( self::MOVED );
		CloneGuard::moved();
		Runner::soon();
		self::go_back( '' );
	}

	/**
	 * The button "This is a copy".
	 */
	public static function copied() {
		self::check( self::COPY );
		CloneGuard::copy();
		self::go_back( '' );
	}

	/**
	 * Prints the page.
	 */
	public static function show() {
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- only chooses among fixed sentences.
		$result = isset( $_GET['igny8'] ) ? sanitize_key( $_GET['igny8'] ) : '';
		( new Screen() )->show( $result );
	}

	/**
	 * Says what is at work while a button waits, and leads the focus to what came of it.
	 *
	 * @param string $page The admin page.
	 */
	public static function add_script( $page ) {
		if ( 'settings_page_' . self::SLUG === $page ) {
			wp_enqueue_script( 'igny8-settings', plugins_url( 'assets/settings.js', IGNY8_BRIDGE_FILE ), array(), IGNY8_BRIDGE_VERSION, true );
		}
	}

	/**
	 * Stops whoever may not do this.
	 *
	 * @param string $action The nonce's action.
	 */
	private static function check( $action ) {
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_die( esc_html__( 'You may not change these settings.', 'igny8-wp-bridge' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( $action );
	}

	/**
	 * Back to the page, so that a reload sends nothing again.
	 *
	 * @param string $result What came of it, in one word; empty where the page says it anyway.
	 */
	private static function go_back( $result ) {
		wp_safe_redirect( '' === $result ? self::url() : add_query_arg( 'igny8', $result, self::url() ) );
		exit;
	}

	/**
	 * Address of the page.
	 *
	 * @return string
	 */
	private static function url() {
		return admin_url( 'options-general.php?page=' . self::SLUG );
	}
}
