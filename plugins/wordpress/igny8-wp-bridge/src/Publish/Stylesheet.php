<?php
/**
 * The stylesheet of images in articles.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

defined( 'ABSPATH' ) || exit;

/**
 * Loads the stylesheet where an article of ours is shown by itself, and in the block editor.
 */
final class Stylesheet {

	const HANDLE = 'igny8-bridge-layout';
	const FILE   = 'assets/layout.css';

	/**
	 * Runs on `enqueue_block_assets`: on pages, and in the block editor, inside its frame where it has
	 * one.
	 */
	public static function enqueue() {
		if ( ! is_admin() && ! self::shows_article() ) {
			return;
		}
		wp_enqueue_style( self::HANDLE, plugins_url( self::FILE, IGNY8_BRIDGE_FILE ), array(), IGNY8_BRIDGE_VERSION );
		// Small enough to be printed into the page: no visitor waits for it.
		wp_style_add_data( self::HANDLE, 'path', plugin_dir_path( IGNY8_BRIDGE_FILE ) . self::FILE );
	}

	/**
	 * Whether the page is one post, and that one is ours. Its meta was read with it: this asks nothing.
	 *
	 * @return bool
	 */
	private static function shows_article() {
		return is_singular() && metadata_exists( 'post', get_queried_object_id(), Posts::META_CONTENT );
	}
}
