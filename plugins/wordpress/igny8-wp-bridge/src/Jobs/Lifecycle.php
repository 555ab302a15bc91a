<?php
/**
 * What begins and ends with a connection.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Jobs;

use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\Fault;
use Igny8\Bridge\Core\Hooks;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\Schema;
use Igny8\Bridge\Outbox\Loss;
use Igny8\Bridge\Outbox\Store;
use Igny8\Bridge\Publish\Publications;
use Igny8\Bridge\Structure\Push;
use Igny8\Bridge\Update\Heartbeat;

defined( 'ABSPATH' ) || exit;

/**
 * Hears that this site was connected or disconnected, and sets the other rooms to it.
 */
final class Lifecycle {

	/**
	 * A connection was made, or made anew.
	 *
	 * @param array{api_url: string, site_id: int} $before The connection before.
	 */
	public static function connected( array $before ) {
		$now = Options::connection();
		if ( $before['api_url'] !== $now['api_url'] || $before['site_id'] !== $now['site_id'] ) {
			self::let_go_of_what_waits();
			self::listens_again();
		}
		Runner::schedule_daily();
		Push::want( true );
		delete_option( Options::REPORTED_VERSION );
		Heartbeat::soon();
	}

	/**
	 * What people did to posts is noted from now on; nobody knows what they did before.
	 */
	public static function listens_again() {
		self::have_all_looked_at( 'not_listening' );
	}

	/**
	 * For `permalink_structure_changed`: all posts have other addresses, and none was saved.
	 *
	 * @param string $before The structure before.
	 * @param string $now    The structure now.
	 */
	public static function addresses_changed( $before, $now ) {
		if ( $before !== $now && '' !== Options::api_key() ) {
			Schema::ensure();
			self::have_all_looked_at( 'addresses' );
		}
	}

	/**
	 * Where posts of IGNY8 are, asks it to look at all of them.
	 *
	 * @param string $why In a word.
	 */
	private static function have_all_looked_at( $why ) {
		try {
			$are_there = (bool) ( new Publications() )->latest( 1 );
		} catch ( DatabaseError $error ) {
			$are_there = true;
		}
		if ( $are_there && Loss::tell( new Store(), 0, Clock::now(), $why ) ) {
			do_action( Hooks::WORK_WAITS );
		}
	}

	/**
	 * Lets go of what waits: it was meant for another site of IGNY8, if for any.
	 */
	private static function let_go_of_what_waits() {
		$store = new Store();
		try {
			$store->acknowledge_seqs( array_column( $store->waiting(), 'seq' ) );
		} catch ( DatabaseError $error ) {
			// IGNY8 takes no notice of posts that it does not know.
			Options::remember_error( 'outbox_unreadable', Fault::told( 'What happened here before cannot be let go of: the database refuses it.', $error ) );
		}
	}

	/**
	 * The connection was forgotten.
	 */
	public static function disconnected() {
		Runner::unschedule();
		Push::forget();
	}

	/**
	 * This is a copy of the site that was connected: what it was about to tell is the original's.
	 */
	public static function copied() {
		Schema::ensure();
		( new Store() )->start_over();
	}
}
