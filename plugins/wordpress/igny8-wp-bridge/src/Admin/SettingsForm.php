<?php
/**
 * The settings' own form.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Admin;

use Igny8\Bridge\Core\Database;
use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Publish\Author;
use Igny8\Bridge\Structure\Structure;
use Igny8\Bridge\Structure\Switches;

defined( 'ABSPATH' ) || exit;

/**
 * Prints the author, the switches and the structure, with the button that saves them.
 */
final class SettingsForm {

	/**
	 * Prints it.
	 */
	public function show() {
		$seo     = '0' !== (string) get_option( Options::SEO_OUTPUT, '1' );
		$authors = Author::who_may();
		?>
		<h2><?php esc_html_e( 'Settings', 'igny8-wp-bridge' ); ?></h2>
		<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
			<input type="hidden" name="action" value="<?php echo esc_attr( SettingsPage::SAVE ); ?>">
			<?php Screen::show_nonce( SettingsPage::SAVE ); ?>
			<table class="form-table" role="presentation">
				<tr>
					<th scope="row"><label for="igny8-author"><?php esc_html_e( 'Author', 'igny8-wp-bridge' ); ?></label></th>
					<td>
						<?php
						wp_dropdown_users(
							array(
								// By id: WordPress before 5.9 knows no capability here.
								'include'  => $authors ? $authors : array( 0 ),
								'name'     => 'author',
								'id'       => 'igny8-author',
								'selected' => Author::find(),
							)
						);
						?>
						<p class="description"><?php esc_html_e( 'Articles that name no author are published in this name.', 'igny8-wp-bridge' ); ?></p>
					</td>
				</tr>
			</table>
			<h3><?php esc_html_e( 'Switches', 'igny8-wp-bridge' ); ?></h3>
			<table class="form-table" role="presentation">
				<tr>
					<th scope="row"><?php esc_html_e( 'What IGNY8 may do', 'igny8-wp-bridge' ); ?></th>
					<td>
						<fieldset>
							<legend class="screen-reader-text"><?php esc_html_e( 'What IGNY8 may do', 'igny8-wp-bridge' ); ?></legend>
							<?php
							$this->show_checkbox( 'operations', Switches::may_publish(), __( 'IGNY8 may publish here', 'igny8-wp-bridge' ) );
							$this->show_checkbox( 'two_way', Switches::two_way(), __( 'Two-way: tell IGNY8 also of posts that did not come from it', 'igny8-wp-bridge' ) );
							$this->show_checkbox( 'second_door', Switches::second_door(), __( 'Let IGNY8 in beside the REST API where another plugin forbids it', 'igny8-wp-bridge' ) );
							$this->show_checkbox( 'seo_output', $seo, __( 'Print SEO title, description and canonical URL where no SEO plugin is active', 'igny8-wp-bridge' ) );
							$this->show_checkbox( 'erase_marks', (bool) get_option( Options::ERASE_MARKS ), __( 'When this plugin is deleted, remove its marks, clusters and sectors, too', 'igny8-wp-bridge' ) );
							?>
						</fieldset>
					</td>
				</tr>
			</table>
			<h3><?php esc_html_e( 'Site structure', 'igny8-wp-bridge' ); ?></h3>
			<table class="form-table" role="presentation">
				<?php $this->show_structure(); ?>
			</table>
			<?php submit_button( __( 'Save settings', 'igny8-wp-bridge' ), 'primary', 'igny8-save' ); ?>
		</form>
		<?php
	}

	/**
	 * Prints post types and taxonomies with their counts.
	 */
	private function show_structure() {
		$is_known = true;
		try {
			$structure = Database::watched( array( Structure::class, 'collect' ) );
		} catch ( DatabaseError $error ) {
			// What is ticked is known all the same.
			$is_known  = false;
			$structure = Structure::collect();
		}
		$parts = array(
			__( 'Post types', 'igny8-wp-bridge' ) => (array) $structure['post_types'],
			__( 'Taxonomies', 'igny8-wp-bridge' ) => (array) $structure['taxonomies'],
		);
		foreach ( $parts as $title => $kinds ) {
			echo '<tr><th scope="row">' . esc_html( $title ) . '</th><td><fieldset><legend class="screen-reader-text">' . esc_html( $title ) . '</legend>';
			foreach ( $kinds as $name => $kind ) {
				/* translators: 1: name of a post type or taxonomy, 2: how many there are. */
				$label = sprintf( __( '%1$s (%2$s)', 'igny8-wp-bridge' ), $kind['label'], $is_known ? number_format_i18n( $kind['count'] ) : '?' );
				$this->show_checkbox( 'types[]', $kind['enabled'], $label, $name );
			}
			echo '</fieldset></td></tr>';
		}
		echo '<tr><th scope="row"></th><td><p class="description">' . esc_html__( 'IGNY8 can take over existing posts of what is ticked, and hears of them with two-way on. It does not limit what you publish from IGNY8.', 'igny8-wp-bridge' ) . '</p></td></tr>';
	}

	/**
	 * Prints a checkbox with its label.
	 *
	 * @param string $name    Field.
	 * @param bool   $checked Whether it is ticked.
	 * @param string $label   What it means.
	 * @param string $value   Its value.
	 */
	private function show_checkbox( $name, $checked, $label, $value = '1' ) {
		printf(
			'<label><input type="checkbox" name="%s" value="%s"%s> %s</label><br>',
			esc_attr( $name ),
			esc_attr( $value ),
			checked( $checked, true, false ),
			esc_html( $label )
		);
	}
}
