<?php
/**
 * Clusters and sectors.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Charset;
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
		$set  = is_wp_error( $term ) ? $term : wp_set_object_terms( $post_id, array( $term ), $taxonomy );
		if ( is_wp_error( $set ) ) {
			$order->warn( 'term_skipped', $field, $set->get_error_message() );
		}
	}

	/**
	 * Finds a cluster or sector by its id, else by its name; makes it when it is not there; renames it
	 * when it has another name by now.
	 *
	 * @param string $taxonomy The taxonomy.
	 * @param int    $id       Id in IGNY8, or 0.
	 * @param string $name     Name in IGNY8, or empty.
	 * @return int|\WP_Error The term.
	 */
	private static function term( $taxonomy, $id, $name ) {
		$name  = Charset::fit( $name, 'terms', 'name' );
		$found = $id ? self::by_id( $taxonomy, $id ) : null;
		if ( ! $found && '' !== $name ) {
			$found = self::by_name( $taxonomy, $name, $id );
		}
		if ( $found ) {
			if ( '' !== $name && sanitize_term_field( 'name', $name, $found->term_id, $taxonomy, 'db' ) !== $found->name ) {
				wp_update_term( $found->term_id, $taxonomy, wp_slash( array( 'name' => $name ) ) );
			}
			return (int) $found->term_id;
		}
		if ( '' === $name ) {
			return new \WP_Error( 'term_skipped', 'Its name is not known here.' );
		}
		// Two clusters may have one name; the slug tells them apart.
		$slug = $id ? array( 'slug' => sanitize_title( $name ) . '-' . $id ) : array();
		$made = wp_insert_term( wp_slash( $name ), $taxonomy, $slug );
		if ( is_wp_error( $made ) ) {
			// Somebody else made it at the same moment.
			return 'term_exists' === $made->get_error_code() ? (int) $made->get_error_data() : $made;
		}
		if ( $id ) {
			update_term_meta( $made['term_id'], self::META_ID, $id );
		}
		return (int) $made['term_id'];
	}

	/**
	 * The term that has a name, unless it stands for another id.
	 *
	 * @param string $taxonomy The taxonomy.
	 * @param string $name     The name.
	 * @param int    $id       Id in IGNY8, or 0; the term gets it when it has none.
	 * @return \WP_Term|null
	 */
	private static function by_name( $taxonomy, $name, $id ) {
		$term = get_term_by( 'name', $name, $taxonomy );
		if ( ! $term || ! $id ) {
			return $term ? $term : null;
		}
		$other = (int) get_term_meta( $term->term_id, self::META_ID, true );
		if ( ! $other ) {
			update_term_meta( $term->term_id, self::META_ID, $id );
		}
		return $other && $other !== $id ? null : $term;
	}

	/**
	 * The term that carries an id.
	 *
	 * @param string $taxonomy The taxonomy.
	 * @param int    $id       Id in IGNY8.
	 * @return \WP_Term|null
	 */
	private static function by_id( $taxonomy, $id ) {
		$terms = get_terms(
			array(
				'taxonomy'   => $taxonomy,
				'hide_empty' => false,
				'orderby'    => 'term_id',
				'number'     => 1,
				'meta_key'   => self::META_ID, // phpcs:ignore WordPress.DB.SlowDBQuery -- one taxonomy, few terms.
				'meta_value' => (string) $id, // phpcs:ignore WordPress.DB.SlowDBQuery
			)
		);
		return is_array( $terms ) && $terms ? $terms[0] : null;
	}
}
