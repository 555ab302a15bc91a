<?php
/**
 * Stand-in for All in One SEO: a table of its own, a model that writes to it, and pages that are
 * printed from it. Post meta is written for others and never read.
 *
 * @package igny8-tests
 */

namespace AIOSEO\Plugin\Common\Models {

	/**
	 * One row.
	 */
	class Post {

		/** @var int|null */
		public $id;
		/** @var int */
		public $post_id;
		/** @var string|null */
		public $title;
		/** @var string|null */
		public $description;
		/** @var string|null */
		public $canonical_url;
		/** @var mixed */
		public $keyphrases;
		/** @var mixed */
		public $primary_term;
		/** @var string|null */
		public $og_title;

		/**
		 * The table.
		 *
		 * @return string
		 */
		public static function table() {
			global $wpdb;
			return $wpdb->prefix . 'aioseo_posts';
		}

		/**
		 * Finds a post's row, or a blank one.
		 *
		 * @param int $post_id The post.
		 * @return self
		 */
		public static function getPost( $post_id ) { // phpcs:ignore
			global $wpdb;
			$post = new self();
			$row  = $wpdb->get_row( $wpdb->prepare( 'SELECT * FROM ' . self::table() . ' WHERE post_id = %d', $post_id ), ARRAY_A );
			foreach ( (array) $row as $column => $value ) {
				$post->$column = in_array( $column, array( 'keyphrases', 'primary_term' ), true ) ? json_decode( (string) $value ) : $value;
			}
			$post->post_id = $post_id;
			return $post;
		}

		/**
		 * Writes the row.
		 */
		public function save() {
			global $wpdb;
			if ( get_option( 'test_aioseo_broken' ) ) {
				throw new \Exception( 'out of order' );
			}
			$row = get_object_vars( $this );
			foreach ( array( 'keyphrases', 'primary_term' ) as $column ) {
				$row[ $column ] = is_string( $row[ $column ] ) || null === $row[ $column ] ? $row[ $column ] : wp_json_encode( $row[ $column ] );
			}
			unset( $row['id'] );
			if ( $this->id ) {
				$wpdb->update( self::table(), $row, array( 'id' => $this->id ) );
			} else {
				$wpdb->insert( self::table(), $row );
				$this->id = $wpdb->insert_id;
			}
		}
	}
}

namespace {

	use AIOSEO\Plugin\Common\Models\Post;

	define( 'AIOSEO_VERSION', '0.test' );

	/**
	 * The plugin.
	 *
	 * @return object
	 */
	function aioseo() {
		return (object) array( 'meta' => (object) array() );
	}

	add_action(
		'init',
		static function () {
			global $wpdb;
			$table = Post::table();
			$wpdb->query( "CREATE TABLE IF NOT EXISTS $table (id bigint(20) unsigned NOT NULL AUTO_INCREMENT, post_id bigint(20) unsigned NOT NULL, title text, description text, canonical_url text, keyphrases longtext, primary_term longtext, og_title text, PRIMARY KEY (id))" );
		}
	);

	igny8_test_print_seo(
		static function ( $post_id ) {
			$post  = Post::getPost( $post_id );
			$texts = array();
			foreach ( array( $post->title, $post->description ) as $text ) {
				$text    = wp_strip_all_tags( html_entity_decode( (string) $text, ENT_QUOTES, 'UTF-8' ) );
				$text    = html_entity_decode( $text, ENT_QUOTES, 'UTF-8' );
				$texts[] = (string) preg_replace( '/\s+/u', ' ', trim( $text ) );
			}
			return array_merge( $texts, array( $post->canonical_url ) );
		},
		99999
	);
}
