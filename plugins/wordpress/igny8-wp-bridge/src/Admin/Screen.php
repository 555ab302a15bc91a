<?php
/**
 * What the settings page shows.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Admin;

use Igny8\Bridge\Connection\CloneGuard;
use Igny8\Bridge\Connection\Gate;
use Igny8\Bridge\Core\Database;
use Igny8\Bridge\Core\Fault;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Outbox\Store;
use Igny8\Bridge\Publish\Claim;
use Igny8\Bridge\Publish\Publications;
use Igny8\Bridge\Seo\Plugins;
use Igny8\Bridge\Structure\Push;
use Igny8\Bridge\Update\Installed;
use Igny8\Bridge\Update\Offers;

defined( 'ABSPATH' ) || exit;

/**
 * Prints the parts of the page. Only prints: nothing is changed here, and the key never leaves it but
 * for its last four characters.
 */
final class Screen {

	const LATEST = 5;

	/**
	 * Prints the page.
	 *
	 * @param string $result What the last button did.
	 */
	public function show( $result ) {
		echo '<div class="wrap"><h1>' . esc_html__( 'IGNY8 Bridge', 'igny8-wp-bridge' ) . '</h1>';
		echo '<div id="igny8-state" aria-live="polite" tabindex="-1">';
		$notice = State::result( $result );
		foreach ( array_merge( $notice ? array( $notice ) : array(), State::notices() ) as $notice ) {
			$this->show_notice( $notice );
		}
		$this->show_clone_choice();
		echo '</div>';
		$connected = State::is_connected();
		$this->show_connection( $connected );
		if ( $connected ) {
			$this->show_status();
			$this->show_latest();
		}
		( new SettingsForm() )->show();
		if ( $connected ) {
			$this->show_disconnect();
		}
		echo '</div>';
	}

	/**
	 * Prints a box.
	 *
	 * @param array{kind: string, title: string, text: string} $notice What it says.
	 */
	private function show_notice( array $notice ) {
		printf(
			'<div class="notice notice-%s inline" role="%s"><p><strong>%s</strong> %s</p></div>',
			esc_attr( $notice['kind'] ),
			'error' === $notice['kind'] ? 'alert' : 'status',
			esc_html( $notice['title'] ),
			esc_html( $notice['text'] )
		);
	}

	/**
	 * Prints the question whether this site has moved or is a copy, where that must be known.
	 */
	private function show_clone_choice() {
		if ( ! CloneGuard::site_url_changed() ) {
			return;
		}
		echo '<div class="notice notice-error inline" role="alert"><p><strong>' . esc_html__( 'This site has another address than when it was connected.', 'igny8-wp-bridge' ) . '</strong> ';
		/* translators: 1: the address at pairing, 2: the address now. */
		echo esc_html( sprintf( __( 'It was connected as %1$s and is %2$s now. Until you say which it is, IGNY8 changes nothing here.', 'igny8-wp-bridge' ), CloneGuard::connected_url(), CloneGuard::own_url() ) );
		echo '</p>';
		$this->show_button( SettingsPage::MOVED, __( 'The site has moved', 'igny8-wp-bridge' ), 'primary' );
		echo ' ';
		$this->show_button( SettingsPage::COPY, __( 'This is a copy', 'igny8-wp-bridge' ) );
		echo '<p>' . esc_html__( 'Moved: the connection goes on under the new address. Copy (a staging site, a backup): this site forgets the connection; the original keeps it.', 'igny8-wp-bridge' ) . '</p></div>';
	}

	/**
	 * Prints the form that connects.
	 *
	 * @param bool $connected Whether there is a key.
	 */
	private function show_connection( $connected ) {
		$connection = Options::connection();
		$attempt    = Options::last_attempt();
		$typed      = $attempt['at'] && ! $attempt['ok'] ? $attempt : $connection;
		$key        = Options::api_key();
		$default    = Installed::api_url();
		$api_url    = '' !== $typed['api_url'] ? $typed['api_url'] : $default;
		?>
		<h2><?php esc_html_e( 'Connection', 'igny8-wp-bridge' ); ?></h2>
		<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>" data-igny8-busy="<?php esc_attr_e( 'Connecting to IGNY8…', 'igny8-wp-bridge' ); ?>">
			<input type="hidden" name="action" value="<?php echo esc_attr( SettingsPage::CONNECT ); ?>">
			<?php self::show_nonce( SettingsPage::CONNECT ); ?>
			<table class="form-table" role="presentation">
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
			</table>
			<details<?php echo $api_url === $default ? '' : ' open'; ?>>
				<summary><?php esc_html_e( 'Advanced', 'igny8-wp-bridge' ); ?></summary>
				<table class="form-table" role="presentation">
					<tr>
						<th scope="row"><label for="igny8-api-url"><?php esc_html_e( 'API URL', 'igny8-wp-bridge' ); ?></label></th>
						<td>
							<input type="url" id="igny8-api-url" name="api_url" class="regular-text code"
								value="<?php echo esc_attr( $api_url ); ?>" aria-describedby="igny8-api-url-help">
							<p class="description" id="igny8-api-url-help"><?php esc_html_e( 'Where IGNY8 is. Leave it as it is unless you were told another address.', 'igny8-wp-bridge' ); ?></p>
						</td>
					</tr>
				</table>
			</details>
			<?php submit_button( $connected ? __( 'Connect again', 'igny8-wp-bridge' ) : __( 'Connect', 'igny8-wp-bridge' ), $connected ? 'secondary' : 'primary', 'igny8-connect' ); ?>
		</form>
		<?php
	}

