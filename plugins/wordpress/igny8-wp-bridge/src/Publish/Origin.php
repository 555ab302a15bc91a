<?php
/**
 * Whose change it is.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

defined( 'ABSPATH' ) || exit;

/**
 * Marks the part of a request in which the bridge itself writes, so that what WordPress tells of it is
 * known as an echo. Only the post of the content that is being written is tagged: what other plugins
 * do to other posts meanwhile is news.
 */
final class Origin {

	/**
	 * The content that is being written and its operation; null outside.
	 *
	 * @var array{content_id: int, operation_id: string, correlation_id: string|null}|null
	 */
	private static $current;

	/**
	 * The fingerprints that the backend knows of posts of which we left alone what others had changed, by content.
	 *
	 * @var array<int, string>
	 */
	private static $left = array();

	/**
	 * Notes what the backend knows of a post of which we left alone what others had changed.
	 *
	 * @param int    $content_id  The content.
	 * @param string $fingerprint The fingerprint.
	 */
	public static function leaves( $content_id, $fingerprint ) {
		self::$left[ (int) $content_id ] = $fingerprint;
	}

	/**
	 * The fingerprint for the event that stands for our answer where that is lost. An event does not say what has
	 * moved, and nobody is to take others' changes for ours.
	 *
	 * @param int $content_id The content.
	 * @return string|null Null where it is the one of what is there.
	 */
	public static function left( $content_id ) {
		return self::$left[ (int) $content_id ] ?? null;
	}

	/**
	 * Does something as the bridge.
	 *
	 * @param int         $content_id     The content that is written.
	 * @param string      $operation_id   Its operation.
	 * @param callable    $work           What to do.
	 * @param string|null $correlation_id What the backend's logs know it by.
	 * @return mixed What it returns.
	 */
	public static function during( $content_id, $operation_id, callable $work, $correlation_id = null ) {
		$before        = self::$current;
		self::$current = array(
			'content_id'     => (int) $content_id,
			'operation_id'   => (string) $operation_id,
			'correlation_id' => $correlation_id,
		);
		try {
			return $work();
		} finally {
			self::$current = $before;
		}
	}

	/**
	 * What the bridge is writing right now.
	 *
	 * @return array{content_id: int, operation_id: string, correlation_id: string|null}|null
	 */
	public static function current() {
		return self::$current;
	}
}
