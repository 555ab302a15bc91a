<?php
/**
 * The package of an update, before it is unpacked.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Update;

use Igny8\Bridge\Core\Fault;
use Igny8\Bridge\Core\Options;

defined( 'ABSPATH' ) || exit;

/**
 * Stands between WordPress's updater and the package: only bytes whose size and SHA-256 a signed manifest
 * names are unpacked. Whatever cannot be checked is refused, and the version that is here runs on.
 */
final class Package {

	const TIMEOUT_SECONDS = 120;

	/**
	 * The manifest of the package that this request has verified.
	 *
	 * @var Manifest|null
	 */
	private static $verified = null;

	/**
	 * For `upgrader_pre_download`: fetches the bridge's package, or takes the file that somebody else fetched, and
	 * verifies it.
	 *
	 * @param mixed                $reply    What others said: false, an error, or a file.
	 * @param mixed                $package  Address of the package.
	 * @param mixed                $upgrader Who asks.
	 * @param array<string, mixed> $about    Which plugin is updated.
	 * @return mixed A file's path, or an error.
	 */
	public static function fetch( $reply, $package = '', $upgrader = null, $about = array() ) {
		if ( is_wp_error( $reply ) || ! self::is_ours( $about ) ) {
			return $reply;
		}
		try {
			return self::verified( is_string( $reply ) ? $reply : '', (string) $package, $upgrader );
		} catch ( \Throwable $error ) {
			// WordPress would stop here, with the site in maintenance.
			return self::refused( Manifest::refusal( Fault::told( __( 'it could not be checked.', 'igny8-wp-bridge' ), $error ) ) );
		}
	}

	/**
	 * Has a package verified.
	 *
	 * @param string $fetched  The file that somebody else fetched; empty for none.
	 * @param string $package  Address of the package.
	 * @param mixed  $upgrader Who asks.
	 * @return string|\WP_Error Its file.
	 */
	private static function verified( $fetched, $package, $upgrader ) {
		self::$verified = null;
		Installed::load_whole();
		$manifest = self::manifest_for( $package );
		if ( is_wp_error( $manifest ) ) {
			return self::refused( $manifest );
		}
		if ( is_object( $upgrader ) && isset( $upgrader->skin ) && is_callable( array( $upgrader->skin, 'feedback' ) ) ) {
			$upgrader->skin->feedback( 'downloading_package', 'IGNY8' );
		}
		$file = '' !== $fetched ? $fetched : self::download( $package, $manifest );
		if ( is_wp_error( $file ) ) {
			return self::refused( $file );
		}
		$problem = self::problem( $file, $manifest );
		if ( '' !== $problem ) {
			if ( $file !== $fetched ) {
				wp_delete_file( $file );
			}
			return self::refused( Manifest::refusal( $problem ) );
		}
		self::$verified = $manifest;
		return $file;
	}

	/**
	 * For `upgrader_source_selection`: what was unpacked is the version that was signed, and goes where the plugin
	 * is, whatever its owner called that folder.
	 *
	 * @param mixed                $source   Folder of what was unpacked.
	 * @param string               $unpacked Folder above it.
	 * @param mixed                $upgrader Who asks.
	 * @param array<string, mixed> $about    Which plugin is updated.
	 * @return mixed The folder, or an error.
	 */
	public static function place( $source, $unpacked = '', $upgrader = null, $about = array() ) {
		global $wp_filesystem;
		if ( is_string( $source ) && Installed::folder() === basename( $source ) ) {
			// Also where somebody uploads it: that is by hand, and nothing of it is verified.
			Installed::load_whole();
		}
		if ( is_wp_error( $source ) || ! self::is_ours( $about ) ) {
			return $source;
		}
		// Where WordPress reaches its files by FTP, its paths are that server's.
		$main   = str_replace( $wp_filesystem->wp_content_dir(), trailingslashit( WP_CONTENT_DIR ), trailingslashit( $source ) ) . basename( Installed::file() );
		$header = is_file( $main ) ? get_file_data( $main, array( 'version' => 'Version' ) ) : array( 'version' => '' );
		if ( ! self::$verified || Installed::SLUG !== basename( $source ) || self::$verified->version !== $header['version'] ) {
			return self::refused( Manifest::refusal( __( 'it holds something else than it should.', 'igny8-wp-bridge' ) ) );
		}
		$wanted = trailingslashit( $unpacked ) . Installed::folder() . '/';
		if ( trailingslashit( $source ) === $wanted ) {
			return $source;
		}
		return $wp_filesystem->move( untrailingslashit( $source ), untrailingslashit( $wanted ) ) ? $wanted : self::refused( Manifest::refusal( __( 'its folder cannot be renamed.', 'igny8-wp-bridge' ) ) );
	}

