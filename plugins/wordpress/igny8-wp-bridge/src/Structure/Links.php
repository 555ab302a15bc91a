<?php
/**
 * Posts that become content of the backend.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Structure;

use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\PostTypes;
use Igny8\Bridge\Publish\Posts;
use Igny8\Bridge\Publish\Publications;

defined( 'ABSPATH' ) || exit;

/**
 * Notes whose content a post is from now on. The post itself is not touched: it carries no mark until something is
 * published to it, and is known until then by its guid.
 */
final class Links {

	const LINKED      = 'linked';
	const TAKEN       = 'taken';
	const GONE        = 'gone';
	const NOT_ALLOWED = 'not_allowed';

	/**
	 * The posts.
	 *
	 * @var PostBatch
	 */
	private $batch;

	/**
	 * The table.
	 *
	 * @var Publications
	 */
	private $publications;

	/**
	 * Reads the posts that are to be linked.
	 *
	 * @param int[] $post_ids Their ids.
	 */
	private function __construct( array $post_ids ) {
		$this->batch        = new PostBatch( $post_ids );
		$this->publications = new Publications();
	}

	/**
	 * Makes posts content. Asked again, it answers the same.
	 *
	 * @param array<int, array{post_id: int, content_id: int, instead_of: int}> $items What is to be linked; `instead_of` is
	 *                                                                              content that the post was, or 0.
	 * @return array<int, array{post_id: int, outcome: string}>
	 * @throws DatabaseError When the database does not say.
	 */
	public static function make( array $items ) {
		$told = array();
		while ( $items ) {
			$some  = array_splice( $items, 0, count( PostBatch::fitting( array_column( $items, 'post_id' ) ) ) );
			$told += self::make_some( $some );
		}
		$answers = array();
		foreach ( $told as $post_id => $outcome ) {
			$answers[] = array(
				'post_id' => $post_id,
				'outcome' => $outcome,
			);
		}
		return $answers;
	}

	/**
	 * The same for as many as are read at once.
	 *
	 * @param array[] $items What is to be linked.
	 * @return array<int, string> Outcomes by post.
	 */
	private static function make_some( array $items ) {
		$links = new self( array_column( $items, 'post_id' ) );
		$known = $links->publications->rows_of_posts( array_column( $items, 'post_id' ) );
		$told  = array();
		$new   = array();
		foreach ( $items as $item ) {
			$outcome  = $links->outcome( $item, $known[ $item['post_id'] ] ?? null );
			$is_known = isset( $known[ $item['post_id'] ] ) && (int) $known[ $item['post_id'] ]->content_id === $item['content_id'];
			if ( self::LINKED === $outcome && ! $is_known ) {
				$new[] = $item;
			}
			$told[ $item['post_id'] ] = $outcome;
		}
		foreach ( $links->write( $new ) as $post_id ) {
			$told[ $post_id ] = self::TAKEN;
		}
		$links->keep_ledger( array_keys( $told, self::LINKED, true ) );
		$links->batch->done();
		return $told;
	}

	/**
	 * Whether a post may be linked.
	 *
	 * @param array{post_id: int, content_id: int, instead_of: int} $item What is to be linked.
	 * @param object|null                                          $row  The row that names the post.
	 * @return string
	 */
	private function outcome( array $item, $row ) {
		$post  = $this->batch->posts[ $item['post_id'] ] ?? null;
		$owner = $row ? (int) $row->content_id : 0;
		if ( ! $post || 'auto-draft' === $post->post_status ) {
			return self::GONE;
		}
		if ( $owner === $item['content_id'] ) {
			return self::LINKED;
		}
		if ( 'trash' === $post->post_status ) {
			return self::GONE;
		}
		if ( ! in_array( $post->post_type, PostTypes::allowed(), true ) || ! Switches::is_enabled( $post->post_type ) ) {
			return self::NOT_ALLOWED;
		}
		$owner     = $owner ? $owner : Posts::content_marked_on( $post );
		$is_theirs = ! $owner || $owner === $item['content_id'] || $owner === $item['instead_of'];
		return $is_theirs && ( ! $row || 'done' === $row->state ) ? self::LINKED : self::TAKEN;
	}

	/**
	 * Writes rows, and looks whose they are then: two may have linked the same at once.
	 *
	 * @param array[] $items What is to be linked.
	 * @return int[] Posts that are another content's, or whose content is another post.
	 */
	private function write( array $items ) {
		if ( ! $items ) {
			return array();
		}
		$guids = array();
		foreach ( $items as $item ) {
			$guids[ $item['post_id'] ] = $this->batch->posts[ $item['post_id'] ]->guid;
			if ( $item['instead_of'] ) {
				$this->publications->unlink( $item['instead_of'], $item['post_id'] );
			}
		}
		$this->publications->link( $items, $guids );
		$owners = $this->publications->owners_of_posts( array_keys( $guids ) );
		$taken  = array();
		foreach ( $items as $item ) {
			// Where two came at once, neither has it: they ask again, one after the other.
			if ( array( $item['content_id'] ) !== ( $owners[ $item['post_id'] ] ?? array() ) ) {
				$this->publications->unlink( $item['content_id'], $item['post_id'] );
				$taken[] = $item['post_id'];
			}
		}
		return $taken;
	}

	/**
	 * Keeps what linked posts are now: the backend has read them.
	 *
	 * @param int[] $post_ids The posts.
	 */
	private function keep_ledger( array $post_ids ) {
		$rows = array();
		foreach ( $post_ids as $id ) {
			$post   = $this->batch->posts[ $id ];
			$rows[] = array( $id, $post->post_type, $post->post_status, $this->batch->fingerprint( $post ) );
		}
		Ledger::note( $rows );
	}
}
