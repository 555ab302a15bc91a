<?php
/**
 * Values of post meta that somebody else has written a moment ago.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

defined( 'ABSPATH' ) || exit;

/**
 * WordPress replaces a value of meta whatever it is by then. While SEO fields and the featured image are
 * written, each value is compared with the one that was seen, right before it is replaced.
 */
final class MetaGuard {

	/**
	 * The post.
	 *
	 * @var int
	 */
	private $post_id;

	/**
	 * Values by key, as they were seen.
	 *
	 * @var array<string, string[]>
	 */
	private $seen;

	/**
	 * Keys that this process has written to since.
	 *
	 * @var array<string, true>
	 */
	private $ours = array();

	/**
	 * The key whose value is replaced by the next statement; empty when none is.
	 *
	 * @var string
	 */
	private $next = '';

	/**
	 * Remembers what is there.
	 *
	 * @param int $post_id The post, whose meta was read a moment ago.
	 */
	public function __construct( $post_id ) {
		$this->post_id = $post_id;
		$this->seen    = (array) get_post_meta( $post_id );
	}

	/**
	 * Does something under guard.
	 *
	 * @param callable $work What to do.
	 */
	public function around( callable $work ) {
		$added    = function ( $post_id, $key ) {
			if ( (int) $post_id === $this->post_id ) {
				$this->ours[ $key ] = true;
			}
		};
		$replaced = function ( $meta_id, $post_id, $key ) {
			$this->next = (int) $post_id === $this->post_id ? (string) $key : '';
		};
		add_action( 'add_post_meta', $added, PHP_INT_MAX, 2 );
		add_action( 'update_post_meta', $replaced, PHP_INT_MAX, 3 );
		add_action( 'delete_post_meta', $replaced, PHP_INT_MAX, 3 );
		try {
			$work();
		} finally {
			remove_action( 'add_post_meta', $added, PHP_INT_MAX );
			remove_action( 'update_post_meta', $replaced, PHP_INT_MAX );
			remove_action( 'delete_post_meta', $replaced, PHP_INT_MAX );
		}
	}

	/**
	 * Looks at the value that is replaced by the next statement.
	 *
	 * @return bool False when somebody else wrote it.
	 */
	public function may_write() {
		global $wpdb;
		$key        = $this->next;
		$this->next = '';
		if ( '' === $key || isset( $this->ours[ $key ] ) ) {
			return true;
		}
		$this->ours[ $key ] = true;
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- caches are what must not be asked.
		$now = $wpdb->get_col( $wpdb->prepare( "SELECT meta_value FROM $wpdb->postmeta WHERE post_id = %d AND meta_key = %s ORDER BY meta_id", $this->post_id, $key ) );
		return $now === ( $this->seen[ $key ] ?? array() );
	}
}
