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
	 * Values by field.
	 *
	 * @var array<string, string>
	 */
	private $values;

	/**
	 * The post.
	 *
	 * @var \WP_Post
	 */
	private $post;

	/**
	 * Takes what is to be printed.
	 *
	 * @param \WP_Post              $post   The post.
	 * @param array<string, string> $values Values by field.
	 */
	private function __construct( \WP_Post $post, array $values ) {
		$this->post   = $post;
		$this->values = $values;
	}

	/**
	 * Looks whether there is something to print on this page. Runs once the main query is done.
	 */
	public static function prepare() {
		$post = is_singular() ? get_queried_object() : null;
		if ( ! $post instanceof \WP_Post ) {
			return;
		}
		$values = array_filter( ( new Own() )->read( $post->ID ), 'strlen' );
		if ( $values && self::may_print( $post ) ) {
			( new self( $post, $values ) )->register();
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
	 * Hooks up what there is to print.
	 */
	private function register() {
		if ( isset( $this->values[ Adapter::TITLE ] ) ) {
			add_filter( 'pre_get_document_title', array( $this, 'title' ), 20 );
		}
		if ( isset( $this->values[ Adapter::DESCRIPTION ] ) ) {
			add_action( 'wp_head', array( $this, 'print_description' ), 1 );
		}
		if ( isset( $this->values[ Adapter::CANONICAL ] ) ) {
			add_filter( 'get_canonical_url', array( $this, 'canonical_url' ), 20, 2 );
		}
	}

	/**
	 * The whole title: WordPress prints it without escaping it.
	 *
	 * @param string $title What somebody else has decided, or ''.
	 * @return string
	 */
	public function title( $title ) {
		return '' === (string) $title ? esc_html( $this->values[ Adapter::TITLE ] ) : $title;
	}

	/**
	 * Prints the meta description; not of a post whose text is behind a password.
	 */
	public function print_description() {
		if ( ! post_password_required( $this->post ) ) {
			printf( '<meta name="description" content="%s">' . "\n", esc_attr( $this->values[ Adapter::DESCRIPTION ] ) );
		}
	}

	/**
	 * The canonical URL of our post, for the link that WordPress prints.
	 *
	 * @param string   $url  What WordPress found.
	 * @param \WP_Post $post The post that it is about.
	 * @return string
	 */
	public function canonical_url( $url, $post ) {
		return $post instanceof \WP_Post && $post->ID === $this->post->ID ? $this->values[ Adapter::CANONICAL ] : $url;
	}
}
