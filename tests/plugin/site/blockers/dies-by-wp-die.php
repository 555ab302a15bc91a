<?php
/**
 * Ends every REST request the way that WordPress offers.
 *
 * @package igny8-tests
 */

add_action(
	'rest_api_init',
	static function () {
		wp_die( 'The REST API is switched off.' );
	},
	PHP_INT_MIN
);
