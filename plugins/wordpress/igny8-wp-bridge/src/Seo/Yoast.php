<?php
/**
 * Yoast SEO.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Seo;

defined( 'ABSPATH' ) || exit;

/**
 * Yoast takes what is typed from post meta, copies it into its own table of indexables, and prints
 * pages from there. The copy follows meta when it is written after `init`, as every REST request is,
 * and is made anew when the post is saved, as the bridge does after writing.
 */
final class Yoast extends MetaAdapter {

	const COLUMNS = array(
		self::TITLE       => 'title',
		self::DESCRIPTION => 'description',
		self::CANONICAL   => 'canonical',
		self::KEYWORD     => 'primary_focus_keyword',
	);

	/**
	 * The plugin's name.
	 *
	 * @return string
	 */
	public function name() {
		return 'Yoast SEO';
	}

	/**
	 * One letter for the fingerprint.
	 *
	 * @return string
	 */
	public function letter() {
		return 'y';
	}

	/**
	 * Whether the plugin runs on this blog.
	 *
	 * @return bool
	 */
	public function is_active() {
		return defined( 'WPSEO_VERSION' );
	}

	/**
	 * Meta keys by field.
	 *
	 * @return array<string, string>
	 */
	protected function keys() {
		return array(
			self::TITLE            => '_yoast_wpseo_title',
			self::DESCRIPTION      => '_yoast_wpseo_metadesc',
			self::CANONICAL        => '_yoast_wpseo_canonical',
			self::KEYWORD          => '_yoast_wpseo_focuskw',
			self::PRIMARY_CATEGORY => '_yoast_wpseo_primary_category',
		);
	}

	/**
	 * Reads all fields: from the indexable, where there is one. There is none where indexables are
	 * switched off, as on every site that is not in production; pages are made from meta then.
	 *
	 * @param int $post_id The post.
	 * @return array<string, mixed>
	 */
	public function read( $post_id ) {
		$values    = parent::read( $post_id );
		$indexable = $this->indexable( $post_id );
		foreach ( $indexable ? self::COLUMNS : array() as $field => $column ) {
			$values[ $field ] = isset( $indexable->$column ) ? (string) $indexable->$column : '';
		}
		return $values;
	}

	/**
	 * Yoast's own row about a post.
	 *
	 * @param int $post_id The post.
	 * @return object|null
	 */
	private function indexable( $post_id ) {
		$repository = 'Yoast\WP\SEO\Repositories\Indexable_Repository';
		if ( ! function_exists( 'YoastSEO' ) || ! class_exists( $repository ) ) {
			return null;
		}
		try {
			$row = YoastSEO()->classes->get( $repository )->find_by_id_and_type( $post_id, 'post', false );
		} catch ( \Throwable $error ) {
			return null;
		}
		return is_object( $row ) && ! empty( $row->id ) ? $row : null;
	}
}
