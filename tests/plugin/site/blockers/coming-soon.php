<?php
/**
 * "Coming soon": a page instead of everything, as soon as WordPress is there.
 *
 * @package igny8-tests
 */

add_action(
	'wp_loaded',
	static function () {
		if ( false === strpos( $_SERVER['SCRIPT_NAME'], 'igny8-local' ) && ! is_admin() ) {
			status_header( 200 );
			echo '<html><body>Something great is coming.</body></html>';
			exit;
		}
	},
	1
);
