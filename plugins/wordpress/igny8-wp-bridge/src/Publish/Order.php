<?php
/**
 * A publish request, checked.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Fields;
use Igny8\Bridge\Core\PostTypes;
use Igny8\Bridge\Core\Refusal;
use Igny8\Bridge\Core\Warnings;
use Igny8\Bridge\Media\ImageSet;
use Igny8\Bridge\Seo\SeoFields;

defined( 'ABSPATH' ) || exit;

/**
 * What the backend wants to be done. Made from a request only when every field is usable; wrong
 * types are refused, never cast.
 */
final class Order {

	const HTML_MAX_BYTES = 2097152;
	const STATUSES       = array( 'publish', 'draft', 'pending', 'private', 'future', 'trash' );
	const TERMS_POLICIES = array( 'create', 'existing_only', 'none' );

	/**
	 * The content in the backend.
	 *
	 * @var int
	 */
	public $content_id;

	/**
	 * The intent. Only a higher one than the last is obeyed.
	 *
	 * @var int
	 */
	public $rev;

	/**
	 * When that was decided: it tells one decision from another of the same number, which the backend has
	 * lost by now. 0 when it does not say.
	 *
	 * @var int
	 */
	public $decided_at = 0;

	/**
	 * One per intent; for tracing.
	 *
	 * @var string
	 */
	public $operation_id;

	/**
	 * What the backend's logs know the intent by; events of what is done here carry it. Null without.
	 *
	 * @var string|null
	 */
	public $correlation_id;

	/**
	 * Title, as HTML text; null leaves what is there.
	 *
	 * @var string|null
	 */
	public $title;

	/**
	 * Body, HTML or block markup; null leaves what is there.
	 *
	 * @var string|null
	 */
	public $html;

	/**
	 * What changed of the body, where it is not sent as a whole; else null.
	 *
	 * @var ContentParts|null
	 */
	public $parts;

	/**
	 * Excerpt; null leaves what is there.
	 *
	 * @var string|null
	 */
	public $excerpt;

	/**
	 * Wanted slug; null leaves it to WordPress.
	 *
	 * @var string|null
	 */
	public $slug;

	/**
	 * Post type; null until it is known which the post has.
	 *
	 * @var string|null
	 */
	public $post_type;

	/**
	 * Wanted status; null until it is known which the post has.
	 *
	 * @var string|null
	 */
	public $post_status;

	/**
	 * Whether the order names a status; else the post keeps its own.
	 *
	 * @var bool
	 */
	public $sets_status;

	/**
	 * Whether the post is only to be taken down, to draft or to the trash: its texts stay as they are, and
	 * the order need not have any.
	 *
	 * @var bool
	 */
	public $take_down;

	/**
	 * When a future post goes live, `Y-m-d H:i:s` in GMT; null leaves what is there, and for other statuses.
	 *
	 * @var string|null
	 */
	public $publish_at_gmt;

	/**
	 * Categories, by their ids here and by paths of names from root to leaf; null leaves what is there.
	 *
	 * @var array<int, array{id: int, path: string[]}>|null
	 */
	public $categories;

	/**
	 * Tags in the same form; null leaves what is there.
	 *
	 * @var array<int, array{id: int, path: string[]}>|null
	 */
	public $tags;

	/**
	 * What to do with terms that do not exist: create, existing_only, none.
	 *
	 * @var string
	 */
	public $terms_policy;

	/**
	 * Who is to be the author: login, e-mail address or id; null for the configured one.
	 *
	 * @var string|null
	 */
	public $author;

	/**
	 * The user that `author` names, once found; else 0.
	 *
	 * @var int
	 */
	public $author_id = 0;

	/**
	 * Id of the cluster in IGNY8, or null.
	 *
	 * @var int|null
	 */
	public $cluster_id;

	/**
	 * Name of the cluster; null leaves what is there.
	 *
	 * @var string|null
	 */
	public $cluster;

	/**
	 * Id of the sector in IGNY8, or null.
	 *
	 * @var int|null
	 */
	public $sector_id;

	/**
	 * Name of the sector; null leaves what is there.
	 *
	 * @var string|null
	 */
	public $sector;

	/**
	 * SEO fields.
	 *
	 * @var SeoFields
	 */
	public $seo;

	/**
	 * Images.
	 *
	 * @var ImageSet
	 */
	public $images;

	/**
	 * The body as it was cleaned, and with its images; empty until then.
	 *
	 * @var array<string, string>
	 */
	public $bodies = array();

	/**
	 * The post that the backend knows for this content, or 0.
	 *
	 * @var int
	 */
	public $post_id;

	/**
	 * Fingerprint of the post as the backend last saw it, or null.
	 *
	 * @var string|null
	 */
	public $base_fingerprint;

	/**
	 * Status of the post as the backend last saw it, or null.
	 *
	 * @var string|null
	 */
	public $base_post_status;

	/**
	 * Whether the named post may be taken over though it does not carry our marks: a person said so.
	 *
	 * @var bool
	 */
	public $adopt;

	/**
	 * Whether a post that was deleted here may be made again.
	 *
	 * @var bool
	 */
	public $recreate;

	/**
	 * What is carried out otherwise than it was asked for.
	 *
	 * @var Warnings
	 */
	public $warnings;

	/**
	 * Begins without warnings.
	 */
	private function __construct() {
		$this->warnings = new Warnings();
	}

