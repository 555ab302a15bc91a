<?php
/**
 * What there is to know of a post beside its text.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

defined( 'ABSPATH' ) || exit;

/**
 * Terms, author and date of a post, as the backend keeps them with its content.
 */
final class Metadata {

	const FIELDS = array(
		'category' => 'categories',
		'post_tag' => 'tags',
	);

	// Of each kind: a hundred events go in one call, and have to fit in.
	const MOST_NAMES = 50;

	/**
	 * Puts it together.
	 *
	 * @param \WP_Post $post The post, freshly read.
	 * @param object[] $rows What `Fingerprint::term_rows()` says of it.
	 * @return array{categories: string[], tags: string[], author: array{id: int, name: string}, modified_date: string|null}
	 */
	public static function of( \WP_Post $post, array $rows ) {
		$author = get_userdata( (int) $post->post_author );
		return self::names( $post->post_type, $rows ) + array(
			'author'        => array(
				'id'   => (int) $post->post_author,
				'name' => $author ? $author->display_name : '',
			),
			'modified_date' => Snapshot::modified( $post ),
		);
	}

	/**
	 * The names of terms, as people wrote them.
	 *
	 * @param string   $post_type The type of the post.
	 * @param object[] $rows      Rows of terms.
	 * @return array{categories: string[], tags: string[]}
	 */
	private static function names( $post_type, array $rows ) {
		$names = array_fill_keys( array_values( self::FIELDS ), array() );
		foreach ( $rows as $row ) {
			$field = self::FIELDS[ $row->taxonomy ] ?? null;
			if ( null !== $field && count( $names[ $field ] ) < self::MOST_NAMES && is_object_in_taxonomy( $post_type, $row->taxonomy ) ) {
				$names[ $field ][] = wp_specialchars_decode( $row->name, ENT_QUOTES );
			}
		}
		return $names;
	}
}
