<?php
/**
 * What the backend offers this site.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Update;

defined( 'ABSPATH' ) || exit;

/**
 * One answer of check-update: read with care, kept as a plain list, and shown to WordPress as it wants it.
 */
final class Offer {

	// Texts that are kept, and how long they may be.
	const TEXTS = array(
		'version'         => 32,
		'package'         => 2000,
		'url'             => 500,
		'tested'          => 16,
		'requires'        => 16,
		'requires_php'    => 16,
		'upgrade_notice'  => 1000,
		'signed_manifest' => 4000,
		'signature'       => 200,
		'key_id'          => 64,
	);

	// Texts that are versions; WordPress prints some of them as they come.
	const VERSIONS = array( 'tested', 'requires', 'requires_php' );

	// Lists of addresses of pictures.
	const PICTURES = array( 'icons', 'banners', 'banners_rtl' );

	/**
	 * Reads an answer.
	 *
	 * @param array<string, mixed> $data `data` of the answer.
	 * @return array<string, mixed>|null Null when it names no version.
	 */
	public static function from_answer( array $data ) {
		$offer = array();
		foreach ( self::TEXTS as $name => $length ) {
			$value          = $data[ $name ] ?? '';
			$offer[ $name ] = is_string( $value ) && strlen( $value ) <= $length ? $value : '';
		}
		foreach ( self::VERSIONS as $name ) {
			$offer[ $name ] = self::is_version( $offer[ $name ] ) ? $offer[ $name ] : '';
		}
		$offer['url']            = self::is_address( $offer['url'] ) ? $offer['url'] : '';
		$offer['upgrade_notice'] = sanitize_text_field( $offer['upgrade_notice'] );
		foreach ( self::PICTURES as $name ) {
			$value          = $data[ $name ] ?? array();
			$offer[ $name ] = is_array( $value ) ? array_filter( array_slice( $value, 0, 4, true ), array( self::class, 'is_address' ) ) : array();
		}
		foreach ( array( 'autoupdate', 'disable_autoupdate' ) as $name ) {
			$offer[ $name ] = true === ( $data[ $name ] ?? null );
		}
		return 1 === preg_match( Manifest::VERSION, $offer['version'] ) ? $offer : null;
	}

	/**
	 * Whether a value is a version of WordPress or PHP, and so nothing that a page could take for markup.
	 *
	 * @param mixed $value Anything.
	 * @return bool
	 */
	public static function is_version( $value ) {
		return is_string( $value ) && 1 === preg_match( '/\A[0-9][0-9A-Za-z.+-]{0,15}\z/', $value );
	}

	/**
	 * Whether a value is an address.
	 *
	 * @param mixed $value Anything.
	 * @return bool
	 */
	public static function is_address( $value ) {
		return is_string( $value ) && strlen( $value ) <= 500 && 1 === preg_match( '#\Ahttps?://#', $value );
	}

	/**
	 * What stands in for an offer before there was one: an object must be there for the switch of automatic
	 * updates to be shown.
	 *
	 * @return array<string, mixed>
	 */
	public static function of_nothing() {
		return (array) self::from_answer( array( 'version' => Installed::version() ) );
	}

	/**
	 * Up to which WordPress a version was tested, as WordPress compares it: to the last part, so that 6.5 would
	 * leave out 6.5.5, which brings corrections only.
	 *
	 * @param string $tested As the readme has it.
	 * @return string The WordPress of this site, where it is a minor release of that; else the same.
	 */
	public static function tested( $tested ) {
		$here = strtok( get_bloginfo( 'version' ), '-' );
		return 1 === preg_match( '/\A\d+\.\d+\z/', $tested ) && 0 === strpos( $here, $tested . '.' ) ? $here : $tested;
	}

	/**
	 * An offer as WordPress's updater reads it.
	 *
	 * @param array<string, mixed> $offer As from_answer() made it.
	 * @return object
	 */
	public static function for_core( array $offer ) {
		$shown = array(
			'id'               => 'https://' . Pinned::UPDATE_HOST . '/plugins/' . Installed::SLUG,
			'slug'             => Installed::folder(),
			'plugin'           => Installed::file(),
			'new_version'      => $offer['version'],
			'requires_plugins' => array(),
			'tested'           => self::tested( $offer['tested'] ),
		) + array_intersect_key( $offer, array_flip( array( 'version', 'url', 'package', 'requires', 'requires_php', 'upgrade_notice', 'icons', 'banners', 'banners_rtl' ) ) );
		// What broke this site once is not installed again by itself; by hand, or the next one, is.
		$offer['disable_autoupdate'] = $offer['disable_autoupdate'] || Offers::state()['taken_back'] === $offer['version'];
		$offer['autoupdate']         = $offer['autoupdate'] && ! $offer['disable_autoupdate'];
		// Both mean something by being there.
		return (object) ( $shown + array_filter( array_intersect_key( $offer, array_flip( array( 'autoupdate', 'disable_autoupdate' ) ) ) ) );
	}
}
