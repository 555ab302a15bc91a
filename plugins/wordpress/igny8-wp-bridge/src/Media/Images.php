<?php
/**
 * All images of one publish.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media;

use Igny8\Bridge\Core\Warnings;
use Igny8\Bridge\Media\Layout\Joining;
use Igny8\Bridge\Media\Layout\Layout;

defined( 'ABSPATH' ) || exit;

/**
 * Brings an article's images into the media library, in as many calls as it takes, and shows them in the
 * post. What could not be had becomes a warning; the post comes all the same.
 */
final class Images {

	// An answer is read up to 1 MiB.
	const TOLD_AT_MOST = 400;

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
	 * What is known of addresses from earlier, by name: the attachment, and what its server said of it.
	 *
	 * @var array<string, array{id: int, detail: array<string, string>}>
	 */
	private $known = array();

	/**
	 * Code and message of each that cannot be had, by name of its address. One that was had before is shown
	 * all the same.
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
		$wanted->settle_featured( $warnings );
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
	 * The addresses of images that were never fetched, or are not there any more. Nothing is fetched; what is there
	 * is taken as it is.
	 *
	 * @return string[]
	 */
	public function missing() {
		$this->recall();
		foreach ( $this->pictures as $url => $picture ) {
			if ( isset( $this->known[ $picture->key() ] ) ) {
				$this->stored[ $url ] = $this->known[ $picture->key() ]['id'];
			}
		}
		return array_keys( array_diff_key( $this->pictures, $this->stored ) );
	}

	/**
	 * The attachments of the gallery that are known.
	 *
	 * @return int[]|null Null where the order names none.
	 */
	public function placed() {
		return $this->wanted->sets_gallery ? array_column( $this->gallery( new Traces() ), 0 ) : null;
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
			$is_settled = $this->is_settled( $picture );
			if ( $is_settled && ! $this->lacks_sizes( $url ) ) {
				continue;
			}
			if ( $deadline->is_over() ) {
				return false;
			}
			$renew();
			if ( ! $is_settled && ! $this->fetch_one( $picture, $deadline ) ) {
				return false;
			}
			if ( $this->lacks_sizes( $url ) ) {
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
			'done'  => count( array_filter( $this->pictures, array( $this, 'is_settled' ) ) ),
		);
	}

	/**
	 * Whether nothing is left to be done about an image.
	 *
	 * @param Picture $picture The image.
	 * @return bool
	 */
	private function is_settled( Picture $picture ) {
		return isset( $this->stored[ $picture->url ] ) || isset( $this->failed[ $picture->key() ] );
	}

	/**
	 * Whether the smaller sizes of an image still have to be made.
	 *
	 * @param string $url Its address.
	 * @return bool
	 */
	private function lacks_sizes( $url ) {
		return isset( $this->stored[ $url ] ) && Library::lacks_sizes( $this->stored[ $url ] );
	}

	/**
	 * The featured image that the post is to get.
	 *
	 * @return int|null The attachment, 0 for none; null when it keeps what it has.
	 */
	public function thumbnail() {
		if ( $this->wanted->featured_id ) {
			return $this->wanted->featured_id;
		}
		$picture = $this->wanted->featured_image;
		if ( $this->wanted->sets_featured_image && ! $picture ) {
			$current = (int) get_post_meta( $this->post_id, '_thumbnail_id', true );
			return $current && $current === (int) get_post_meta( $this->post_id, FeaturedImage::META_THUMBNAIL, true ) ? 0 : null;
		}
		return $picture ? ( $this->stored[ $picture->url ] ?? null ) : null;
	}

	/**
	 * Gives the post its featured image, and warns of what could not be had.
	 */
	public function attach() {
		foreach ( $this->pictures as $url => $picture ) {
			if ( isset( $this->failed[ $picture->key() ] ) ) {
				list( $code, $message ) = $this->failed[ $picture->key() ];
				$this->warnings->add( $code, $picture->field, $message, array( 'url' => $url ) );
			}
			if ( isset( $this->stored[ $url ] ) ) {
				Library::describe( $this->stored[ $url ], $picture->alt );
			}
		}
		FailedImages::forget( $this->post_id );
		if ( $this->wanted->sets_featured_image ) {
			( new FeaturedImage( $this->post_id, $this->warnings ) )->set( $this->wanted->featured_id, $this->wanted->featured_image, $this->stored );
		}
	}

