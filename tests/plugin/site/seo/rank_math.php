<?php
/**
 * Stand-in for Rank Math: prints from post meta, and nothing before its registration is settled.
 *
 * @package igny8-tests
 */

namespace RankMath {

	/**
	 * What others may ask.
	 */
	class Helper {

		/**
		 * Whether the owner has neither connected the plugin nor skipped that.
		 *
		 * @return bool
		 */
		public static function is_invalid_registration() {
			return (bool) get_option( 'test_rank_math_unregistered' );
		}
	}
}

namespace {

	define( 'RANK_MATH_VERSION', '0.test' );

	if ( ! RankMath\Helper::is_invalid_registration() ) {
		igny8_test_print_seo(
			static function ( $post_id ) {
				return array(
					wp_strip_all_tags( stripslashes( get_post_meta( $post_id, 'rank_math_title', true ) ), true ),
					stripslashes( get_post_meta( $post_id, 'rank_math_description', true ) ),
					get_post_meta( $post_id, 'rank_math_canonical_url', true ),
				);
			},
			15
		);
	}
}
