<?php
/**
 * A publish request, checked.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Rest\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * What the backend wants to be done. Made from a request only when every field is usable; wrong
 * types are refused, never cast.
 */
final class Order {

	const HTML_MAX_BYTES = 2097152;
	const POST_TYPES     = array( 'post', 'page' );
	const STATUSES       = array( 'publish', 'draft', 'pending', 'private', 'future' );
	const TERMS_POLICIES = array( 'create', 'existing_only', 'none' );
	// 2^53 - 1: the largest integer that every JSON reader keeps exact.
	const ID_MAX = 9007199254740991;

	/**
	 * Fields of the payload that this version takes note of but does not carry out.
	 */
	const NOT_CARRIED_OUT = array(
		'author',
		'seo_title',
		'seo_description',
		'canonical_url',
		'primary_keyword',
		'secondary_keywords',
		'featured_image_url',
		'featured_image_alt',
		'gallery_images',
		'cluster_id',
		'cluster',
		'sector_id',
		'sector',
	);

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
	 * One per intent; for tracing.
	 *
	 * @var string
	 */
	public $operation_id;

	/**
	 * Title, as HTML text.
	 *
	 * @var string
	 */
	public $title;

	/**
	 * Body, HTML or block markup.
	 *
	 * @var string
	 */
	public $html;

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
	 * Post type.
	 *
	 * @var string
	 */
	public $post_type;

	/**
	 * Wanted status.
	 *
	 * @var string
	 */
	public $post_status;

	/**
	 * When a future post goes live, `Y-m-d H:i:s` in GMT; null for other statuses.
	 *
	 * @var string|null
	 */
	public $publish_at_gmt;

	/**
	 * Paths of category names from root to leaf; null leaves what is there.
	 *
	 * @var string[][]|null
	 */
	public $categories;

	/**
	 * Names of tags; null leaves what is there.
	 *
	 * @var string[]|null
	 */
	public $tags;

	/**
	 * What to do with terms that do not exist: create, existing_only, none.
	 *
	 * @var string
	 */
	public $terms_policy;

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
	 * Whether a post that was deleted here may be made again.
	 *
	 * @var bool
	 */
	public $recreate;

	/**
	 * What this version does not carry out.
	 *
	 * @var array<int, array{code: string, field: string, message: string}>
	 */
	public $warnings = array();

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

		$order->content_id       = $fields->id( 'content_id', true );
		$order->rev              = $fields->id( 'rev', true );
		$order->title            = $fields->text( 'title', 2000, true );
		$order->html             = $fields->text( 'content_html', self::HTML_MAX_BYTES, true );
		$order->excerpt          = $fields->text( 'excerpt', 20000 );
		$order->slug             = $fields->text( 'slug', 200 );
		$order->post_type        = $fields->choice( 'post_type', self::POST_TYPES, 'post' );
		$order->post_status      = $fields->choice( 'post_status', self::STATUSES, 'publish' );
		$order->publish_at_gmt   = 'future' === $order->post_status ? $fields->moment( 'publish_at' ) : null;
		$order->categories       = $fields->paths( 'categories' );
		$order->tags             = $fields->names( 'tags' );
		$order->terms_policy     = $fields->choice( 'terms_policy', self::TERMS_POLICIES, 'create' );
		$order->post_id          = (int) $fields->id( 'post_id' );
		$order->base_fingerprint = $fields->text( 'base_fingerprint', 80 );
		$order->recreate         = $fields->flag( 'recreate' );
		$fields->refuse_if_wrong();

		$operation           = trim( (string) $request->get_header( 'X-IGNY8-Operation' ) );
		$order->operation_id = '' !== $operation ? substr( $operation, 0, 191 ) : $order->content_id . ':' . $order->rev;
		$order->note_what_is_not_carried_out( $body );
		return $order;
	}

	/**
	 * Warns of every field that holds something and stays without effect.
	 *
	 * @param array<string, mixed> $body The payload.
	 */
	private function note_what_is_not_carried_out( array $body ) {
		$idle = self::NOT_CARRIED_OUT;
		if ( 'future' !== $this->post_status ) {
			$idle[] = 'publish_at';
		}
		foreach ( $idle as $field ) {
			if ( ! empty( $body[ $field ] ) ) {
				$this->warn( 'not_supported', $field, 'This version of the bridge does not carry out ' . $field . '.' );
			}
		}
	}

	/**
	 * Adds a warning.
	 *
	 * @param string $code    Stable code.
	 * @param string $field   Field of the payload.
	 * @param string $message In words.
	 */
	public function warn( $code, $field, $message ) {
		$this->warnings[] = array(
			'code'    => $code,
			'field'   => $field,
			'message' => $message,
		);
	}
}
