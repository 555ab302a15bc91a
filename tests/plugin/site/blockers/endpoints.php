<?php
/**
 * Takes every route but WordPress's own off the list.
 *
 * @package igny8-tests
 */

add_filter(
	'rest_endpoints',
	static function ( $endpoints ) {
		return array_filter(
			$endpoints,
			static function ( $route ) {
				return 0 === strpos( $route, '/wp/v2' );
			},
			ARRAY_FILTER_USE_KEY
		);
	},
	PHP_INT_MAX
);
