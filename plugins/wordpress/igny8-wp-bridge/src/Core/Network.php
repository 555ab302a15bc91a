<?php
/**
 * Sites of a network.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * Every site of a network has its own connection and its own tables.
 */
final class Network {

	/**
	 * Does something on every site of the network, or on this one where there is none.
	 *
	 * @param callable $work         What to do.
	 * @param bool     $network_wide Whether all sites are meant.
	 */
	public static function each_site( callable $work, $network_wide = true ) {
		if ( ! $network_wide || ! is_multisite() ) {
			$work();
			return;
		}
		foreach ( get_sites(
			array(
				'fields' => 'ids',
				'number' => 0,
			)
		) as $blog_id ) {
			self::on_site( (int) $blog_id, $work );
		}
	}

	/**
	 * Does something on one site of the network.
	 *
	 * @param int      $blog_id The site.
	 * @param callable $work    What to do.
	 * @return mixed What it returns.
	 */
	public static function on_site( $blog_id, callable $work ) {
		switch_to_blog( $blog_id );
		try {
			return $work();
		} finally {
			restore_current_blog();
		}
	}
}
