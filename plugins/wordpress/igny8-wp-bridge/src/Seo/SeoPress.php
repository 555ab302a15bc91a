<?php
/**
 * SEOPress.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Seo;

defined( 'ABSPATH' ) || exit;

/**
 * SEOPress prints pages straight from post meta. Its target keywords are one list.
 */
final class SeoPress extends MetaAdapter {

	/**
	 * The plugin's name.
	 *
	 * @return string
	 */
	public function name() {
		return 'SEOPress';
	}

	/**
	 * One letter for the fingerprint.
	 *
	 * @return string
	 */
	public function letter() {
		return 's';
	}

	/**
	 * Whether the plugin runs on this blog.
	 *
	 * @return bool
	 */
	public function is_active() {
		return defined( 'SEOPRESS_VERSION' );
	}

	/**
	 * Meta keys by field.
	 *
	 * @return array<string, string>
	 */
	protected function keys() {
		return array(
			self::TITLE            => '_seopress_titles_title',
			self::DESCRIPTION      => '_seopress_titles_desc',
			self::CANONICAL        => '_seopress_robots_canonical',
			self::KEYWORD          => '_seopress_analysis_target_kw',
			self::PRIMARY_CATEGORY => '_seopress_robots_primary_cat',
		);
	}

	/**
	 * Target keywords are a list.
	 *
	 * @return bool
	 */
	protected function lists_keywords() {
		return true;
	}
}
