<?php
/**
 * What we see of a post, beside what we know of it.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * Looks at the post past every cache, and tells what this process wrote from what somebody else did.
 */
final class Sight {

	/**
	 * The post's id; 0 until it is made.
	 *
	 * @var int
	 */
	public $post_id = 0;

	/**
	 * The body that the one to be written was made of; null where it was made of none.
	 *
	 * @var string|null
	 */
	public $made_of;

	/**
	 * The order.
	 *
	 * @var Order
	 */
	private $order;

	/**
	 * Our claim.
	 *
	 * @var ClaimHolder
	 */
	private $claim;

	/**
	 * Knows what this process wrote.
	 *
	 * @var Fence
	 */
	private $fence;

	/**
	 * What is known of its meta.
	 *
	 * @var MetaGuard
	 */
	private $meta;

	/**
	 * Builds it.
	 *
	 * @param Order       $order The order.
	 * @param ClaimHolder $claim Our claim.
	 * @param Fence       $fence Knows what this process wrote.
	 * @param MetaGuard   $meta  What is known of the post's meta.
	 */
	public function __construct( Order $order, ClaimHolder $claim, Fence $fence, MetaGuard $meta ) {
		$this->order = $order;
		$this->claim = $claim;
		$this->fence = $fence;
		$this->meta  = $meta;
	}

	/**
	 * The post's state.
	 *
	 * @param bool $lock Whether nobody else may write its row until the transaction ends.
	 * @return array<string, mixed>
	 * @throws Refusal 410 when somebody deleted it.
	 */
	public function state( $lock = false ) {
		$now = PostState::of( $this->post_id, $lock );
		if ( ! $now ) {
			throw Posts::gone( $this->order->content_id );
		}
		return $now;
	}

	/**
	 * Refuses when somebody else is at work, or was.
	 *
	 * @param array<string, mixed> $now The post's state.
	 * @throws Refusal 409 conflict, 423 locked.
	 */
	public function compare( array $now ) {
		EditGuard::refuse_if_open( $this->order, $this->post_id );
		if ( $this->is_changed( $now ) ) {
			// A newer run, or a person.
			$this->claim->refuse_if_lost();
			throw $this->saved_meanwhile();
		}
	}

	/**
	 * Refuses when the body is another one than what is to be written was made of, whoever wrote it. Call it while
	 * the row is locked.
	 *
	 * @throws Refusal 409 conflict.
	 */
	public function compare_body() {
		if ( null !== $this->made_of && PostState::body( $this->post_id ) !== $this->made_of ) {
			throw $this->saved_meanwhile();
		}
	}

	/**
	 * From where it is written on, the body may be whatever plugins make of it in passing.
	 *
	 * @param string $body The body that is to be written.
	 */
	public function settle_body( $body ) {
		if ( null !== $this->made_of && PostState::body( $this->post_id ) === $body ) {
			$this->made_of = null;
		}
	}

	/**
	 * The refusal when somebody else has written.
	 *
	 * @return Refusal
	 */
	public function saved_meanwhile() {
		return EditGuard::saved_meanwhile( $this->order, $this->post_id );
	}

	/**
	 * Whether the post has just these terms, as far as we have seen: then nothing is to be written. Should
	 * somebody have changed them since, it is seen before the text is written.
	 *
	 * @param string $taxonomy The taxonomy.
	 * @param int[]  $ids      The terms.
	 * @return bool
	 */
	public function has_terms( $taxonomy, array $ids ) {
		$object = get_taxonomy( $taxonomy );
		$seen   = $this->claim->watch()->seen()[ PostState::TERMS . $taxonomy ] ?? null;
		$ids    = array_values( array_unique( $ids ) );
		sort( $ids );
		return $ids === $seen && empty( $object->sort ) && ! $this->fence->has_terms();
	}

	/**
	 * Looks once more when we are through.
	 *
	 * @param string $post_type The type that the post has.
	 * @return array<string, int[]>|null The terms that people see; null when somebody wrote since.
	 */
	public function terms_as_left( $post_type ) {
		$now = PostState::of( $this->post_id );
		if ( ! $now || $this->is_changed( $now ) ) {
			return null;
		}
		$terms = array();
		foreach ( PostState::taxonomies() as $taxonomy => $part ) {
			$terms[ $taxonomy ] = $now[ $part ];
		}
		return Fingerprint::visible( $post_type, $terms );
	}

	/**
	 * Takes what this process wrote as it turned out, and looks whether anybody else wrote.
	 *
	 * @param array<string, mixed> $now The post's state.
	 * @return bool
	 */
	private function is_changed( array $now ) {
		$watch = $this->claim->watch();
		foreach ( $this->fence->take_terms() as list( $part, $ids, $is_given ) ) {
			$watch->settle_terms( $part, PostState::terms_of( $ids ), $is_given );
		}
		if ( $this->meta->somebody_wrote() ) {
			return true;
		}
		$watch->settle( $now, $this->fence->take_written() );
		return $watch->somebody_wrote( $now );
	}
}
