<?php
/**
 * This very copy of the bridge.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Update;

use Igny8\Bridge\Connection\Client;
use Igny8\Bridge\Connection\CloneGuard;
use Igny8\Bridge\Core\Options;

defined( 'ABSPATH' ) || exit;

/**
 * Which version is here, under which name WordPress knows it, and whom it asks for updates.
 */
final class Installed {

	const SLUG = 'igny8-wp-bridge';

	/**
	 * Whether this copy is a release: only a release knows whose updates it may take.
	 *
	 * @return bool
	 */
	public static function is_release() {
		return array() !== Pinned::KEYS && '' !== Pinned::UPDATE_HOST;
	}

	/**
	 * The plugin's file as WordPress names it, "folder/file.php". Owners rename the folder.
	 *
	 * @return string
	 */
	public static function file() {
		return plugin_basename( IGNY8_BRIDGE_FILE );
	}

	/**
	 * The folder's real name. WordPress keeps what it backs up before an update, and finds it again, by it.
	 *
	 * @return string
	 */
	public static function folder() {
		return dirname( self::file() );
	}

	/**
	 * The version on the disk: after an update, in the same request, another one than runs.
	 *
	 * @return string
	 */
	public static function version() {
		if ( ! did_action( 'upgrader_process_complete' ) || ! is_file( IGNY8_BRIDGE_FILE ) ) {
			return IGNY8_BRIDGE_VERSION;
		}
		$header = get_file_data( IGNY8_BRIDGE_FILE, array( 'version' => 'Version' ) );
		return '' !== $header['version'] ? $header['version'] : IGNY8_BRIDGE_VERSION;
	}

	/**
	 * Loads every class of this version, before its files change: whatever the request that updates does then, with
	 * classes of the next version beside those that it has, it would not be of one make.
	 */
	public static function load_whole() {
		$src   = dirname( __DIR__ );
		$files = new \RecursiveIteratorIterator( new \RecursiveDirectoryIterator( $src, \FilesystemIterator::SKIP_DOTS ) );
		foreach ( $files as $file ) {
			$name = substr( $file->getPathname(), strlen( $src ) + 1, -4 );
			// Classes begin with a capital; what does not is no class.
			if ( 'php' === $file->getExtension() && ctype_upper( $file->getFilename()[0] ) ) {
				class_exists( 'Igny8\\Bridge\\' . str_replace( array( '/', '\\' ), '\\', $name ) );
			}
		}
	}

	/**
	 * Whether the owner lets WordPress update the bridge by itself.
	 *
	 * @return bool
	 */
	public static function updates_itself() {
		return in_array( self::file(), (array) get_site_option( 'auto_update_plugins', array() ), true );
	}

	/**
	 * Which releases this site wants, where somebody has said so here.
	 *
	 * @return array{channel?: string}
	 */
	public static function channel() {
		/**
		 * Filters which releases this site wants.
		 *
		 * @param string $channel "stable", or "beta" for releases that are being tried; empty for what it was last.
		 */
		$channel = (string) apply_filters( 'igny8_update_channel', '' );
		return '' === $channel ? array() : array( 'channel' => $channel );
	}

	/**
	 * The backend to ask: the one that this site is connected to, else the release's own.
	 *
	 * @return Client
	 */
	public static function backend() {
		$connected = Options::connection()['api_url'];
		return new Client( '' !== $connected ? $connected : self::api_url() );
	}

	/**
	 * The address of IGNY8 that this release was made for.
	 *
	 * @return string
	 */
	public static function api_url() {
		return '' !== Pinned::API_URL ? Pinned::API_URL : Client::DEFAULT_URL;
	}

	/**
	 * The key to show; a copy of a site has the original's and must not show it.
	 *
	 * @return string Empty for none.
	 */
	public static function key_to_show() {
		return CloneGuard::site_url_changed() ? '' : Options::api_key();
	}
}
