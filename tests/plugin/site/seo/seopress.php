<?php
/**
 * Stand-in for SEOPress: prints from post meta.
 *
 * @package igny8-tests
 */

define( 'SEOPRESS_VERSION', '0.test' );

igny8_test_print_seo(
	static function ( $post_id ) {
		return array(
			wp_strip_all_tags( get_post_meta( $post_id, '_seopress_titles_title', true ), true ),
			get_post_meta( $post_id, '_seopress_titles_desc', true ),
			get_post_meta( $post_id, '_seopress_robots_canonical', true ),
		);
	}
);
