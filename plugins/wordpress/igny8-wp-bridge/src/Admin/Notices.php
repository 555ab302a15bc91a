<?php
/**
 * What an administrator has to know.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Admin;

use Igny8\Bridge\Connection\CloneGuard;
use Igny8\Bridge\Connection\Gate;

defined( 'ABSPATH' ) || exit;

/**
 * Says on every page of wp-admin that nothing is sent any more, and what to do. Costs no query.
 */
final class Notices {

	/**
	 * Prints what there is to say, to those who can do something about it.
	 */
	public static function show() {
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
	 * Prints a box with a link to the settings.
	 *
	 * @param string $text What to say.
	 */
	private static function notice( $text ) {
		printf(
			'<div class="notice notice-error" role="alert"><p>%s <a href="%s">%s</a></p></div>',
			esc_html( $text ),
			esc_url( admin_url( 'options-general.php?page=igny8-wp-bridge' ) ),
			esc_html__( 'Open the IGNY8 settings', 'igny8-wp-bridge' )
		);
	}
}
