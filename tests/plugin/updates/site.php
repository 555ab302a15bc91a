<?php
/**
 * What stands around a site in the tests of updates: wordpress.org, a clock, and owners' choices.
 *
 * @package igny8-tests
 */

add_filter(
	'pre_http_request',
	static function ( $answer, $args, $url ) {
		if ( 'api.wordpress.org' !== wp_parse_url( $url, PHP_URL_HOST ) ) {
			return $answer;
		}
		if ( 'down' === get_option( 'test_org' ) || false === strpos( $url, '/plugins/update-check/' ) ) {
			return new WP_Error( 'http_request_failed', 'wordpress.org cannot be reached.' );
		}
		return array(
			'headers'  => array(),
			'body'     => '{"plugins":[],"no_update":[],"translations":[]}',
			'response' => array(
				'code'    => 200,
				'message' => 'OK',
			),
			'cookies'  => array(),
			'filename' => null,
		);
	},
	10,
	3
);
add_filter(
	'igny8_now',
	static function ( $now ) {
		return (int) get_option( 'test_now', $now );
	}
);
add_filter( 'automatic_updater_disabled', '__return_false' );
add_filter(
	'filesystem_method',
	static function () {
		return 'direct';
	}
);
// WordPress itself fetches nothing from this machine, unless a test lets it.
add_filter(
	'http_request_args',
	static function ( $args ) {
		return get_option( 'test_reachable' ) ? array( 'reject_unsafe_urls' => false ) + $args : $args;
	},
	99
);
