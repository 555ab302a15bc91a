<?php
/**
 * How long one call may work on images.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media;

use Igny8\Bridge\Core\Clock;

defined( 'ABSPATH' ) || exit;

/**
 * A clock that is started with the call. The backend waits 30 s for an answer: nothing new is begun after
 * 20 s, and a download that was begun before then ends soon after.
 */
final class Deadline {

	const CALL_SECONDS     = 20;
	const DOWNLOAD_SECONDS = 15;
	const OVERTIME_SECONDS = 5;

	/**
	 * When the call began.
	 *
	 * @var float
	 */
	private $begun;

	/**
	 * Seconds after which nothing new is begun.
	 *
	 * @var float
	 */
	private $call_seconds;

	/**
	 * Seconds that a download gets at the start of a call.
	 *
	 * @var float
	 */
	private $download_seconds;

	/**
	 * Starts the clock.
	 */
	public function __construct() {
		$this->begun = Clock::seconds();

		/**
		 * Filters after how many seconds a publish stops fetching images and answers 202.
		 *
		 * @param float $seconds Seconds.
		 */
		$this->call_seconds = (float) apply_filters( 'igny8_images_call_seconds', self::CALL_SECONDS );

		/**
		 * Filters how many seconds the download of one image may take.
		 *
		 * @param float $seconds Seconds.
		 */
		$this->download_seconds = (float) apply_filters( 'igny8_images_download_seconds', self::DOWNLOAD_SECONDS );
	}

	/**
	 * Whether the rest is for the next call.
	 *
	 * @return bool
	 */
	public function is_over() {
		return $this->elapsed() >= $this->call_seconds;
	}

	/**
	 * How long a download that begins now may take.
	 *
	 * @return float Seconds.
	 */
	public function download_seconds() {
		$left = $this->call_seconds + self::OVERTIME_SECONDS - $this->elapsed();
		return max( 1, min( $this->download_seconds, $left ) );
	}

	/**
	 * Whether a download that begins now gets less time than one at the start of a call.
	 *
	 * @return bool
	 */
	public function is_short() {
		return $this->download_seconds() < $this->download_seconds;
	}

	/**
	 * Seconds since the call began.
	 *
	 * @return float
	 */
	private function elapsed() {
		return Clock::seconds() - $this->begun;
	}
}