	/**
	 * Where the images of this publish are now.
	 *
	 * @return array<int, array{url: string, id: int, local: string}> Those that could be had: the address that was
	 *         sent, the attachment and its address.
	 */
	public function told() {
		$told = array();
		foreach ( array_slice( array_intersect_key( $this->stored, $this->pictures ), 0, self::TOLD_AT_MOST, true ) as $url => $id ) {
			$told[] = array(
				'url'   => (string) $url,
				'id'    => $id,
				'local' => (string) wp_get_attachment_url( $id ),
			);
		}
		return $told;
	}

	/**
	 * The body, with its images in the library and the gallery in its place.
	 *
	 * @param Traces $traces Gets what is done to it.
	 * @return string
	 */
	public function body( Traces $traces ) {
		$body    = ( new ImageTags( $this->body ) )->pointing_to( $this->stored, $traces );
		$gallery = $this->gallery( $traces );
		return $gallery ? ( new Layout( $body ) )->with( $gallery ) : $body;
	}

	/**
	 * The same for a body of which some is kept. That has its images already.
	 *
	 * @param Joining $joining What is kept, and what is written.
	 * @param Traces  $traces  Gets what is done to it.
	 * @return string
	 */
	public function joined( Joining $joining, Traces $traces ) {
		return ( new PartedBody( $this->stored, $this->gallery( $traces ), $this->wanted->sets_gallery ) )->of( $joining, $traces );
	}

	/**
	 * The images of the gallery that could be had.
	 *
	 * @param Traces $traces Gets what is placed.
	 * @return array<int, array{0: int, 1: Picture}> Attachments, and what is said about them.
	 */
	private function gallery( Traces $traces ) {
		$gallery = array();
		foreach ( $this->wanted->gallery as $picture ) {
			if ( isset( $this->stored[ $picture->url ] ) ) {
				$gallery[]         = array( $this->stored[ $picture->url ], $picture );
				$traces->gallery[] = $this->stored[ $picture->url ];
			}
		}
		return $gallery;
	}

	/**
	 * Fetches one image. One that is known from earlier is asked for too: there may be another picture behind
	 * its address by now. Its server says so in a few bytes, or the bytes do.
	 *
	 * @param Picture  $picture  The image.
	 * @param Deadline $deadline How long it may take.
	 * @return bool False when it was slow and had less than its full time: the next call tries it first.
	 */
	private function fetch_one( Picture $picture, Deadline $deadline ) {
		$short    = $deadline->is_short();
		$known    = $this->known[ $picture->key() ] ?? null;
		$download = null;
		try {
			$download = new Download( $picture->url, $deadline->download_seconds(), $known ? $known['detail'] : array() );
			$id       = $download->is_unchanged ? $known['id'] : Library::store( $download, $picture, $this->post_id );
			$this->settle( $picture, $id, $download->validators );
		} catch ( ImageError $error ) {
			if ( $error->was_slow && $short ) {
				return false;
			}
			$this->failed[ $picture->key() ] = $known
				? array( ImageError::NOT_REFRESHED, 'The image cannot be fetched now; the one that was fetched before is shown.' )
				: array( $error->warning_code, $error->getMessage() );
			if ( $known ) {
				$this->stored[ $picture->url ] = $known['id'];
			}
			FailedImages::remember( $this->post_id, $this->rev, $this->failed );
		} finally {
			if ( $download ) {
				$download->discard();
			}
		}
		return true;
	}

	/**
	 * Takes an image for this intent, and remembers that it was asked for.
	 *
	 * @param Picture               $picture    The image.
	 * @param int                   $id         The attachment.
	 * @param array<string, string> $validators What its server said of it.
	 */
	private function settle( Picture $picture, $id, array $validators ) {
		$key                           = $picture->key();
		$this->stored[ $picture->url ] = $id;
		Library::remember_source( $id, $key, array( 'for' => $this->intent() ) + $validators, $this->known[ $key ]['id'] ?? 0 );
	}

	/**
	 * The name of the intent for which images are asked for: once for each.
	 *
	 * @return string
	 */
	private function intent() {
		return $this->post_id . ':' . $this->rev;
	}

	/**
	 * Looks up what earlier calls and earlier publishes have done.
	 */
	private function recall() {
		$keys = array();
		foreach ( $this->pictures as $url => $picture ) {
			$keys[ $picture->key() ] = $url;
		}
		LostImages::bring_back();
		$this->known = Library::by_source( array_keys( $keys ) );
		$failed      = FailedImages::of( $this->post_id, $this->rev );
		if ( $failed ) {
			$this->failed = array_intersect_key( $failed, $keys );
		}
		foreach ( $this->known as $key => $entry ) {
			if ( ( $entry['detail']['for'] ?? '' ) === $this->intent() || isset( $this->failed[ $key ] ) ) {
				$this->stored[ $keys[ $key ] ] = $entry['id'];
			}
		}
	}
}
