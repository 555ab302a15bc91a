<?php
/**
 * Stand-in for Yoast SEO: post meta is copied into a table of indexables, by hooks that are there from
 * `init` on, and pages are printed from the table.
 *
 * @package igny8-tests
 */

namespace Yoast\WP\SEO\Repositories {

	/**
	 * Reads indexables.
	 */
	class Indexable_Repository {

		/**
		 * Finds a row.
		 *
		 * @param int    $id          The object.
		 * @param string $type        Its type.
		 * @param bool   $auto_create Ignored.
		 * @return object|false
		 */
		public function find_by_id_and_type( $id, $type, $auto_create = true ) {
			global $wpdb;
			$row = $wpdb->get_row( $wpdb->prepare( "SELECT * FROM {$wpdb->prefix}yoast_indexable WHERE object_id = %d AND object_type = %s", $id, $type ) );
			return $row ? $row : false;
		}
	}
}

namespace {

	define( 'WPSEO_VERSION', '0.test' );

	/**
	 * The way to Yoast's own classes.
	 *
	 * @return object
	 */
	function YoastSEO() { // phpcs:ignore
		return (object) array(
			'classes' => new class() {
				/**
				 * Finds a class.
				 *
				 * @param string $name Its name.
				 * @return object
				 */
				public function get( $name ) {
					return new $name();
				}
			},
		);
	}

	add_action(
		'init',
		static function () {
			global $wpdb;
			$table = $wpdb->prefix . 'yoast_indexable';
			$wpdb->query( "CREATE TABLE IF NOT EXISTS $table (id bigint(20) unsigned NOT NULL AUTO_INCREMENT, object_id bigint(20), object_type varchar(32), title text, description text, canonical text, primary_focus_keyword varchar(191), PRIMARY KEY (id))" );
			foreach ( array( 'title', 'metadesc', 'focuskw' ) as $key ) {
				register_meta( 'post', "_yoast_wpseo_$key", array( 'sanitize_callback' => 'sanitize_text_field' ) );
			}
			$build = static function ( $post_id ) use ( $table ) {
				global $wpdb;
				$row = array( 'object_id' => $post_id, 'object_type' => 'post' );
				foreach ( array( 'title' => 'title', 'metadesc' => 'description', 'canonical' => 'canonical', 'focuskw' => 'primary_focus_keyword' ) as $key => $column ) {
					$value          = get_post_meta( $post_id, "_yoast_wpseo_$key", true );
					$row[ $column ] = '' === $value ? null : $value;
				}
				$wpdb->delete( $table, array( 'object_id' => $post_id, 'object_type' => 'post' ) );
				$wpdb->insert( $table, $row );
			};
			add_action( 'wp_insert_post', $build, PHP_INT_MAX );
			foreach ( array( 'added', 'updated', 'deleted' ) as $change ) {
				add_action(
					"{$change}_post_meta",
					static function ( $meta_id, $post_id, $key ) use ( $build ) {
						if ( 0 === strpos( $key, '_yoast_wpseo_' ) ) {
							add_action(
								'shutdown',
								static function () use ( $build, $post_id ) {
									$build( $post_id );
								}
							);
						}
					},
					10,
					3
				);
			}
		}
	);

	igny8_test_print_seo(
		static function ( $post_id ) {
			$row = ( new Yoast\WP\SEO\Repositories\Indexable_Repository() )->find_by_id_and_type( $post_id, 'post' );
			return $row ? array( wp_strip_all_tags( stripslashes( (string) $row->title ), true ), $row->description, $row->canonical ) : array( '', '', '' );
		},
		15
	);
}
