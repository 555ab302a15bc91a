<?php
/**
 * Database drop-in: SQLite instead of MySQL. The file is wp-content/database/.ht.sqlite.
 *
 * @package igny8-local
 */

define( 'DB_ENGINE', 'sqlite' );
require_once __DIR__ . '/sqlite-integration/wp-includes/sqlite/db.php';
