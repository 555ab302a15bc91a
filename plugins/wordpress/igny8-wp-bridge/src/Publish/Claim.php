<?php
/**
 * One content's row in the table of publications.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Clock;

defined( 'ABSPATH' ) || exit;

/**
 * A row as it was read.
 */
final class Claim {

	const RUNNING = 'running';
	// A post that was there before is being changed.
	const WRITING = 'writing';
	const DONE    = 'done';
	// Its images take more than one call: nobody is at work on it until the next one comes.
	const PAUSED = 'paused';

	/**
	 * Seconds without a heartbeat after which the PHP process that holds a claim counts as dead.
	 */
	const DEAD_AFTER = 120;

	/**
	 * Content in the backend.
	 *
	 * @var int
	 */
	public $content_id;

	/**
	 * The post, or 0 when there is none yet.
	 *
	 * @var int
	 */
	public $post_id;

	/**
	 * The intent that is being carried out, or was last.
	 *
	 * @var int
	 */
	public $rev;

	/**
	 * Its operation.
	 *
	 * @var string
	 */
	public $operation_id;

	/**
	 * RUNNING, WRITING, PAUSED or DONE.
	 *
	 * @var string
	 */
	public $state;

	/**
	 * Whoever knows it holds the claim.
	 *
	 * @var string
	 */
	public $token;

	/**
	 * Unix time of the last sign of life; 0 when the holder gave up.
	 *
	 * @var int
	 */
	public $heartbeat;

	/**
	 * The last finished intent's answer, or an empty array.
	 *
	 * @var array<string, mixed>
	 */
	public $result;

	/**
	 * What the backend knows of the post since then, beside that answer: the fingerprint, with the digits that it
	 * knew before for what others had changed and we left alone; the ids of its terms by taxonomy, its SEO
	 * fields by letter and field, and the images that were sent to be placed in its body.
	 *
	 * @var array{fingerprint: string|null, terms: array<string, int[]>, seo: array<string, mixed>, gallery: array<int, array<string, string>>}
	 */
	public $known = array(
		'fingerprint' => null,
		'terms'       => array(),
		'seo'         => array(),
		'gallery'     => array(),
	);

	/**
	 * What the run that holds it, or held it last, has seen of the post; empty when it is finished.
	 *
	 * @var string
	 */
	public $watch;

	/**
	 * Makes the claim of an order on a content that nobody has claimed yet.
	 *
	 * @param Order  $order The order.
	 * @param string $token Its token.
	 * @return self
	 */
	public static function of( Order $order, $token ) {
		return self::from_row(
			(object) array(
				'content_id'   => $order->content_id,
				'post_id'      => 0,
				'rev'          => $order->rev,
				'operation_id' => $order->operation_id,
				'state'        => self::RUNNING,
				'token'        => $token,
				'heartbeat'    => Clock::now(),
				'result'       => '',
			)
		);
	}

	/**
	 * Makes a claim of a database row.
	 *
	 * @param object $row The row.
	 * @return self
	 */
	public static function from_row( $row ) {
		$claim               = new self();
		$claim->content_id   = (int) $row->content_id;
		$claim->post_id      = (int) $row->post_id;
		$claim->rev          = (int) $row->rev;
		$claim->operation_id = (string) $row->operation_id;
		$claim->state        = (string) $row->state;
		$claim->token        = (string) $row->token;
		$claim->heartbeat    = (int) $row->heartbeat;
		$claim->watch        = (string) ( $row->watch ?? '' );
		$result              = json_decode( (string) $row->result, true );
		$claim->result       = is_array( $result ) ? Stored::read_back( $result ) : array();
		// For ourselves: no answer tells it. The first bridge kept terms alone.
		$claim->known = array_merge( $claim->known, (array) ( $claim->result['known'] ?? array() ) );
		unset( $claim->result['known'], $claim->result['terms'] );
		return $claim;
	}

	/**
	 * Whether somebody is at work on it now.
	 *
	 * @return bool
	 */
	public function is_alive() {
		return $this->is_held() && $this->heartbeat > Clock::now() - self::DEAD_AFTER;
	}

	/**
	 * Whether somebody was at work on it and died, or left the rest to the next call.
	 *
	 * @return bool
	 */
	public function is_stale() {
		return $this->is_paused() || ( $this->is_held() && ! $this->is_alive() );
	}

	/**
	 * Whether somebody took it and has neither finished nor left the rest to the next call.
	 *
	 * @return bool
	 */
	private function is_held() {
		return in_array( $this->state, array( self::RUNNING, self::WRITING ), true );
	}

	/**
	 * Whether the rest was left to the next call.
	 *
	 * @return bool
	 */
	public function is_paused() {
		return self::PAUSED === $this->state;
	}
}