	/**
	 * Prints facts about the connection, and "Sync now".
	 */
	private function show_status() {
		$connection = Options::connection();
		$gate       = ( new Gate() )->report();
		$waiting    = ( new Store() )->count_waiting();
		// After that: an outbox that cannot be read is a problem.
		$error = get_option( Options::LAST_ERROR );
		$seo   = Plugins::names();
		/* translators: 1: site ID, 2: address. */
		$where = sprintf( __( 'site %1$d at %2$s', 'igny8-wp-bridge' ), $connection['site_id'], $connection['api_url'] );
		$facts = array(
			__( 'Version of the bridge', 'igny8-wp-bridge' ) => $this->version(),
			__( 'Connected to', 'igny8-wp-bridge' )          => $where,
			__( 'Connected since', 'igny8-wp-bridge' )       => State::moment( $connection['connected_at'] ),
			__( 'Events waiting to be sent', 'igny8-wp-bridge' ) => null === $waiting ? __( 'nobody knows: the database gives no answer', 'igny8-wp-bridge' ) : number_format_i18n( $waiting ),
			__( 'Last sent', 'igny8-wp-bridge' )             => State::moment( $gate['sent_at'] ),
			__( 'Structure last sent', 'igny8-wp-bridge' )   => State::moment( Push::sent_at() ),
			__( 'SEO plugins', 'igny8-wp-bridge' )           => $seo ? implode( ', ', $seo ) : __( 'none', 'igny8-wp-bridge' ),
			__( 'Last problem', 'igny8-wp-bridge' )          => is_array( $error ) ? State::moment( (int) $error['at'] ) . ': ' . $error['message'] : __( 'none', 'igny8-wp-bridge' ),
		);
		echo '<h2>' . esc_html__( 'Status', 'igny8-wp-bridge' ) . '</h2><table class="widefat striped" style="max-width:50em"><tbody>';
		foreach ( $facts as $name => $value ) {
			echo '<tr><th scope="row">' . esc_html( $name ) . '</th><td style="overflow-wrap:anywhere">' . esc_html( $value ) . '</td></tr>';
		}
		echo '</tbody></table><div style="margin:1em 0">';
		$this->show_button( SettingsPage::SYNC, __( 'Sync now', 'igny8-wp-bridge' ), 'secondary', __( 'Syncing with IGNY8…', 'igny8-wp-bridge' ) );
		echo ' ' . esc_html__( 'Sends what waits, and the site structure.', 'igny8-wp-bridge' ) . '</div>';
	}

	/**
	 * Which version is here, and what is known of a newer one.
	 *
	 * @return string
	 */
	private function version() {
		if ( ! Installed::is_release() ) {
			/* translators: %s: version of the plugin. */
			return sprintf( __( '%s, built from its sources: it is updated by hand', 'igny8-wp-bridge' ), IGNY8_BRIDGE_VERSION );
		}
		$offered = Offers::current()['version'];
		if ( version_compare( $offered, IGNY8_BRIDGE_VERSION, '>' ) ) {
			/* translators: 1: version of the plugin, 2: a newer one. */
			return sprintf( __( '%1$s; %2$s is offered under Plugins', 'igny8-wp-bridge' ), IGNY8_BRIDGE_VERSION, $offered );
		}
		/* translators: 1: version of the plugin, 2: date and time. */
		return sprintf( __( '%1$s; last looked for a newer one: %2$s', 'igny8-wp-bridge' ), IGNY8_BRIDGE_VERSION, State::moment( Offers::state()['checked_at'] ) );
	}

