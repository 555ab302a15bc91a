<?php
/**
 * What a run of ours has seen of a post, and means to make of it.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

defined( 'ABSPATH' ) || exit;

/**
 * Tells our own writing from everybody else's. It is kept in the claim's row, so that a run that comes
 * after a dead one excuses what that one did, and nothing else.
 */
final class Watch {

	/**
	 * The post as we saw it last, or left it.
	 *
	 * @var array<string, mixed>
	 */
	private $seen = array();

	/**
	 * Parts that we are about to write, as they will be.
	 *
	 * @var array<string, mixed>
	 */
	private $intended = array();

	/**
	 * What `Undo` needs to put back what was written around a text; empty while nothing was, or once the
	 * text is there.
	 *
	 * @var array<string, mixed>
	 */
	private $undo = array();

	/**
	 * The intent of ours whose text is in the row, though it was not finished; 0 where none is known.
	 *
	 * @var int
	 */
	private $text = 0;

	/**
	 * Groups of the fingerprint that others had changed, and that a run of ours has left alone.
	 *
	 * @var string[]
	 */
	private $left = array();

	/**
	 * Reads back what was kept.
	 *
	 * @param string $json What `to_json()` said, or an empty text.
	 * @return self
	 */
	public static function from_json( $json ) {
		$watch = new self();
		$kept  = json_decode( $json, true );
		if ( is_array( $kept ) ) {
			$watch->seen     = (array) ( $kept['seen'] ?? array() );
			$watch->intended = (array) ( $kept['intended'] ?? array() );
			$watch->undo     = (array) ( $kept['undo'] ?? array() );
			$watch->text     = (int) ( $kept['text'] ?? 0 );
			$watch->left     = (array) ( $kept['left'] ?? array() );
		}
		return $watch;
	}

	/**
	 * What has to be kept.
	 *
	 * @return string
	 */
	public function to_json() {
		return $this->knows_nothing() ? '' : (string) wp_json_encode(
			array(
				'seen'     => $this->seen,
				'intended' => $this->intended,
			) + array_filter(
				array(
					'undo' => $this->undo,
					'left' => $this->left,
					'text' => $this->text,
				)
			)
		);
	}

	/**
	 * Whether no run of ours has looked at the post yet.
	 *
	 * @return bool
	 */
	public function knows_nothing() {
		return ! $this->seen && ! $this->intended;
	}

	/**
	 * Begins anew with the post as it is.
	 *
	 * @param array<string, mixed> $now Its state.
	 */
	public function see( array $now ) {
		$this->seen     = $now;
		$this->intended = array();
	}

	/**
	 * Keeps what is needed to put back what is written from now on; nothing where the text is there.
	 *
	 * @param array<string, mixed> $undo What `Undo::kept()` said, or nothing.
	 */
	public function keep_undo( array $undo ) {
		$this->undo = $undo;
	}

	/**
	 * Keeps which intent's text is in the row: it cannot be made anew, where it was made of the one before.
	 *
	 * @param int $rev The intent; 0 for none of ours.
	 */
	public function keep_text( $rev ) {
		$this->text = $rev;
	}

	/**
	 * The intent of ours whose text is in the row, as long as nobody else wrote.
	 *
	 * @return int 0 where none is known.
	 */
	public function text() {
		return $this->text;
	}

	/**
	 * What is needed to put back what was written.
	 *
	 * @return array<string, mixed> Empty when nothing is to be put back.
	 */
	public function undo() {
		return $this->undo;
	}

	/**
	 * Notes the groups that others have changed, and that are left alone.
	 *
	 * @param string[] $groups Groups of the fingerprint.
	 */
	public function leave( array $groups ) {
		$this->left = $groups;
	}

	/**
	 * The groups of the fingerprint that others can have changed: all else of what is not as the backend knows it
	 * is the doing of a run of ours that ended in the middle.
	 *
	 * @param array<string, mixed> $now The post's state.
	 * @return string[]|null Null where no run of ours has looked at the post yet.
	 */
	public function others_groups( array $now ) {
		if ( $this->knows_nothing() ) {
			return null;
		}
		$groups = array( $this->left );
		foreach ( $this->changed( $now ) as $part ) {
			$groups[] = PostState::groups_of( $part );
		}
		return array_values( array_unique( array_merge( ...$groups ) ) );
	}

	/**
	 * What runs of ours have made of a post, or were about to.
	 *
	 * @param array<string, mixed> $before Its state before them.
	 * @return array<string, mixed> The parts that they changed.
	 */
	public function ours_since( array $before ) {
		$ours = array();
		foreach ( $this->intended + $this->seen as $part => $value ) {
			if ( ! array_key_exists( $part, $before ) || $before[ $part ] !== $value ) {
				$ours[ $part ] = $value;
			}
		}
		return $ours;
	}

	/**
	 * Notes what is about to be written.
	 *
	 * @param array<string, mixed> $parts Parts as they will be.
	 */
	public function intend( array $parts ) {
		$this->intended = $parts + $this->intended;
	}

	/**
	 * Nothing of what was intended has been written, nor will be.
	 */
	public function intend_nothing() {
		$this->intended = array();
	}

