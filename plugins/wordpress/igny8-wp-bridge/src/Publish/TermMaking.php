<?php
/**
 * Finding terms, and making them one at a time.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Charset;
use Igny8\Bridge\Core\Lock;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * Names decide which term is which, and names are no key of the database: two at once would make two.
 */
final class TermMaking {

	// Longer than making a term takes.
	const WAIT_SECONDS        = 5;
	const RETRY_AFTER_SECONDS = 30;

	// As wide as WordPress makes the columns of terms.
	const NAME_MAX = 200;
	const SLUG_MAX = 200;

	// What is longer gets a number where its slug is taken, and no slugs of parents.
	const SHORT_SLUG = 40;
	// For a mark, a number, or the slug of a short child.
	const SLUG_ROOM = 60;

	/**
	 * The terms of a taxonomy that have a name, as the database has them now.
	 *
	 * @param string $taxonomy The taxonomy.
	 * @param string $name     The name.
	 * @return object[] With term_id, name and parent; the oldest first.
	 */
	public static function named( $taxonomy, $name ) {
		return self::all_named( $taxonomy, array( $name ) )[ $name ];
	}

	/**
	 * The same for many names, with one question.
	 *
	 * @param string   $taxonomy The taxonomy.
	 * @param string[] $names    The names.
	 * @return array<string, object[]> By name.
	 */
	public static function all_named( $taxonomy, array $names ) {
		global $wpdb;
		$stored = array();
		foreach ( $names as $name ) {
			$stored[ $name ] = self::stored( $taxonomy, $name );
		}
		if ( ! $stored ) {
			return array();
		}
		$marks = implode( ', ', array_fill( 0, count( $stored ), '%s' ) );
		// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQLPlaceholders, WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- who made it a moment ago, no cache of this request knows.
		$found = (array) $wpdb->get_results( $wpdb->prepare( "SELECT t.*, x.* FROM $wpdb->terms t JOIN $wpdb->term_taxonomy x ON x.term_id = t.term_id WHERE x.taxonomy = %s AND t.name IN ( $marks ) ORDER BY t.term_id", array_merge( array( $taxonomy ), array_values( $stored ) ) ) );
		// phpcs:enable
		// WordPress asks for each of them when they are set.
		update_term_cache( $found, $taxonomy );
		// Databases find more than was asked for: other accents, and what they cannot tell apart.
		$spelled = array();
		foreach ( $found as $term ) {
			$spelled[ self::spelled( $term->name ) ][] = $term;
		}
		foreach ( $stored as $name => $as_stored ) {
			$stored[ $name ] = $spelled[ self::spelled( $as_stored ) ] ?? array();
		}
		return $stored;
	}

	/**
	 * The taxonomies that terms belong to, as the database has them now.
	 *
	 * @param int[] $ids Terms.
	 * @return array<int, string[]> By id, those that are there.
	 */
	public static function taxonomies_of( array $ids ) {
		global $wpdb;
		$found = array();
		$list  = implode( ',', array_map( 'intval', $ids ) );
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- integers; past every cache.
		foreach ( $ids ? (array) $wpdb->get_results( "SELECT term_id, taxonomy FROM $wpdb->term_taxonomy WHERE term_id IN ( $list )" ) : array() as $row ) {
			$found[ (int) $row->term_id ][] = $row->taxonomy;
		}
		return $found;
	}

	/**
	 * A name as WordPress stores it.
	 *
	 * @param string $taxonomy The taxonomy.
	 * @param string $name     The name.
	 * @return string
	 */
	public static function stored( $taxonomy, $name ) {
		return wp_unslash( sanitize_term_field( 'name', wp_slash( Charset::fit( $name, 'terms', 'name' ) ), 0, $taxonomy, 'db' ) );
	}

	/**
	 * Inserts a term. Its slug leaves room for what tells it from another: of letters that are written with
	 * six characters in a slug there are thirty in the longest, and WordPress does not shorten it.
	 *
	 * @param string $name      The name.
	 * @param string $taxonomy  The taxonomy.
	 * @param array  $arguments For `wp_insert_term()`.
	 * @param string $mark      What its slug ends with, if anything.
	 * @return int|\WP_Error
	 */
	public static function insert( $name, $taxonomy, array $arguments = array(), $mark = '' ) {
		if ( ! self::fits( $taxonomy, $name ) ) {
			return new \WP_Error( 'name_too_long', 'The name is longer than WordPress keeps one.' );
		}
		$own = sanitize_title( $name );
		if ( '' !== $mark || strlen( $own ) > self::SHORT_SLUG ) {
			$short = _truncate_post_slug( $own, self::SLUG_MAX - self::SLUG_ROOM );
			$slug  = $short . $mark;
			for ( $number = 2; get_term_by( 'slug', $slug, $taxonomy ); $number++ ) {
				$slug = "$short$mark-$number";
			}
			$arguments['slug'] = $slug;
		}
		$made = wp_insert_term( wp_slash( Charset::fit( $name, 'terms', 'name' ) ), $taxonomy, $arguments );
		return is_wp_error( $made ) ? $made : (int) $made['term_id'];
	}

	/**
	 * Whether a name is none too long for WordPress.
	 *
	 * @param string $taxonomy The taxonomy.
	 * @param string $name     The name.
	 * @return bool
	 */
	public static function fits( $taxonomy, $name ) {
		return mb_strlen( self::stored( $taxonomy, $name ), 'UTF-8' ) <= self::NAME_MAX;
	}

	/**
	 * Makes a term, unless somebody has made it by now.
	 *
	 * @param string   $taxonomy The taxonomy.
	 * @param callable $find     Looks for it past every cache; returns its id, or 0.
	 * @param callable $make     Makes it; returns its id, or what WordPress has against it.
	 * @return int|\WP_Error
	 * @throws Refusal 409 in_progress when others are at it for too long.
	 */
	public static function once( $taxonomy, callable $find, callable $make ) {
		$lock = new Lock( Options::TERMS_LEASE );
		if ( ! $lock->take( self::WAIT_SECONDS ) ) {
			throw new Refusal( 409, 'in_progress', 'Another publish is making terms right now.', array(), array(), self::RETRY_AFTER_SECONDS );
		}
		try {
			$found = $find();
			if ( $found ) {
				return $found;
			}
			// Others have made terms meanwhile: what this request remembers of them is older.
			clean_taxonomy_cache( $taxonomy );
			$made = $make();
			// Somebody who knows nothing of our lock made it at the same moment.
			return is_wp_error( $made ) && 'term_exists' === $made->get_error_code() ? (int) $made->get_error_data() : $made;
		} finally {
			$lock->release();
		}
	}

	/**
	 * A name as names are compared: what differs in case, in the spelling of an entity or in the number of
	 * spaces is the same.
	 *
	 * @param string $name The name.
	 * @return string
	 */
	public static function spelled( $name ) {
		$one_line = trim( (string) preg_replace( '/[\r\n\t ]+/', ' ', $name ) );
		return mb_strtolower( html_entity_decode( $one_line, ENT_QUOTES | ENT_HTML5, 'UTF-8' ), 'UTF-8' );
	}
}
