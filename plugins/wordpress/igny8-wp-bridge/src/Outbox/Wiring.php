<?php
/**
 * The hooks of everything that talks to the backend on its own.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Outbox;

use Igny8\Bridge\Install\CloneGuard;
use Igny8\Bridge\Install\Options;
use Igny8\Bridge\Structure\Push;

defined( 'ABSPATH' ) || exit;

/**
 * Registers callbacks by name, so that a page view that changes nothing loads none of their classes;
 * and knows what begins and ends with a connection.
 */
final class Wiring {

	// Jobs of WP-Cron: as soon as something is due, and once a day.
	const HOOK  = 'igny8_errands';
	const DAILY = 'igny8_daily';

	/**
	 * Registers the hooks.
	 */
	public static function register() {
		$recorder = __NAMESPACE__ . '\Recorder';
		add_action( 'wp_after_insert_post', array( $recorder, 'saved' ), 99, 4 );
		add_action( 'transition_post_status', array( $recorder, 'moved' ), 99, 3 );
		add_action( 'before_delete_post', array( $recorder, 'deleted' ), 99 );
		add_action( 'set_object_terms', array( $recorder, 'terms_set' ), 99, 6 );
		foreach ( array( 'added', 'updated', 'deleted' ) as $change ) {
			add_action( $change . '_post_meta', array( $recorder, 'meta_changed' ), 99, 3 );
		}
		add_action( self::HOOK, array( __NAMESPACE__ . '\Errands', 'run' ) );
		add_action( self::DAILY, array( __NAMESPACE__ . '\Errands', 'daily' ) );
		add_action( 'rest_api_init', array( __NAMESPACE__ . '\Loopback', 'register' ) );
		add_action( 'wp_initialize_site', array( 'Igny8\Bridge\Install\Network', 'site_made' ), 99 );
		add_filter( 'wpmu_drop_tables', array( 'Igny8\Bridge\Install\Network', 'tables_of_site' ), 10, 2 );
		if ( is_admin() ) {
			add_action( 'admin_notices', array( __NAMESPACE__ . '\Notices', 'show' ) );
			add_action( 'admin_post_' . CloneGuard::MOVED, array( 'Igny8\Bridge\Install\CloneGuard', 'handle_moved' ) );
			add_action( 'admin_post_' . CloneGuard::COPY, array( 'Igny8\Bridge\Install\CloneGuard', 'handle_copy' ) );
		}
	}

	/**
	 * A connection was made, or made anew.
	 *
	 * @param array{api_url: string, site_id: int} $before The connection before.
	 */
	public static function connected( array $before ) {
		$now = Options::connection();
		if ( $before['api_url'] !== $now['api_url'] || $before['site_id'] !== $now['site_id'] ) {
			// What waits was meant for another site of IGNY8, if for any.
			$store = new Store();
			$store->acknowledge_seqs( array_column( $store->waiting(), 'seq' ) );
		}
		CloneGuard::remember();
		update_option( Options::PREVIOUS_KEY, '' );
		delete_option( Options::UNCONFIRMED_KEY );
		Gate::open();
		Errands::schedule_daily();
		Push::want( true );
	}

	/**
	 * The connection was forgotten.
	 */
	public static function disconnected() {
		Errands::unschedule();
		Gate::open();
		update_option( Options::HOME, '' );
		update_option( Options::PREVIOUS_KEY, '' );
		delete_option( Options::UNCONFIRMED_KEY );
		delete_option( Options::STRUCTURE_STATE );
	}
}
