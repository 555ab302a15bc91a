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
		$claim = ( new Claims() )->find( $content_id );
		if ( null === $claim ) {
			return $this->about_unclaimed( $content_id );
		}
		$finished = $claim->result ? $claim->result : array(
			'content_id'   => $content_id,
			'operation_id' => $claim->operation_id,
			'rev'          => 0,
		);
		$state    = $claim->is_alive() ? 'running' : ( $claim->is_stale() ? 'stale' : 'done' );
		if ( 'running' === $state ) {
			$finished['rev']          = $claim->rev;
			$finished['operation_id'] = $claim->operation_id;
		}
		return array_merge( $finished, $this->now( $claim->post_id ), array( 'state' => $state ) );
	}

	/**
	 * Tells of a post of ours whose row is lost.
	 *
	 * @param int $content_id The content.
	 * @return array<string, mixed>
	 * @throws Refusal 404 when there is none.
	 */
	private function about_unclaimed( $content_id ) {
		$post = Claims::may_have_lost_posts() ? Posts::marked( $content_id ) : null;
		if ( null === $post ) {
			throw new Refusal( 404, 'not_found', 'Nothing was ever published here for this content.' );
		}
		$rev = (int) get_post_meta( $post->ID, Posts::META_REV, true );
		return array_merge(
			array(
				'content_id'   => $content_id,
				'operation_id' => (string) get_post_meta( $post->ID, Posts::META_OPERATION, true ),
				'rev'          => $rev,
				'fingerprint'  => Fingerprint::of( $post ),
			),
			$this->now( $post->ID ),
			array( 'state' => $rev ? 'done' : 'stale' )
		);
	}

	/**
	 * The post as it is now.
	 *
	 * @param int $post_id The post, or 0.
	 * @return array<string, mixed>
	 */
	private function now( $post_id ) {
		$post = Posts::fresh( $post_id );
		if ( $post ) {
			return Snapshot::of( $post ) + array( 'current_fingerprint' => Fingerprint::of( $post ) );
		}
		return array(
			'post_id'             => $post_id ? $post_id : null,
			'post_url'            => null,
			'post_status'         => $post_id ? 'deleted' : null,
			'modified_gmt'        => null,
			'current_fingerprint' => null,
		);
	}
}
