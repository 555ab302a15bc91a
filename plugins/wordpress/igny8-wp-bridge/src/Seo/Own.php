<?php
/**
 * The bridge's own SEO fields.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Seo;

defined( 'ABSPATH' ) || exit;

/**
 * Where no SEO plugin is active, title, description and canonical URL are kept in meta of ours, and
 * Head prints them.
 */
final class Own extends MetaAdapter {

	/**
	 * The name.
	 *
	 * @return string
	 */
	public function name() {
		return 'IGNY8 WP Bridge';
	}

	/**
	 * One letter for the fingerprint.
	 *
	 * @return string
	 */
	public function letter() {
		return 'o';
	}

	/**
	 * Always there.
	 *
	 * @return bool
	 */
	public function is_active() {
		return true;
	}

	/**
	 * Meta keys by field.
	 *
	 * @return array<string, string>
	 */
	protected function keys() {
		return array(
			self::TITLE       => '_igny8_seo_title',
			self::DESCRIPTION => '_igny8_seo_description',
			self::CANONICAL   => '_igny8_canonical_url',
		);
	}
}
