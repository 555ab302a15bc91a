<?php
/**
 * One image of an article, as it was sent.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media;

use Igny8\Bridge\Core\Html;

defined( 'ABSPATH' ) || exit;

/**
 * Where an image is, and what is said about it.
 */
final class Picture {

	/**
	 * Field of the payload that it came in.
	 *
	 * @var string
	 */
	public $field;

	/**
	 * Its address, as it was sent.
	 *
	 * @var string
	 */
	public $url;

	/**
	 * What it shows, for those who do not see it: plain text.
	 *
	 * @var string
	 */
	public $alt;

	/**
	 * What stands below it: text with inline markup, cleaned.
	 *
	 * @var string
	 */
	public $caption;

	/**
	 * Takes what was sent.
	 *
	 * @param string $field   Field of the payload.
	 * @param string $url     Address.
	 * @param string $alt     HTML text.
	 * @param string $caption HTML text.
	 */
	public function __construct( $field, $url, $alt = '', $caption = '' ) {
		$this->field = $field;
		$this->url   = trim( $url );
		$this->alt   = self::plain( $alt );
		// Comments pass kses; in a body they are blocks.
		$this->caption = trim( (string) preg_replace( '/<!--.*?-->/s', '', Html::clean_title( $caption ) ) );
	}

	/**
	 * The name by which it is known in the library's meta: addresses may be longer than an index holds.
	 *
	 * @return string
	 */
	public function key() {
		return self::key_of( $this->url );
	}

	/**
	 * The name of an address.
	 *
	 * @param string $url The address.
	 * @return string
	 */
	public static function key_of( $url ) {
		return hash( 'sha256', $url );
	}

	/**
	 * HTML text as plain text of one line.
	 *
	 * @param string $html HTML text.
	 * @return string
	 */
	private static function plain( $html ) {
		$text = html_entity_decode( wp_strip_all_tags( $html, true ), ENT_QUOTES | ENT_HTML5, 'UTF-8' );
		return trim( (string) preg_replace( '/[\s\x00-\x1f\x7f]+/u', ' ', $text ) );
	}
}