	/**
	 * Whether an update is of this plugin.
	 *
	 * @param mixed $about What the updater says of it.
	 * @return bool
	 */
	private static function is_ours( $about ) {
		return is_array( $about ) && Installed::file() === ( $about['plugin'] ?? '' );
	}

	/**
	 * The manifest of a package: the one that was offered with this very address. If there is none, the backend is
	 * asked once; a version that it offers instead is not installed in place of the one that the person chose.
	 *
	 * @param string $package Address of the package.
	 * @return Manifest|\WP_Error
	 */
	private static function manifest_for( $package ) {
		if ( ! Installed::is_release() ) {
			return Manifest::refusal( __( 'this copy was built from its sources and knows no release. Install the new version by hand.', 'igny8-wp-bridge' ) );
		}
		for ( $try = 1; $try <= 2; $try++ ) {
			$offer = Offers::current();
			if ( '' !== $package && self::without_token( $offer['package'] ) === self::without_token( $package ) ) {
				return Manifest::verified( $offer );
			}
			Check::run( 'admin', 0 );
		}
		return Manifest::refusal( __( 'this package was not offered to this site. Look for updates once more.', 'igny8-wp-bridge' ) );
	}

	/**
	 * An address without the token by which the backend counts downloads: every answer has a new one.
	 *
	 * @param string $address The address.
	 * @return string
	 */
	private static function without_token( $address ) {
		return (string) remove_query_arg( 't', $address );
	}

	/**
	 * Fetches the package, and no more bytes than it should have, but one.
	 *
	 * @param string   $package  Its address.
	 * @param Manifest $manifest What it should be.
	 * @return string|\WP_Error The file.
	 */
	private static function download( $package, Manifest $manifest ) {
		$file   = wp_tempnam( $package );
		$answer = $file ? Installed::backend()->download( $package, $file, $manifest->size + 1, self::TIMEOUT_SECONDS ) : 'no_temporary_file';
		if ( '' === $answer ) {
			return $file;
		}
		if ( $file ) {
			wp_delete_file( $file );
		}
		/* translators: %s: a technical reason. */
		return Manifest::refusal( sprintf( __( 'it could not be fetched (%s).', 'igny8-wp-bridge' ), $answer ) );
	}

	/**
	 * What is wrong with a file.
	 *
	 * @param string   $file     Its path.
	 * @param Manifest $manifest What it should be.
	 * @return string Empty when it is the one.
	 */
	private static function problem( $file, Manifest $manifest ) {
		clearstatcache( true, $file );
		if ( ! is_file( $file ) || filesize( $file ) !== $manifest->size ) {
			return __( 'it is not as long as it should be.', 'igny8-wp-bridge' );
		}
		if ( ! hash_equals( $manifest->sha256, (string) hash_file( 'sha256', $file ) ) ) {
			return __( 'it is not what IGNY8 has signed.', 'igny8-wp-bridge' );
		}
		return self::version_in( $file ) === $manifest->version ? '' : __( 'it holds something else than it should.', 'igny8-wp-bridge' );
	}

	/**
	 * Which version a package holds. One page of WordPress takes a plugin out of use before it looks at what was
	 * unpacked, so that is looked at before.
	 *
	 * @param string $file Path of the package.
	 * @return string Empty when it does not hold the plugin, in a folder of its name.
	 */
	private static function version_in( $file ) {
		require_once ABSPATH . 'wp-admin/includes/class-pclzip.php';
		mbstring_binary_safe_encoding();
		$found = ( new \PclZip( $file ) )->extract( PCLZIP_OPT_BY_NAME, Installed::SLUG . '/' . basename( Installed::file() ), PCLZIP_OPT_EXTRACT_AS_STRING );
		reset_mbstring_encoding();
		$text = is_array( $found ) && 1 === count( $found ) ? (string) ( $found[0]['content'] ?? '' ) : '';
		return 1 === preg_match( '/^ \* Version: +(\S+)$/m', $text, $parts ) ? $parts[1] : '';
	}

	/**
	 * Remembers a refusal, and has the backend hear of it.
	 *
	 * @param \WP_Error $error The refusal.
	 * @return \WP_Error
	 */
	private static function refused( \WP_Error $error ) {
		Options::remember_error( 'update_refused', $error->get_error_message() );
		Heartbeat::soon();
		return $error;
	}
}
