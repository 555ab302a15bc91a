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

	// What the backend stores of an answer is bounded; so is what we echo of what it sent.
	const FACT_CHARACTERS = 200;
	const MOST            = 50;

	/**
	 * The warnings, in their order.
	 *
	 * @var array<int, array<string, string>>
	 */
	private $all = array();

	/**
	 * How many there were, also those that are not told one by one.
	 *
	 * @var int
	 */
	private $count = 0;

	/**
	 * Adds one.
	 *
	 * @param string                $code    Stable code.
	 * @param string                $field   Field of the payload.
	 * @param string                $message In words.
	 * @param array<string, string> $facts   What else is told, such as the address of an image.
	 */
	public function add( $code, $field, $message, array $facts = array() ) {
		if ( ++$this->count > self::MOST ) {
			return;
		}
		$this->all[] = array(
			'code'  => $code,
			'field' => $field,
		) + array_map( array( self::class, 'shortened' ), $facts ) + array( 'message' => $message );
	}

	/**
	 * All of them.
	 *
	 * @return array<int, array<string, string>>
	 */
	public function all() {
		$more = $this->count - self::MOST;
		return $more < 1 ? $this->all : array_merge(
			$this->all,
			array(
				array(
					'code'    => 'more_warnings',
					'field'   => '',
					'message' => "There are $more more warnings.",
				),
			)
		);
	}

	/**
	 * The beginning of a fact, which may be an image of a mebibyte.
	 *
	 * @param string $fact The fact.
	 * @return string
	 */
	private static function shortened( $fact ) {
		return mb_strlen( $fact ) > self::FACT_CHARACTERS ? mb_substr( $fact, 0, self::FACT_CHARACTERS - 1 ) . '…' : $fact;
	}
}
