<?php
/**
 * Rank Math.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Seo;

defined( 'ABSPATH' ) || exit;

/**
 * Rank Math prints pages straight from post meta. Its focus keywords are one list; the first counts
 * most. Until its owner has connected it to his account, or skipped that step, it prints nothing.
 */
final class RankMath extends MetaAdapter {

	/**
	 * The plugin's name.
	 *
	 * @return string
	 */
	public function name() {
		return 'Rank Math';
	}

	/**
	 * One letter for the fingerprint.
	 *
	 * @return string
	 */
	public function letter() {
		return 'r';
	}

	/**
	 * Whether the plugin runs on this blog.
	 *
	 * @return bool
	 */
	public function is_active() {
		return defined( 'RANK_MATH_VERSION' );
	}

	/**
	 * Whether the plugin prints what it holds.
	 *
	 * @return bool
	 */
	public function prints() {
		$question = array( 'RankMath\Helper', 'is_invalid_registration' );
		return ! is_callable( $question ) || ! call_user_func( $question );
	}

	/**
	 * Meta keys by field.
	 *
	 * @return array<string, string>
	 */
	protected function keys() {
		return array(
			self::TITLE            => 'rank_math_title',
			self::DESCRIPTION      => 'rank_math_description',
			self::CANONICAL        => 'rank_math_canonical_url',
			self::KEYWORD          => 'rank_math_focus_keyword',
			self::PRIMARY_CATEGORY => 'rank_math_primary_category',
		);
	}

	/**
	 * Focus keywords are a list.
	 *
	 * @return bool
	 */
	protected function lists_keywords() {
		return true;
	}
}
