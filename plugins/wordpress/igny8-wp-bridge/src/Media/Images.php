<?php
/**
 * All images of one publish.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media;

use Igny8\Bridge\Core\Warnings;
use Igny8\Bridge\Media\Layout\Layout;

defined( 'ABSPATH' ) || exit;

/**
 * Brings an article's images into the media library, in as many calls as it takes, and shows them in the
 * post. What could not be had becomes a warning; the post comes all the same.
 */
final class Images {

	// What a publish that takes several calls has to remember: the images that cannot be had.
	const META_FAILED = '_igny8_images_failed';
	// The featured image that we set; another one is a person's.
	const META_THUMBNAIL = '_igny8_thumbnail';

	/**
	 * What the order says about images.
	 *
	 * @var ImageSet
	 */
	private $wanted;

	/**
	 * The post.
	 *
	 * @var int
	 */
	private $post_id;

	/**
	 * The cleaned body.
	 *
	 * @var string
	 */
	private $body;

	/**
	 * The intent: what could not be had is tried again for the next one.
	 *
	 * @var int
	 */
	private $rev;

	/**
	 * Gets what could not be had.
	 *
	 * @var Warnings
	 */
	private $warnings;

	/**
	 * Every image once, by address: featured image, gallery, body.
	 *
	 * @var array<string, Picture>
	 */
	private $pictures = array();

	/**
	 * Attachments by address.
	 *
	 * @var array<string, int>
	 */
	private $stored = array();

	/**
	 * Code and message of each that cannot be had, by name of its address.
	 *
	 * @var array<string, string[]>
	 */
	private $failed = array();

	/**
	 * Whether nothing is left to be fetched.
	 *
	 * @var bool
	 */
	private $all_here = false;

	/**
	 * Collects the images of an order.
	 *
	 * @param ImageSet $wanted   What the order says about images.
	 * @param int      $post_id  The post.
	 * @param string   $body     The cleaned body.
	 * @param int      $rev      The intent.
	 * @param Warnings $warnings Gets what cannot be had.
	 */
	public function __construct( ImageSet $wanted, $post_id, $body, $rev, Warnings $warnings ) {
		$this->wanted   = $wanted;
		$this->post_id  = $post_id;
		$this->body     = $body;
		$this->rev      = $rev;
		$this->warnings = $warnings;
		$this->pictures = $wanted->pictures() + ( new ImageTags( $body ) )->pictures();
	}

	/**
	 * Fetches what is not in the library yet.
	 *
	 * @param Deadline $deadline When to stop.
	 * @param callable $renew    Shows a sign of life; throws when somebody has taken over.
	 */
	public function fetch( Deadline $deadline, callable $renew ) {
		$this->all_here = ! $this->pictures || $this->fetch_rest( $deadline, $renew );
	}

	/**
	 * Whether nothing is left to be fetched.
	 *
	 * @return bool
	 */
	public function are_all_here() {
		return $this->all_here;
	}

	/**
	 * Fetches one image after the other.
	 *
	 * @param Deadline $deadline When to stop.
	 * @param callable $renew    Shows a sign of life.
	 * @return bool False when some are left for the next call.
	 */
	private function fetch_rest( Deadline $deadline, callable $renew ) {
		$this->recall();
		foreach ( $this->pictures as $url => $picture ) {
			if ( isset( $this->failed[ $picture->key() ] ) ) {
				continue;
			}
			$known = isset( $this->stored[ $url ] );
			if ( $known && ! Library::lacks_sizes( $this->stored[ $url ] ) ) {
				continue;
			}
			if ( $deadline->is_over() ) {
				return false;
			}
			$renew();
			if ( ! $known && ! $this->fetch_one( $picture, $deadline ) ) {
				return false;
			}
			if ( isset( $this->stored[ $url ] ) && Library::lacks_sizes( $this->stored[ $url ] ) ) {
				if ( $deadline->is_over() ) {
					return false;
				}
				Library::make_sizes( $this->stored[ $url ] );
			}
		}
		return true;
	}

	/**
	 * How far it has come.
	 *
	 * @return array{total: int, done: int}
	 */
	public function progress() {
		return array(
			'total' => count( $this->pictures ),
			'done'  => count( $this->stored ) + count( $this->failed ),
		);
	}

