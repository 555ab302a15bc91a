<?php
/**
 * Forbids REST after everybody else has been asked.
 *
 * @package igny8-tests
 */

add_action(
	'init',
	static function () {
		add_filter(
			'rest_pre_dispatch',
			static function () {
				return new WP_Error( 'rest_disabled', 'The REST API is disabled.', array( 'status' => 403 ) );
			},
			PHP_INT_MAX
		);
	}
);
