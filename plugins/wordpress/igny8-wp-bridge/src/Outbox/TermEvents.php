<?php
/**
 * Events of terms.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Outbox;

use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\Hooks;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\Schema;
use Igny8\Bridge\Publish\Origin;
use Igny8\Bridge\Structure\TermPages;

defined( 'ABSPATH' ) || exit;

/**
 * Tells that a term was made, changed or deleted; what the posts that have it lose or gain, TermWatch tells. The
 * children of a deleted one are told with it: WordPress gives them another parent without a word.
 */
final class TermEvents {

	const SAVED   = 'term_saved';
	const DELETED = 'term_deleted';

	// So many are told of one by one in one request; where there are more the backend looks at all.
	const AT_MOST = 100;

	/**
	 * Terms that are about to be changed, as they were, by their ids.
	 *
	 * @var array<int, array>
	 */
	private static $before = array();

	/**
	 * Children of terms that are about to be deleted, by the terms' ids.
	 *
	 * @var array<int, int[]>
	 */
	private static $children = array();

	/**
	 * How many were told by this request.
	 *
	 * @var int
	 */
	private static $count = 0;

	/**
	 * For `edit_terms`: a term is about to be changed.
	 *
	 * @param int    $term_id  The term.
	 * @param string $taxonomy Its taxonomy.
	 */
	public static function before_change( $term_id, $taxonomy ) {
		if ( self::is_told( $taxonomy ) ) {
			self::$before[ (int) $term_id ] = self::seen( $term_id, $taxonomy );
		}
	}

	/**
	 * For `edited_term`: it was changed. Its description is nobody's matter.
	 *
	 * @param int    $term_id  The term.
	 * @param int    $tt_id    Its id in its taxonomy.
	 * @param string $taxonomy The taxonomy.
	 */
	public static function changed( $term_id, $tt_id, $taxonomy ) {
		$before = self::$before[ (int) $term_id ] ?? null;
		unset( self::$before[ (int) $term_id ] );
		$now = self::seen( $term_id, $taxonomy );
		if ( $before && $now && array_diff_assoc( $before, $now ) ) {
			self::tell( self::SAVED, $taxonomy, $now, array() );
		}
	}

	/**
	 * For `created_term`.
	 *
	 * @param int    $term_id  The term.
	 * @param int    $tt_id    Its id in its taxonomy.
	 * @param string $taxonomy The taxonomy.
	 */
	public static function made( $term_id, $tt_id, $taxonomy ) {
		// What a publish makes its answer tells.
		if ( self::is_told( $taxonomy ) && ! Origin::current() ) {
			self::tell( self::SAVED, $taxonomy, self::seen( $term_id, $taxonomy ), array() );
		}
	}

	/**
	 * For `pre_delete_term`: a term is about to be deleted.
	 *
	 * @param int    $term_id  The term.
	 * @param string $taxonomy Its taxonomy.
	 */
	public static function before_delete( $term_id, $taxonomy ) {
		if ( ! self::is_told( $taxonomy ) || ! is_taxonomy_hierarchical( $taxonomy ) ) {
			return;
		}
		$children = get_terms(
			array(
				'taxonomy'         => $taxonomy,
				'parent'           => (int) $term_id,
				'hide_empty'       => false,
				'fields'           => 'ids',
				'suppress_filter'  => true,
				'update_term_meta_cache' => false,
			)
		);

		self::$children[ (int) $term_id ] = is_array( $children ) ? array_map( 'intval', $children ) : array();
	}

	/**
	 * For `delete_term`: it was deleted.
	 *
	 * @param int             $term_id  The term.
	 * @param int             $tt_id    Its id in its taxonomy.
	 * @param string          $taxonomy The taxonomy.
	 * @param \WP_Term|object $deleted  The term as it was.
	 */
	public static function deleted( $term_id, $tt_id, $taxonomy, $deleted ) {
		if ( ! self::is_told( $taxonomy ) ) {
			return;
		}
		$children = array();
		foreach ( self::$children[ (int) $term_id ] ?? array() as $child ) {
			$children[] = self::seen( $child, $taxonomy );
		}
		unset( self::$children[ (int) $term_id ] );
		self::tell( self::DELETED, $taxonomy, isset( $deleted->term_id ) ? TermPages::told( $deleted ) : array( 'id' => (int) $term_id ), array_values( array_filter( $children ) ) );
	}

	/**
	 * Whether terms of a taxonomy are told of.
	 *
	 * @param string $taxonomy The taxonomy.
	 * @return bool
	 */
	private static function is_told( $taxonomy ) {
		return '' !== Options::api_key() && in_array( $taxonomy, TermPages::taxonomies(), true );
	}

	/**
	 * A term as it is told.
	 *
	 * @param int    $term_id  The term.
	 * @param string $taxonomy Its taxonomy.
	 * @return array<string, int|string> Empty when it is not there.
	 */
	private static function seen( $term_id, $taxonomy ) {
		clean_term_cache( array( (int) $term_id ), $taxonomy, false );
		$term = get_term( (int) $term_id, $taxonomy );
		return $term instanceof \WP_Term ? TermPages::told( $term ) : array();
	}

	/**
	 * Writes an event.
	 *
	 * @param string $action   SAVED or DELETED.
	 * @param string $taxonomy The taxonomy.
	 * @param array  $term     The term.
	 * @param array  $children Those whose parent is another one now.
	 */
	private static function tell( $action, $taxonomy, array $term, array $children ) {
		if ( ! $term || self::$count > self::AT_MOST ) {
			return;
		}
		++self::$count;
		Schema::ensure();
		$store = new Store();
		$user  = wp_get_current_user();
		if ( self::$count > self::AT_MOST ) {
			$written = Loss::tell( $store, 0, Clock::now(), 'terms' );
		} else {
			$written = $store->add(
				$action,
				0,
				0,
				array(
					'taxonomy'    => $taxonomy,
					'term'        => $term,
					'children'    => $children,
					'origin'      => 'wordpress',
					'actor'       => $user->exists() ? $user->display_name : 'system',
					'occurred_at' => gmdate( 'Y-m-d\TH:i:s\Z', Clock::now() ),
				)
			);
		}
		if ( $written ) {
			Loss::enforce_limits( $store );
			do_action( Hooks::WORK_WAITS );
		}
	}
}
