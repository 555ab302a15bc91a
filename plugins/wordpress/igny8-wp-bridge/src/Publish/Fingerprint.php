<?php
/**
 * What a post is, in one line.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Seo\Footprint;

defined( 'ABSPATH' ) || exit;

/**
 * Tells whether anybody changed a post, and what of it: `v2:`, sixteen hexadecimal digits for each of GROUPS
 * as stored, `:`, and the SEO fields. Whoever renames or deletes a term changes none of its posts. Only the
 * bridge computes it; the version in front says what it covers, and a post is compared in the version of the
 * fingerprint that somebody knows. One of another version or shape says of nothing that it is unchanged.
 */
final class Fingerprint {

	const VERSION = 'v2';
	// In this order. Of meta nothing may be read yet.
	const GROUPS = array( 'title', 'body', 'excerpt', 'slug', 'terms', 'thumbnail', 'meta' );
	const SEO    = 'seo';
	const DIGITS = 16;
	// A hash, and the footprint of the SEO fields; and one hash after the other. 2.0.0 gave out v2 of the first shape.
	const FIRST_SHAPE = '/\Av[12]:([0-9a-f]{64}):([A-Z]*[0-9a-f]{8})\z/';
	const SHAPE       = '/\Av2:([0-9a-f]{112}):([A-Z]*[0-9a-f]{8})\z/';

	/**
	 * Computes the fingerprint of a post.
	 *
	 * @param \WP_Post $post The post, freshly read.
	 * @return string
	 */
	public static function of( \WP_Post $post ) {
		return self::from_terms( $post, self::terms( $post ) );
	}

	/**
	 * The same, where its terms were read already.
	 *
	 * @param \WP_Post $post  The post, freshly read.
	 * @param array    $terms What `terms()` says.
	 * @return string
	 */
	public static function from_terms( \WP_Post $post, array $terms ) {
		return self::VERSION . ':' . implode( '', self::groups( $post, $terms ) ) . ':' . Footprint::of( $post->ID );
	}

	/**
	 * A fingerprint whose digits for some groups are those of an earlier one. Where that one is of another version
	 * or shape, it is the earlier one: nobody can say of which groups it still speaks.
	 *
	 * @param string   $print   The fingerprint.
	 * @param string   $earlier The earlier one.
	 * @param string[] $groups  Some of GROUPS and SEO.
	 * @return string
	 */
	public static function with_groups_of( $print, $earlier, array $groups ) {
		if ( ! $groups || 1 !== preg_match( self::SHAPE, $earlier, $then ) ) {
			return $groups ? $earlier : $print;
		}
		list( $version, $digits, $footprint ) = explode( ':', $print );
		foreach ( array_keys( array_intersect( self::GROUPS, $groups ) ) as $number ) {
			$digits = substr_replace( $digits, substr( $then[1], $number * self::DIGITS, self::DIGITS ), $number * self::DIGITS, self::DIGITS );
		}
		return implode( ':', array( $version, $digits, in_array( self::SEO, $groups, true ) ? $then[2] : $footprint ) );
	}

	/**
	 * Whether a post has the terms that it had, but for those that are gone since by nobody's edit of it.
	 *
	 * @param array<string, int[]> $now  Sorted ids by taxonomy.
	 * @param array<string, int[]> $then Those that it had.
	 * @return bool
	 */
	public static function are_same_terms( array $now, array $then ) {
		return in_array( self::of_terms( $then ), array( self::of_terms( $now ), self::of_terms( self::but_for_the_gone( $now, $then ) ) ), true );
	}

	/**
	 * One that no post has: what it was taken of is there no more.
	 *
	 * @return string
	 */
	public static function of_none() {
		return self::VERSION . ':' . bin2hex( random_bytes( self::DIGITS * count( self::GROUPS ) / 2 ) ) . ':';
	}

