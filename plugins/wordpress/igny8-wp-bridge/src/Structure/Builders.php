<?php
/**
 * Page builders.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Structure;

defined( 'ABSPATH' ) || exit;

/**
 * Knows by their marks the page builders that keep a post's body in their own form.
 */
final class Builders {

	// Meta by which a builder says that a post is its own: key and value, '' for any.
	const BY_META = array(
		'elementor'      => array( '_elementor_edit_mode', 'builder' ),
		'divi'           => array( '_et_pb_use_builder', 'on' ),
		'beaver'         => array( '_fl_builder_enabled', '' ),
		'wpbakery'       => array( '_wpb_vc_js_status', 'true' ),
		'bricks'         => array( '_bricks_editor_mode', 'bricks' ),
		'oxygen'         => array( 'ct_builder_shortcodes', '' ),
		'breakdance'     => array( '_breakdance_data', '' ),
		'siteorigin'     => array( 'panels_data', '' ),
		'avada'          => array( 'fusion_builder_status', 'active' ),
		'brizy'          => array( 'brizy_post_uid', '' ),
		'thrive'         => array( 'tcb_editor_enabled', '' ),
		'cornerstone'    => array( '_cornerstone_data', '' ),
		'visualcomposer' => array( 'vcv-pageContent', '' ),
	);
	// Shortcodes that a body begins its rows with, where meta says nothing.
	const BY_SHORTCODE = array(
		'divi'     => '[et_pb_section',
		'wpbakery' => '[vc_row',
		'avada'    => '[fusion_builder_container',
		'beaver'   => '<!-- wp:fl-builder/layout',
	);

	/**
	 * The builder of a post.
	 *
	 * @param \WP_Post $post The post; its meta was read.
	 * @return string|null Null when it has none.
	 */
	public static function of( \WP_Post $post ) {
		foreach ( self::BY_META as $name => list( $key, $value ) ) {
			$found = get_post_meta( $post->ID, $key, true );
			if ( '' === $value ? ! empty( $found ) : $found === $value ) {
				return $name;
			}
		}
		foreach ( self::BY_SHORTCODE as $name => $mark ) {
			if ( false !== strpos( $post->post_content, $mark ) ) {
				return $name;
			}
		}
		return null;
	}
}
