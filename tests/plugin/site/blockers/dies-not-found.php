<?php
/**
 * Ends every REST request as if there were no REST.
 *
 * @package igny8-tests
 */

add_action(
	'rest_api_init',
	static function () {
		status_header( 404 );
		header( 'Content-Type: text/html' );
		exit( '<html><body><h1>Page not found</h1></body></html>' );
	},
	PHP_INT_MIN
);
