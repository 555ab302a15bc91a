<?php
/**
 * What went otherwise than it was asked for, and stopped nothing.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * Gathers the warnings of one order, for its answer.
 */
final class Warnings {

	/**
	 * The warnings, in their order.
	 *
	 * @var array<int, array<string, string>>
	 */
	private $all = array();

	/**
	 * Adds one.
	 *
	 * @param string                $code    Stable code.
	 * @param string                $field   Field of the payload.
	 * @param string                $message In words.
	 * @param array<string, string> $facts   What else is told, such as the address of an image.
	 */
	public function add( $code, $field, $message, array $facts = array() ) {
		$this->all[] = array(
			'code'  => $code,
			'field' => $field,
		) + $facts + array( 'message' => $message );
	}

	/**
	 * All of them.
	 *
	 * @return array<int, array<string, string>>
	 */
	public function all() {
		return $this->all;
	}
}
