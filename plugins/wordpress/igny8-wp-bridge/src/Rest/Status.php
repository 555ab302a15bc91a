<?php
/**
 * What this site is and how it is doing.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Rest;

use Igny8\Bridge\Connection\CloneGuard;
use Igny8\Bridge\Connection\Gate;
use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Outbox\Store;
use Igny8\Bridge\Publish\Author;
use Igny8\Bridge\Publish\Order;
use Igny8\Bridge\Seo\Plugins;
use Igny8\Bridge\Structure\Switches;

defined( 'ABSPATH' ) || exit;

/**
 * The report of GET status.
 */
final class Status {

	/**
	 * Collects the facts.
	 *
	 * @return array<string, mixed>
	 */
	public function report() {
		global $wpdb;
		$connection = Options::connection();
		$structure  = (string) get_option( 'permalink_structure' );
		$outbox     = $this->outbox();
		// After that: an outbox that cannot be read is an error.
		$error = get_option( Options::LAST_ERROR );
		return array(
			'bridge'             => array(
				'version'        => IGNY8_BRIDGE_VERSION,
				'site_id'        => $connection['site_id'],
				'integration_id' => $connection['integration_id'],
			),
			'site'               => array(
				'home_url'    => home_url(),
				'rest_url'    => rest_url(),
				'environment' => wp_get_environment_type(),
				'multisite'   => is_multisite(),
				'locale'      => get_locale(),
				'timezone'    => wp_timezone_string(),
			),
			'wordpress'          => get_bloginfo( 'version' ),
			'php'                => PHP_VERSION,
			'database'           => array(
				'server'  => $wpdb->db_version(),
				'charset' => (string) $wpdb->get_col_charset( $wpdb->posts, 'post_content' ),
			),
			'permalinks'         => array(
				'pretty'    => '' !== $structure,
				'structure' => $structure,
			),
			'seo_plugins'        => array_keys( Plugins::active() ),
			'cron'               => array(
				'disabled'        => defined( 'DISABLE_WP_CRON' ) && DISABLE_WP_CRON,
				'overdue_seconds' => $this->cron_overdue_seconds(),
			),
			'limits'             => array(
				'html_max_bytes'         => Order::HTML_MAX_BYTES,
				'post_max_bytes'         => wp_convert_hr_to_bytes( (string) ini_get( 'post_max_size' ) ),
				'memory_bytes'           => wp_convert_hr_to_bytes( (string) ini_get( 'memory_limit' ) ),
				'max_execution_seconds'  => (int) ini_get( 'max_execution_time' ),
			),
			'time'               => gmdate( 'Y-m-d\TH:i:s\Z', Clock::now() ),
			'egress_blocked'     => defined( 'WP_HTTP_BLOCK_EXTERNAL' ) && WP_HTTP_BLOCK_EXTERNAL,
			'outbox'             => $outbox,
			'site_url_changed'   => CloneGuard::site_url_changed(),
			'paused'             => ! Switches::may_publish(),
			'author_id'          => Author::find(),
			'last_error'         => is_array( $error ) ? $error : null,
		);
	}

	/**
	 * How far the outbox is.
	 *
	 * @return array{waiting: int, oldest_seconds: int, failures: int, retry_at: int, sent_at: int, error: string, stopped: bool}
	 */
	private function outbox() {
		$waiting = ( new Store() )->waiting();
		return array(
			'waiting'        => count( $waiting ),
			'oldest_seconds' => $waiting ? max( 0, Clock::now() - $waiting[0]->created_at ) : 0,
		) + ( new Gate() )->report();
	}

	/**
	 * How long the next scheduled job has been waiting.
	 *
	 * @return int Seconds; 0 when nothing is late.
	 */
	private function cron_overdue_seconds() {
		$jobs = array_keys( wp_get_ready_cron_jobs() );
		return $jobs ? max( 0, Clock::now() - (int) min( $jobs ) ) : 0;
	}
}
