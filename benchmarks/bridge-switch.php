<?php
/**
 * For the measurements: switches the bridge off for one page, tells what a page cost, and lets core's
 * own route in. Lies only in the WordPress that is measured.
 *
 * @package igny8-benchmarks
 */

// phpcs:disable WordPress.Security
if ( 'off' === ( $_GET['bridge'] ?? '' ) ) {
	add_filter(
		'option_active_plugins',
		static function ( $plugins ) {
			return array_diff( $plugins, array( 'igny8-wp-bridge/igny8-wp-bridge.php' ) );
		}
	);
}

if ( isset( $_GET['bridge'] ) ) {
	$igny8_cpu = static function () {
		$used = getrusage();
		return ( $used['ru_utime.tv_sec'] + $used['ru_stime.tv_sec'] ) * 1000 + ( $used['ru_utime.tv_usec'] + $used['ru_stime.tv_usec'] ) / 1000;
	};
	$igny8_begun = $igny8_cpu();
	ob_start(
		static function ( $page ) use ( $igny8_cpu, $igny8_begun ) {
			header( 'X-CPU-Milliseconds: ' . round( $igny8_cpu() - $igny8_begun, 3 ) );
			header( 'X-Queries: ' . $GLOBALS['wpdb']->num_queries );
			return $page;
		}
	);
}

add_filter(
	'determine_current_user',
	static function ( $user ) {
		return hash_equals( '%key%', (string) ( $_SERVER['HTTP_X_BENCH_KEY'] ?? '' ) ) ? 1 : $user;
	}
);
