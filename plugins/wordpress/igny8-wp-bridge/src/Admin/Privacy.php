<?php
/**
 * What a site's privacy policy should say of the bridge.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * Suggests a text for the policy, in WordPress's own guide under Settings, Privacy.
 */
final class Privacy {

	/**
	 * Suggests it.
	 */
	public static function suggest() {
		$paragraphs = array(
			__( 'This site is connected to IGNY8, a service that publishes articles here. No data of visitors is sent to it: no addresses, no comments, no cookies.', 'igny8-wp-bridge' ),
			__( 'When an editor changes an article, IGNY8 is told what was changed and when, and the display name of the editor. E-mail addresses and passwords of editors are not sent.', 'igny8-wp-bridge' ),
			__( 'IGNY8 is also told which kinds of posts and categories this site has and how many, and the versions of WordPress, PHP and the plugin.', 'igny8-wp-bridge' ),
		);
		wp_add_privacy_policy_content( __( 'IGNY8 Bridge', 'igny8-wp-bridge' ), '<p>' . implode( '</p><p>', array_map( 'esc_html', $paragraphs ) ) . '</p>' );
	}
}
