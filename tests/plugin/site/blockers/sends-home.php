<?php
/**
 * Sends whoever asks REST to the front page.
 *
 * @package igny8-tests
 */

add_action(
	'rest_api_init',
	static function () {
		wp_safe_redirect( home_url( '/' ) );
		exit;
	},
	PHP_INT_MIN
);
