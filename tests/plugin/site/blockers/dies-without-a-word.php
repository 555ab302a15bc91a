<?php
/**
 * Ends every REST request with nothing at all.
 *
 * @package igny8-tests
 */

add_action(
	'rest_api_init',
	static function () {
		exit;
	},
	PHP_INT_MIN
);
