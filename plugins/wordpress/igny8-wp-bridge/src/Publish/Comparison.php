<?php
/**
 * What others have changed of a post since the backend last saw it.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Seo\Adapter;
use Igny8\Bridge\Seo\Footprint;
use Igny8\Bridge\Seo\Plugins;

defined( 'ABSPATH' ) || exit;

/**
 * Compares a post with the fingerprint that an order names, group by group. What the order would write over
 * stands in its way; what it leaves alone stays, and stays something that the backend has not seen: for these
 * groups it goes on knowing the digits of the fingerprint that it named.
 *
 * Of terms and SEO fields the fingerprint only says that some are others. Which ones, the claim's row knows,
 * as long as the fingerprint is the one that its last answer left the backend with.
 */
final class Comparison {

	/**
	 * The order.
	 *
	 * @var Order
	 */
	private $order;

	/**
	 * The groups that are not as the backend knows them.
	 *
	 * @var string[]
	 */
	private $moved = array();

	/**
	 * Those of them that are not our own doing.
	 *
	 * @var string[]
	 */
	private $theirs = array();

	/**
	 * Those of these that the order would write over.
	 *
	 * @var string[]
	 */
	private $in_the_way = array();

	/**
	 * The terms that the backend knows, by taxonomy; empty when that is not known.
	 *
	 * @var array<string, int[]>
	 */
	private $terms = array();

	/**
	 * The SEO fields that it knows, by letter and field; empty when that is not known.
	 *
	 * @var array<string, mixed>
	 */
	private $seo = array();

	/**
	 * Begins with nothing to compare.
	 *
	 * @param Order $order The order.
	 */
	public function __construct( Order $order ) {
		$this->order = $order;
	}

	/**
	 * Compares a post that was there before.
	 *
	 * @param Order      $order  The order.
	 * @param \WP_Post   $post   The post, freshly read.
	 * @param Claim|null $before The claim's row before we took it; null when there was none.
	 * @param string[]|null $others The groups that others can have changed; null for all.
	 * @return self
	 */
	public static function of( Order $order, \WP_Post $post, ?Claim $before, ?array $others ) {
		$since = new self( $order );
		if ( null !== $order->base_fingerprint ) {
			$since->compare( $order->base_fingerprint, $post, $before, $others );
		}
		return $since;
	}

	/**
	 * Compares.
	 *
	 * @param string        $base   The fingerprint that the backend knows.
	 * @param \WP_Post      $post   The post.
	 * @param Claim|null    $before The claim's row before we took it.
	 * @param string[]|null $others The groups that others can have changed.
	 */
	private function compare( $base, \WP_Post $post, ?Claim $before, ?array $others ) {
		if ( $before && $before->known['fingerprint'] === $base ) {
			$this->terms = $before->known['terms'];
			$this->seo   = $before->known['seo'];
		}
		$this->moved      = Fingerprint::groups_differing( $base, $post, $this->terms );
		$this->theirs     = null === $others ? $this->moved : array_values( array_intersect( $this->moved, $others ) );
		$this->in_the_way = $this->theirs;
		if ( ! Scope::is_of_everything( $this->order, $post ) ) {
			$written          = array_filter( $this->theirs, array( $this, 'is_written_over' ) );
			$this->in_the_way = array_values( array_diff( $written, $this->beside( $post, $written ) ) );
		}
	}

	/**
	 * The groups that others have changed and that the order would write over.
	 *
	 * @return string[]
	 */
	public function in_the_way() {
		return $this->in_the_way;
	}

	/**
	 * The groups that others have changed and that are left as they are, wholly or in part.
	 *
	 * @return string[]
	 */
	public function left_to_others() {
		return array_values( array_diff( $this->theirs, $this->in_the_way ) );
	}

	/**
	 * All groups that are left as the backend does not know them. Some may be what a run of ours made of them that
	 * ended before anybody heard of it.
	 *
	 * @return string[]
	 */
	public function left() {
		$written = array_diff( array_filter( $this->moved, array( $this, 'is_written_over' ) ), $this->theirs );
		return array_values( array_diff( $this->moved, $this->in_the_way, $written ) );
	}

	/**
	 * What the backend knows of a post that was written: what it knew before of what was left alone, and what
	 * is there of all else.
	 *
	 * @param \WP_Post             $post  The post as it was written.
	 * @param string               $print Its fingerprint.
	 * @param array<string, int[]> $terms Its terms, by taxonomy.
	 * @return array{fingerprint: string, terms: array<string, int[]>, seo: array<string, mixed>}
	 */
	public function known( \WP_Post $post, $print, array $terms ) {
		$left  = $this->left();
		$seo   = Footprint::fields( $post->ID );
		$known = array(
			'fingerprint' => Fingerprint::with_groups_of( $print, (string) $this->order->base_fingerprint, $left ),
			'terms'       => $terms,
			'seo'         => $seo,
		);
		if ( in_array( 'terms', $left, true ) ) {
			$known['terms'] = $this->terms ? array_intersect_key( $terms, array_flip( Scope::taxonomies( $this->order ) ) ) + $this->terms : array();
		}
		if ( in_array( Fingerprint::SEO, $left, true ) ) {
			$known['seo'] = $this->seo ? array_intersect_key( $seo, array_flip( $this->seo_fields() ) ) + $this->seo : array();
		}
		return $known;
	}

	/**
	 * Whether the order writes something of a group.
	 *
	 * @param string $group The group.
	 * @return bool
	 */
	private function is_written_over( $group ) {
		return in_array( $group, Scope::groups( $this->order ), true ) || ( Fingerprint::SEO === $group && $this->seo_fields() );
	}

	/**
	 * Groups of which others have changed only what stands beside that which the order writes.
	 *
	 * @param \WP_Post $post  The post.
	 * @param string[] $moved The groups.
	 * @return string[]
	 */
	private function beside( \WP_Post $post, array $moved ) {
		$groups = array();
		if ( $this->terms && in_array( 'terms', $moved, true ) ) {
			$written = array_flip( Scope::taxonomies( $this->order ) );
			$now     = array_intersect_key( Fingerprint::terms( $post ), $written );
			if ( Fingerprint::are_same_terms( $now, array_intersect_key( $this->terms, $written ) ) ) {
				$groups[] = 'terms';
			}
		}
		if ( $this->seo && in_array( Fingerprint::SEO, $moved, true ) ) {
			$written = array_flip( $this->seo_fields() );
			$now     = array_intersect_key( Footprint::fields( $post->ID ), $written );
			$then    = array_intersect_key( $this->seo, $written );
			ksort( $now );
			ksort( $then );
			if ( $now === $then ) {
				$groups[] = Fingerprint::SEO;
			}
		}
		return $groups;
	}

	/**
	 * The SEO fields that the order writes. Its first category is the primary one of SEO plugins.
	 *
	 * @return string[] Letters and fields.
	 */
	private function seo_fields() {
		$named = $this->order->seo->values + ( $this->order->categories && Scope::taxonomies( $this->order ) ? array( Adapter::PRIMARY_CATEGORY => 0 ) : array() );
		$names = array();
		foreach ( Plugins::in_charge() as $adapter ) {
			foreach ( array_intersect( $adapter->fields(), array_keys( $named ) ) as $field ) {
				$names[] = $adapter->letter() . '.' . $field;
			}
		}
		return $names;
	}
}
