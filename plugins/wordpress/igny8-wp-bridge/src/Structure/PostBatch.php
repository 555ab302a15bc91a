<?php
/**
 * Posts that are read together.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Structure;

use Igny8\Bridge\Core\Database;
use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\Table;
use Igny8\Bridge\Publish\Fingerprint;
use Igny8\Bridge\Seo\Footprint;

defined( 'ABSPATH' ) || exit;

// As the database has them now: what another request has cached may be what was there before.
// phpcs:disable WordPress.DB.DirectDatabaseQuery

/**
 * Reads posts, their meta and their terms with three queries, however many they are.
 */
final class PostBatch {

	// Of bodies and meta that are read at once: page builders keep megabytes, and PHP has few.
	const BYTES = 8388608;

	/**
	 * The posts that are there, by id, ascending.
	 *
	 * @var array<int, \WP_Post>
	 */
	public $posts = array();

	/**
	 * Rows of terms, by post.
	 *
	 * @var array<int, object[]>
	 */
	private $terms = array();

	/**
	 * Reads posts.
	 *
	 * @param int[] $ids Their ids.
	 * @throws DatabaseError When the database does not say.
	 */
	public function __construct( array $ids ) {
		sort( $ids );
		foreach ( $ids as $id ) {
			wp_cache_delete( $id, 'posts' );
			wp_cache_delete( $id, 'post_meta' );
		}
		if ( $ids ) {
			_prime_post_caches( $ids, false, false );
			update_meta_cache( 'post', $ids );
		}
		foreach ( $ids as $id ) {
			// One that is not in the cache by now is not there; asking for it would cost a query.
			$row = wp_cache_get( $id, 'posts' );
			if ( $row ) {
				$this->posts[ $id ] = get_post( $id );
			}
		}
		foreach ( $this->posts ? self::term_rows( array_keys( $this->posts ) ) : array() as $row ) {
			$this->terms[ (int) $row->object_id ][] = $row;
		}
		Footprint::prime( array_keys( $this->posts ) );
	}

	/**
	 * As many posts as are read at once.
	 *
	 * @param int[] $ids Their ids.
	 * @return int[] The first of them, at least one.
	 * @throws DatabaseError When the database does not say.
	 */
	public static function fitting( array $ids ) {
		$ask   = static function () use ( $ids ) {
			global $wpdb;
			return $wpdb->get_results( "SELECT p.ID, LENGTH( p.post_content ) + ( SELECT COALESCE( SUM( LENGTH( m.meta_value ) ), 0 ) FROM $wpdb->postmeta m WHERE m.post_id = p.ID ) AS bytes FROM $wpdb->posts p WHERE p.ID IN (" . Table::numbers( $ids ) . ')' );
		};
		$sizes = $ids ? array_column( (array) Database::read( $ask ), 'bytes', 'ID' ) : array();
		$bytes = 0;
		$first = array();
		foreach ( $ids as $id ) {
			$bytes += (int) ( $sizes[ $id ] ?? 0 );
			if ( $first && $bytes > self::BYTES ) {
				break;
			}
			$first[] = $id;
		}
		return $first;
	}

	/**
	 * The fingerprint of a post.
	 *
	 * @param \WP_Post $post One of the posts.
	 * @return string
	 */
	public function fingerprint( \WP_Post $post ) {
		return Fingerprint::from_terms( $post, Fingerprint::terms_in( $post, $this->terms[ $post->ID ] ?? array() ) );
	}

	/**
	 * The terms of a post that people see, by taxonomy.
	 *
	 * @param \WP_Post $post One of the posts.
	 * @return array<string, array<int, array{id: int, name: string, slug: string, parent: int, count: int}>>
	 */
	public function terms( \WP_Post $post ) {
		$all   = array();
		$names = Fingerprint::taxonomies( $post->post_type );
		foreach ( $this->terms[ $post->ID ] ?? array() as $row ) {
			if ( in_array( $row->taxonomy, $names, true ) ) {
				$all[ $row->taxonomy ][] = TermPages::told( $row );
			}
		}
		return $all;
	}

	/**
	 * The posts are read: what was primed for them is not true for long.
	 */
	public function done() {
		Footprint::prime( array() );
	}

	/**
	 * The terms of posts.
	 *
	 * @param int[] $ids The posts.
	 * @return object[] Rows with object_id, taxonomy, term_id, slug, name, parent and count.
	 * @throws DatabaseError When the database does not say.
	 */
	private static function term_rows( array $ids ) {
		return (array) Database::read(
			static function () use ( $ids ) {
				global $wpdb;
				return $wpdb->get_results( "SELECT r.object_id, x.taxonomy, t.term_id, t.slug, t.name, x.parent, x.count FROM $wpdb->term_relationships r JOIN $wpdb->term_taxonomy x ON x.term_taxonomy_id = r.term_taxonomy_id JOIN $wpdb->terms t ON t.term_id = x.term_id WHERE r.object_id IN (" . Table::numbers( $ids ) . ') ORDER BY t.name, t.term_id' );
			}
		);
	}
}
