<?php
/**
 * In whose name posts are written.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Install\Options;
use Igny8\Bridge\Rest\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * Picks the user that posts are written by. Never user 0: other plugins' hooks, revisions and
 * capabilities all ask who did it.
 */
final class Author {

	/**
	 * The configured author, or, when that one is gone or may no longer publish, the first
	 * administrator who may.
	 *
	 * @return int 0 when nobody on this site may publish.
	 */
	public static function find() {
		$configured = (int) get_option( Options::AUTHOR, 0 );
		if ( $configured && user_can( $configured, 'publish_posts' ) ) {
			return $configured;
		}
		$administrators = get_users(
			array(
				'role'    => 'administrator',
				'orderby' => 'ID',
				'number'  => 10,
				'fields'  => 'ID',
			)
		);
		foreach ( $administrators as $id ) {
			if ( user_can( (int) $id, 'publish_posts' ) ) {
				return (int) $id;
			}
		}
		return 0;
	}

	/**
	 * Does something in the author's name, and steps back.
	 *
	 * @param callable $work What to do.
	 * @return mixed What it returns.
	 * @throws Refusal When nobody may publish.
	 */
	public static function act( callable $work ) {
		$author = self::find();
		if ( ! $author ) {
			throw new Refusal( 403, 'author_unavailable', 'No user of this site may publish posts. Choose an author under Settings, IGNY8.' );
		}
		$before = get_current_user_id();
		wp_set_current_user( $author );
		try {
			return $work();
		} finally {
			wp_set_current_user( $before );
		}
	}
}
