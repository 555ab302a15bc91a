<?php
/**
 * Settings, IGNY8.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Admin;

use Igny8\Bridge\Install\Options;
use Igny8\Bridge\Publish\Author;
use Igny8\Bridge\Rest\ApiKey;

defined( 'ABSPATH' ) || exit;

/**
 * Shows whether this site is connected, and the form that connects it. The key is never printed.
 */
final class SettingsPage {

	const SLUG       = 'igny8-wp-bridge';
	const CONNECT    = 'igny8_connect';
	const DISCONNECT = 'igny8_disconnect';
	const API_URL    = 'https://api.igny8.com';

	/**
	 * Adds the page to the Settings menu.
	 */
	public function add_to_menu() {
		add_options_page( 'IGNY8', 'IGNY8', 'manage_options', self::SLUG, array( $this, 'show' ) );
	}

	/**
	 * Adds a link to the list of plugins.
	 *
	 * @param string[] $links Links of the plugin.
	 * @return string[]
	 */
	public function add_settings_link( $links ) {
		array_unshift( $links, sprintf( '<a href="%s">%s</a>', esc_url( $this->url() ), esc_html__( 'Settings', 'igny8-wp-bridge' ) ) );
		return $links;
	}

	/**
	 * The Connect button.
	 */
	public function connect() {
		$this->check( self::CONNECT );
		// phpcs:disable WordPress.Security.NonceVerification.Missing -- check() has verified it.
		$url    = isset( $_POST['api_url'] ) ? esc_url_raw( wp_unslash( $_POST['api_url'] ) ) : '';
		$key    = isset( $_POST['api_key'] ) ? sanitize_text_field( wp_unslash( $_POST['api_key'] ) ) : '';
		$site   = isset( $_POST['site_id'] ) ? sanitize_text_field( wp_unslash( $_POST['site_id'] ) ) : '';
		$author = isset( $_POST['author'] ) ? absint( $_POST['author'] ) : 0;
		// phpcs:enable
		if ( $author && user_can( $author, 'publish_posts' ) ) {
			update_option( Options::AUTHOR, $author );
		}
		Connection::connect( $url, $key, $site );
		$this->go_back();
	}

	/**
	 * The Disconnect button.
	 */
	public function disconnect() {
		$this->check( self::DISCONNECT );
		Connection::disconnect();
		$this->go_back();
	}

	/**
	 * Prints the page.
	 */
	public function show() {
		$connected = ApiKey::is_well_formed( Options::api_key() );
		echo '<div class="wrap"><h1>' . esc_html__( 'IGNY8 Bridge', 'igny8-wp-bridge' ) . '</h1>';
		$this->show_state( $connected );
		$this->show_form( $connected );
		if ( $connected ) {
			$this->show_disconnect();
		}
		echo '</div>';
	}

	/**
	 * Prints how things stand, and what to do.
	 *
	 * @param bool $connected Whether there is a key.
	 */
	private function show_state( $connected ) {
		$attempt    = Options::last_attempt();
		$connection = Options::connection();
		if ( $attempt['at'] && ! $attempt['ok'] ) {
			$this->notice(
				'error',
				$connected ? __( 'The last attempt failed; the earlier connection still works.', 'igny8-wp-bridge' ) : __( 'Not connected.', 'igny8-wp-bridge' ),
				$attempt['message']
			);
		}
		if ( $connected ) {
			$this->notice(
				'success',
				__( 'Connected.', 'igny8-wp-bridge' ),
				sprintf(
					/* translators: 1: site ID, 2: address, 3: date and time. */
					__( 'This site is site %1$d in IGNY8 at %2$s, since %3$s. Articles that you publish there appear here.', 'igny8-wp-bridge' ),
					$connection['site_id'],
					$connection['api_url'],
					wp_date( get_option( 'date_format' ) . ' ' . get_option( 'time_format' ), $connection['connected_at'] )
				)
			);
		} elseif ( ! $attempt['at'] ) {
			$this->notice(
				'info',
				__( 'Not connected yet.', 'igny8-wp-bridge' ),
				__( 'In IGNY8, open this site and generate an API key. Paste the key and the site ID here, then press Connect.', 'igny8-wp-bridge' )
			);
		}
		if ( ! Author::find() ) {
			$this->notice( 'warning', __( 'Nobody may publish.', 'igny8-wp-bridge' ), __( 'No user of this site may publish posts. Give one the role Author, Editor or Administrator.', 'igny8-wp-bridge' ) );
		}
	}

	/**
	 * Prints a box.
	 *
	 * @param string $kind  success, info, warning or error.
	 * @param string $title What is the case.
	 * @param string $text  What to do.
	 */
	private function notice( $kind, $title, $text ) {
		printf(
			'<div class="notice notice-%s inline" role="%s"><p><strong>%s</strong> %s</p></div>',
			esc_attr( $kind ),
			'error' === $kind ? 'alert' : 'status',
			esc_html( $title ),
			esc_html( $text )
		);
	}

