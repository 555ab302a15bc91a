<?php
/**
 * What a post is at this moment, part by part.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Seo\Footprint;

defined( 'ABSPATH' ) || exit;

// Caches are what must not be asked: somebody else may have written a moment ago.
// phpcs:disable WordPress.DB.DirectDatabaseQuery

/**
 * Reads everything of a post that people work on, past every cache. Where the fingerprint says whether
 * a post is another one than the backend knows, this says what of it is.
 *
 * A state is an array by part: `row` (a hash of its texts and settings), `status`, `slug`, `saved` (when
 * it was saved last, GMT), one `terms:…` for each public taxonomy, `thumbnail`, and one `seo:…` for each field
 * of each SEO plugin. Cluster and sector, which people do not see, are `own:…`.
 */
final class PostState {

	const ROW  = 'row';
	const META = 'meta';

	// What WordPress writes into the row with every save. Status, slug and time are parts of their own.
	const COLUMNS = array(
		'post_author',
		'post_date',
		'post_date_gmt',
		'post_content',
		'post_content_filtered',
		'post_title',
		'post_excerpt',
		'post_type',
		'comment_status',
		'ping_status',
		'post_password',
		'post_parent',
		'menu_order',
		'post_mime_type',
	);

	const TERMS = 'terms:';
	const OWN   = array(
		OwnTaxonomies::CLUSTER => 'own:igny8_cluster',
		OwnTaxonomies::SECTOR  => 'own:igny8_sector',
	);

	/**
	 * Terms by their ids in their taxonomy, by table, those that were read already: they never change.
	 *
	 * @var array<string, array<int, int>>
	 */
	private static $terms = array();

	/**
	 * Reads a post.
	 *
	 * @param int  $post_id The post.
	 * @param bool $lock    Whether nobody else may write its row until the transaction ends.
	 * @return array<string, mixed>|null Null when there is none.
	 * @throws DatabaseError When it cannot be read: somebody else holds its row for too long.
	 */
	public static function of( $post_id, $lock = false ) {
		$row = self::row( $post_id, $lock );
		if ( ! $row ) {
			return null;
		}
		wp_cache_delete( $post_id, 'post_meta' );
		$state              = self::of_columns( $row ) + self::terms( $post_id );
		$state['thumbnail'] = (int) get_post_meta( $post_id, '_thumbnail_id', true );
		foreach ( Footprint::fields( $post_id ) as $field => $value ) {
			$state[ self::seo( $field ) ] = self::hash( $value );
		}
		return $state;
	}

	/**
	 * Reads what lies in the post's row.
	 *
	 * @param int  $post_id The post.
	 * @param bool $lock    Whether nobody else may write it until the transaction ends.
	 * @return array<string, string>
	 */
	public static function of_row( $post_id, $lock = false ) {
		$row = self::row( $post_id, $lock );
		return $row ? self::of_columns( $row ) : array();
	}

	/**
	 * Reads the body of a post.
	 *
	 * @param int $post_id The post.
	 * @return string|null Null when there is none.
	 */
	public static function body( $post_id ) {
		return self::row( $post_id )['post_content'] ?? null;
	}

	/**
	 * The parts that lie in the post's row.
	 *
	 * @param array<string, mixed> $row Columns, unslashed.
	 * @return array<string, string>
	 */
	public static function of_columns( array $row ) {
		$columns = array();
		foreach ( self::COLUMNS as $column ) {
			$columns[] = (string) ( $row[ $column ] ?? '' );
		}
		return array(
			'row'    => self::hash( $columns ),
			'status' => (string) $row['post_status'],
			// WordPress renames what goes into the trash.
			'slug'   => (string) preg_replace( '/__trashed(-\d+)?\z/', '', (string) $row['post_name'] ),
			'saved'  => (string) $row['post_modified_gmt'],
		);
	}

	/**
	 * The parts besides its row of a post that is made, but for the categories that it is made with.
	 *
	 * @return array<string, mixed>
	 */
	public static function of_new() {
		$parts = array_fill_keys( array_values( self::taxonomies() ), array() );
		unset( $parts[ self::TERMS . 'category' ] );
		return array_diff_key( $parts, array_flip( self::OWN ) ) + array( 'thumbnail' => 0 ) + self::of_seo( Footprint::fields( 0 ) );
	}

	/**
	 * The taxonomies of which people see that a post has their terms. Its format is a setting, as its page
	 * template is.
	 *
	 * @return array<string, string> Names by name.
	 */
	public static function visible_taxonomies() {
		return array_diff_key( get_taxonomies( array( 'public' => true ) ), self::OWN, array( 'post_format' => '' ) );
	}

	/**
	 * The parts that a post's terms are.
	 *
	 * @return array<string, string> By taxonomy.
	 */
	public static function taxonomies() {
		$parts = array();
		foreach ( self::visible_taxonomies() as $taxonomy ) {
			$parts[ $taxonomy ] = self::TERMS . $taxonomy;
		}
		return $parts + self::OWN;
	}

