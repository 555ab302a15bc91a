<?php
/**
 * What the bridge asks of every SEO plugin.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Seo;

defined( 'ABSPATH' ) || exit;

/**
 * Writes and reads the SEO fields of a post where one SEO plugin keeps them. A value is plain text as
 * a person would type it; lists are lists of it; '' (or an empty list, or 0) means none.
 */
interface Adapter {

	const TITLE            = 'title';
	const DESCRIPTION      = 'description';
	const CANONICAL        = 'canonical';
	const KEYWORD          = 'keyword';
	const MORE_KEYWORDS    = 'more_keywords';
	const PRIMARY_CATEGORY = 'primary_category';

	/**
	 * The plugin's name, for people.
	 *
	 * @return string
	 */
	public function name();

	/**
	 * One letter for the fingerprint, never to be changed.
	 *
	 * @return string
	 */
	public function letter();

	/**
	 * Whether the plugin runs on this blog.
	 *
	 * @return bool
	 */
	public function is_active();

	/**
	 * Whether the plugin prints what it holds. Asked only where it is active.
	 *
	 * @return bool
	 */
	public function prints();

	/**
	 * The fields that the plugin has a place for.
	 *
	 * @return string[]
	 */
	public function fields();

	/**
	 * Keys of post meta that the fields are read from.
	 *
	 * @return string[]
	 */
	public function meta_keys();

	/**
	 * Writes fields; those that are not named stay as they are.
	 *
	 * @param int                  $post_id The post.
	 * @param array<string, mixed> $values  Values by field, of fields that the plugin has.
	 * @param callable|null        $look    Called once nobody else can write the fields any more, where that
	 *                                      can be had for a table of the plugin's own; throws when somebody has.
	 */
	public function write( $post_id, array $values, ?callable $look = null );

	/**
	 * Reads the fields of posts ahead, where they are not in meta.
	 *
	 * @param int[] $post_ids The posts that are read next; none to ask anew each time.
	 */
	public function prime( array $post_ids );

	/**
	 * Reads all fields from where the plugin itself reads them when it prints a page.
	 *
	 * @param int $post_id The post.
	 * @return array<string, mixed> Values by field.
	 */
	public function read( $post_id );
}
