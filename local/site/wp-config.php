<?php
/**
 * Configuration of a local WordPress. Written anew at every start.
 *
 * @package igny8-local
 */

define( 'DB_NAME', 'wordpress' );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', '%db_host%' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );

// Playground keeps what it has compiled in files, and reads them slower than it compiles anew.
if ( ini_get( 'opcache.file_cache_only' ) ) {
	ini_set( 'opcache.enable', '0' );
}

%salts%

define( 'WP_HOME', '%url%' );
define( 'WP_SITEURL', '%url%' );
define( 'WP_ENVIRONMENT_TYPE', 'local' );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', false );
define( 'WP_DEBUG_LOG', __DIR__ . '/../php-errors.log' );

// Nothing leaves this machine, and no request waits for a host that cannot be reached.
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'WP_ACCESSIBLE_HOSTS', '127.0.0.1,localhost' );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'DISABLE_WP_CRON', true );
define( 'CONCATENATE_SCRIPTS', false );

$table_prefix = 'wp_';

if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
