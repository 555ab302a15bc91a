<?php
/**
 * Tells a copy of a site from the site.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Install;

use Igny8\Bridge\Admin\Connection;
use Igny8\Bridge\Outbox\Errands;
use Igny8\Bridge\Outbox\Store;
use Igny8\Bridge\Rest\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * Remembers the address under which the site was connected. Whoever has the same key under another
 * address is a copy (staging, a restored backup on another host) or has moved; until an administrator
 * says which, nothing is written and nothing is sent.
 *
 * For the settings page: where `site_url_changed()` is true, show `connected_url()` and `own_url()` and
 * two forms that post to admin-post.php, each with a nonce for its own action:
 * `action` = CloneGuard::MOVED ("The site has moved") and CloneGuard::COPY ("This is a copy"). They are
 * handled by `handle_moved()` and `handle_copy()`, which check nonce and `manage_options` and go back
 * to where the form was.
 */
final class CloneGuard {

	const MOVED = 'igny8_site_moved';
	const COPY  = 'igny8_site_copy';

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
		return Connection::connect( $connection['api_url'], '', $connection['site_id'] );
	}

	/**
	 * This is a copy: it forgets the original's connection and everything it was about to tell.
	 */
	public static function copy() {
		Connection::disconnect();
		Installer::ensure();
		( new Store() )->start_over();
	}

	/**
	 * The button "The site has moved".
	 */
	public static function handle_moved() {
		self::check( self::MOVED );
		self::moved();
		Errands::soon();
		self::go_back();
	}

	/**
	 * The button "This is a copy".
	 */
	public static function handle_copy() {
		self::check( self::COPY );
		self::copy();
		self::go_back();
	}

	/**
	 * Stops whoever may not decide this.
	 *
	 * @param string $action The nonce's action.
	 */
	private static function check( $action ) {
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_die( esc_html__( 'You may not change these settings.', 'igny8-wp-bridge' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( $action );
	}

	/**
	 * Back to the settings page.
	 */
	private static function go_back() {
		wp_safe_redirect( admin_url( 'options-general.php?page=igny8-wp-bridge' ) );
		exit;
	}
}
