<?php
/**
 * What nobody told of.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Outbox;

use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Publish\Claim;
use Igny8\Bridge\Publish\Posts;
use Igny8\Bridge\Publish\Publications;
use Igny8\Bridge\Structure\Ledger;
use Igny8\Bridge\Structure\PostBatch;

defined( 'ABSPATH' ) || exit;

/**
 * Hooks miss what is written past WordPress: by SQL, by imports, while the plugin was off. So posts are read again
 * now and then, those first that were not looked at for the longest time, and what moved becomes an event.
 */
final class Scrub {

	const POSTS   = 200;
	const SECONDS = 2;
	// Read together, between two looks at the clock.
	const AT_ONCE = 50;

	/**
	 * Reads some posts again.
	 *
	 * @param int $before Unix time: what was looked at since is left out.
	 * @return array{checked: int, moved: int, more: bool} `more`: some are left that were not looked at since.
	 * @throws DatabaseError When the database does not say.
	 */
	public static function run( $before ) {
		$until = Clock::seconds() + self::SECONDS;
		$told  = Ledger::unchecked( $before, self::POSTS + 1 );
		$more  = count( $told ) > self::POSTS;
		$done  = 0;
		$moved = 0;
		$left  = array_slice( $told, 0, self::POSTS, true );
		while ( $left ) {
			if ( Clock::seconds() > $until ) {
				$more = true;
				break;
			}
			$some = array_flip( PostBatch::fitting( array_slice( array_keys( $left ), 0, self::AT_ONCE ) ) );

			list( $looked, $found ) = self::look( array_intersect_key( $left, $some ) );

			$left   = array_diff_key( $left, $some );
			$done  += $looked;
			$moved += $found;
		}
		return array(
			'checked' => $done,
			'moved'   => $moved,
			'more'    => $more,
		);
	}

	/**
	 * Looks at posts, but for those that a publish is at work on.
	 *
	 * @param array<int, object|null> $told What was told of each, as `Ledger::unchecked()` says.
	 * @return int[] How many were looked at, and how many moved.
	 */
	private static function look( array $told ) {
		$rows = ( new Publications() )->rows_of_posts( array_keys( $told ) );
		foreach ( $rows as $id => $row ) {
			if ( Claim::DONE !== $row->state ) {
				unset( $told[ $id ] );
			}
		}
		$batch   = new PostBatch( array_keys( $told ) );
		$same    = array();
		$foreign = array();
		$untold  = array();
		$moved   = 0;
		foreach ( $told as $id => $then ) {
			$post  = $batch->posts[ $id ] ?? null;
			$print = $post ? $batch->fingerprint( $post ) : '';
			if ( ! isset( $rows[ $id ] ) ) {
				$foreign[] = $id;
			} elseif ( $then && $post && $post->post_status === $then->post_status && $print === $then->fingerprint ) {
				$same[] = $id;
			} elseif ( $then ) {
				Recorder::found( $post ? $post : self::deleted( $id, $then, (int) $rows[ $id ]->content_id ), $then->post_status );
				++$moved;
			} elseif ( $post ) {
				// Of a bridge that kept no ledger: whether it moved only the backend can say.
				$untold[] = array( $id, $post->post_type, $post->post_status, $print );
			}
		}
		$batch->done();
		Ledger::forget( $foreign );
		Ledger::checked( $same );
		Ledger::note( $untold );
		Recorder::flush();
		return array( count( $told ), $moved );
	}

	/**
	 * A post of ours that is not there any more, as far as it is known.
	 *
	 * @param int    $id         The post.
	 * @param object $then       What was told of it.
	 * @param int    $content_id Its content.
	 * @return \WP_Post
	 */
	private static function deleted( $id, $then, $content_id ) {
		return new \WP_Post(
			(object) array(
				'ID'          => $id,
				'post_type'   => $then->post_type,
				'post_status' => $then->post_status,
				'guid'        => Posts::guid( $content_id ),
			)
		);
	}
}
