<?php
/**
 * The window "View details".
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Update;

use Igny8\Bridge\Core\Fault;
use Igny8\Bridge\Core\Options;

defined( 'ABSPATH' ) || exit;

/**
 * Answers WordPress when it wants to tell a person about the bridge. Where the backend does not answer, it
 * tells what is known here; wordpress.org is never asked about us.
 */
final class Details {

	const PATH            = '/api/plugins/igny8-wp-bridge/info/';
	const CACHE           = 'igny8_update_info';
	const TIMEOUT_SECONDS = 3;
	const ANSWER_BYTES    = 262144;

	// Texts that WordPress cleans before it shows them.
	const TEXTS = array( 'author', 'homepage', 'last_updated' );

	/**
	 * For `plugins_api`.
	 *
	 * @param mixed  $result What others said.
	 * @param string $action What is wanted.
	 * @param mixed  $wanted Of which plugin.
	 * @return mixed
	 */
	public static function show( $result, $action = '', $wanted = null ) {
		if ( 'plugin_information' !== $action || ! Installed::is_release() || ( $wanted->slug ?? '' ) !== Installed::folder() ) {
			return $result;
		}
		$offer = Offers::current();
		try {
			$info = self::info( $offer['version'] );
		} catch ( \Throwable $error ) {
			Options::remember_error( 'update_check', Fault::told( 'Asking for the details of an update failed.', $error ) );
			$info = array();
		}
		// WordPress prints the name as it is.
		$shown = array(
			'name'     => sanitize_text_field( self::text( $info, 'name', 'IGNY8 WP Bridge' ) ),
			'slug'     => Installed::folder(),
			'external' => true,
			'sections' => self::sections( $info ),
			'banners'  => self::pictures( $info['banners'] ?? $offer['banners'] ),
		);
		foreach ( self::TEXTS as $name ) {
			$shown[ $name ] = self::text( $info, $name, '' );
		}
		// The button installs what was offered to this site, so it says that, whatever else there is.
		foreach ( Offer::VERSIONS as $name ) {
			$told           = Offer::is_version( $info[ $name ] ?? null ) ? $info[ $name ] : '';
			$shown[ $name ] = '' !== $offer[ $name ] ? $offer[ $name ] : $told;
		}
		$shown['tested']        = Offer::tested( $shown['tested'] );
		$shown['version']       = $offer['version'];
		$shown['download_link'] = $offer['package'];
		if ( is_int( $info['active_installs'] ?? null ) ) {
			$shown['active_installs'] = $info['active_installs'];
		}
		return (object) $shown;
	}

	/**
	 * What the backend says of a version, now or within the last hour. Not everybody is offered the same.
	 *
	 * @param string $version The version.
	 * @return array<string, mixed> Empty when it says nothing.
	 */
	private static function info( $version ) {
		$kept = get_site_transient( self::CACHE );
		if ( is_array( $kept ) && $version === ( $kept['of'] ?? '' ) && is_array( $kept['info'] ?? null ) ) {
			return $kept['info'];
		}
		$info = self::asked( self::PATH . '?version=' . rawurlencode( $version ) );
		// Nothing is told of a version that is offered no more, nor of one that never was; of the newest there is.
		$info = $info ?? self::asked( self::PATH ) ?? array();
		set_site_transient(
			self::CACHE,
			array(
				'of'   => $version,
				'info' => $info,
			),
			$info ? HOUR_IN_SECONDS : MINUTE_IN_SECONDS
		);
		return $info;
	}

	/**
	 * Asks the backend.
	 *
	 * @param string $path Path below its address.
	 * @return array<string, mixed>|null Null where there is no such version; empty when it says nothing.
	 */
	private static function asked( $path ) {
		$answer = Installed::backend()->get( $path, self::TIMEOUT_SECONDS, self::ANSWER_BYTES );
		if ( 404 === $answer['status'] ) {
			return null;
		}
		$data = 200 === $answer['status'] && true === ( $answer['body']['success'] ?? null ) ? ( $answer['body']['data'] ?? null ) : null;
		return is_array( $data ) ? $data : array();
	}

	/**
	 * The tabs.
	 *
	 * @param array<string, mixed> $info What the backend says.
	 * @return array<string, string> HTML, which WordPress cleans.
	 */
	private static function sections( array $info ) {
		$sections = array();
		foreach ( is_array( $info['sections'] ?? null ) ? $info['sections'] : array() as $name => $html ) {
			if ( is_string( $html ) && '' !== $html && sanitize_key( $name ) === $name ) {
				$sections[ $name ] = $html;
			}
		}
		return $sections ? $sections : array(
			'description' => '<p>' . esc_html__( 'IGNY8 could not be reached, so there is nothing more to tell at the moment.', 'igny8-wp-bridge' ) . '</p>',
		);
	}

	/**
	 * A text.
	 *
	 * @param array<string, mixed> $info     What the backend says.
	 * @param string               $name     Of what.
	 * @param string               $fallback What is known here.
	 * @return string
	 */
	private static function text( array $info, $name, $fallback ) {
		$value = $info[ $name ] ?? null;
		return is_string( $value ) && '' !== $value ? $value : $fallback;
	}

	/**
	 * Pictures at the head of the window.
	 *
	 * @param mixed $pictures Anything.
	 * @return array<string, string>
	 */
	private static function pictures( $pictures ) {
		return is_array( $pictures ) ? array_filter( $pictures, array( Offer::class, 'is_address' ) ) : array();
	}
}
