<?php
/**
 * What a post's SEO fields are, in one word.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Seo;

defined( 'ABSPATH' ) || exit;

/**
 * The part of the fingerprint that is about SEO. In front stand the letters of the plugins that were
 * read: installing or removing an SEO plugin is nobody's edit of a post.
 */
final class Footprint {

	/**
	 * Computes the footprint of a post: letters and eight hexadecimal digits.
	 *
	 * @param int $post_id The post.
	 * @return string
	 */
	public static function of( $post_id ) {
		$seen    = array();
		$letters = '';
		foreach ( Plugins::in_charge() as $adapter ) {
			$values = $adapter->read( $post_id );
			ksort( $values );
			$seen[]   = $values;
			$letters .= strtoupper( $adapter->letter() );
		}
		return $letters . substr( hash( 'sha256', (string) wp_json_encode( $seen ) ), 0, 8 );
	}

	/**
	 * Reads the fields of all plugins in charge.
	 *
	 * @param int $post_id The post.
	 * @return array<string, mixed> Values by the plugin's letter and the field: `y.title`.
	 */
	public static function fields( $post_id ) {
		$fields = array();
		foreach ( Plugins::in_charge() as $adapter ) {
			foreach ( $adapter->read( $post_id ) as $field => $value ) {
				$fields[ $adapter->letter() . '.' . $field ] = $value;
			}
		}
		return $fields;
	}

	/**
	 * Reads the fields of posts ahead, where they are not in meta.
	 *
	 * @param int[] $post_ids The posts that are read next; none to ask anew each time.
	 */
	public static function prime( array $post_ids ) {
		foreach ( Plugins::in_charge() as $adapter ) {
			$adapter->prime( $post_ids );
		}
	}

	/**
	 * Keys of post meta that the fields are read from.
	 *
	 * @return string[]
	 */
	public static function meta_keys() {
		$keys = array();
		foreach ( Plugins::in_charge() as $adapter ) {
			$keys = array_merge( $keys, $adapter->meta_keys() );
		}
		return $keys;
	}

	/**
	 * Writes fields as they were read.
	 *
	 * @param int                  $post_id The post.
	 * @param array<string, mixed> $fields  Some of what `fields()` said.
	 */
	public static function restore( $post_id, array $fields ) {
		foreach ( Plugins::in_charge() as $adapter ) {
			$values = array();
			foreach ( $adapter->fields() as $field ) {
				$name = $adapter->letter() . '.' . $field;
				if ( isset( $fields[ $name ] ) ) {
					$values[ $field ] = $fields[ $name ];
				}
			}
			if ( $values ) {
				$adapter->write( $post_id, $values );
			}
		}
	}

	/**
	 * Whether fields were changed between two footprints. Those of different plugins cannot tell.
	 *
	 * @param string $base    The earlier one; '' when there is none.
	 * @param string $current The later one.
	 * @return bool
	 */
	public static function differs( $base, $current ) {
		return substr( $base, 0, -8 ) === substr( $current, 0, -8 ) && ! hash_equals( $current, $base );
	}
}
