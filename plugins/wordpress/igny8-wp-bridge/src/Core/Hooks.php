<?php
/**
 * What the rooms of the bridge tell each other.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * Names of the bridge's own actions and filters. A class announces what happened; who hears of it is
 * written in Plugin, and nowhere else.
 */
final class Hooks {

	// Action: tables are to be made or changed. upgrade.php is loaded.
	const CREATE_TABLES = 'igny8_create_tables';
	// Action: there is something to tell the backend. Told at any time, as often as it comes up.
	const WORK_WAITS = 'igny8_work_waits';
	// Action: an answer tells what became of a post: with the post, freshly read, and its fingerprint.
	const TOLD = 'igny8_told';
	// Filter: what the backend is told when the site shows its key, an array.
	const HANDSHAKE = 'igny8_handshake';
	// Action: the site was connected, or connected anew; with the connection before.
	const CONNECTED = 'igny8_connected';
	// Action: the connection was forgotten.
	const DISCONNECTED = 'igny8_disconnected';
	// Action: this site is a copy and has forgotten the original's connection.
	const COPIED = 'igny8_copied';

	// Jobs of WP-Cron: as soon as something is due, and once a day.
	const JOBS  = 'igny8_jobs';
	const DAILY = 'igny8_daily';
	// Twice a day, whether the site is connected or not; and once, after an update.
	const CHECK_UPDATE = 'igny8_check_update';
	const REPORT       = 'igny8_report';
}
