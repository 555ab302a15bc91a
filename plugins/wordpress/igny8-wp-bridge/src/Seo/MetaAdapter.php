<?php
/**
 * SEO plugins that keep their fields in post meta.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Seo;

defined( 'ABSPATH' ) || exit;

/**
 * Writes and reads post meta by a map of keys. Where a plugin has no key of its own for further
 * keywords but is one of those that list them, they follow the first in one comma-separated value.
 */
abstract class MetaAdapter implements Adapter {

	/**
	 * Meta keys by field.
	 *
	 * @return array<string, string>
	 */
	abstract protected function keys();

	/**
	 * Whether the plugin prints what it holds.
	 *
	 * @return bool
	 */
	public function prints() {
		return true;
	}

	/**
	 * Whether the focus keyword's value is a list, separated by commas.
	 *
	 * @return bool
	 */
	protected function lists_keywords() {
		return false;
	}

	/**
	 * The fields that the plugin has a place for.
	 *
	 * @return string[]
	 */
	public function fields() {
		$fields = array_keys( $this->keys() );
		return $this->lists_keywords() ? array_merge( $fields, array( self::MORE_KEYWORDS ) ) : $fields;
	}

	/**
	 * Keys of post meta that the fields are read from.
	 *
	 * @return string[]
	 */
	public function meta_keys() {
		return array_values( $this->keys() );
	}

	/**
	 * Writes fields.
	 *
	 * @param int                  $post_id The post.
	 * @param array<string, mixed> $values  Values by field.
	 * @param callable|null        $look    Not called: each value of meta is looked at when it is replaced.
	 */
	public function write( $post_id, array $values, ?callable $look = null ) {
		if ( $this->lists_keywords() && ( isset( $values[ self::KEYWORD ] ) || isset( $values[ self::MORE_KEYWORDS ] ) ) ) {
			$values                 += $this->read( $post_id );
			$values[ self::KEYWORD ] = Text::joined( $values[ self::KEYWORD ], $values[ self::MORE_KEYWORDS ] );
		}
		foreach ( $this->keys() as $field => $key ) {
			if ( ! isset( $values[ $field ] ) ) {
				continue;
			}
			if ( in_array( $values[ $field ], array( '', 0 ), true ) ) {
				delete_post_meta( $post_id, $key );
			} else {
				update_post_meta( $post_id, $key, wp_slash( (string) $values[ $field ] ) );
			}
		}
	}

	/**
	 * Meta is read ahead by whoever reads posts.
	 *
	 * @param int[] $post_ids The posts.
	 */
	public function prime( array $post_ids ) {}

	/**
	 * Reads all fields.
	 *
	 * @param int $post_id The post.
	 * @return array<string, mixed>
	 */
	public function read( $post_id ) {
		$values = array();
		foreach ( $this->keys() as $field => $key ) {
			$value            = get_post_meta( $post_id, $key, true );
			$value            = is_scalar( $value ) ? (string) $value : '';
			$values[ $field ] = self::PRIMARY_CATEGORY === $field ? (int) $value : $value;
		}
		if ( $this->lists_keywords() ) {
			$keywords                      = Text::split( $values[ self::KEYWORD ] );
			$values[ self::KEYWORD ]       = (string) array_shift( $keywords );
			$values[ self::MORE_KEYWORDS ] = $keywords;
		}
		return $values;
	}
}
