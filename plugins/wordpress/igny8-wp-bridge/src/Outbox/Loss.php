<?php
/**
 * Events that are not told one by one.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Outbox;

use Igny8\Bridge\Core\Clock;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared

/**
 * One `data_loss` event stands for those that too many came after, that waited too long, whose post
 * could not be read, or that nobody noted, because the plugin was off or not connected, or because
 * many posts got other addresses or terms at once: the backend then repairs by reading the posts.
 */
final class Loss {

	const ACTION        = 'data_loss';
	const LIMIT_ROWS    = 1000;
	const LIMIT_SECONDS = 1209600;

	/**
	 * Where more wait than may, or some wait too long, puts one event in their place.
	 *
	 * @param Store $store The outbox.
	 */
	public static function enforce_limits( Store $store ) {
		global $wpdb;
		$table          = Store::table();
		$oldest_allowed = Clock::now() - self::LIMIT_SECONDS;
		// Numbers may have gaps: as many as lie between the first that waits and the last can wait at most, and
		// they are counted only when those are too many.
		$first = $store->ask(
			static function () use ( $table ) {
				global $wpdb;
				return $wpdb->get_row( "SELECT created_at, (SELECT MAX(seq) FROM $table) - seq AS behind FROM $table WHERE acked_at = 0 ORDER BY seq LIMIT 1" );
			}
		);
		if ( ! $first || ( (int) $first->behind < self::LIMIT_ROWS && (int) $first->created_at >= $oldest_allowed ) ) {
			return;
		}
		$found = $store->ask(
			static function () use ( $table ) {
				global $wpdb;
				return $wpdb->get_row( "SELECT COUNT(*) AS waiting, MIN(created_at) AS oldest FROM $table WHERE acked_at = 0" );
			}
		);
		if ( ! $found || ! $found->waiting ) {
			return;
		}
		$too_many = (int) $found->waiting > self::LIMIT_ROWS;
		if ( ! $too_many && (int) $found->oldest >= $oldest_allowed ) {
			return;
		}
		$lost = $wpdb->prepare( 'acked_at = 0 AND (created_at < %d OR action = %s)', $too_many ? PHP_INT_MAX : $oldest_allowed, self::ACTION );
		// First the new row, then the deletion: whenever PHP dies, the loss is told.
		$dropped = (int) $wpdb->get_var( "SELECT COUNT(*) FROM $table WHERE $lost" );
		$seq     = self::tell( $store, $dropped, (int) $found->oldest, $too_many ? 'too_many' : 'too_old' );
		if ( $seq ) {
			$wpdb->query( $wpdb->prepare( "DELETE FROM $table WHERE seq < %d AND ", $seq ) . $lost );
		}
	}

	/**
	 * Tells of a loss.
	 *
	 * @param Store  $store  The outbox.
	 * @param int    $count  How many events; 0 when nobody knows.
	 * @param int    $since  Unix time of the oldest.
	 * @param string $reason too_many, too_old, unreadable, not_listening, addresses or terms.
	 * @return int Its number; 0 when the database failed.
	 */
	public static function tell( Store $store, $count, $since, $reason ) {
		return $store->add(
			self::ACTION,
			0,
			0,
			array(
				'dropped'     => $count,
				'since'       => gmdate( 'Y-m-d\TH:i:s\Z', $since ),
				'reason'      => $reason,
				'origin'      => 'wordpress',
				'occurred_at' => gmdate( 'Y-m-d\TH:i:s\Z', Clock::now() ),
			)
		);
	}
}
