<?php
/**
 * Listens to what happens to terms, and to what posts lose of them.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Outbox;

use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\Hooks;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\Schema;
use Igny8\Bridge\Publish\Metadata;
use Igny8\Bridge\Publish\Publications;

defined( 'ABSPATH' ) || exit;

/**
 * A term that gets another name, and one that is deleted, changes posts that nobody saves. WordPress does
 * not say afterwards what was there before, so it is looked at twice.
 */
final class TermWatch {

	// So many posts are told of one by one; where there are more the backend looks at all of them.
	const POSTS_AT_MOST = 100;

	/**
	 * Terms that are about to be changed, as they were, by their ids.
	 *
	 * @var array<int, array<int, mixed>>
	 */
	private static $before = array();

	/**
	 * Posts that are about to lose terms.
	 *
	 * @var array<int, bool>
	 */
	private static $losing = array();

	/**
	 * For `edit_terms`: a term is about to be changed.
	 *
	 * @param int    $term_id  The term.
	 * @param string $taxonomy Its taxonomy.
	 */
	public static function before_change( $term_id, $taxonomy ) {
		if ( isset( Metadata::FIELDS[ $taxonomy ] ) && '' !== Options::api_key() ) {
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
		if ( null === $before || self::seen( $term_id, $taxonomy ) === $before ) {
			return;
		}
		Schema::ensure();
		// Where addresses are made of categories, those below it have others, too.
		$in_addresses = 'category' === $taxonomy && false !== strpos( (string) get_option( 'permalink_structure' ), '%category%' );
		try {
			$posts = ( new Publications() )->posts_with_term( $tt_id, self::POSTS_AT_MOST + 1 );
		} catch ( DatabaseError $error ) {
			$posts = range( 0, self::POSTS_AT_MOST );
		}
		if ( ! $in_addresses && count( $posts ) <= self::POSTS_AT_MOST ) {
			array_map( array( Recorder::class, 'touched' ), $posts );
		} elseif ( $posts && Loss::tell( new Store(), 0, Clock::now(), 'terms' ) ) {
			do_action( Hooks::WORK_WAITS );
		}
	}

	/**
	 * For `delete_term_relationships`: terms are about to be taken off, also some that are not there.
	 *
	 * @param int    $object_id The post, or something else that has terms.
	 * @param int[]  $tt_ids    Their ids in their taxonomy.
	 * @param string $taxonomy  The taxonomy.
	 */
	public static function before_taken_off( $object_id, $tt_ids, $taxonomy ) {
		if ( '' !== Options::api_key() && get_post( $object_id ) ) {
			$now = wp_get_object_terms( $object_id, $taxonomy, array( 'fields' => 'tt_ids' ) );

			self::$losing[ (int) $object_id ] = is_array( $now ) && array_intersect( array_map( 'intval', $now ), array_map( 'intval', (array) $tt_ids ) );
		}
	}

	/**
	 * For `deleted_term_relationships`: they were taken off, by whoever deletes a term, too.
	 *
	 * @param int    $object_id The post, or something else that has terms.
	 * @param int[]  $tt_ids    Their ids in their taxonomy.
	 * @param string $taxonomy  The taxonomy.
	 */
	public static function taken_off( $object_id, $tt_ids, $taxonomy ) {
		$lost = self::$losing[ (int) $object_id ] ?? false;
		unset( self::$losing[ (int) $object_id ] );
		if ( $lost ) {
			Recorder::terms_set( $object_id, array(), array(), $taxonomy, false, $tt_ids );
		}
	}

	/**
	 * What of a term people see.
	 *
	 * @param int    $term_id  The term.
	 * @param string $taxonomy Its taxonomy.
	 * @return array<int, mixed>
	 */
	private static function seen( $term_id, $taxonomy ) {
		$term = get_term( (int) $term_id, $taxonomy );
		return $term instanceof \WP_Term ? array( $term->name, $term->slug, $term->parent ) : array();
	}
}
