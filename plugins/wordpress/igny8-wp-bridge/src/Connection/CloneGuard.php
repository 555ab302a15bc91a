<?php
/**
 * Tells a copy of a site from the site.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Connection;

use Igny8\Bridge\Core\Hooks;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * Remembers the address under which the site was connected. Whoever has the same key under another
 * address is a copy (staging, a restored backup on another host) or has moved; until an administrator
 * says which, nothing is written and nothing is sent.
 */
final class CloneGuard {

	/**
	 * Remembers this site's address, written backwards: what clones a site searches the database for
	 * the address and replaces it.
	 */
	public static function remember() {
		update_option( Options::HOME, strrev( self::own_url() ) );
	}

	/**
	 * Whether this site was connected under another address. Costs no query.
	 *
	 * @return bool
	 */
	public static function site_url_changed() {
		$connected = self::connected_url();
		return '' !== $connected && '' !== Options::api_key() && self::own_url() !== $connected;
	}

	/**
	 * The address under which this site was connected, without scheme and www.
	 *
	 * @return string Empty when that is not known.
	 */
	public static function connected_url() {
		return strrev( (string) get_option( Options::HOME, '' ) );
	}

	/**
	 * The address that this site has now, without scheme and www. Read from the option (or WP_HOME):
	 * language plugins filter what home_url() says.
	 *
	 * @return string
	 */
	public static function own_url() {
		$url = strtolower( trim( (string) get_option( 'home' ) ) );
		$url = (string) preg_replace( '#\A[a-z]+://(?:www\.)?#', '', $url );
		return rtrim( $url, '/' );
	}

	/**
	 * Stops writing on a copy.
	 *
	 * @throws Refusal 409 site_url_changed.
	 */
	public static function refuse_on_copy() {
		if ( self::site_url_changed() ) {
			throw new Refusal(
				409,
				'site_url_changed',
				'This site was connected under another address. An administrator has to say under Settings, IGNY8, whether it has moved or is a copy.',
				array(),
				array(
					'connected_url' => self::connected_url(),
					'site_url'      => home_url(),
				)
			);
		}
	}

	/**
	 * The site has moved: it goes on under its new address, and the backend is told.
	 *
	 * @return array{ok: bool, code: string, message: string} What the backend said.
	 */
	public static function moved() {
		self::remember();
		$connection = Options::connection();
		return Pairing::connect( $connection['api_url'], '', $connection['site_id'] );
	}

	/**
	 * This is a copy: it forgets the original's connection and everything it was about to tell.
	 */
	public static function copy() {
		Pairing::disconnect();
		do_action( Hooks::COPIED );
	}
}
