<?php
/**
 * What one request did to one post.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Outbox;

use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Publish\Fingerprint;
use Igny8\Bridge\Publish\Metadata;
use Igny8\Bridge\Publish\Origin;
use Igny8\Bridge\Publish\Posts;
use Igny8\Bridge\Publish\Publications;

defined( 'ABSPATH' ) || exit;

/**
 * Gathers everything that happens to a post in this request, and makes one event of it.
 */
final class PostChange {

	const CREATED   = 'post_created';
	const UPDATED   = 'post_updated';
	const TRASHED   = 'post_trashed';
	const UNTRASHED = 'post_untrashed';
	const DELETED   = 'post_deleted';

	// What of a post's row says that it is another one.
	const TOLD = array( 'post_status', 'post_type', 'post_name', 'post_parent', 'post_password', 'post_title', 'post_content', 'post_excerpt', 'post_date_gmt' );

	/**
	 * The post.
	 *
	 * @var int
	 */
	public $post_id;

	/**
	 * Its type.
	 *
	 * @var string
	 */
	public $post_type;

	/**
	 * Its title when it was touched first; the only one that is known when it is deleted.
	 *
	 * @var string
	 */
	private $title;

	/**
	 * Its status before this request changed it; what it was at the first touch where nobody said.
	 *
	 * @var string
	 */
	private $previous_status;

	/**
	 * Whether somebody said what its status was before.
	 *
	 * @var bool
	 */
	private $previous_is_known = false;

	/**
	 * Whether every touch was the bridge's own.
	 *
	 * @var bool
	 */
	private $ours_alone = true;

	/**
	 * The content and operation of the bridge's own touches.
	 *
	 * @var array{content_id: int, operation_id: string, correlation_id: string|null}|null
	 */
	private $origin;

	/**
	 * Who did it, for people to read.
	 *
	 * @var string
	 */
	private $actor;

	/**
	 * The content that it carried the marks of when it was touched first: a deleted one carries none.
	 *
	 * @var int
	 */
	private $marked;

	/**
	 * Its guid, which is such a mark, too.
	 *
	 * @var string
	 */
	private $guid;

	/**
	 * Whether it was found by a look at the post.
	 *
	 * @var bool
	 */
	private $is_found = false;

	/**
	 * The fingerprint of what is there, whatever is told of it; empty where it is nobody's content.
	 *
	 * @var string
	 */
	public $fingerprint = '';

	/**
	 * The post as it was told; null when it was not there.
	 *
	 * @var \WP_Post|null
	 */
	private $told;

	/**
	 * Begins with a post as it is now.
	 *
	 * @param \WP_Post $post The post.
	 */
	public function __construct( \WP_Post $post ) {
		$this->marked          = Posts::content_marked_on( $post );
		$this->guid            = $post->guid;
		$this->post_id         = $post->ID;
		$this->post_type       = $post->post_type;
		$this->title           = $post->post_title;
		$this->previous_status = $post->post_status;
		$user                  = wp_get_current_user();
		$this->actor           = $user->exists() ? $user->display_name : 'system';
	}

	/**
	 * Notes one more touch.
	 *
	 * @param string|null $before The status before, where the hook knows it. The first one counts.
	 */
	public function note( $before ) {
		if ( null !== $before && ! $this->previous_is_known ) {
			$this->previous_status   = $before;
			$this->previous_is_known = true;
		}
		$origin           = Origin::current();
		$this->ours_alone = $this->ours_alone && $origin;
		$this->origin     = $origin ? $origin : $this->origin;
	}

	/**
	 * Notes that nobody told of it: it was found by a look at the post.
	 */
	public function was_found() {
		$this->is_found   = true;
		$this->ours_alone = false;
		$this->actor      = 'system';
	}

	/**
	 * The content that the post is.
	 *
	 * @param int $named The content whose row names it, or 0.
	 * @return int 0 when it is none's: after a restored backup an id may name somebody's own post.
	 */
	public function content_id( $named ) {
		if ( ! $named || $named === $this->marked || Posts::guid( $named ) === $this->guid ) {
			return $named;
		}
		$post = get_post( $this->post_id );
		return ( $post ? Posts::is_of( $post, $named ) : ( new Publications() )->is_linked( $named, $this->post_id, $this->guid ) ) ? $named : 0;
	}