	/**
	 * The groups that were changed since a fingerprint was taken. Where one cannot tell, a person has to: then
	 * it is all of those of which it does not know.
	 *
	 * @param string               $base The fingerprint that the backend knows.
	 * @param \WP_Post             $post The post, freshly read.
	 * @param array<string, int[]> $then The terms that it had then, by taxonomy, where that is known.
	 * @return string[] Some of GROUPS and SEO, in their order.
	 */
	public static function groups_differing( $base, \WP_Post $post, array $then = array() ) {
		$is_first = 1 === preg_match( self::FIRST_SHAPE, $base, $known );
		if ( ! $is_first && 1 !== preg_match( self::SHAPE, $base, $known ) ) {
			return array_merge( self::GROUPS, array( self::SEO ) );
		}
		list( , $hash, $footprint ) = $known;
		$differing                  = $is_first
			? ( FirstFingerprint::differs( $hash, $post ) ? FirstFingerprint::GROUPS : array() )
			: self::differing( $hash, $post, $then );
		return Footprint::differs( $footprint, Footprint::of( $post->ID ) ) ? array_merge( $differing, array( self::SEO ) ) : $differing;
	}

	/**
	 * The terms of a post that people see, as the database has them.
	 *
	 * @param \WP_Post $post The post.
	 * @return array<string, int[]> Sorted ids by taxonomy.
	 */
	public static function terms( \WP_Post $post ) {
		return self::terms_in( $post, self::term_rows( $post ) );
	}

	/**
	 * Everything about the terms of a post that people see.
	 *
	 * @param \WP_Post $post The post.
	 * @return object[] Rows with taxonomy, term_id, slug and name.
	 */
	public static function term_rows( \WP_Post $post ) {
		global $wpdb;
		$taxonomies = self::taxonomies( $post->post_type );
		if ( ! $taxonomies ) {
			return array();
		}
		$in = implode( ', ', array_fill( 0, count( $taxonomies ), '%s' ) );
		// phpcs:ignore WordPress.DB -- all taxonomies at once, and the same whoever asks: plugins translate what WordPress hands out.
		return (array) $wpdb->get_results( $wpdb->prepare( "SELECT x.taxonomy, t.term_id, t.slug, t.name FROM $wpdb->term_relationships r JOIN $wpdb->term_taxonomy x ON x.term_taxonomy_id = r.term_taxonomy_id JOIN $wpdb->terms t ON t.term_id = x.term_id WHERE r.object_id = %d AND x.taxonomy IN ( $in ) ORDER BY t.name, t.term_id", array_merge( array( $post->ID ), $taxonomies ) ) );
	}

	/**
	 * The terms that such rows name.
	 *
	 * @param \WP_Post $post The post.
	 * @param object[] $rows What `term_rows()` says.
	 * @return array<string, int[]> Sorted ids by taxonomy.
	 */
	public static function terms_in( \WP_Post $post, array $rows ) {
		$terms = array();
		foreach ( $rows as $row ) {
			$terms[ $row->taxonomy ][] = (int) $row->term_id;
		}
		return self::visible( $post->post_type, array_map( array( self::class, 'sorted' ), $terms ) );
	}

	/**
	 * Those of a post's terms that people see.
	 *
	 * @param string               $post_type The type.
	 * @param array<string, int[]> $terms     Ids by taxonomy.
	 * @return array<string, int[]> By each of the type's taxonomies, in their order.
	 */
	public static function visible( $post_type, array $terms ) {
		$visible = array();
		foreach ( self::taxonomies( $post_type ) as $taxonomy ) {
			$visible[ $taxonomy ] = $terms[ $taxonomy ] ?? array();
		}
		return $visible;
	}

	/**
	 * The taxonomies of a type that people see.
	 *
	 * @param string $post_type The type.
	 * @return string[] Names, in alphabetical order.
	 */
	public static function taxonomies( $post_type ) {
		$names = array_intersect( get_object_taxonomies( $post_type ), array_keys( PostState::visible_taxonomies() ) );
		sort( $names );
		return $names;
	}

