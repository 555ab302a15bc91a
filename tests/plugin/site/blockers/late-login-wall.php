<?php
/**
 * "REST API for logged-in users only", asked after everybody else.
 *
 * @package igny8-tests
 */

add_action(
	'init',
	static function () {
		add_filter(
			'rest_authentication_errors',
			static function () {
				return new WP_Error( 'rest_not_logged_in', 'Log in first.', array( 'status' => 401 ) );
			},
			PHP_INT_MAX
		);
	}
);
