<?php
/**
 * Lets routes be found and forbids to call them.
 *
 * @package igny8-tests
 */

add_filter(
	'rest_request_before_callbacks',
	static function () {
		return new WP_Error( 'rest_cannot_access', 'Only authenticated users can access the REST API.', array( 'status' => 401 ) );
	},
	PHP_INT_MAX
);
