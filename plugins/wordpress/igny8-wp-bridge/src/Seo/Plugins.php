<?php
/**
 * The SEO plugins of this site.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Seo;

defined( 'ABSPATH' ) || exit;

/**
 * Knows the adapters, and which of them count here.
 */
final class Plugins {

	/**
	 * The SEO plugins that are active, for people.
	 *
	 * @return string[] Names.
	 */
	public static function names() {
		return array_values(
			array_map(
				static function ( Adapter $adapter ) {
					return $adapter->name();
				},
				self::active()
			)
		);
	}

	/**
	 * The adapters of all SEO plugins that are active: there may be two, and only the site's owner
	 * knows which one's word he takes.
	 *
	 * @return Adapter[] By stable name.
	 */
	public static function active() {
		$known = array(
			'yoast'     => new Yoast(),
			'rank_math' => new RankMath(),
			'seopress'  => new SeoPress(),
			'aioseo'    => new AllInOne(),
		);
		return array_filter(
			$known,
			static function ( Adapter $adapter ) {
				return $adapter->is_active();
			}
		);
	}

	/**
	 * Where SEO fields are kept on this site: with the active plugins, and with us where none of them
	 * prints.
	 *
	 * @return Adapter[]
	 */
	public static function in_charge() {
		$active = self::active();
		return self::one_prints( $active ) ? $active : $active + array( 'igny8' => new Own() );
	}

	/**
	 * Whether one of some SEO plugins prints title and description.
	 *
	 * @param Adapter[] $active Active ones.
	 * @return bool
	 */
	public static function one_prints( array $active ) {
		foreach ( $active as $adapter ) {
			if ( $adapter->prints() ) {
				return true;
			}
		}
		return false;
	}
}
