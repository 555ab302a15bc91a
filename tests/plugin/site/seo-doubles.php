<?php
/**
 * Stand-ins for SEO plugins. Each keeps its fields where the real one keeps them, and prints pages
 * from there. The option test_seo names those that are active.
 *
 * @package igny8-tests
 */

/**
 * Prints what a stand-in found for the post of this page, escaped as the real ones do.
 *
 * @param callable $find     Gets the post's id; returns title, description and canonical URL.
 * @param int      $priority When the plugin sets the title.
 */
function igny8_test_print_seo( callable $find, $priority = 10 ) {
	add_action(
		'wp',
		static function () use ( $find, $priority ) {
			if ( ! is_singular() ) {
				return;
			}
			list( $title, $description, $canonical ) = $find( get_queried_object_id() );
			if ( $title ) {
				add_filter(
					'pre_get_document_title',
					static function () use ( $title ) {
						return esc_html( $title );
					},
					$priority
				);
			}
			if ( $canonical ) {
				add_filter(
					'get_canonical_url',
					static function () use ( $canonical ) {
						return $canonical;
					}
				);
			}
			add_action(
				'wp_head',
				static function () use ( $description ) {
					if ( $description ) {
						echo '<meta name="description" content="' . esc_attr( $description ) . '">';
					}
				}
			);
		}
	);
}

foreach ( (array) get_option( 'test_seo', array() ) as $igny8_test_name ) {
	require_once __DIR__ . "/seo/$igny8_test_name.php";
}

// What every adapter can read at the moment when a post goes live.
add_action(
	'transition_post_status',
	static function ( $new_status, $old_status, $post ) {
		if ( 'publish' === $new_status && 'publish' !== $old_status && class_exists( 'Igny8\Bridge\Seo\Plugins' ) ) {
			$meta = get_post_meta( $post->ID );
			$seen = array();
			foreach ( $meta as $key => $values ) {
				if ( preg_match( '/^(_yoast|rank_math|_seopress|_igny8_seo)/', $key ) ) {
					$seen[ $key ] = $values[0];
				}
			}
			if ( function_exists( 'aioseo' ) ) {
				$seen['aioseo_posts.title'] = AIOSEO\Plugin\Common\Models\Post::getPost( $post->ID )->title;
			}
			update_option( 'test_seo_going_live', $seen, false );
		}
	},
	1,
	3
);