	/**
	 * Gives the post its featured image, and warns of what could not be had.
	 *
	 * @return string The body, with its images in the library and the gallery in its place.
	 */
	public function attach() {
		foreach ( $this->pictures as $url => $picture ) {
			if ( isset( $this->failed[ $picture->key() ] ) ) {
				list( $code, $message ) = $this->failed[ $picture->key() ];
				$this->warnings->add( $code, $picture->field, $message, array( 'url' => $url ) );
			} elseif ( isset( $this->stored[ $url ] ) ) {
				Library::describe( $this->stored[ $url ], $picture->alt );
			}
		}
		delete_post_meta( $this->post_id, self::META_FAILED );
		$this->set_thumbnail();
		$body    = ( new ImageTags( $this->body ) )->pointing_to( $this->stored );
		$gallery = array();
		foreach ( $this->wanted->gallery as $picture ) {
			if ( isset( $this->stored[ $picture->url ] ) ) {
				$gallery[] = array( $this->stored[ $picture->url ], $picture );
			}
		}
		return $gallery ? ( new Layout( $body ) )->with( $gallery ) : $body;
	}

	/**
	 * Fetches one image.
	 *
	 * @param Picture  $picture  The image.
	 * @param Deadline $deadline How long it may take.
	 * @return bool False when it was slow and had less than its full time: the next call tries it first.
	 */
	private function fetch_one( Picture $picture, Deadline $deadline ) {
		$short    = $deadline->is_short();
		$download = null;
		try {
			$download                      = new Download( $picture->url, $deadline->download_seconds() );
			$this->stored[ $picture->url ] = Library::store( $download, $picture, $this->post_id );
		} catch ( ImageError $error ) {
			if ( $error->was_slow && $short ) {
				return false;
			}
			$this->failed[ $picture->key() ] = array( $error->warning_code, $error->getMessage() );
			$this->remember();
		} finally {
			if ( $download ) {
				$download->discard();
			}
		}
		return true;
	}

	/**
	 * Sets, changes or takes away the featured image. Null takes away the one that we set; one that a
	 * person chose stays, and so does the old one while the new one cannot be had.
	 */
	private function set_thumbnail() {
		if ( ! $this->wanted->sets_featured_image ) {
			return;
		}
		$current = (int) get_post_thumbnail_id( $this->post_id );
		$ours    = (int) get_post_meta( $this->post_id, self::META_THUMBNAIL, true );
		$picture = $this->wanted->featured_image;
		if ( ! $picture ) {
			if ( $current && $current === $ours ) {
				delete_post_thumbnail( $this->post_id );
			}
			if ( $ours ) {
				delete_post_meta( $this->post_id, self::META_THUMBNAIL );
			}
			return;
		}
		if ( ! isset( $this->stored[ $picture->url ] ) ) {
			return;
		}
		$wanted = $this->stored[ $picture->url ];
		if ( $wanted !== $current ) {
			update_post_meta( $this->post_id, '_thumbnail_id', $wanted );
		}
		if ( $wanted !== $ours ) {
			update_post_meta( $this->post_id, self::META_THUMBNAIL, $wanted );
		}
		$type = (string) get_post_type( $this->post_id );
		if ( ! current_theme_supports( 'post-thumbnails', $type ) || ! post_type_supports( $type, 'thumbnail' ) ) {
			$this->warnings->add( 'featured_image_not_shown', 'featured_image_url', "The theme does not show featured images of a $type." );
		}
	}

	/**
	 * Looks up what earlier calls and earlier publishes have done.
	 */
	private function recall() {
		$keys = array();
		foreach ( $this->pictures as $url => $picture ) {
			$keys[ $picture->key() ] = $url;
		}
		foreach ( Library::by_source( array_keys( $keys ) ) as $key => $id ) {
			$this->stored[ $keys[ $key ] ] = $id;
		}
		$failed = get_post_meta( $this->post_id, self::META_FAILED, true );
		if ( is_array( $failed ) && isset( $failed['rev'], $failed['images'] ) && $failed['rev'] === $this->rev ) {
			$this->failed = array_intersect_key( $failed['images'], $keys );
		}
	}

	/**
	 * Remembers what cannot be had, so that the next call does not wait for it again.
	 */
	private function remember() {
		update_post_meta(
			$this->post_id,
			self::META_FAILED,
			wp_slash(
				array(
					'rev'    => $this->rev,
					'images' => $this->failed,
				)
			)
		);
	}
}