	/**
	 * The parts that the wanted values of SEO fields are.
	 *
	 * @param array<string, mixed> $fields Values, by letter and field.
	 * @return array<string, string>
	 */
	public static function of_seo( array $fields ) {
		$parts = array();
		foreach ( $fields as $field => $value ) {
			$parts[ self::seo( $field ) ] = self::hash( $value );
		}
		return $parts;
	}

	/**
	 * What has to be written so that a part may be another.
	 *
	 * @param string $part The part.
	 * @return string ROW, META, or the part itself where it is terms.
	 */
	public static function kind( $part ) {
		if ( in_array( $part, array( 'row', 'status', 'slug', 'saved' ), true ) ) {
			return self::ROW;
		}
		return 0 === strpos( $part, self::TERMS ) || in_array( $part, self::OWN, true ) ? $part : self::META;
	}

	/**
	 * The groups of the fingerprint that may be others where a part is. Whoever changed the status has decided of
	 * all that is there.
	 *
	 * @param string $part The part.
	 * @return string[]
	 */
	public static function groups_of( $part ) {
		$of_row       = array(
			'status'    => array_merge( Fingerprint::GROUPS, array( Fingerprint::SEO ) ),
			self::ROW   => array( 'title', 'body', 'excerpt' ),
			'slug'      => array( 'slug' ),
			'thumbnail' => array( 'thumbnail' ),
		);
		list( $kind ) = explode( ':', $part );
		return $of_row[ $part ] ?? ( in_array( $kind, array( 'terms', Fingerprint::SEO ), true ) ? array( $kind ) : array() );
	}

	/**
	 * Those of some terms that are still there: whoever deletes a term changes none of its posts.
	 *
	 * @param int[] $ids Terms.
	 * @return int[]
	 */
	public static function existing_terms( array $ids ) {
		global $wpdb;
		$list = implode( ',', array_map( 'intval', $ids ) );
		// phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- integers.
		return $ids ? array_map( 'intval', $wpdb->get_col( "SELECT term_id FROM $wpdb->terms WHERE term_id IN ( $list )" ) ) : array();
	}

	/**
	 * Reads the post's row.
	 *
	 * @param int  $post_id The post.
	 * @param bool $lock    Whether nobody else may write it until the transaction ends.
	 * @return array<string, mixed>|null
	 * @throws DatabaseError When it cannot be read.
	 */
	private static function row( $post_id, $lock = false ) {
		global $wpdb;
		$for_update = $lock ? 'FOR UPDATE' : '';
		// phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- two words of our own.
		$row = $wpdb->get_row( $wpdb->prepare( "SELECT * FROM $wpdb->posts WHERE ID = %d $for_update", $post_id ), ARRAY_A );
		if ( ! $row && '' !== $wpdb->last_error ) {
			throw new DatabaseError( 'The database did not let the post be read: ' . $wpdb->last_error ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped -- goes into the log.
		}
		return $row;
	}

	/**
	 * Terms by their ids in their taxonomy.
	 *
	 * @param int[] $ids The ids.
	 * @return int[]
	 */
	public static function terms_of( array $ids ) {
		global $wpdb;
		$table   = $wpdb->term_taxonomy;
		$unknown = array_diff( $ids, array_keys( self::$terms[ $table ] ?? array() ) );
		if ( $unknown ) {
			$list = implode( ',', array_map( 'intval', $unknown ) );
			// phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- integers.
			foreach ( (array) $wpdb->get_results( "SELECT term_taxonomy_id, term_id FROM $table WHERE term_taxonomy_id IN ( $list )" ) as $row ) {
				self::$terms[ $table ][ (int) $row->term_taxonomy_id ] = (int) $row->term_id;
			}
		}
		return array_values( array_intersect_key( self::$terms[ $table ] ?? array(), array_flip( $ids ) ) );
	}

	/**
	 * The post's terms.
	 *
	 * @param int $post_id The post.
	 * @return array<string, int[]> Sorted ids by part.
	 */
	private static function terms( $post_id ) {
		global $wpdb;
		$names = self::taxonomies();
		$parts = array_fill_keys( array_values( $names ), array() );
		$rows  = $wpdb->get_results( $wpdb->prepare( "SELECT x.taxonomy, x.term_id, x.term_taxonomy_id FROM $wpdb->term_relationships r JOIN $wpdb->term_taxonomy x ON x.term_taxonomy_id = r.term_taxonomy_id WHERE r.object_id = %d ORDER BY x.term_id", $post_id ) );
		foreach ( (array) $rows as $row ) {
			if ( isset( $names[ $row->taxonomy ] ) ) {
				$parts[ $names[ $row->taxonomy ] ][] = (int) $row->term_id;

				self::$terms[ $wpdb->term_taxonomy ][ (int) $row->term_taxonomy_id ] = (int) $row->term_id;
			}
		}
		return $parts;
	}

	/**
	 * The name of the part that a SEO field is.
	 *
	 * @param string $field Letter and field.
	 * @return string
	 */
	public static function seo( $field ) {
		return 'seo:' . $field;
	}

	/**
	 * A short hash: it only has to tell two states of one post apart.
	 *
	 * @param mixed $value Something that JSON can hold.
	 * @return string
	 */
	private static function hash( $value ) {
		return substr( hash( 'sha256', (string) wp_json_encode( $value ) ), 0, 16 );
	}
}
