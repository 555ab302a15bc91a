<?php
/**
 * The database did not do what it was asked.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * Nobody knows what is there, or what was written is not: a table that is crashed, read-only, full or
 * missing, a connection that was lost. It is nobody's conflict and nobody's deletion.
 */
final class DatabaseError extends \RuntimeException {

	/**
	 * Whether something may have been written before it.
	 *
	 * @var bool
	 */
	public $is_half_done = false;
}
