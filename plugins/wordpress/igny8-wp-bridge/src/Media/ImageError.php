<?php
/**
 * An image that cannot be had.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media;

defined( 'ABSPATH' ) || exit;

/**
 * Says why. Never stops a post: it becomes a warning.
 */
final class ImageError extends \Exception {

	const REFUSED     = 'image_url_refused';
	const UNREACHABLE = 'image_unreachable';
	const TOO_LARGE   = 'image_too_large';
	const WRONG_TYPE  = 'image_type_not_allowed';
	const NOT_STORED  = 'image_not_stored';
	// The one that was fetched for an earlier intent is shown.
	const NOT_REFRESHED = 'image_not_refreshed';

	/**
	 * Stable code.
	 *
	 * @var string
	 */
	public $warning_code;

	/**
	 * Whether it was only slow: with more time it may succeed.
	 *
	 * @var bool
	 */
	public $was_slow;

	/**
	 * Makes one.
	 *
	 * @param string $warning_code Stable code.
	 * @param string $message      In words, in English: it is read by the backend.
	 * @param bool   $was_slow     Whether it was only slow.
	 */
	public function __construct( $warning_code, $message, $was_slow = false ) {
		parent::__construct( $message );
		$this->warning_code = $warning_code;
		$this->was_slow     = $was_slow;
	}
}
