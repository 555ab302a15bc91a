<?php
/**
 * What WordPress keeps of reads that failed.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * WordPress keeps in its object cache what came of a failed read, too: no meta, no terms, no such option. Where
 * the cache outlives the request, everybody would see that until somebody saves.
 */
final class FailedReads {

	const META    = '/\bFROM\s+`?(\w+)`?\s+WHERE\s+\w+_id\s+IN\s*\(([\d,\s]+)\)/i';
	const OBJECTS = '/\bobject_id\s+IN\s*\(([\d,\s]+)\)/i';
	const NAMES   = '/\btaxonomy\s+IN\s*\(([^)]+)\)/i';
	const TYPE    = "/\\bpost_type\\s*=\\s*'([\\w-]+)'/i";
	const OPTION  = "/\\boption_name\\s*=\\s*'((?:[^'\\\\]|\\\\.)+)'/i";

	/**
	 * Has what came of a read forgotten.
	 *
	 * @param string $query The statement that failed.
	 */
	public static function forget( $query ) {
		global $wpdb;
		$query = substr( $query, 0, 20000 );
		if ( preg_match( self::META, $query, $found ) ) {
			self::forget_meta( $found[1], wp_parse_id_list( $found[2] ) );
		}
		foreach ( array( $wpdb->terms, $wpdb->term_taxonomy, $wpdb->term_relationships ) as $table ) {
			if ( false !== strpos( $query, $table ) ) {
				self::forget_terms( $query );
				break;
			}
		}
		if ( false !== strpos( $query, $wpdb->posts ) && preg_match( self::TYPE, $query, $found ) ) {
			// How many posts there are of it.
			wp_cache_delete( _count_posts_cache_key( $found[1] ), 'counts' );
		}
		if ( false !== strpos( $query, $wpdb->options ) && preg_match( self::OPTION, $query, $found ) ) {
			self::forget_option( stripslashes( $found[1] ) );
		}
	}

	/**
	 * Meta of posts, terms, users or comments.
	 *
	 * @param string $table The table.
	 * @param int[]  $ids   What it is meta of.
	 */
	private static function forget_meta( $table, array $ids ) {
		global $wpdb;
		$groups = array(
			$wpdb->postmeta    => 'post_meta',
			$wpdb->termmeta    => 'term_meta',
			$wpdb->usermeta    => 'user_meta',
			$wpdb->commentmeta => 'comment_meta',
		);
		foreach ( isset( $groups[ $table ] ) ? $ids : array() as $id ) {
			wp_cache_delete( $id, $groups[ $table ] );
		}
	}

	/**
	 * Terms: those that were asked for, and those of some posts.
	 *
	 * @param string $query The statement.
	 */
	private static function forget_terms( $query ) {
		// What is kept of questions about terms is known by this.
		wp_cache_delete( 'last_changed', 'terms' );
		if ( preg_match( self::OBJECTS, $query, $objects ) && preg_match( self::NAMES, $query, $names ) ) {
			foreach ( array_filter( preg_split( '/[\s\',]+/', $names[1] ) ) as $taxonomy ) {
				foreach ( wp_parse_id_list( $objects[1] ) as $id ) {
					wp_cache_delete( $id, $taxonomy . '_relationships' );
				}
			}
		}
	}

	/**
	 * That there is no such option.
	 *
	 * @param string $name Its name.
	 */
	private static function forget_option( $name ) {
		$absent = wp_cache_get( 'notoptions', 'options' );
		if ( is_array( $absent ) && isset( $absent[ $name ] ) ) {
			unset( $absent[ $name ] );
			wp_cache_set( 'notoptions', $absent, 'options' );
		}
	}
}
