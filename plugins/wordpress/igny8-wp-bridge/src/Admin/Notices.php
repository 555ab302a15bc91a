<?php
/**
 * What an administrator has to know.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Admin;

use Igny8\Bridge\Connection\CloneGuard;
use Igny8\Bridge\Connection\Gate;
use Igny8\Bridge\Update\Offers;

defined( 'ABSPATH' ) || exit;

/**
 * Says on every page of wp-admin that nothing is sent any more, or that this version must not stay, and what to
 * do.
 */
final class Notices {

	/**
	 * Prints what there is to say, to those who can do something about it.
	 */
	public static function show() {
		self::show_status();
		$screen = function_exists( 'get_current_screen' ) ? get_current_screen() : null;
		// The settings page says it itself, with the buttons.
		if ( ! current_user_can( 'manage_options' ) || ( $screen && 'settings_page_igny8-wp-bridge' === $screen->id ) ) {
			return;
		}
		if ( CloneGuard::site_url_changed() ) {
			self::notice(
				sprintf(
					/* translators: 1: address at which the site was connected, 2: its address now. */
					__( 'This site was connected to IGNY8 as %1$s and is %2$s now. IGNY8 changes nothing here until you say whether it has moved or is a copy.', 'igny8-wp-bridge' ),
					CloneGuard::connected_url(),
					CloneGuard::own_url()
				)
			);
		} elseif ( Gate::is_stopped() ) {
			self::notice( __( 'IGNY8 no longer knows the API key of this site, so it hears nothing of your changes. Make a new key in IGNY8 and connect again.', 'igny8-wp-bridge' ) );
		}
	}

	/**
	 * Says that this version of the bridge should not be used any more.
	 */
	private static function show_status() {
		$texts = array(
			'deprecated' => __( 'This version of IGNY8 WP Bridge is no longer supported. Update it.', 'igny8-wp-bridge' ),
			'yanked'     => __( 'This version of IGNY8 WP Bridge was withdrawn because of a fault. Update it as soon as a newer one is offered.', 'igny8-wp-bridge' ),
			'vulnerable' => __( 'This version of IGNY8 WP Bridge has a security flaw. Update it now.', 'igny8-wp-bridge' ),
		);
		$text  = current_user_can( 'update_plugins' ) ? ( $texts[ Offers::status() ] ?? '' ) : '';
		if ( '' !== $text ) {
			self::notice( $text, self_admin_url( 'update-core.php' ), __( 'Look for updates', 'igny8-wp-bridge' ) );
		}
	}

	/**
	 * Prints a box with a link.
	 *
	 * @param string $text  What to say.
	 * @param string $url   Where to go; empty for the settings.
	 * @param string $label What the link says.
	 */
	private static function notice( $text, $url = '', $label = '' ) {
		printf(
			'<div class="notice notice-error" role="alert"><p>%s <a href="%s">%s</a></p></div>',
			esc_html( $text ),
			esc_url( '' !== $url ? $url : admin_url( 'options-general.php?page=igny8-wp-bridge' ) ),
			esc_html( '' !== $label ? $label : __( 'Open the IGNY8 settings', 'igny8-wp-bridge' ) )
		);
	}
}
