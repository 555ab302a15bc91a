<?php
/**
 * Clusters and sectors.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Charset;
use Igny8\Bridge\Core\Fault;
use Igny8\Bridge\Core\PostTypes;

defined( 'ABSPATH' ) || exit;

/**
 * Keeps which cluster and sector of IGNY8 a post belongs to, in two taxonomies of the bridge's own.
 * Visitors do not see them; a theme may, through the filter. The site's policy for categories and tags
 * does not apply to them.
 */
final class OwnTaxonomies {

	const CLUSTER = 'igny8_cluster';
	const SECTOR  = 'igny8_sector';
	// Term meta: the cluster's or sector's id in IGNY8.
	const META_ID = '_igny8_id';

	/**
	 * Registers both, after everybody's post types are there.
	 */
	public static function register() {
		$types = PostTypes::allowed();
		self::register_one( self::CLUSTER, $types, __( 'IGNY8 clusters', 'igny8-wp-bridge' ), __( 'IGNY8 cluster', 'igny8-wp-bridge' ) );
		self::register_one( self::SECTOR, $types, __( 'IGNY8 sectors', 'igny8-wp-bridge' ), __( 'IGNY8 sector', 'igny8-wp-bridge' ) );
	}

	/**
	 * Sets what the order names. What it leaves out is not touched.
	 *
	 * @param int   $post_id The post.
	 * @param Order $order   The order; gets warnings.
	 */
	public static function assign( $post_id, Order $order ) {
		self::assign_one( $post_id, $order, self::CLUSTER, 'cluster', $order->cluster_id, $order->cluster );
		self::assign_one( $post_id, $order, self::SECTOR, 'sector', $order->sector_id, $order->sector );
	}

	/**
	 * Registers one taxonomy.
	 *
	 * @param string   $taxonomy Its name.
	 * @param string[] $types    Post types.
	 * @param string   $plural   Label.
	 * @param string   $singular Label.
	 */
	private static function register_one( $taxonomy, array $types, $plural, $singular ) {
		$arguments = array(
			'labels'       => array(
				'name'          => $plural,
				'singular_name' => $singular,
			),
			'public'       => false,
			'show_in_rest' => false,
			'hierarchical' => false,
			'rewrite'      => false,
			'query_var'    => false,
		);
		/**
		 * Filters how the taxonomies of clusters and sectors are registered.
		 *
		 * @param array  $arguments For `register_taxonomy()`.
		 * @param string $taxonomy  igny8_cluster or igny8_sector.
		 */
		register_taxonomy( $taxonomy, $types, (array) apply_filters( 'igny8_taxonomy_arguments', $arguments, $taxonomy ) );
	}

	/**
	 * Sets the term of one taxonomy.
	 *
	 * @param int         $post_id  The post.
	 * @param Order       $order    The order.
	 * @param string      $taxonomy The taxonomy.
	 * @param string      $field    Field of the payload.
	 * @param int|null    $id       Id in IGNY8.
	 * @param string|null $name     Name in IGNY8.
	 */
	private static function assign_one( $post_id, Order $order, $taxonomy, $field, $id, $name ) {
		if ( null === $id && ( null === $name || '' === trim( $name ) ) ) {
			return;
		}
		$term = self::term( $taxonomy, (int) $id, trim( (string) $name ) );
		if ( ! $term ) {
			$order->warn( 'term_skipped', $field, 'Its name is not known here.' );
			return;
		}
		$set = is_wp_error( $term ) ? $term : wp_set_object_terms( $post_id, array( $term ), $taxonomy );
		if ( is_wp_error( $set ) ) {
			$order->warn( 'term_skipped', $field, Fault::told( "WordPress could not set the $field.", $set ) );
		}
	}

	/**
	 * Finds a cluster or sector, or makes it when it is not there; renames it when it has another name by
	 * now.
	 *
	 * @param string $taxonomy The taxonomy.
	 * @param int    $id       Id in IGNY8, or 0.
	 * @param string $name     Name in IGNY8, or empty.
	 * @return int|\WP_Error The term; 0 when it is not there and has no name.
	 */
	private static function term( $taxonomy, $id, $name ) {
		$name = Charset::fit( $name, 'terms', 'name' );
		$find = static function () use ( $taxonomy, $id, $name ) {
			return self::find( $taxonomy, $id, $name );
		};
		$term = $find();
		if ( ! $term && '' !== $name ) {
			$term = TermMaking::once(
				$taxonomy,
				$find,
				static function () use ( $taxonomy, $id, $name ) {
					return self::make( $taxonomy, $id, $name );
				}
			);
		}
		if ( $term && ! is_wp_error( $term ) && '' !== $name ) {
			self::rename( $taxonomy, $term, $name );
		}
		return $term;
	}

	/**
	 * Finds a cluster or sector by its id, else by its name, past every cache. One that stands for another
	 * id is not it, and one that stands for none stands for this one from now on.
	 *
	 * @param string $taxonomy The taxonomy.
	 * @param int    $id       Id in IGNY8, or 0.
	 * @param string $name     Name in IGNY8, or empty.
	 * @return int 0 when there is none.
	 */
	private static function find( $taxonomy, $id, $name ) {
		global $wpdb;
		if ( $id ) {
			// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- who made it a moment ago, no cache of this request knows.
			$found = (int) $wpdb->get_var( $wpdb->prepare( "SELECT m.term_id FROM $wpdb->termmeta m JOIN $wpdb->term_taxonomy x ON x.term_id = m.term_id WHERE x.taxonomy = %s AND m.meta_key = %s AND m.meta_value = %s ORDER BY m.term_id LIMIT 1", $taxonomy, self::META_ID, (string) $id ) );
			if ( $found ) {
				return $found;
			}
		}
		foreach ( '' === $name ? array() : TermMaking::named( $taxonomy, $name ) as $term ) {
			$other = (int) get_term_meta( (int) $term->term_id, self::META_ID, true );
			if ( $id && ! $other ) {
				update_term_meta( (int) $term->term_id, self::META_ID, $id );
			}
			if ( ! $id || ! $other || $other === $id ) {
				return (int) $term->term_id;
			}
		}
		return 0;
	}

	/**
	 * Makes a cluster or sector.
	 *
	 * @param string $taxonomy The taxonomy.
	 * @param int    $id       Id in IGNY8, or 0.
	 * @param string $name     Name in IGNY8.
	 * @return int|\WP_Error
	 */
	private static function make( $taxonomy, $id, $name ) {
		// Two clusters may have one name; the slug tells them apart.
		$made = TermMaking::insert( $name, $taxonomy, array(), $id ? "-$id" : '' );
		if ( $id && ! is_wp_error( $made ) ) {
			update_term_meta( $made, self::META_ID, $id );
		}
		return $made;
	}

	/**
	 * Gives a term the name that it has in IGNY8 by now.
	 *
	 * @param string $taxonomy The taxonomy.
	 * @param int    $term_id  The term.
	 * @param string $name     The name.
	 */
	private static function rename( $taxonomy, $term_id, $name ) {
		$term = get_term( $term_id, $taxonomy );
		if ( $term instanceof \WP_Term && TermMaking::fits( $taxonomy, $name ) && sanitize_term_field( 'name', $name, $term_id, $taxonomy, 'db' ) !== $term->name ) {
			wp_update_term( $term_id, $taxonomy, wp_slash( array( 'name' => $name ) ) );
		}
	}
}
