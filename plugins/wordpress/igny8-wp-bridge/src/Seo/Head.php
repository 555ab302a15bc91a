<?php
/**
 * Prints SEO fields where no SEO plugin does.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Seo;

use Igny8\Bridge\Core\Options;

defined( 'ABSPATH' ) || exit;

/**
 * Prints title, description and canonical URL of one post of ours, on its own page. Other pages cost
 * three looks at meta that the main query has fetched already.
 */
final class Head {

	/**
	 * The post whose page this is and its values by field; null on all other pages.
	 *
	 * @var array{post: \WP_Post, values: array<string, string>}|null
	 */
	private static $page;

	/**
	 * For `wp`: looks whether there is something to print on this page. Runs once the main query is done.
	 */
	public static function prepare() {
		self::$page = null;
		$post       = is_singular() ? get_queried_object() : null;
		if ( ! $post instanceof \WP_Post ) {
			return;
		}
		$values = array_filter( ( new Own() )->read( $post->ID ), 'strlen' );
		if ( $values && self::may_print( $post ) ) {
			self::$page = compact( 'post', 'values' );
		}
	}

	/**
	 * Whether it is ours to print: not beside an SEO plugin, and not against the owner's will.
	 *
	 * @param \WP_Post $post The post.
	 * @return bool
	 */
	private static function may_print( \WP_Post $post ) {
		if ( Plugins::one_prints( Plugins::active() ) ) {
			return false;
		}
		// Not get_option(): an option that was never set would cost a query.
		$options = wp_load_alloptions();
		$wanted  = '0' !== (string) ( $options[ Options::SEO_OUTPUT ] ?? '1' );
		/**
		 * Filters whether the bridge prints a post's SEO title, meta description and canonical URL.
		 *
		 * @param bool     $wanted What the settings say.
		 * @param \WP_Post $post   The post.
		 */
		return (bool) apply_filters( 'igny8_bridge_print_seo', $wanted, $post );
	}

	/**
	 * What is to be printed on this page.
	 *
	 * @param string $field The field.
	 * @return string|null Null when there is nothing.
	 */
	private static function value( $field ) {
		return self::$page['values'][ $field ] ?? null;
	}

	/**
	 * For `pre_get_document_title`: the whole title. WordPress prints it without escaping it.
	 *
	 * @param string $title What somebody else has decided, or ''.
	 * @return string
	 */
	public static function title( $title ) {
		$ours = self::value( Adapter::TITLE );
		return null !== $ours && '' === (string) $title ? esc_html( $ours ) : $title;
	}

	/**
	 * For `pre_get_document_title`, after everybody else: what All in One SEO takes out of a title of ours.
	 *
	 * @param string $title HTML of the title.
	 * @return string
	 */
	public static function mend( $title ) {
		// Not asking the adapter: pages of other sites load no class for it.
		return defined( 'AIOSEO_VERSION' ) && is_singular() ? ( new AllInOne() )->mended( $title, (int) get_queried_object_id() ) : $title;
	}

	/**
	 * For `wp_head`: prints the meta description; not of a post whose text is behind a password.
	 */
	public static function print_description() {
		$ours = self::value( Adapter::DESCRIPTION );
		if ( null !== $ours && ! post_password_required( self::$page['post'] ) ) {
			printf( '<meta name="description" content="%s">' . "\n", esc_attr( $ours ) );
		}
	}

	/**
	 * For `get_canonical_url`: the address of our post, for the link that WordPress prints.
	 *
	 * @param string   $url  What WordPress found.
	 * @param \WP_Post $post The post that it is about.
	 * @return string
	 */
	public static function canonical_url( $url, $post ) {
		$ours = self::value( Adapter::CANONICAL );
		return null !== $ours && $post instanceof \WP_Post && self::$page['post']->ID === $post->ID ? $ours : $url;
	}
}
