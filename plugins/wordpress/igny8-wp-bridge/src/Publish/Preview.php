<?php
/**
 * What would come of a publish.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Database;
use Igny8\Bridge\Core\Patience;
use Igny8\Bridge\Core\LookOnly;
use Igny8\Bridge\Core\Refusal;
use Igny8\Bridge\Core\Warnings;
use Igny8\Bridge\Media\Images;
use Igny8\Bridge\Seo\Footprint;
use Igny8\Bridge\Seo\Writer;

defined( 'ABSPATH' ) || exit;

/**
 * Asks the same questions as a publish, in the same order and of the same functions, and writes nothing: the
 * database gets no statement that could change a row, nothing is fetched, and no other plugin is told.
 */
final class Preview {

	const CREATE  = 'create';
	const UPDATE  = 'update';
	const NOTHING = 'nothing';
	// Refusals that are answers here.
	const REFUSALS = array( 'conflict', 'gone', 'locked' );

	/**
	 * The order.
	 *
	 * @var Order
	 */
	private $order;

	/**
	 * Takes an order.
	 *
	 * @param Order $order What would be done.
	 */
	private function __construct( Order $order ) {
		$this->order = $order;
	}

	/**
	 * Whether somebody only asks what would come of a publish.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return bool
	 */
	public static function is_asked_for( \WP_REST_Request $request ) {
		return true === ( ( (array) $request->get_json_params() )['dry_run'] ?? null );
	}

	/**
	 * Tells what would come of it.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return array{0: array, 1: int} The answer's data, and 200.
	 * @throws Refusal When the order cannot be carried out as it is, or somebody is at it right now.
	 */
	public static function of( \WP_REST_Request $request ) {
		return LookOnly::during(
			static function () use ( $request ) {
				$order = Order::from_request( $request );
				Patience::for_text( $order->bytes() );
				$look = static function () use ( $order ) {
					return Database::watched( array( new self( $order ), 'look' ) );
				};
				return array( Author::act( $order, $look ), 200 );
			}
		);
	}

	/**
	 * Looks.
	 *
	 * @return array<string, mixed> The answer's data.
	 * @throws Refusal When the order cannot be carried out as it is, or somebody is at it right now.
	 */
	public function look() {
		$writer = new PostWriter( $this->order );
		try {
			$claim    = new ClaimHolder( $this->order );
			$replayed = $claim->foresee();
			if ( null !== $replayed ) {
				return $this->told( self::NOTHING, (int) ( $replayed['post_id'] ?? 0 ) );
			}
			$post = $claim->existing_post();
			if ( $post && $this->order->take_down && Trash::is_down( $post, $this->order ) ) {
				return $this->told( self::NOTHING, $post->ID );
			}
			$text = $post ? ( new GuardedPost( $this->order, $claim ) )->foresee( $post ) : 0;
			if ( $this->order->take_down ) {
				return $this->taken_down( $post );
			}
			Scope::settle( $this->order, $post );
			if ( ! $post && $this->order->parts ) {
				throw ContentParts::of_nothing();
			}
			if ( $post ) {
				$writer->meet( $post, $text );
			}
		} catch ( Refusal $refusal ) {
			return $this->refused( $refusal );
		}
		return $this->written( $post, $writer );
	}

	/**
	 * What is told of a post that would be taken down.
	 *
	 * @param \WP_Post|null $post The post.
	 * @return array<string, mixed>
	 * @throws Refusal 410 when there is none.
	 */
	private function taken_down( $post ) {
		if ( ! $post ) {
			throw Posts::gone( $this->order->content_id );
		}
		return $this->told( self::UPDATE, $post->ID );
	}

	/**
	 * What is told of a refusal.
	 *
	 * @param Refusal $refusal The refusal.
	 * @return array<string, mixed>
	 * @throws Refusal Itself, where it is no answer.
	 */
	private function refused( Refusal $refusal ) {
		if ( ! in_array( $refusal->error_code, self::REFUSALS, true ) ) {
			throw $refusal;
		}
		$groups = (array) ( $refusal->data['groups'] ?? array() );
		return $this->told( $refusal->error_code, (int) ( $refusal->data['post_id'] ?? 0 ), $groups, array(), array(), $refusal->getMessage() ) + $refusal->data;
	}

