<?php
/**
 * Breaks whenever REST is asked.
 *
 * @package igny8-tests
 */

add_action(
	'rest_api_init',
	static function () {
		throw new RuntimeException( 'This plugin and REST do not get along.' );
	},
	PHP_INT_MIN
);