	/**
	 * Takes what this very process has written as it turned out: other plugins may have changed it in
	 * passing. Of meta it is not known what was written: what is as it was may be yet to come.
	 *
	 * @param array<string, mixed> $now   The post's state.
	 * @param string[]             $kinds What the process wrote, by `PostState::kind()`.
	 */
	public function settle( array $now, array $kinds ) {
		foreach ( $now as $part => $value ) {
			$kind = PostState::kind( $part );
			if ( ! in_array( $kind, $kinds, true ) ) {
				continue;
			}
			if ( PostState::META !== $kind || ( $this->seen[ $part ] ?? null ) !== $value ) {
				unset( $this->intended[ $part ] );
			}
			$this->seen[ $part ] = $value;
		}
	}

	/**
	 * Takes terms that this very process has given to the post, or taken from it.
	 *
	 * @param string $part     The part.
	 * @param int[]  $ids      The terms.
	 * @param bool   $is_given Whether they were given or taken.
	 */
	public function settle_terms( $part, array $ids, $is_given ) {
		$seen = $this->seen[ $part ] ?? array();
		$seen = array_values( array_unique( $is_given ? array_merge( $seen, $ids ) : array_diff( $seen, $ids ) ) );
		sort( $seen );
		$this->seen[ $part ] = $seen;
		unset( $this->intended[ $part ] );
	}

	/**
	 * The post as we saw it last, or left it.
	 *
	 * @return array<string, mixed>
	 */
	public function seen() {
		return $this->seen;
	}

	/**
	 * Those of its parts that lie in its row.
	 *
	 * @return array<string, mixed>
	 */
	public function row() {
		return self::of_kind( PostState::ROW, $this->seen );
	}

	/**
	 * Begins anew with a post around whose text everything is as it was again. What we made of its row stays,
	 * as that it is out of the trash.
	 *
	 * @param array<string, mixed> $before Its state before we wrote anything.
	 */
	public function see_put_back( array $before ) {
		$this->see( self::of_kind( PostState::ROW, $this->ours_since( $before ) ) + $before );
		$this->undo = array();
	}

	/**
	 * Whether somebody else wrote since we looked: even a save that changes nothing counts, because what
	 * we are about to write was made of what we saw.
	 *
	 * @param array<string, mixed> $now The post's state.
	 * @return bool
	 */
	public function somebody_wrote( array $now ) {
		foreach ( $now as $part => $value ) {
			if ( isset( $this->seen[ $part ] ) && ! self::is_one_of( $part, $value, array( $this->seen[ $part ] ) ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Whether the post is something that a run of ours, ended in the middle, can not have left: every part
	 * is as it was or as it was to be, or somebody else was there. What was to become of the row is kept in the
	 * transaction that writes it: where it is known, the row is no longer as it was.
	 *
	 * @param array<string, mixed> $now The post's state.
	 * @return bool
	 */
	public function was_changed( array $now ) {
		return (bool) $this->changed( $now );
	}

	/**
	 * The parts that no run of ours can have left as they are.
	 *
	 * @param array<string, mixed> $now The post's state.
	 * @return string[]
	 */
	private function changed( array $now ) {
		$changed = array();
		foreach ( $now as $part => $value ) {
			$known = array();
			if ( isset( $this->intended[ $part ] ) ) {
				$known[] = $this->intended[ $part ];
			}
			if ( isset( $this->seen[ $part ] ) && ! ( $known && PostState::ROW === PostState::kind( $part ) ) ) {
				$known[] = $this->seen[ $part ];
			}
			// A save that changes nothing is no edit, and cluster and sector are nobody's.
			if ( $known && 'saved' !== $part && 0 !== strpos( $part, 'own:' ) && ! self::is_one_of( $part, $value, $known ) ) {
				$changed[] = $part;
			}
		}
		return $changed;
	}

	/**
	 * Parts of one kind.
	 *
	 * @param string               $kind  As `PostState::kind()` says it.
	 * @param array<string, mixed> $parts Parts.
	 * @return array<string, mixed>
	 */
	private static function of_kind( $kind, array $parts ) {
		return array_filter(
			$parts,
			static function ( $part ) use ( $kind ) {
				return PostState::kind( $part ) === $kind;
			},
			ARRAY_FILTER_USE_KEY
		);
	}

	/**
	 * Whether a part is as it was known, or on the way from one to the other.
	 *
	 * @param string  $part  The part.
	 * @param mixed   $now   What it is.
	 * @param mixed[] $known What it was, or was to be.
	 * @return bool
	 */
	private static function is_one_of( $part, $now, array $known ) {
		if ( ! is_array( $now ) ) {
			// A scheduled post goes live by itself.
			return in_array( $now, $known, true ) || ( 'status' === $part && 'publish' === $now && in_array( 'future', $known, true ) );
		}
		$last  = end( $known );
		$new   = array_diff( $now, $known[0], $last );
		$taken = array_diff( array_intersect( $known[0], $last ), $now );
		return ! $new && ! PostState::existing_terms( array_values( $taken ) );
	}
}
