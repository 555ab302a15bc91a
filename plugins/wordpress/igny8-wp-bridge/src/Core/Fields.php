<?php
/**
 * Typed access to the fields of a payload.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * Reads fields one by one and remembers all that are wrong, so that one answer names them all. An
 * absent field and null are the same.
 */
final class Fields {

	// 2^53 - 1: the largest integer that every JSON reader keeps exact.
	const ID_MAX   = 9007199254740991;
	const LIST_MAX = 200;
	const PATH_MAX = 10;
	// Longer than any name that a term can have: what WordPress does not take is left out, not refused.
	const NAME_MAX = 1000;

	/**
	 * The payload.
	 *
	 * @var array<string, mixed>
	 */
	private $body;

	/**
	 * What is wrong, by field.
	 *
	 * @var array<string, string[]>
	 */
	private $wrong = array();

	/**
	 * Fields whose values are right in form, but not something this version can do.
	 *
	 * @var bool
	 */
	private $only_unsupported = true;

	/**
	 * Takes a payload.
	 *
	 * @param array<string, mixed> $body The payload.
	 */
	public function __construct( array $body ) {
		$this->body = $body;
	}

	/**
	 * Refuses the request when a field was wrong.
	 *
	 * @throws Refusal 422 with all fields.
	 */
	public function refuse_if_wrong() {
		if ( ! $this->wrong ) {
			return;
		}
		$code = $this->only_unsupported ? 'not_supported' : 'invalid';
		throw new Refusal( 422, $code, 'These fields cannot be used: ' . implode( ', ', array_keys( $this->wrong ) ) . '.', $this->wrong );
	}

	/**
	 * Notes that a field cannot be used, for a reason that another field gives.
	 *
	 * @param string $name    The field.
	 * @param string $message What is wrong.
	 */
	public function refuse( $name, $message ) {
		$this->wrong( $name, $message );
	}

	/**
	 * A positive integer.
	 *
	 * @param string $name     The field.
	 * @param bool   $required Whether it must be there.
	 * @return int|null
	 */
	public function id( $name, $required = false ) {
		$value = $this->value( $name, $required );
		if ( null === $value ) {
			return null;
		}
		if ( ! self::is_id( $value ) ) {
			return $this->wrong( $name, 'must be a positive integer' );
		}
		return $value;
	}

	/**
	 * Whether a value can be an id.
	 *
	 * @param mixed $value Anything.
	 * @return bool
	 */
	private static function is_id( $value ) {
		return is_int( $value ) && $value >= 1 && $value <= self::ID_MAX;
	}

	/**
	 * A text.
	 *
	 * @param string $name     The field.
	 * @param int    $most     How many characters it may have.
	 * @param bool   $required Whether it must be there and not blank.
	 * @return string|null
	 */
	public function text( $name, $most, $required = false ) {
		$value = $this->value( $name, $required );
		if ( null === $value ) {
			return null;
		}
		if ( ! is_string( $value ) ) {
			return $this->wrong( $name, 'must be text' );
		}
		if ( ! self::is_within( $value, $most ) ) {
			return $this->wrong( $name, "must not have more than $most characters" );
		}
		if ( $required && '' === trim( $value ) ) {
			return $this->wrong( $name, 'must not be empty' );
		}
		return $value;
	}

	/**
	 * Whether a text is no longer than it may be, as those count who write it: in whatever script it is,
	 * and an entity is one character.
	 *
	 * @param string $text The text.
	 * @param int    $most How many characters it may have.
	 * @return bool
	 */
	public static function is_within( $text, $most ) {
		return strlen( $text ) <= $most || mb_strlen( html_entity_decode( $text, ENT_QUOTES | ENT_HTML5, 'UTF-8' ), 'UTF-8' ) <= $most;
	}

	/**
	 * A login, an e-mail address or the id of a user.
	 *
	 * @param string $name The field.
	 * @return string|null
	 */
	public function who( $name ) {
		$value = $this->value( $name );
		if ( is_int( $value ) ) {
			return (string) $value;
		}
		$text = $this->text( $name, 1000 );
		return null === $text || '' === trim( $text ) ? null : trim( $text );
	}

	/**
	 * One of several words.
	 *
	 * @param string   $name    The field.
	 * @param string[] $choices The words.
	 * @param string   $without What an absent field means.
	 * @return string|null
	 */
	public function choice( $name, array $choices, $without ) {
		$value = $this->value( $name );
		if ( null === $value ) {
			return $without;
		}
		if ( ! is_string( $value ) ) {
			return $this->wrong( $name, 'must be text' );
		}
		if ( ! in_array( $value, $choices, true ) ) {
			$this->wrong[ $name ][] = 'this bridge knows only ' . implode( ', ', $choices );
			return null;
		}
		return $value;
	}