	/**
	 * What is told of a post that would be written.
	 *
	 * @param \WP_Post|null $post   The post; null when it would be made.
	 * @param PostWriter    $writer The order's texts.
	 * @return array<string, mixed>
	 */
	private function written( $post, PostWriter $writer ) {
		$images              = new Images( $this->order->images, $post ? $post->ID : 0, $writer->body(), $this->order->rev, $this->order->warnings );
		$missing             = $images->missing();
		list( $ids, $terms ) = ( new Terms() )->foresee( $this->order );

		$groups = array(
			'title'          => $this->is_other( $post, $writer, 'post_title' ),
			'body'           => null !== $writer->text() && ( ! $post || SiteText::of( $post ) !== $writer->text() || $this->has_other_images( $post, $images, $missing ) ),
			'excerpt'        => $this->is_other( $post, $writer, 'post_excerpt' ),
			'slug'           => $this->is_other( $post, $writer, 'post_name' ),
			'terms'          => $this->has_other_terms( $post, $ids ),
			'thumbnail'      => $this->has_other_thumbnail( $post, $images ),
			Fingerprint::SEO => $this->has_other_seo( $post ),
		);
		return $this->told( $post ? self::UPDATE : self::CREATE, $post ? $post->ID : 0, array_keys( array_filter( $groups ) ), $terms, $missing );
	}

	/**
	 * Whether a column would be another.
	 *
	 * @param \WP_Post|null $post   The post.
	 * @param PostWriter    $writer The order's texts.
	 * @param string        $column The column.
	 * @return bool
	 */
	private function is_other( $post, PostWriter $writer, $column ) {
		$wanted = $writer->columns()[ $column ] ?? null;
		if ( null === $wanted || ! $post ) {
			return null !== $wanted;
		}
		return 'post_name' === $column ? sanitize_title( $wanted ) !== $post->post_name : $wanted !== $post->$column;
	}

	/**
	 * Whether the body would show other images.
	 *
	 * @param \WP_Post $post    The post.
	 * @param Images   $images  The images.
	 * @param string[] $missing Addresses of those that would be fetched.
	 * @return bool
	 */
	private function has_other_images( \WP_Post $post, Images $images, array $missing ) {
		$featured = $this->order->images->featured_image;
		$placed   = $images->placed();
		$now      = SiteText::gallery( $post );
		return array_diff( $missing, $featured ? array( $featured->url ) : array() )
			|| ( null !== $placed && ( array_diff( $placed, $now ) || array_diff( $now, $placed ) ) );
	}

	/**
	 * Whether the post would have other terms.
	 *
	 * @param \WP_Post|null        $post The post.
	 * @param array<string, int[]> $ids  Terms by taxonomy.
	 * @return bool
	 */
	private function has_other_terms( $post, array $ids ) {
		$now = $post ? Fingerprint::terms( $post ) : array();
		foreach ( $ids as $taxonomy => $wanted ) {
			$wanted = array_values( array_unique( $wanted ) );
			sort( $wanted );
			if ( ( $now[ $taxonomy ] ?? array() ) !== $wanted ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Whether the post would have another featured image.
	 *
	 * @param \WP_Post|null $post   The post.
	 * @param Images        $images The images.
	 * @return bool
	 */
	private function has_other_thumbnail( $post, Images $images ) {
		$wanted = $images->thumbnail();
		if ( null === $wanted ) {
			return (bool) $this->order->images->featured_image;
		}
		return ( $post ? (int) get_post_meta( $post->ID, '_thumbnail_id', true ) : 0 ) !== $wanted;
	}

	/**
	 * Whether the post would have other SEO fields.
	 *
	 * @param \WP_Post|null $post The post.
	 * @return bool
	 */
	private function has_other_seo( $post ) {
		$now = Footprint::fields( $post ? $post->ID : 0 );
		foreach ( ( new Writer( $this->order->seo, new Warnings() ) )->wanted() as $field => $value ) {
			if ( PostState::of_seo( array( $field => $value ) ) !== PostState::of_seo( array( $field => $now[ $field ] ?? '' ) ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * The answer's data.
	 *
	 * @param string   $outcome What would come of it.
	 * @param int      $post_id The post; 0 where there is none yet.
	 * @param string[] $groups  Groups of the fingerprint that would be other ones; those that stand in the way of a
	 *                          conflict.
	 * @param array[]  $terms   Terms that would be made.
	 * @param string[] $images  Images that would be fetched.
	 * @param string   $reason  Why not, in words.
	 * @return array<string, mixed>
	 */
	private function told( $outcome, $post_id, array $groups = array(), array $terms = array(), array $images = array(), $reason = '' ) {
		return array(
			'dry_run'         => true,
			'content_id'      => $this->order->content_id,
			'rev'             => $this->order->rev,
			'post_id'         => $post_id ? $post_id : null,
			'outcome'         => $outcome,
			'reason'          => '' !== $reason ? $reason : null,
			'groups'          => $groups,
			'terms_created'   => $terms,
			'images_to_fetch' => $images,
			'warnings'        => $this->order->warnings->all(),
		);
	}
}
