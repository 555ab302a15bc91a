<?php
/**
 * Writes one post.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Rest\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * Turns an order into calls of WordPress. Everything is slashed, because WordPress unslashes
 * everything; what was cleaned already is not cleaned again by weaker rules.
 */
final class PostWriter {

	/**
	 * The order.
	 *
	 * @var Order
	 */
	private $order;

	/**
	 * Title, body and excerpt, cleaned and fit for the database.
	 *
	 * @var array<string, string>
	 */
	private $texts;

	/**
	 * Prepares an order.
	 *
	 * @param Order $order The order.
	 * @throws Refusal 422 when nothing of the body may pass.
	 */
	public function __construct( Order $order ) {
		$this->order = $order;
		$this->texts = array(
			'post_title'   => Charset::fit( Html::clean_title( $order->title ), 'posts', 'post_title' ),
			'post_content' => Charset::fit( Html::clean_body( $order->html ), 'posts', 'post_content' ),
		);
		if ( null !== $order->excerpt ) {
			$this->texts['post_excerpt'] = Charset::fit( Html::clean_body( $order->excerpt ), 'posts', 'post_excerpt' );
		}
		foreach ( array(
			'post_title'   => 'title',
			'post_content' => 'content_html',
		) as $column => $field ) {
			if ( '' === trim( $this->texts[ $column ] ) ) {
				throw new Refusal( 422, 'invalid', 'Nothing of it may be shown.', array( $field => array( 'has nothing that may be shown' ) ) );
			}
		}
	}

	/**
	 * Makes the post as a draft, with its marks: nobody is told of it yet.
	 *
	 * @return int The post.
	 * @throws \RuntimeException When WordPress cannot.
	 */
	public function insert_draft() {
		return $this->checked(
			wp_insert_post(
				wp_slash(
					$this->texts + $this->slug() + array(
						'post_type'   => $this->order->post_type,
						'post_status' => 'draft',
						'guid'        => Posts::guid( $this->order->content_id ),
						'meta_input'  => $this->marks( 0 ),
					)
				),
				true
			)
		);
	}

	/**
	 * Gives a draft that is complete its wanted status. The marks are there before any hook fires.
	 *
	 * @param \WP_Post $post The post.
	 * @throws \RuntimeException When WordPress cannot.
	 */
	public function flip( \WP_Post $post ) {
		$this->update( $post, array() );
	}

	/**
	 * Replaces what a post says, and gives it its wanted status, in one go. What it said before is
	 * kept as a revision.
	 *
	 * @param \WP_Post $post The post.
	 * @throws \RuntimeException When WordPress cannot.
	 */
	public function replace( \WP_Post $post ) {
		wp_save_post_revision( $post->ID );
		$this->update( $post, $this->texts + $this->slug() );
	}

	/**
	 * Updates a post.
	 *
	 * @param \WP_Post              $post  The post.
	 * @param array<string, string> $texts Columns to change.
	 */
	private function update( \WP_Post $post, array $texts ) {
		$change = $texts + array(
			'ID'          => $post->ID,
			'post_status' => $this->order->post_status,
			'meta_input'  => $this->marks( $this->order->rev ),
		);
		$this->checked( wp_update_post( wp_slash( $change + $this->date( $post ) ), true ) );
	}

	/**
	 * The date, where it must be said: WordPress keeps the date of a scheduled post when it is to go
	 * live now, and would schedule it again.
	 *
	 * @param \WP_Post $post The post.
	 * @return array<string, string|bool>
	 */
	private function date( \WP_Post $post ) {
		$gmt = $this->order->publish_at_gmt;
		if ( null === $gmt ) {
			if ( 'future' !== $post->post_status ) {
				return array();
			}
			$gmt = gmdate( 'Y-m-d H:i:s' );
		}
		return array(
			'post_date_gmt' => $gmt,
			'post_date'     => get_date_from_gmt( $gmt ),
			'edit_date'     => true,
		);
	}

	/**
	 * The wanted slug, if there is one.
	 *
	 * @return array<string, string>
	 */
	private function slug() {
		return null === $this->order->slug || '' === $this->order->slug ? array() : array( 'post_name' => $this->order->slug );
	}

	/**
	 * The marks by which the post is found again.
	 *
	 * @param int $rev The finished intent; 0 while the post is not complete.
	 * @return array<string, int|string>
	 */
	private function marks( $rev ) {
		return array(
			Posts::META_CONTENT   => $this->order->content_id,
			Posts::META_OPERATION => $this->order->operation_id,
			Posts::META_REV       => $rev,
		);
	}

	/**
	 * Turns WordPress's errors into exceptions.
	 *
	 * @param int|\WP_Error $answer What WordPress said.
	 * @return int
	 * @throws \RuntimeException When it is an error.
	 */
	private function checked( $answer ) {
		if ( is_wp_error( $answer ) ) {
			// phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped -- goes into JSON.
			throw new \RuntimeException( $answer->get_error_message() );
		}
		return (int) $answer;
	}
}
