<?php
/**
 * Values of post meta that somebody else has written a moment ago.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Seo\Footprint;

defined( 'ABSPATH' ) || exit;

/**
 * WordPress replaces a value of meta whatever it is by then. Of the keys that hold SEO fields and the
 * featured image, it is known what this process saw and what it wrote: anything else is somebody's.
 */
final class MetaGuard {

	/**
	 * The post; 0 until it is made.
	 *
	 * @var int
	 */
	private $post_id = 0;

	/**
	 * The keys.
	 *
	 * @var string[]
	 */
	private $keys = array();

	/**
	 * Values by key, as this process saw or wrote them.
	 *
	 * @var array<string, string[]>
	 */
	private $known = array();

	/**
	 * The key whose value is replaced by the next statement; empty when none is.
	 *
	 * @var string
	 */
	private $next = '';

	/**
	 * Begins with what a post has.
	 *
	 * @param int $post_id The post, whose meta was read a moment ago; 0 for one that is to be made.
	 */
	public function begin( $post_id ) {
		$this->post_id = $post_id;
		$this->keys    = array_merge( Footprint::meta_keys(), array( '_thumbnail_id' ) );
		$this->known   = $post_id ? $this->now() : array();
	}

	/**
	 * Names the post that was made.
	 *
	 * @param int $post_id The post.
	 */
	public function follow( $post_id ) {
		$this->post_id = $post_id;
	}

	/**
	 * Does something while what this process writes is noted.
	 *
	 * @param callable $work What to do.
	 * @return mixed What it returns.
	 */
	public function around( callable $work ) {
		add_action( 'update_post_meta', array( $this, 'will_write' ), PHP_INT_MAX, 3 );
		add_action( 'delete_post_meta', array( $this, 'will_write' ), PHP_INT_MAX, 3 );
		add_action( 'added_post_meta', array( $this, 'wrote' ), PHP_INT_MAX, 4 );
		add_action( 'updated_post_meta', array( $this, 'wrote' ), PHP_INT_MAX, 4 );
		add_action( 'deleted_post_meta', array( $this, 'wrote' ), PHP_INT_MAX, 3 );
		try {
			return $work();
		} finally {
			remove_action( 'update_post_meta', array( $this, 'will_write' ), PHP_INT_MAX );
			remove_action( 'delete_post_meta', array( $this, 'will_write' ), PHP_INT_MAX );
			remove_action( 'added_post_meta', array( $this, 'wrote' ), PHP_INT_MAX );
			remove_action( 'updated_post_meta', array( $this, 'wrote' ), PHP_INT_MAX );
			remove_action( 'deleted_post_meta', array( $this, 'wrote' ), PHP_INT_MAX );
		}
	}

	/**
	 * For `update_post_meta` and `delete_post_meta`: the next statement writes a key.
	 *
	 * @param int|int[] $meta_id The row, or rows.
	 * @param int       $post_id The post.
	 * @param string    $key     The key.
	 */
	public function will_write( $meta_id, $post_id, $key ) {
		$this->next = $this->is_watched( $post_id, $key ) ? (string) $key : '';
	}

	/**
	 * For `added_post_meta`, `updated_post_meta` and `deleted_post_meta`: this process wrote a key.
	 *
	 * @param int|int[] $meta_id The row, or rows.
	 * @param int       $post_id The post.
	 * @param string    $key     The key.
	 * @param mixed     $value   The value; null when it was deleted.
	 */
	public function wrote( $meta_id, $post_id, $key, $value = null ) {
		if ( $this->is_watched( $post_id, $key ) ) {
			$is_only             = is_scalar( $value ) && count( $this->known[ $key ] ?? array() ) < 1;
			$this->known[ $key ] = $is_only ? array( (string) $value ) : $this->values( $key );
		}
	}

	/**
	 * Looks at the value that is replaced by the next statement.
	 *
	 * @return bool False when somebody else wrote it.
	 */
	public function may_write() {
		$key        = $this->next;
		$this->next = '';
		return '' === $key || $this->values( $key ) === ( $this->known[ $key ] ?? array() );
	}

	/**
	 * Whether somebody else wrote any of the keys.
	 *
	 * @return bool
	 */
	public function somebody_wrote() {
		$known = array_filter( $this->known );
		$now   = $this->now();
		ksort( $known );
		ksort( $now );
		return $known !== $now;
	}

	/**
	 * Whether a key is one of those that are watched.
	 *
	 * @param int    $post_id The post.
	 * @param string $key     The key.
	 * @return bool
	 */
	private function is_watched( $post_id, $key ) {
		return $this->post_id && (int) $post_id === $this->post_id && in_array( $key, $this->keys, true );
	}

	/**
	 * What the post has, as it was read last.
	 *
	 * @return array<string, string[]>
	 */
	private function now() {
		return array_intersect_key( (array) get_post_meta( $this->post_id ), array_flip( $this->keys ) );
	}

	/**
	 * The values of a key, past every cache.
	 *
	 * @param string $key The key.
	 * @return string[]
	 */
	private function values( $key ) {
		global $wpdb;
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- caches are what must not be asked.
		return $wpdb->get_col( $wpdb->prepare( "SELECT meta_value FROM $wpdb->postmeta WHERE post_id = %d AND meta_key = %s ORDER BY meta_id", $this->post_id, $key ) );
	}
}
