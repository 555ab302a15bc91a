<?php
/**
 * Ends every REST request with a page that says no.
 *
 * @package igny8-tests
 */

add_action(
	'rest_api_init',
	static function () {
		status_header( 403 );
		header( 'Content-Type: text/html' );
		exit( '<html><body><h1>Forbidden</h1></body></html>' );
	},
	PHP_INT_MIN
);