	/**
	 * Prints the articles that came last.
	 */
	private function show_latest() {
		echo '<h2 id="igny8-latest">' . esc_html__( 'Latest articles', 'igny8-wp-bridge' ) . '</h2>';
		try {
			$latest = Database::watched( array( $this, 'latest' ) );
		} catch ( \RuntimeException $error ) {
			echo '<p>' . esc_html( Fault::told( __( 'They cannot be looked up: the database gives no answer.', 'igny8-wp-bridge' ), $error ) ) . '</p>';
			return;
		}
		if ( ! $latest ) {
			echo '<p>' . esc_html__( 'Nothing was published here yet.', 'igny8-wp-bridge' ) . '</p>';
			return;
		}
		echo '<table class="widefat striped" style="max-width:50em" aria-labelledby="igny8-latest"><thead><tr>';
		foreach ( array( __( 'Article', 'igny8-wp-bridge' ), __( 'State', 'igny8-wp-bridge' ), __( 'When', 'igny8-wp-bridge' ) ) as $head ) {
			echo '<th scope="col">' . esc_html( $head ) . '</th>';
		}
		echo '</tr></thead><tbody>';
		foreach ( $latest as list( $claim, $time, $post ) ) {
			$link = $post ? get_edit_post_link( $post ) : '';
			$name = $post ? get_the_title( $post ) : '';
			/* translators: %d: number of a content in IGNY8. */
			$name = '' !== $name ? $name : sprintf( __( 'Content %d', 'igny8-wp-bridge' ), $claim->content_id );
			echo '<tr><td style="overflow-wrap:anywhere">' . ( $link ? '<a href="' . esc_url( $link ) . '">' . esc_html( wp_strip_all_tags( $name ) ) . '</a>' : esc_html( wp_strip_all_tags( $name ) ) ) . '</td>';
			echo '<td>' . esc_html( $this->state_of( $claim, $post ) ) . '</td><td>' . esc_html( State::moment( $time ) ) . '</td></tr>';
		}
		echo '</tbody></table>';
	}

	/**
	 * Looks up the articles that came last.
	 *
	 * @return array<int, array{0: Claim, 1: int, 2: \WP_Post|null}> Rows, with the Unix time of their last change, and posts.
	 */
	public function latest() {
		$latest = ( new Publications() )->latest( self::LATEST );
		foreach ( $latest as $number => list( $claim ) ) {
			$latest[ $number ][] = get_post( $claim->post_id );
		}
		return $latest;
	}

	/**
	 * What became of an article.
	 *
	 * @param Claim         $claim Its row.
	 * @param \WP_Post|null $post  Its post.
	 * @return string
	 */
	private function state_of( Claim $claim, $post ) {
		if ( Claim::DONE !== $claim->state ) {
			return $claim->is_alive() ? __( 'being written', 'igny8-wp-bridge' ) : __( 'interrupted; IGNY8 sends it again', 'igny8-wp-bridge' );
		}
		if ( ! $post ) {
			return __( 'deleted here', 'igny8-wp-bridge' );
		}
		$status = get_post_status_object( $post->post_status );
		return $status && $status->label ? (string) $status->label : $post->post_status;
	}

	/**
	 * Prints the Disconnect button.
	 */
	private function show_disconnect() {
		echo '<h2>' . esc_html__( 'Disconnect', 'igny8-wp-bridge' ) . '</h2><p>';
		esc_html_e( 'The key is forgotten and IGNY8 can no longer publish here. Posts stay.', 'igny8-wp-bridge' );
		echo '</p>';
		$this->show_button( SettingsPage::DISCONNECT, __( 'Disconnect', 'igny8-wp-bridge' ), 'secondary', '', __( 'Forget the key? IGNY8 can then no longer publish here, and connecting again needs a new key.', 'igny8-wp-bridge' ) );
	}

	/**
	 * Prints a form that is one button.
	 *
	 * @param string $action  What it does; also the nonce's action.
	 * @param string $label   What it says.
	 * @param string $look    primary or secondary.
	 * @param string $busy    What is said while it is at work.
	 * @param string $confirm What is asked first.
	 */
	private function show_button( $action, $label, $look = 'secondary', $busy = '', $confirm = '' ) {
		printf(
			'<form method="post" action="%s" style="display:inline" data-igny8-busy="%s" data-igny8-confirm="%s">',
			esc_url( admin_url( 'admin-post.php' ) ),
			esc_attr( $busy ),
			esc_attr( $confirm )
		);
		echo '<input type="hidden" name="action" value="' . esc_attr( $action ) . '">';
		self::show_nonce( $action );
		submit_button( $label, $look, $action, false );
		echo '</form>';
	}

	/**
	 * Prints a nonce. Not wp_nonce_field(): it gives every one the same id, and there are several here.
	 *
	 * @param string $action What it is for.
	 */
	public static function show_nonce( $action ) {
		echo '<input type="hidden" name="_wpnonce" value="' . esc_attr( wp_create_nonce( $action ) ) . '">';
	}
}
