<?php
/**
 * Door for the local stage and the tests: installs WordPress, or runs PHP inside it.
 *
 * Exists only in WordPress sites made by local/wordpress.py, which listen on 127.0.0.1. Every call
 * carries the random token that lies beside the site, outside the document root.
 *
 * @package igny8-local
 */

const IGNY8_LOCAL_TOKEN = '%token%';

if ( ! hash_equals( IGNY8_LOCAL_TOKEN, $_SERVER['HTTP_X_IGNY8_LOCAL_TOKEN'] ?? '' ) ) {
	http_response_code( 404 );
	exit;
}
$igny8_job = json_decode( file_get_contents( 'php://input' ), true );

if ( 'install' === $igny8_job['do'] ) {
	define( 'WP_INSTALLING', true );

	/**
	 * No mail about the new site.
	 */
	function wp_new_blog_notification() {}
}

require __DIR__ . '/wp-load.php';
header( 'Content-Type: text/plain; charset=utf-8' );

if ( 'install' === $igny8_job['do'] ) {
	require_once ABSPATH . 'wp-admin/includes/upgrade.php';
	require_once ABSPATH . 'wp-admin/includes/plugin.php';
	if ( ! is_blog_installed() ) {
		wp_install( $igny8_job['title'], $igny8_job['user'], $igny8_job['email'], true, '', $igny8_job['password'] );
		update_option( 'blogdescription', '' );
	}
	$GLOBALS['wp_rewrite']->set_permalink_structure( '/%postname%/' );
	flush_rewrite_rules();
	global $wp_version;
	echo wp_json_encode(
		array(
			'version'     => $wp_version,
			'php_version' => PHP_VERSION,
		)
	);
	exit;
}

try {
	eval( $igny8_job['code'] ); // phpcs:ignore Squiz.PHP.Eval.Discouraged
} catch ( Throwable $igny8_error ) {
	http_response_code( 500 );
	echo get_class( $igny8_error ) . ': ' . $igny8_error->getMessage() . ' line ' . $igny8_error->getLine();
}
