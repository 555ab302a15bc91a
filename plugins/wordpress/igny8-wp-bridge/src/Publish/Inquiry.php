<?php
/**
 * What is here for a content.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * Answers GET content/{id}. Deleted is never mistaken for absent, nor half-made for done.
 */
final class Inquiry {

	/**
	 * Tells what is here.
	 *
	 * `state` is `done`, `running`, or `stale`: somebody was at work and died, the order may be sent
	 * again. `rev` is the last intent that was finished, 0 when none was; while one is running, that one.
	 *
	 * @param int $content_id The content.
	 * @return array<string, mixed>
	 * @throws Refusal 404 when there never was a claim or a post of ours.
	 */
	public function about( $content_id ) {
		$claim = ( new Publications() )->look_up( $content_id );
		if ( null === $claim ) {
			throw new Refusal( 404, 'not_found', 'Nothing was ever published here for this content.' );
		}
		$post     = Posts::fresh( $claim->post_id );
		$post     = $post && Posts::is_of( $post, $content_id ) ? $post : null;
		$finished = $claim->result ? $claim->result : self::without_result( $claim, $post );
		$state    = $claim->is_alive() ? 'running' : ( $claim->is_stale() ? 'stale' : 'done' );
		if ( 'running' === $state ) {
			$finished['rev']          = $claim->rev;
			$finished['operation_id'] = $claim->operation_id;
		}
		return array_merge( $finished, self::now( $claim->post_id, $post ), array( 'state' => $state ) );
	}

	/**
	 * What is known of a content whose last answer is not: because nothing was finished yet, or because it
	 * was lost with the table.
	 *
	 * @param Claim         $claim Its row.
	 * @param \WP_Post|null $post  Its post.
	 * @return array<string, mixed>
	 */
	private static function without_result( Claim $claim, $post ) {
		if ( $post && $claim->rev && Claim::DONE === $claim->state ) {
			return Snapshot::by_marks( $claim->content_id, $post );
		}
		return array(
			'content_id'   => $claim->content_id,
			'operation_id' => $claim->operation_id,
			'rev'          => Claim::DONE === $claim->state ? $claim->rev : 0,
		);
	}

	/**
	 * The post as it is now. Somebody's own that has its id by now, after a restored backup, is not told
	 * of: ours is deleted then.
	 *
	 * @param int           $post_id The post that the row names, or 0.
	 * @param \WP_Post|null $post    The post, if it is there and ours.
	 * @return array<string, mixed>
	 */
	private static function now( $post_id, $post ) {
		if ( $post ) {
			$terms = Fingerprint::term_rows( $post );
			return Snapshot::of( $post ) + array(
				'current_fingerprint' => Fingerprint::from_terms( $post, Fingerprint::terms_in( $post, $terms ) ),
				'metadata'            => Metadata::of( $post, $terms ),
			);
		}
		return array(
			'post_id'             => $post_id ? $post_id : null,
			'post_url'            => null,
			'post_status'         => $post_id ? 'deleted' : null,
			'modified_gmt'        => null,
			'current_fingerprint' => null,
			'metadata'            => null,
		);
	}
}