	/**
	 * Prints the form.
	 *
	 * @param bool $connected Whether there is a key.
	 */
	private function show_form( $connected ) {
		$connection = Options::connection();
		$attempt    = Options::last_attempt();
		$typed      = $attempt['at'] && ! $attempt['ok'] ? $attempt : $connection;
		$key        = Options::api_key();
		?>
		<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
			<input type="hidden" name="action" value="<?php echo esc_attr( self::CONNECT ); ?>">
			<?php wp_nonce_field( self::CONNECT ); ?>
			<table class="form-table" role="presentation">
				<tr>
					<th scope="row"><label for="igny8-api-url"><?php esc_html_e( 'API URL', 'igny8-wp-bridge' ); ?></label></th>
					<td>
						<input type="url" id="igny8-api-url" name="api_url" class="regular-text code" required
							value="<?php echo esc_attr( '' !== $typed['api_url'] ? $typed['api_url'] : self::API_URL ); ?>"
							aria-describedby="igny8-api-url-help">
						<p class="description" id="igny8-api-url-help"><?php esc_html_e( 'Where IGNY8 is. Leave it as it is unless you were told another address.', 'igny8-wp-bridge' ); ?></p>
					</td>
				</tr>
				<tr>
					<th scope="row"><label for="igny8-api-key"><?php esc_html_e( 'API key', 'igny8-wp-bridge' ); ?></label></th>
					<td>
						<input type="password" id="igny8-api-key" name="api_key" class="regular-text code" autocomplete="off" spellcheck="false"
							<?php echo $connected ? '' : 'required'; ?> aria-describedby="igny8-api-key-help">
						<p class="description" id="igny8-api-key-help">
							<?php
							if ( $connected ) {
								/* translators: %s: the last four characters of the key. */
								echo esc_html( sprintf( __( 'A key that ends in %s is stored. Leave this empty to keep it.', 'igny8-wp-bridge' ), substr( $key, -4 ) ) );
							} else {
								esc_html_e( 'IGNY8 shows it once, when you generate it. It begins with igny8_.', 'igny8-wp-bridge' );
							}
							?>
						</p>
					</td>
				</tr>
				<tr>
					<th scope="row"><label for="igny8-site-id"><?php esc_html_e( 'Site ID', 'igny8-wp-bridge' ); ?></label></th>
					<td>
						<input type="text" inputmode="numeric" pattern="[0-9]+" id="igny8-site-id" name="site_id" class="regular-text code" required
							value="<?php echo esc_attr( $typed['site_id'] ? (string) $typed['site_id'] : '' ); ?>" aria-describedby="igny8-site-id-help">
						<p class="description" id="igny8-site-id-help"><?php esc_html_e( 'The number beside the key in IGNY8.', 'igny8-wp-bridge' ); ?></p>
					</td>
				</tr>
				<tr>
					<th scope="row"><label for="igny8-author"><?php esc_html_e( 'Author', 'igny8-wp-bridge' ); ?></label></th>
					<td>
						<?php
						wp_dropdown_users(
							array(
								'capability' => array( 'publish_posts' ),
								'name'       => 'author',
								'id'         => 'igny8-author',
								'selected'   => Author::find(),
							)
						);
						?>
						<p class="description"><?php esc_html_e( 'Articles are published in this name.', 'igny8-wp-bridge' ); ?></p>
					</td>
				</tr>
			</table>
			<?php submit_button( $connected ? __( 'Connect again', 'igny8-wp-bridge' ) : __( 'Connect', 'igny8-wp-bridge' ) ); ?>
		</form>
		<?php
	}

	/**
	 * Prints the Disconnect button.
	 */
	private function show_disconnect() {
		?>
		<h2><?php esc_html_e( 'Disconnect', 'igny8-wp-bridge' ); ?></h2>
		<p><?php esc_html_e( 'The key is forgotten and IGNY8 can no longer publish here. Posts stay.', 'igny8-wp-bridge' ); ?></p>
		<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
			<input type="hidden" name="action" value="<?php echo esc_attr( self::DISCONNECT ); ?>">
			<?php wp_nonce_field( self::DISCONNECT ); ?>
			<?php submit_button( __( 'Disconnect', 'igny8-wp-bridge' ), 'secondary', 'submit', false ); ?>
		</form>
		<?php
	}

	/**
	 * Stops whoever may not do this.
	 *
	 * @param string $action The nonce's action.
	 */
	private function check( $action ) {
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_die( esc_html__( 'You may not change these settings.', 'igny8-wp-bridge' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( $action );
	}

	/**
	 * Back to the page, so that a reload sends nothing again.
	 */
	private function go_back() {
		wp_safe_redirect( $this->url() );
		exit;
	}

	/**
	 * Address of the page.
	 *
	 * @return string
	 */
	private function url() {
		return admin_url( 'options-general.php?page=' . self::SLUG );
	}
}
