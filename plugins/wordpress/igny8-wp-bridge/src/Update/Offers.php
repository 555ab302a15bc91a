<?php
/**
 * What is remembered of updates.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Update;

use Igny8\Bridge\Core\Options;

defined( 'ABSPATH' ) || exit;

/**
 * The last good offer, and when to ask again. One plugin is installed once for a whole network, so this
 * belongs to the network; it is not autoloaded.
 */
final class Offers {

	/**
	 * What is remembered.
	 *
	 * @return array{offer: array|null, status: string, status_of: string, checked_at: int, asked_at: int, failures: int, retry_at: int, taken_back: string}
	 *         `status` of the version `status_of`: ok, deprecated, yanked or vulnerable. Times are Unix times.
	 *         `taken_back` is a version that broke this site.
	 */
	public static function state() {
		$stored = get_site_option( Options::UPDATE, array() );
		return array_merge(
			array(
				'offer'      => null,
				'status'     => 'ok',
				'status_of'  => '',
				'checked_at' => 0,
				'asked_at'   => 0,
				'failures'   => 0,
				'retry_at'   => 0,
				'taken_back' => '',
			),
			is_array( $stored ) ? $stored : array()
		);
	}

	/**
	 * Remembers.
	 *
	 * @param array<string, mixed> $state What.
	 */
	public static function keep( array $state ) {
		update_site_option( Options::UPDATE, $state );
	}

	/**
	 * The offer that stands.
	 *
	 * @return array<string, mixed>
	 */
	public static function current() {
		$offer = self::state()['offer'];
		// Another version of the bridge may have kept it.
		$offer = is_array( $offer ) ? Offer::from_answer( $offer ) : null;
		return $offer ?? Offer::of_nothing();
	}

	/**
	 * What the backend says of the version that is installed.
	 *
	 * @return string ok, deprecated, yanked or vulnerable.
	 */
	public static function status() {
		$state = self::state();
		return IGNY8_BRIDGE_VERSION === $state['status_of'] ? $state['status'] : 'ok';
	}

	/**
	 * Hears what the backend says of the version that is installed.
	 *
	 * @param array<string, mixed> $state What is remembered.
	 * @param mixed                $data  `data` of an answer.
	 * @return array<string, mixed> What to remember.
	 */
	public static function heard( array $state, $data ) {
		$status = is_array( $data ) ? ( $data['installed_version_status'] ?? null ) : null;
		if ( in_array( $status, array( 'ok', 'deprecated', 'yanked', 'vulnerable' ), true ) ) {
			$state['status']    = $status;
			$state['status_of'] = IGNY8_BRIDGE_VERSION;
		}
		return $state;
	}

	/**
	 * Forgets everything.
	 */
	public static function forget() {
		delete_site_option( Options::UPDATE );
		delete_site_transient( Details::CACHE );
	}
}