	/**
	 * The slug. Drafts have none yet, and the trash changes it: going live and being taken down are
	 * not edits.
	 *
	 * @param \WP_Post $post The post.
	 * @return string
	 */
	public static function slug( \WP_Post $post ) {
		$slug = 'trash' === $post->post_status ? (string) get_post_meta( $post->ID, '_wp_desired_post_slug', true ) : '';
		$slug = '' !== $slug ? $slug : $post->post_name;
		return '' !== $slug ? $slug : sanitize_title( $post->post_title );
	}

	/**
	 * The digits of each group of a post, as if it had these terms.
	 *
	 * @param \WP_Post             $post  The post.
	 * @param array<string, int[]> $terms Sorted ids by taxonomy.
	 * @return array<string, string>
	 */
	private static function groups( \WP_Post $post, array $terms ) {
		$texts = array(
			$post->post_title,
			$post->post_content,
			$post->post_excerpt,
			self::slug( $post ),
			self::of_terms( $terms ),
			(string) (int) get_post_thumbnail_id( $post ),
			'',
		);
		return array_combine( self::GROUPS, array_map( array( self::class, 'digits' ), $texts ) );
	}

	/**
	 * Those of GROUPS that are others.
	 *
	 * @param string               $hash The digits that the backend knows.
	 * @param \WP_Post             $post The post.
	 * @param array<string, int[]> $then The terms that it had then, where that is known.
	 * @return string[]
	 */
	private static function differing( $hash, \WP_Post $post, array $then ) {
		$known     = array_combine( self::GROUPS, str_split( $hash, self::DIGITS ) );
		$terms     = self::terms( $post );
		$differing = array_keys( array_diff_assoc( self::groups( $post, $terms ), $known ) );
		$are_same  = $then && self::digits( self::of_terms( self::but_for_the_gone( $terms, $then ) ) ) === $known['terms'];
		return $are_same ? array_values( array_diff( $differing, array( 'terms' ) ) ) : $differing;
	}

	/**
	 * The terms of a post with those that it had and that are gone since, by nobody's edit of it: they were
	 * deleted, or their taxonomy came or went with a plugin. WordPress gives the default category to a post
	 * that loses its last one.
	 *
	 * @param array<string, int[]> $now  Its terms, by taxonomy.
	 * @param array<string, int[]> $then The terms that it had.
	 * @return array<string, int[]>
	 */
	private static function but_for_the_gone( array $now, array $then ) {
		$terms = array();
		foreach ( $then as $taxonomy => $had ) {
			$had                = array_map( 'intval', (array) $had );
			$terms[ $taxonomy ] = isset( $now[ $taxonomy ] ) ? self::but_for_the_deleted( $taxonomy, $now[ $taxonomy ], $had ) : $had;
		}
		return $terms;
	}

	/**
	 * The same for one taxonomy that is there.
	 *
	 * @param string $taxonomy The taxonomy.
	 * @param int[]  $now      Its terms.
	 * @param int[]  $had      Those that it had.
	 * @return int[]
	 */
	private static function but_for_the_deleted( $taxonomy, array $now, array $had ) {
		$missing  = array_values( array_diff( $had, $now ) );
		$deleted  = array_diff( $missing, PostState::existing_terms( $missing ) );
		$stand_in = 'category' === $taxonomy && $had && ! array_diff( $had, $deleted ) && array( (int) get_option( 'default_category' ) ) === $now;
		return self::sorted( array_unique( array_merge( $stand_in ? array() : $now, $deleted ) ) );
	}

	/**
	 * Terms in one text: a taxonomy that has none here is as good as none.
	 *
	 * @param array<string, int[]> $terms Sorted ids by taxonomy.
	 * @return string
	 */
	private static function of_terms( array $terms ) {
		$terms = array_filter( $terms );
		ksort( $terms );
		return (string) wp_json_encode( $terms );
	}

	/**
	 * The digits of one text, byte for byte.
	 *
	 * @param string $text The text.
	 * @return string
	 */
	private static function digits( $text ) {
		return substr( hash( 'sha256', $text ), 0, self::DIGITS );
	}

	/**
	 * Ids in their order.
	 *
	 * @param int[] $ids Ids.
	 * @return int[]
	 */
	private static function sorted( array $ids ) {
		sort( $ids );
		return $ids;
	}
}
