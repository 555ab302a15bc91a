<?php
/**
 * What a post's SEO fields are, for the answer.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Seo;

defined( 'ABSPATH' ) || exit;

/**
 * SEO fields in the words of the protocol. Where there are two plugins, each field is what the first one says
 * that has it.
 */
final class Told {

	/**
	 * Names of the protocol by field of the adapters.
	 */
	const FIELDS = array(
		Adapter::TITLE       => 'title',
		Adapter::DESCRIPTION => 'description',
		Adapter::CANONICAL   => 'canonical_url',
		Adapter::KEYWORD     => 'primary_keyword',
	);

	/**
	 * The fields of a post.
	 *
	 * @param int $post_id The post.
	 * @return array<string, string> By name, those that say something.
	 */
	public static function of( $post_id ) {
		$told = array();
		foreach ( Plugins::in_charge() as $adapter ) {
			foreach ( array_intersect_key( $adapter->read( $post_id ), self::FIELDS ) as $field => $value ) {
				if ( is_string( $value ) && '' !== $value ) {
					$told += array( self::FIELDS[ $field ] => $value );
				}
			}
		}
		return $told;
	}
}
