<?php
/**
 * Router of PHP's built-in server: files as they are, everything else to WordPress (pretty permalinks).
 *
 * @package igny8-local
 */

$igny8_path = rawurldecode( (string) parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH ) );
$igny8_root = $_SERVER['DOCUMENT_ROOT'];

if ( preg_match( '#/\.|\.sqlite#', $igny8_path ) ) {
	http_response_code( 403 );
	return true;
}
if ( is_dir( $igny8_root . $igny8_path ) && '/' !== substr( $igny8_path, -1 ) ) {
	header( 'Location: ' . $igny8_path . '/', true, 301 );
	return true;
}
if ( is_file( $igny8_root . $igny8_path ) || is_file( $igny8_root . $igny8_path . 'index.php' ) ) {
	return false;
}

$_SERVER['SCRIPT_NAME']     = '/index.php';
$_SERVER['PHP_SELF']        = '/index.php';
$_SERVER['SCRIPT_FILENAME'] = $igny8_root . '/index.php';
chdir( $igny8_root );
require $igny8_root . '/index.php';
