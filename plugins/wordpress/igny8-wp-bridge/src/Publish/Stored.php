<?php
/**
 * A post as the site has it, for the answer.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Seo\Told;

defined( 'ABSPATH' ) || exit;

/**
 * What a post is by now, as it is stored: names and texts as WordPress keeps them, terms with their ids. Whoever
 * was answered need not ask what became of what was sent.
 */
final class Stored {

	// An answer is read up to 1 MiB: what is longer is not told.
	const TEXT_BYTES = 32768;
	const MOST_TERMS = 200;
	const PATH_MAX   = 10;

	/**
	 * Puts it together.
	 *
	 * @param \WP_Post             $post  The post, freshly read.
	 * @param array<string, int[]> $terms Ids of its terms, by taxonomy.
	 * @return array{title: string|null, excerpt: string|null, slug: string, terms: object, seo: object, thumbnail_id: int}
	 */
	public static function of( \WP_Post $post, array $terms ) {
		return array(
			'title'        => self::bounded( $post->post_title ),
			'excerpt'      => self::bounded( $post->post_excerpt ),
			'slug'         => $post->post_name,
			'terms'        => (object) self::paths( $terms ),
			'seo'          => (object) array_filter( array_map( array( self::class, 'bounded' ), Told::of( $post->ID ) ), 'is_string' ),
			'thumbnail_id' => (int) get_post_thumbnail_id( $post ),
		);
	}

	/**
	 * An answer as it was told, read back from JSON, which does not tell an empty object from an empty list.
	 *
	 * @param array<string, mixed> $result The answer's data.
	 * @return array<string, mixed>
	 */
	public static function read_back( array $result ) {
		foreach ( array( 'terms', 'seo' ) as $name ) {
			if ( isset( $result['stored'][ $name ] ) ) {
				$result['stored'][ $name ] = (object) $result['stored'][ $name ];
			}
		}
		return $result;
	}

	/**
	 * Terms with their ids and the names on the way to them.
	 *
	 * @param array<string, int[]> $terms Ids by taxonomy.
	 * @return array<string, array<int, array{id: int, path: string[]}>>
	 */
	private static function paths( array $terms ) {
		$terms = array_map(
			static function ( array $ids ) {
				return array_slice( $ids, 0, self::MOST_TERMS );
			},
			$terms
		);
		$rows  = self::with_parents( array_merge( array(), ...array_values( $terms ) ) );
		$paths = array();
		foreach ( $terms as $taxonomy => $ids ) {
			$paths[ $taxonomy ] = array();
			foreach ( $ids as $id ) {
				$path = self::path( $rows[ $taxonomy ] ?? array(), $id );
				if ( $path ) {
					$paths[ $taxonomy ][] = array(
						'id'   => $id,
						'path' => $path,
					);
				}
			}
		}
		return $paths;
	}

	/**
	 * The names from the root to a term. A circle of parents ends where it closes.
	 *
	 * @param array<int, object> $rows Terms of its taxonomy by id.
	 * @param int                $id   The term.
	 * @return string[] Empty when it is gone.
	 */
	private static function path( array $rows, $id ) {
		$names = array();
		$seen  = array();
		while ( isset( $rows[ $id ] ) && ! isset( $seen[ $id ] ) && count( $names ) < self::PATH_MAX ) {
			$seen[ $id ] = true;
			array_unshift( $names, $rows[ $id ]->name );
			$id = (int) $rows[ $id ]->parent;
		}
		return $names;
	}

	/**
	 * Terms and all that are above them, as the database has them: plugins translate what WordPress hands out.
	 *
	 * @param int[] $ids The terms.
	 * @return array<string, array<int, object>> Rows with name and parent, by taxonomy and id.
	 */
	private static function with_parents( array $ids ) {
		global $wpdb;
		$rows = array();
		$read = array();
		for ( $level = 0; $ids && $level < self::PATH_MAX; $level++ ) {
			$list  = implode( ',', array_map( 'intval', $ids ) );
			$read += array_flip( $ids );
			$above = array();
			// phpcs:ignore WordPress.DB -- integers; one query a level.
			foreach ( (array) $wpdb->get_results( "SELECT t.term_id, t.name, x.taxonomy, x.parent FROM $wpdb->terms t JOIN $wpdb->term_taxonomy x ON x.term_id = t.term_id WHERE t.term_id IN ( $list )" ) as $row ) {
				$rows[ $row->taxonomy ][ (int) $row->term_id ] = $row;
				if ( $row->parent ) {
					$above[] = (int) $row->parent;
				}
			}
			$ids = array_values( array_diff( array_unique( $above ), array_keys( $read ) ) );
		}
		return $rows;
	}

	/**
	 * A text, if it is short enough to be told.
	 *
	 * @param string $text The text.
	 * @return string|null
	 */
	private static function bounded( $text ) {
		return strlen( $text ) > self::TEXT_BYTES ? null : $text;
	}
}
