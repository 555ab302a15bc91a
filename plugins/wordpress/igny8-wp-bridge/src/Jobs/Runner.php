<?php
/**
 * Calls to the backend that nobody waits for.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Jobs;

use Igny8\Bridge\Connection\CloneGuard;
use Igny8\Bridge\Connection\KeyHandover;
use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\Hooks;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Media\Leftovers;
use Igny8\Bridge\Media\LostImages;
use Igny8\Bridge\Outbox\Sender;
use Igny8\Bridge\Publish\LostRows;
use Igny8\Bridge\Structure\Push;
use Igny8\Bridge\Update\Heartbeat;

defined( 'ABSPATH' ) || exit;

/**
 * Runs what is due, after the response has gone out: in this process where PHP can let go of the
 * browser, else in another one that a call to this very site starts, else when cron comes.
 */
final class Runner {

	// Cron comes this much later, in case nothing else did.
	const FALLBACK_SECONDS = 60;

	/**
	 * Asks for a run when this request is over.
	 */
	public static function soon() {
		if ( ! has_action( 'shutdown', array( self::class, 'after_response' ) ) ) {
			add_action( 'shutdown', array( self::class, 'after_response' ), PHP_INT_MAX );
		}
		self::schedule( Clock::now() + self::FALLBACK_SECONDS );
	}

	/**
	 * Lets go of the browser and runs, or has somebody else run.
	 */
	public static function after_response() {
		/**
		 * Filters whether the bridge calls the backend right after a request. Where not, cron does.
		 *
		 * @param bool $wanted Default true.
		 */
		if ( ! apply_filters( 'igny8_send_after_response', true ) || ! self::may_run() ) {
			return;
		}
		if ( self::nobody_waits() || self::let_go() ) {
			self::run();
		} elseif ( self::is_something_due() ) {
			Loopback::knock();
		}
	}

	/**
	 * Runs what is due. For cron, the loopback call and tests.
	 */
	public static function run() {
		if ( ! self::may_run() ) {
			return;
		}
		KeyHandover::confirm_if_due();
		$sender = new Sender();
		$sender->run();
		Push::run_if_due();
		LostRows::go_on();
		LostImages::go_on();
		$next = array_filter( array( $sender->next_at(), Push::next_at(), KeyHandover::next_at() ) );
		if ( $next ) {
			self::schedule( (int) min( $next ) );
		}
	}

	/**
	 * Once a day: puts this site's own things in order, asks for the structure, and catches what every
	 * other way forgot.
	 */
	public static function daily() {
		LostRows::count();
		LostImages::count();
		Leftovers::remove();
		if ( self::may_run() ) {
			Push::want();
			self::run();
			Heartbeat::report();
		}
	}

	/**
	 * Sees to it that the daily run is scheduled, at a minute of this site's own.
	 */
	public static function schedule_daily() {
		if ( ! wp_next_scheduled( Hooks::DAILY ) ) {
			wp_schedule_event( Clock::now() + wp_rand( HOUR_IN_SECONDS, DAY_IN_SECONDS ), 'daily', Hooks::DAILY );
		}
	}

	/**
	 * Takes everything off the schedule of this blog.
	 */
	public static function unschedule() {
		wp_clear_scheduled_hook( Hooks::JOBS );
		wp_clear_scheduled_hook( Hooks::DAILY );
		wp_clear_scheduled_hook( Hooks::REPORT );
	}

	/**
	 * Whether this site is connected, and is the one that was connected.
	 *
	 * @return bool
	 */
	private static function may_run() {
		return '' !== Options::api_key() && '' !== Options::connection()['api_url'] && ! CloneGuard::site_url_changed();
	}

	/**
	 * Whether there is anything to do now.
	 *
	 * @return bool
	 */
	private static function is_something_due() {
		$next = array_filter( array( ( new Sender() )->next_at(), Push::next_at(), KeyHandover::next_at() ) );
		return $next && min( $next ) <= Clock::now();
	}

	/**
	 * Whether nobody waits for this process anyway.
	 *
	 * @return bool
	 */
	private static function nobody_waits() {
		return wp_doing_cron() || ( defined( 'WP_CLI' ) && WP_CLI );
	}

	/**
	 * Sends the response off and goes on without the browser.
	 *
	 * @return bool Whether PHP can do that here.
	 */
	private static function let_go() {
		foreach ( array( 'fastcgi_finish_request', 'litespeed_finish_request' ) as $finish ) {
			if ( function_exists( $finish ) ) {
				// The visitor's next request must not wait for the session of this one.
				if ( PHP_SESSION_ACTIVE === session_status() ) {
					session_write_close();
				}
				ignore_user_abort( true );
				return (bool) $finish();
			}
		}
		return false;
	}

	/**
	 * Has cron run at a time, unless it comes earlier anyway.
	 *
	 * @param int $at Unix time.
	 */
	private static function schedule( $at ) {
		$planned = wp_next_scheduled( Hooks::JOBS );
		if ( $planned && $planned <= $at ) {
			return;
		}
		wp_clear_scheduled_hook( Hooks::JOBS );
		wp_schedule_single_event( $at, Hooks::JOBS );
	}
}
