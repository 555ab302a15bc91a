<?php
/**
 * The bridge in WordPress's list of updates.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Update;

defined( 'ABSPATH' ) || exit;

/**
 * Tells WordPress's updater what is offered, also where nothing is newer and where its own check never comes
 * to us.
 */
final class Updater {

	/**
	 * For `update_plugins_{host}`: what there is for the bridge.
	 *
	 * @param mixed                $update What others said.
	 * @param array<string, mixed> $plugin Headers of a plugin.
	 * @param string               $file   Its file.
	 * @return mixed
	 */
	public static function answer_core( $update, $plugin = array(), $file = '' ) {
		if ( ! Installed::is_release() || Installed::file() !== $file ) {
			return $update;
		}
		// Right after an update old code runs beside new files: it does as little as it can.
		if ( ! did_action( 'upgrader_process_complete' ) ) {
			// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- only how old an answer may be.
			$by_person = is_admin() && isset( $_GET['force-check'] );
			Check::run( wp_doing_cron() ? 'cron' : 'admin', $by_person ? Check::PERSON_SECONDS : Check::FRESH_SECONDS );
		}
		return Offer::for_core( Offers::current() );
	}

	/**
	 * For `site_transient_update_plugins`: what is known of the bridge, in place of what was known when the list
	 * was stored. It never asks anybody.
	 *
	 * @param mixed $updates The list; false before there was one.
	 * @return mixed
	 */
	public static function inject( $updates ) {
		if ( ! Installed::is_release() ) {
			return $updates;
		}
		// What is stored, and kept by others, is not changed by looking at it.
		$updates = is_object( $updates ) ? clone $updates : new \stdClass();
		$file    = Installed::file();
		$offer   = Offers::current();
		$place   = version_compare( $offer['version'], Installed::version(), '>' ) ? 'response' : 'no_update';
		foreach ( array( 'response', 'no_update' ) as $list ) {
			$all = isset( $updates->$list ) && is_array( $updates->$list ) ? $updates->$list : array();
			unset( $all[ $file ] );
			if ( $list === $place ) {
				$all[ $file ] = Offer::for_core( $offer );
			}
			$updates->$list = $all;
		}
		return $updates;
	}

	/**
	 * For `pre_set_site_transient_update_plugins`: the list is kept while the bridge is deactivated, or paused
	 * because it broke, and nobody would verify a package then. So its address is not kept; inject() tells it.
	 *
	 * @param mixed $updates The list.
	 * @return mixed
	 */
	public static function without_package( $updates ) {
		if ( ! is_object( $updates ) || ! Installed::is_release() ) {
			return $updates;
		}
		$updates = clone $updates;
		$file    = Installed::file();
		foreach ( array( 'response', 'no_update' ) as $list ) {
			$all = isset( $updates->$list ) && is_array( $updates->$list ) ? $updates->$list : array();
			if ( is_object( $all[ $file ] ?? null ) ) {
				$all[ $file ]          = clone $all[ $file ];
				$all[ $file ]->package = '';
				$updates->$list        = $all;
			}
		}
		return $updates;
	}
}
