<?php
/**
 * Texts that WordPress would clean in passing.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

defined( 'ABSPATH' ) || exit;

/**
 * Whoever updates one column of a post has WordPress write them all, each through the filters of whoever saves
 * it: entities are replaced, tags balanced, slugs made anew, drafts dated anew. What an order does not name keeps its very bytes.
 */
final class KeptTexts {

	const COLUMNS = array( 'post_title', 'post_content', 'post_excerpt', 'post_content_filtered' );
	// In these a slug is the only one of its kind already.
	const LIVE = array( 'publish', 'private', 'future' );

	/**
	 * Has WordPress save a post, and leave the columns as they are that are not written.
	 *
	 * @param int      $post_id The post.
	 * @param string[] $written The columns that are.
	 * @param callable $save    Calls WordPress.
	 * @param array    $exact   Columns that are written as they are here, whatever plugins would make of them: there is
	 *                          something of the post's own in them.
	 * @return mixed What it returns.
	 */
	public static function during( $post_id, array $written, callable $save, array $exact = array() ) {
		$is_done = false;
		$keep    = static function ( $data, $fields ) use ( $post_id, $written, $exact, &$is_done ) {
			// Once: what other plugins save of it in passing is theirs.
			if ( $is_done || (int) ( $fields['ID'] ?? 0 ) !== $post_id || 'revision' === $data['post_type'] ) {
				return $data;
			}
			$is_done = true;
			$now     = get_post( $post_id );
			$columns = self::COLUMNS;
			if ( in_array( $now->post_status, self::LIVE, true ) && in_array( $data['post_status'], self::LIVE, true ) ) {
				$columns[] = 'post_name';
			}
			if ( $now->post_status === $data['post_status'] ) {
				$columns = array_merge( $columns, array( 'post_date', 'post_date_gmt' ) );
			}
			foreach ( array_diff( $columns, $written ) as $column ) {
				$data[ $column ] = wp_slash( $now->$column );
			}
			return wp_slash( $exact ) + $data;
		};
		// Before it is noted what the row will be.
		add_filter( 'wp_insert_post_data', $keep, PHP_INT_MAX - 1, 2 );
		try {
			return $save();
		} finally {
			remove_filter( 'wp_insert_post_data', $keep, PHP_INT_MAX - 1 );
		}
	}
}
