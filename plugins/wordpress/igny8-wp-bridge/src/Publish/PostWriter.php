<?php
/**
 * Writes one post.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Charset;
use Igny8\Bridge\Core\Database;
use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\Html;
use Igny8\Bridge\Core\Refusal;
use Igny8\Bridge\Media\Images;
use Igny8\Bridge\Media\Layout\Joining;
use Igny8\Bridge\Media\Traces;

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
	 * Title, body and excerpt, cleaned and fit for the database; those that the order names.
	 *
	 * @var array<string, string>
	 */
	private $texts;

	/**
	 * What the parts of the order make; null where there are none, or where that is in its place already.
	 *
	 * @var Joining|null
	 */
	private $joining;

	/**
	 * The text that is in the body, what was done to it, and whether some of it stays; null while none is written.
	 *
	 * @var array{0: string, 1: Traces, 2: bool}|null
	 */
	private $laid_out;

	/**
	 * The body, cleaned, before its images are put in.
	 *
	 * @var string
	 */
	private $body;

	/**
	 * Prepares an order.
	 *
	 * @param Order $order The order.
	 * @throws Refusal 422 when nothing of the body may pass.
	 */
	public function __construct( Order $order ) {
		$this->order = $order;
		$this->texts = $order->take_down ? array() : $this->cleaned();
		$this->body  = $this->texts['post_content'] ?? '';
	}

	/**
	 * The texts of the order, cleaned.
	 *
	 * @return array<string, string> By column.
	 * @throws Refusal 422 when nothing of one may pass.
	 */
	private function cleaned() {
		$order = $this->order;
		$named = array(
			'post_title'   => array( 'title', $order->title ),
			'post_content' => array( 'content_html', $order->html ),
			'post_excerpt' => array( 'excerpt', $order->excerpt ),
		);
		$texts = array();
		foreach ( $named as $column => list( $field, $sent ) ) {
			if ( null === $sent ) {
				continue;
			}
			$clean            = 'title' === $field ? Html::clean_title( $sent ) : Html::clean_body( $sent );
			$texts[ $column ] = Charset::fit( $clean, 'posts', $column, $order->warnings, $field );
			if ( 'excerpt' !== $field && '' === trim( $texts[ $column ] ) ) {
				throw new Refusal( 422, 'invalid', 'Nothing of it may be shown.', array( $field => array( 'has nothing that may be shown' ) ) );
			}
		}
		if ( $order->parts ) {
			$order->parts->clean( $order->warnings );
		}
		ContentParts::refuse_kept(
			array(
				'title'         => $texts['post_title'] ?? null,
				'content_html'  => $texts['post_content'] ?? null,
				'content_parts' => $order->parts ? $order->parts->clean_html() : null,
				'excerpt'       => $texts['post_excerpt'] ?? null,
			)
		);
		return $texts;
	}

	/**
	 * What was sent of the body, cleaned.
	 *
	 * @return string
	 */
	public function body() {
		return $this->order->parts ? $this->order->parts->clean_html() : $this->body;
	}

	/**
	 * The text that the post will say, without layout.
	 *
	 * @return string|null Null where it keeps the one that it has.
	 */
	public function text() {
		return $this->order->parts ? ( $this->joining ? $this->order->parts->text() : null ) : ( $this->texts['post_content'] ?? null );
	}

	/**
	 * The columns that will be written, but for the body.
	 *
	 * @return array<string, string>
	 */
	public function columns() {
		return array_diff_key( $this->texts, array( 'post_content' => '' ) ) + $this->slug();
	}

	/**
	 * Looks whether the parts of the order are of what a post says. A run of ours that died may have put another
	 * text in its place: then what they are of is a revision.
	 *
	 * @param \WP_Post $post The post, freshly read.
	 * @param int      $rev  The intent whose text such a run has left there; else 0.
	 * @throws Refusal 409 conflict, 422 when they are none of its.
	 */
	public function meet( \WP_Post $post, $rev ) {
		$parts = $this->order->parts;
		if ( ! $parts ) {
			return;
		}
		$this->joining = null;
		if ( $rev !== $this->order->rev ) {
			$source = $parts->source( $post, $rev > 0 );
			if ( ! $source ) {
				throw $parts->conflict( $this->order, $post );
			}
			$this->joining = $parts->joined( $source );
		}
	}

	/**
	 * Makes the body that will be written, with its images.
	 *
	 * @param Images $images The images.
	 */
	public function use_images( Images $images ) {
		$traces = new Traces();
		if ( null !== $this->order->html ) {
			$this->order->bodies = array(
				'clean'       => $this->body,
				'with_images' => Charset::fit( $images->body( $traces ), 'posts', 'post_content' ),
			);

			$this->texts['post_content'] = $this->order->bodies['with_images'];

			$this->laid_out = array( $this->order->bodies['clean'], $traces, false );
		} elseif ( $this->joining ) {
			$this->texts['post_content'] = Charset::fit( $images->joined( $this->joining, $traces ), 'posts', 'post_content' );

			$this->laid_out = array( $this->order->parts->text(), $traces, true );
		}
	}

	/**
	 * Makes the post as a draft, with its marks: nobody is told of it yet.
	 *
	 * @param int[]    $categories Its categories; without any, WordPress gives it the default one.
	 * @param callable $made       Returns the id of the row that was made; 0 until it is.
	 * @return int The post.
	 * @throws \RuntimeException When WordPress cannot.
	 */
	public function insert_draft( array $categories, callable $made ) {
		$is_marked = false;
		$mark      = function ( $to, $from, $post ) use ( $made, &$is_marked ) {
			// By its id: plugins copy posts with their guid, and give them others.
			if ( ! $is_marked && $made() === $post->ID ) {
				$is_marked = true;
				$this->mark_new( $post->ID );
			}
		};
		// Where WordPress is through with the meta that it would be given, and before anybody is told.
		add_action( 'transition_post_status', $mark, PHP_INT_MIN, 3 );
		try {
			$post_id = $this->checked(
				wp_insert_post(
					wp_slash(
						$this->texts + $this->slug() + $this->author() + array(
							'post_type'   => $this->order->post_type,
							'post_status' => 'draft',
							'guid'        => Posts::guid( $this->order->content_id ),
						) + ( $categories ? array( 'post_category' => $categories ) : array() )
					),
					true
				)
			);
		} finally {
			remove_action( 'transition_post_status', $mark, PHP_INT_MIN );
		}
		if ( ! $is_marked ) {
			// Another plugin took our listener away.
			$this->mark_new( $post_id );
		}
		return $post_id;
	}

	/**
	 * Leaves the marks on a post that was made a moment ago: WordPress would ask for each of them whether it
	 * is there, and read all meta anew after it.
	 *
	 * @param int $post_id The post.
	 * @throws DatabaseError When the database refuses.
	 */
	private function mark_new( $post_id ) {
		Database::read(
			function () use ( $post_id ) {
				global $wpdb;
				$rows = array();
				foreach ( $this->marks() as $key => $value ) {
					$rows[] = $wpdb->prepare( '(%d, %s, %s)', $post_id, $key, $value );
				}
				return $wpdb->query( "INSERT INTO $wpdb->postmeta (post_id, meta_key, meta_value) VALUES " . implode( ', ', $rows ) ); // phpcs:ignore WordPress.DB -- three rows at once; prepared above.
			}
		);
		wp_cache_delete( $post_id, 'post_meta' );
	}

	/**
	 * Gives a draft that is complete its wanted status. The marks are there before any hook fires. No
	 * revision is made of it: nothing was overwritten, and what comes next makes one first.
	 *
	 * @param \WP_Post $post The post.
	 * @throws \RuntimeException When WordPress cannot.
	 */
	public function flip( \WP_Post $post ) {
		$body = array( 'post_content' => $this->texts['post_content'] );
		add_filter( 'wp_revisions_to_keep', '__return_zero', PHP_INT_MAX );
		try {
			$this->update( $post, $body['post_content'] === $post->post_content ? array() : $body );
		} finally {
			remove_filter( 'wp_revisions_to_keep', '__return_zero', PHP_INT_MAX );
		}
	}

	/**
	 * Keeps what a post says now as a revision, before anything of it is overwritten.
	 *
	 * @param \WP_Post $post The post.
	 */
	public function keep_revision( \WP_Post $post ) {
		wp_save_post_revision( $post->ID );
	}

	/**
	 * Replaces what a post says, and gives it its wanted status, in one go. A live post stays live.
	 *
	 * @param \WP_Post $post The post.
	 * @throws \RuntimeException When WordPress cannot.
	 */
	public function replace( \WP_Post $post ) {
		$this->update( $post, $this->texts + $this->slug() );
	}

	/**
	 * Gives a post its wanted status, and leaves its texts as they are.
	 *
	 * @param \WP_Post $post The post.
	 * @throws \RuntimeException When WordPress cannot.
	 */
	public function put_down( \WP_Post $post ) {
		$this->update( $post, array() );
	}

	/**
	 * Leaves the marks of a finished intent on a post whose texts stay as they are.
	 *
	 * @param \WP_Post $post The post.
	 */
	public function mark( \WP_Post $post ) {
		foreach ( $this->marks( $post ) as $key => $value ) {
			update_post_meta( $post->ID, $key, wp_slash( $value ) );
		}
	}

	/**
	 * Updates a post.
	 *
	 * @param \WP_Post              $post  The post.
	 * @param array<string, string> $texts Columns to change.
	 */
	private function update( \WP_Post $post, array $texts ) {
		$date   = PostDate::to_be( $post, $this->order );
		$change = $texts + $date + $this->author() + KeptTags::untouched() + array(
			'ID'          => $post->ID,
			'post_status' => $this->order->post_status,
			'meta_input'  => $this->marks( $post ),
		);
		$this->checked(
			KeptTexts::during(
				$post->ID,
				array_keys( $texts + $date ),
				static function () use ( $change ) {
					return wp_update_post( wp_slash( $change ), true );
				},
				$this->order->parts ? array_intersect_key( $texts, array( 'post_content' => '' ) ) : array()
			)
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
	 * The author, where the order names one. Otherwise a new post gets whoever writes it, and an
	 * existing one keeps its own.
	 *
	 * @return array<string, int>
	 */
	private function author() {
		return $this->order->author_id ? array( 'post_author' => $this->order->author_id ) : array();
	}

	/**
	 * The marks by which the post is found again. Texts, because WordPress writes a number anew even
	 * where it is the same. The intent is marked when it is finished; 0 until then.
	 *
	 * @param \WP_Post|null $post The post; null when it is not made yet.
	 * @return array<string, string|array>
	 */
	private function marks( $post = null ) {
		$marks = array(
			Posts::META_CONTENT   => (string) $this->order->content_id,
			Posts::META_OPERATION => $this->order->operation_id,
			Posts::META_REV       => $post ? (string) $this->order->rev : '0',
		);
		if ( $post ) {
			// The guid of an adopted post is not ours.
			if ( Posts::guid( $this->order->content_id ) !== $post->guid ) {
				$marks[ Posts::META_SELF ] = (string) $post->ID;
			}
			if ( $this->laid_out ) {
				$marks += SiteText::marks( $post, $this->texts['post_content'], ...$this->laid_out );
			}
		}
		return $marks;
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