	/**
	 * Whether visitors could read the post before this request or can now.
	 *
	 * @return bool
	 */
	public function is_public() {
		$post = get_post( $this->post_id );
		return 'publish' === $this->previous_status || ( $post && 'publish' === $post->post_status );
	}

	/**
	 * What happened, in one word.
	 *
	 * @return string
	 */
	public function action() {
		$post = get_post( $this->post_id );
		if ( ! $post ) {
			return self::DELETED;
		}
		if ( 'trash' === $post->post_status && 'trash' !== $this->previous_status ) {
			return self::TRASHED;
		}
		if ( 'trash' !== $post->post_status && 'trash' === $this->previous_status ) {
			return self::UNTRASHED;
		}
		$unknown = array( 'new', 'auto-draft' );
		return in_array( $this->previous_status, $unknown, true ) ? self::CREATED : self::UPDATED;
	}

	/**
	 * What the backend is told.
	 *
	 * @param int $content_id The content that the post belongs to, or 0.
	 * @return array<string, mixed>
	 */
	public function payload( $content_id ) {
		$post       = Posts::fresh( $this->post_id );
		$this->told = $post;
		$is_ours    = $post && $content_id;
		$terms      = $is_ours ? Fingerprint::term_rows( $post ) : array();
		$tagged     = $this->ours_alone && $this->origin && $this->origin['content_id'] === $content_id;
		$told       = $tagged ? Origin::left( $content_id ) : null;

		$this->fingerprint = $is_ours ? Fingerprint::from_terms( $post, Fingerprint::terms_in( $post, $terms ) ) : '';
		return array(
			'post_type'          => $this->post_type,
			'post_status'        => $post ? $post->post_status : 'deleted',
			'previous_status'    => $this->previous_status,
			'password_protected' => $post && '' !== $post->post_password,
			'post_url'           => $post ? (string) get_permalink( $post ) : null,
			'post_title'         => $post ? $post->post_title : $this->title,
			'rev'                => $is_ours ? (int) get_post_meta( $post->ID, Posts::META_REV, true ) : null,
			'fingerprint'        => $is_ours ? $told ?? $this->fingerprint : null,
			'metadata'           => $is_ours ? Metadata::of( $post, $terms ) : null,
			'origin'             => $tagged ? 'igny8' : 'wordpress',
			'operation_id'       => $tagged ? $this->origin['operation_id'] : null,
			'correlation_id'     => $tagged ? $this->origin['correlation_id'] : null,
			'actor'              => $this->actor,
			'channel'            => $tagged ? 'igny8' : $this->channel(),
			'occurred_at'        => gmdate( 'Y-m-d\TH:i:s\Z', Clock::now() ),
		);
	}

	/**
	 * Whether the post is no longer what was told of it. Asks past the cache, and lets it be.
	 *
	 * @return bool
	 */
	public function is_outdated() {
		global $wpdb;
		$now = $wpdb->get_row( $wpdb->prepare( "SELECT * FROM $wpdb->posts WHERE ID = %d", $this->post_id ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
		foreach ( self::TOLD as $field ) {
			if ( (string) ( $now->$field ?? '' ) !== (string) ( $this->told->$field ?? '' ) ) {
				return true;
			}
		}
		return ! $now !== ! $this->told;
	}

	/**
	 * Goes on from what was told: what is different now was done by somebody else.
	 */
	public function goes_on() {
		$this->previous_status = $this->told ? $this->told->post_status : $this->previous_status;
		$this->ours_alone      = false;
		$this->actor           = 'system';
	}

	/**
	 * The way by which the change came in.
	 *
	 * @return string check, admin, rest, cron, cli, or other.
	 */
	private function channel() {
		if ( $this->is_found ) {
			return 'check';
		}
		if ( defined( 'WP_CLI' ) && WP_CLI ) {
			return 'cli';
		}
		if ( wp_doing_cron() ) {
			return 'cron';
		}
		if ( defined( 'REST_REQUEST' ) && REST_REQUEST ) {
			return 'rest';
		}
		return is_admin() ? 'admin' : 'other';
	}
}