	/**
	 * Reads and checks a request.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return self
	 * @throws Refusal 413, 415 or 422, before anything is written.
	 */
	public static function from_request( \WP_REST_Request $request ) {
		if ( ! $request->is_json_content_type() ) {
			throw new Refusal( 415, 'unsupported_media_type', 'Send application/json.' );
		}
		$body = $request->get_json_params();
		if ( ! is_array( $body ) ) {
			throw new Refusal( 422, 'invalid', 'The body must be a JSON object.' );
		}
		if ( isset( $body['content_html'] ) && is_string( $body['content_html'] ) && strlen( $body['content_html'] ) > self::HTML_MAX_BYTES ) {
			throw new Refusal( 413, 'too_large', 'The HTML is larger than 2 MiB.' );
		}
		$fields = new Fields( $body );
		$order  = new self();

		$order->content_id  = $fields->id( 'content_id', true );
		$order->rev         = $fields->id( 'rev', true );
		$order->decided_at  = (int) $fields->id( 'decided_at' );
		$order->post_status = $fields->choice( 'post_status', self::STATUSES, null );
		$order->sets_status = null !== $order->post_status;
		$order->take_down   = 'trash' === $order->post_status || ( $fields->flag( 'take_down' ) && 'draft' === $order->post_status );
		// Of these null is no way to leave something alone: whoever names one has a text.
		$order->title            = $fields->text( 'title', 2000, ! $order->take_down && $fields->has( 'title' ) );
		$order->parts            = ContentParts::from_fields( $fields );
		$order->html             = $fields->text( 'content_html', self::HTML_MAX_BYTES, ! $order->take_down && ! isset( $body['content_parts'] ) && $fields->has( 'content_html' ) );
		$order->excerpt          = $fields->text( 'excerpt', 5000 );
		$order->slug             = $fields->text( 'slug', 200 );
		$order->post_type        = $fields->choice( 'post_type', PostTypes::allowed(), null );
		$order->publish_at_gmt   = 'future' === $order->post_status && $fields->has( 'publish_at' ) ? $fields->moment( 'publish_at' ) : null;
		$order->categories       = $fields->terms( 'categories', false );
		$order->tags             = $fields->terms( 'tags', true );
		$order->terms_policy     = $fields->choice( 'terms_policy', self::TERMS_POLICIES, 'create' );
		$order->author           = $fields->who( 'author' );
		$order->cluster_id       = $fields->id( 'cluster_id' );
		$order->cluster          = $fields->text( 'cluster', 200 );
		$order->sector_id        = $fields->id( 'sector_id' );
		$order->sector           = $fields->text( 'sector', 200 );
		$order->post_id          = (int) $fields->id( 'post_id' );
		$order->base_fingerprint = $fields->text( 'base_fingerprint', 200 );
		$order->base_post_status = $fields->text( 'base_post_status', 40 );
		$order->adopt            = $fields->flag( 'adopt' );
		$order->recreate         = $fields->flag( 'recreate' );
		$order->seo              = SeoFields::from_fields( $fields, $order->warnings );
		$order->images           = new ImageSet( $fields );
		if ( $order->parts && null !== $order->html ) {
			$fields->refuse( 'content_parts', 'must not be sent beside content_html' );
		}
		// See Preview.
		$fields->flag( 'dry_run' );
		$fields->refuse_if_wrong();
		ContentParts::refuse_kept( $order->texts() );
		if ( $fields->flag( 'take_down' ) && ! $order->take_down ) {
			throw new Refusal( 422, 'invalid', 'A post is taken down to draft or to the trash.', array( 'post_status' => array( 'must be draft or trash' ) ) );
		}

		$operation             = (string) preg_replace( '/[^\w:.\-]/', '', (string) $request->get_header( 'X-IGNY8-Operation' ) );
		$order->operation_id   = '' !== $operation ? substr( $operation, 0, 191 ) : $order->content_id . ':' . $order->rev;
		$correlation           = (string) preg_replace( '/[^A-Za-z0-9._:\-]/', '', (string) $request->get_header( 'X-IGNY8-Correlation' ) );
		$order->correlation_id = '' !== $correlation ? substr( $correlation, 0, 128 ) : null;
		if ( 'future' !== $order->post_status && ! empty( $body['publish_at'] ) ) {
			$order->warn( 'not_supported', 'publish_at', 'Only a post whose status is future has a time at which it goes live.' );
		}
		return $order;
	}

	/**
	 * Everything that is sent to be shown.
	 *
	 * @return array<string, string|null> Texts by field.
	 */
	private function texts() {
		return array(
			'title'         => $this->title,
			'content_html'  => $this->html,
			'content_parts' => $this->parts ? $this->parts->html() : null,
			'excerpt'       => $this->excerpt,
		);
	}

	/**
	 * How many bytes the body has that is sent.
	 *
	 * @return int
	 */
	public function bytes() {
		return $this->parts ? $this->parts->bytes() : strlen( (string) $this->html );
	}

	/**
	 * A stored body as it was sent, if nothing but our own work on its images is different.
	 *
	 * @param string $stored The stored body.
	 * @return string
	 */
	public function as_sent( $stored ) {
		return $this->bodies && $this->bodies['with_images'] === $stored ? $this->bodies['clean'] : $stored;
	}

	/**
	 * Fills in what a backend that did not hear our last answer can not know.
	 *
	 * @param string|null          $known  The fingerprint that the answer would have left it with, where it is known.
	 * @param array<string, mixed> $answer The answer's data, or an empty array.
	 */
	public function base_on( $known, array $answer ) {
		$this->base_fingerprint = $this->base_fingerprint ?? $known ?? $answer['fingerprint'] ?? null;
		$this->base_post_status = $this->base_post_status ?? $answer['post_status'] ?? null;
	}

	/**
	 * Adds a warning.
	 *
	 * @param string $code    Stable code.
	 * @param string $field   Field of the payload.
	 * @param string $message In words.
	 */
	public function warn( $code, $field, $message ) {
		$this->warnings->add( $code, $field, $message );
	}
}
