<?php
/**
 * One publish in a PHP process of its own, which may be killed or stopped: the payload comes in on
 * standard input, the answer goes out. Arguments: WordPress's folder, the key, and when what happens,
 * such as `kill write 7`, `stop step drafted`, `stop hook pre_insert_term`, `none`.
 *
 * @package igny8-tests
 */

list( , $igny8_root, $igny8_key, $igny8_what ) = $argv;

$igny8_plan  = array_slice( $argv, 4 );
$igny8_count = 0;
$igny8_act   = static function () use ( $igny8_what ) {
	posix_kill( getmypid(), 'kill' === $igny8_what ? SIGKILL : SIGSTOP );
};

require $igny8_root . '/wp-load.php';

if ( 'step' === ( $igny8_plan[0] ?? '' ) ) {
	add_action(
		'igny8_publish_step',
		static function ( $step ) use ( $igny8_plan, $igny8_act ) {
			static $is_done = false;
			if ( $igny8_plan[1] === $step && ! $is_done ) {
				$is_done = true;
				$igny8_act();
			}
		}
	);
}
if ( 'hook' === ( $igny8_plan[0] ?? '' ) ) {
	add_filter(
		$igny8_plan[1],
		static function ( $value ) use ( $igny8_act ) {
			static $is_done = false;
			if ( ! $is_done ) {
				$is_done = true;
				$igny8_act();
			}
			return $value;
		}
	);
}
if ( 'write' === ( $igny8_plan[0] ?? '' ) ) {
	add_filter(
		'query',
		static function ( $query ) use ( $igny8_plan, &$igny8_count, $igny8_act ) {
			if ( preg_match( '/^\s*(INSERT|UPDATE|DELETE|REPLACE)\b/i', $query ) && (int) $igny8_plan[1] === ++$igny8_count ) {
				$igny8_act();
			}
			return $query;
		}
	);
}

$igny8_request = new WP_REST_Request( 'POST', '/igny8/v1/publish' );
$igny8_request->set_header( 'Content-Type', 'application/json' );
$igny8_request->set_header( 'Authorization', 'Bearer ' . $igny8_key );
$igny8_request->set_body( stream_get_contents( STDIN ) );
$igny8_answer = rest_ensure_response( rest_get_server()->dispatch( $igny8_request ) );
echo wp_json_encode( array( $igny8_answer->get_status(), $igny8_answer->get_data() ) );