	/**
	 * A moment: RFC 3339 with a zone.
	 *
	 * @param string $name The field, which must be there.
	 * @return string|null `Y-m-d H:i:s` in GMT.
	 */
	public function moment( $name ) {
		$value   = $this->value( $name, true );
		$grammar = '/\A\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})\z/';
		if ( null === $value ) {
			return null;
		}
		$moment = is_string( $value ) && preg_match( $grammar, $value ) ? date_create_immutable( $value ) : false;
		if ( false === $moment ) {
			return $this->wrong( $name, 'must be a time like 2030-01-31T12:00:00Z' );
		}
		$gmt = gmdate( 'Y-m-d H:i:s', $moment->getTimestamp() );
		// Databases hold no others, and the site's own time zone may be on the other side of midnight.
		if ( $gmt < '1001' || $gmt > '9999' ) {
			return $this->wrong( $name, 'must be a time that a calendar can hold' );
		}
		return $gmt;
	}

	/**
	 * True or false; false when absent.
	 *
	 * @param string $name The field.
	 * @return bool
	 */
	public function flag( $name ) {
		$value = $this->value( $name );
		if ( null !== $value && ! is_bool( $value ) ) {
			$this->wrong( $name, 'must be true or false' );
		}
		return true === $value;
	}

	/**
	 * A list of names.
	 *
	 * @param string $name The field.
	 * @return string[]|null
	 */
	public function names( $name ) {
		return $this->items( $name, array( $this, 'is_name' ), 'must be a list of at most 200 names, each of 1 to 1000 characters' );
	}

	/**
	 * A list of terms: names or, where terms have parents, paths of names from root to leaf, and either of it with
	 * the id that the term has here.
	 *
	 * @param string $name    The field.
	 * @param bool   $is_flat Whether terms have no parents.
	 * @return array<int, array{id: int, path: string[]}>|null With 0 for an id that is not known.
	 */
	public function terms( $name, $is_flat ) {
		$value = $this->value( $name );
		if ( null === $value ) {
			return null;
		}
		$is_path = function ( $item ) use ( $is_flat ) {
			return ( ! $is_flat && $this->is_name( $item ) )
				|| ( array() !== $item && $this->is_list_of( $item, array( $this, 'is_name' ), $is_flat ? 1 : self::PATH_MAX ) );
		};
		$is_term = function ( $item ) use ( $is_flat, $is_path ) {
			if ( is_array( $item ) && isset( $item['wordpress_id'] ) ) {
				return 2 === count( $item ) && self::is_id( $item['wordpress_id'] ) && isset( $item['path'] ) && is_array( $item['path'] ) && $is_path( $item['path'] );
			}
			return $is_flat ? $this->is_name( $item ) : $is_path( $item );
		};
		if ( ! $this->is_list_of( $value, $is_term ) ) {
			return $this->wrong( $name, $is_flat ? 'must be a list of at most 200 names, each of 1 to 1000 characters, alone or as wordpress_id and path' : 'must be a list of names, of lists of names from root to leaf, or of wordpress_id and path' );
		}
		return array_map(
			static function ( $item ) {
				return array(
					'id'   => $item['wordpress_id'] ?? 0,
					'path' => (array) ( $item['path'] ?? $item ),
				);
			},
			$value
		);
	}

	/**
	 * A list whose items all pass.
	 *
	 * @param string   $name    The field.
	 * @param callable $passes  Says whether an item passes.
	 * @param string   $message What the field must be.
	 * @param int      $most    How many items it may have.
	 * @return array|null
	 */
	public function items( $name, callable $passes, $message, $most = self::LIST_MAX ) {
		$value = $this->value( $name );
		if ( null !== $value && ! $this->is_list_of( $value, $passes, $most ) ) {
			return $this->wrong( $name, $message );
		}
		return $value;
	}

	/**
	 * Whether a field was sent, if only as null.
	 *
	 * @param string $name The field.
	 * @return bool
	 */
	public function has( $name ) {
		return array_key_exists( $name, $this->body );
	}

	/**
	 * Whether a value is a list whose items all pass.
	 *
	 * @param mixed    $value  Anything.
	 * @param callable $passes Says whether an item passes.
	 * @param int      $most   How many it may have.
	 * @return bool
	 */
	private function is_list_of( $value, callable $passes, $most = self::LIST_MAX ) {
		return is_array( $value )
			&& count( $value ) <= $most
			&& array_keys( $value ) === array_keys( array_values( $value ) )
			&& count( array_filter( $value, $passes ) ) === count( $value );
	}

	/**
	 * Whether a value can be a term's name.
	 *
	 * @param mixed $value Anything.
	 * @return bool
	 */
	private function is_name( $value ) {
		return is_string( $value ) && '' !== trim( $value ) && self::is_within( $value, self::NAME_MAX );
	}

	/**
	 * The value of a field.
	 *
	 * @param string $name     The field.
	 * @param bool   $required Whether it must be there.
	 * @return mixed Null when it is absent or null.
	 */
	private function value( $name, $required = false ) {
		$value = isset( $this->body[ $name ] ) ? $this->body[ $name ] : null;
		if ( null === $value && $required ) {
			$this->wrong( $name, 'must be there' );
		}
		return $value;
	}

	/**
	 * Notes what is wrong with a field.
	 *
	 * @param string $name    The field.
	 * @param string $message What is wrong.
	 * @return null
	 */
	private function wrong( $name, $message ) {
		$this->wrong[ $name ][] = $message;
		$this->only_unsupported = false;
		return null;
	}
}
