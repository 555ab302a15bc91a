<?php
/**
 * The SEO fields of an order.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Seo;

use Igny8\Bridge\Core\Fields;
use Igny8\Bridge\Core\Warnings;

defined( 'ABSPATH' ) || exit;

/**
 * What an order says about SEO. A field that is absent or null leaves what is there; an empty text
 * takes it away, so that the SEO plugin's own template counts again. Further keywords belong to the
 * focus keyword: an empty list without one leaves them alone too.
 */
final class SeoFields {

	const TEXT_MAX = 6000;
	const URL_MAX  = 2048;

	/**
	 * Fields of the payload by field of the adapters.
	 */
	const PAYLOAD = array(
		Adapter::TITLE            => 'seo_title',
		Adapter::DESCRIPTION      => 'seo_description',
		Adapter::CANONICAL        => 'canonical_url',
		Adapter::KEYWORD          => 'primary_keyword',
		Adapter::MORE_KEYWORDS    => 'secondary_keywords',
		Adapter::PRIMARY_CATEGORY => 'categories',
	);

	/**
	 * Values by field of the adapters; only what is to be written.
	 *
	 * @var array<string, mixed>
	 */
	public $values = array();

	/**
	 * Reads the fields of a payload.
	 *
	 * @param Fields   $fields   The payload; remembers what is wrong.
	 * @param Warnings $warnings Gets warnings.
	 * @return self
	 */
	public static function from_fields( Fields $fields, Warnings $warnings ) {
		$seo         = new self();
		$title       = $fields->text( 'seo_title', self::TEXT_MAX );
		$description = $fields->text( 'seo_description', self::TEXT_MAX );
		$canonical   = $fields->text( 'canonical_url', self::URL_MAX );
		$keyword     = $fields->text( 'primary_keyword', self::TEXT_MAX );
		$more        = $fields->names( 'secondary_keywords' );

		$keywords    = Text::keywords( array( (string) $keyword ) );
		$seo->values = array_filter(
			array(
				Adapter::TITLE         => null === $title ? null : Text::plain( $title, $warnings, 'seo_title' ),
				Adapter::DESCRIPTION   => null === $description ? null : Text::plain( $description, $warnings, 'seo_description' ),
				Adapter::CANONICAL     => null === $canonical ? null : self::address( $canonical, $warnings ),
				Adapter::KEYWORD       => null === $keyword ? null : (string) reset( $keywords ),
				Adapter::MORE_KEYWORDS => null === $keyword && ! $more ? null : array_values( array_diff( Text::keywords( (array) $more ), $keywords ) ),
			),
			static function ( $value ) {
				return null !== $value;
			}
		);
		return $seo;
	}

	/**
	 * Names the category that counts first.
	 *
	 * @param int $term_id The term of the first category that was sent.
	 */
	public function prefer_category( $term_id ) {
		$this->values[ Adapter::PRIMARY_CATEGORY ] = $term_id;
	}

	/**
	 * A web address, as it may be printed.
	 *
	 * @param string   $url      What was sent.
	 * @param Warnings $warnings Gets a warning when it is none.
	 * @return string|null Null when it is none, and nothing is to be done.
	 */
	private static function address( $url, Warnings $warnings ) {
		$url = trim( $url );
		if ( '' === $url ) {
			return '';
		}
		$clean = esc_url_raw( $url, array( 'http', 'https' ) );
		if ( 1 !== preg_match( '#\Ahttps?://[^/?\#]+#i', $clean ) ) {
			$warnings->add( 'seo_unusable', 'canonical_url', 'A canonical URL begins with http:// or https://.' );
			return null;
		}
		return $clean;
	}
}
