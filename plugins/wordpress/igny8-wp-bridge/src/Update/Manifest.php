<?php
/**
 * What was signed of a release.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Update;

use Igny8\Bridge\Core\Clock;

defined( 'ABSPATH' ) || exit;

/**
 * Verifies the manifest that comes with an offer, and says what the package must be. The signature covers the
 * bytes of the text; its fields are read afterwards, and nothing beside it is believed.
 */
final class Manifest {

	const VERSION = '/\A(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(alpha|beta|rc)\.(0|[1-9]\d*))?\z/';

	/**
	 * Version of the release.
	 *
	 * @var string
	 */
	public $version;

	/**
	 * SHA-256 of the package, 64 small hexadecimal digits.
	 *
	 * @var string
	 */
	public $sha256;

	/**
	 * Size of the package in bytes.
	 *
	 * @var int
	 */
	public $size;

	/**
	 * Reads a manifest whose signature was found to be good.
	 *
	 * @param array<string, mixed> $fields Its fields, checked.
	 */
	private function __construct( array $fields ) {
		$this->version = $fields['version'];
		$this->sha256  = $fields['sha256'];
		$this->size    = $fields['size'];
	}

	/**
	 * Verifies the manifest of an offer, and that this very site may take what it describes, now.
	 *
	 * @param array<string, mixed> $offer With signed_manifest, signature, key_id and version.
	 * @return self|\WP_Error
	 */
	public static function verified( array $offer ) {
		$problem = self::signature_problem( $offer );
		if ( '' !== $problem ) {
			return self::refusal( $problem );
		}
		$fields = json_decode( $offer['signed_manifest'], true );
		if ( ! is_array( $fields ) || ! self::is_complete( $fields ) ) {
			return self::refusal( __( 'its description cannot be read.', 'igny8-wp-bridge' ) );
		}
		$problem = self::problem( $fields, $offer );
		return '' === $problem ? new self( $fields ) : self::refusal( $problem );
	}

	/**
	 * What is wrong with the signature.
	 *
	 * @param array<string, mixed> $offer The offer.
	 * @return string Empty when it is good.
	 */
	private static function signature_problem( array $offer ) {
		if ( '' === $offer['signed_manifest'] || '' === $offer['signature'] ) {
			return __( 'it is not signed.', 'igny8-wp-bridge' );
		}
		$key       = self::keys()[ $offer['key_id'] ] ?? '';
		$signature = base64_decode( $offer['signature'], true ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- bytes.
		if ( '' === $key ) {
			return __( 'it is signed with a key that this version does not know. Install the new version by hand, from IGNY8.', 'igny8-wp-bridge' );
		}
		if ( ! is_string( $signature ) || 64 !== strlen( $signature ) || ! function_exists( 'sodium_crypto_sign_verify_detached' ) ) {
			return __( 'its signature cannot be checked.', 'igny8-wp-bridge' );
		}
		try {
			$good = sodium_crypto_sign_verify_detached( $signature, $offer['signed_manifest'], $key );
		} catch ( \Throwable $error ) {
			$good = false;
		}
		return true === $good ? '' : __( 'its signature is wrong.', 'igny8-wp-bridge' );
	}

	/**
	 * The keys that this release believes, by their ids.
	 *
	 * @return array<string, string> 32 bytes each, by the first 16 digits of their SHA-256.
	 */
	private static function keys() {
		$keys = array();
		foreach ( Pinned::KEYS as $encoded ) {
			$key = base64_decode( $encoded, true ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- bytes.
			if ( is_string( $key ) && 32 === strlen( $key ) ) {
				$keys[ substr( hash( 'sha256', $key ), 0, 16 ) ] = $key;
			}
		}
		return $keys;
	}

	/**
	 * Whether a manifest has what it must have.
	 *
	 * @param array<string, mixed> $fields The manifest.
	 * @return bool
	 */
	private static function is_complete( array $fields ) {
		foreach ( array( 'slug', 'version', 'sha256', 'requires', 'requires_php', 'not_after' ) as $name ) {
			if ( ! is_string( $fields[ $name ] ?? null ) ) {
				return false;
			}
		}
		$least = $fields['min_from_version'] ?? null;
		return is_int( $fields['size'] ?? null ) && 1 <= $fields['size']
			&& 1 === preg_match( '/\A[0-9a-f]{64}\z/', $fields['sha256'] )
			&& 1 === preg_match( self::VERSION, $fields['version'] )
			&& ( null === $least || ( is_string( $least ) && 1 === preg_match( self::VERSION, $least ) ) );
	}

	/**
	 * Why this site may not take what a manifest describes.
	 *
	 * @param array<string, mixed> $fields The manifest.
	 * @param array<string, mixed> $offer  The offer.
	 * @return string Empty when it may.
	 */
	private static function problem( array $fields, array $offer ) {
		$until = strtotime( $fields['not_after'] );
		$least = $fields['min_from_version'] ?? null;
		if ( Installed::SLUG !== $fields['slug'] || $fields['version'] !== $offer['version'] ) {
			return __( 'its description is of something else.', 'igny8-wp-bridge' );
		}
		if ( false === $until || $until <= Clock::now() ) {
			return __( 'its signature has expired. Look for updates once more.', 'igny8-wp-bridge' );
		}
		if ( ! version_compare( $fields['version'], IGNY8_BRIDGE_VERSION, '>' ) ) {
			return __( 'it is not newer than the version that is installed.', 'igny8-wp-bridge' );
		}
		if ( null !== $least && version_compare( IGNY8_BRIDGE_VERSION, $least, '<' ) ) {
			/* translators: %s: a version of the plugin. */
			return sprintf( __( 'version %s has to be installed first.', 'igny8-wp-bridge' ), $least );
		}
		if ( ! is_php_version_compatible( $fields['requires_php'] ) || ! is_wp_version_compatible( $fields['requires'] ) ) {
			/* translators: 1: a version of WordPress, 2: a version of PHP. */
			return sprintf( __( 'it needs WordPress %1$s and PHP %2$s.', 'igny8-wp-bridge' ), $fields['requires'], $fields['requires_php'] );
		}
		return '';
	}

	/**
	 * A refusal.
	 *
	 * @param string $why The reason, the end of a sentence.
	 * @return \WP_Error
	 */
	public static function refusal( $why ) {
		/* translators: %s: the reason, the end of the sentence. */
		return new \WP_Error( 'igny8_update_refused', sprintf( __( 'The update of IGNY8 WP Bridge was refused, and nothing was changed: %s', 'igny8-wp-bridge' ), $why ) );
	}
}
