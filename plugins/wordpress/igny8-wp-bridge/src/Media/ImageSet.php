<?php
/**
 * The images of an order.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media;

use Igny8\Bridge\Core\Fields;
use Igny8\Bridge\Core\Warnings;

defined( 'ABSPATH' ) || exit;

/**
 * What an order says about images: the featured one, and those to be placed in the body. A featured
 * image that is not mentioned is left alone; null or an empty address takes away ours. A body that comes without
 * images to be placed in it keeps those that were sent last.
 */
final class ImageSet {

	const URL_MAX  = 2048;
	const TEXT_MAX = 5000;

	/**
	 * The attachment of this site that is to be the featured image; 0 where none is named.
	 *
	 * @var int
	 */
	public $featured_id;

	/**
	 * Whether the order says what is to be the featured image, if only that there is none.
	 *
	 * @var bool
	 */
	public $sets_featured_image;

	/**
	 * The featured image, or null.
	 *
	 * @var Picture|null
	 */
	public $featured_image;

	/**
	 * Whether the order says which images are to be placed in the body, if only that there are none.
	 *
	 * @var bool
	 */
	public $sets_gallery;

	/**
	 * Images to be placed in the body.
	 *
	 * @var Picture[]
	 */
	public $gallery;

	/**
	 * Reads the fields of a payload.
	 *
	 * @param Fields $fields The payload; remembers what is wrong.
	 */
	public function __construct( Fields $fields ) {
		$featured = trim( (string) $fields->text( 'featured_image_url', self::URL_MAX ) );
		$alt      = (string) $fields->text( 'featured_image_alt', self::TEXT_MAX );

		$this->featured_id         = (int) $fields->id( 'featured_image_id' );
		$this->sets_featured_image = $this->featured_id || $fields->has( 'featured_image_url' );
		$this->featured_image      = '' === $featured ? null : new Picture( 'featured_image_url', $featured, $alt );
		$gallery                   = self::gallery( $fields, 'gallery_images' );
		$this->sets_gallery        = null !== $gallery;
		$this->gallery             = self::made( 'gallery_images', (array) $gallery );
	}

	/**
	 * Places those images again that were sent last, if the order does not say which.
	 *
	 * @param array<int, array<string, string>> $sent What `gallery_as_sent()` said then.
	 */
	public function keep_gallery( array $sent ) {
		if ( ! $this->sets_gallery ) {
			$this->gallery = self::made( 'gallery_images', $sent );
		}
	}

	/**
	 * The images to be placed in the body, as they were sent.
	 *
	 * @return array<int, array<string, string>>
	 */
	public function gallery_as_sent() {
		return array_map(
			static function ( Picture $picture ) {
				return array(
					'url'     => $picture->url,
					'alt'     => $picture->alt,
					'caption' => $picture->caption,
				);
			},
			$this->gallery
		);
	}

	/**
	 * Every image once, by address.
	 *
	 * @return array<string, Picture>
	 */
	public function pictures() {
		$pictures = array();
		foreach ( array_merge( array_filter( array( $this->featured_image ) ), $this->gallery ) as $picture ) {
			$pictures += array( $picture->url => $picture );
		}
		return $pictures;
	}

	/**
	 * A list of images: objects with an address, and perhaps alternative text and a caption.
	 *
	 * @param Fields $fields The payload.
	 * @param string $name   The field.
	 * @return array<int, array<string, string>>|null Null when it is not mentioned.
	 */
	private static function gallery( Fields $fields, $name ) {
		$is_text    = static function ( $text ) {
			return null === $text || ( is_string( $text ) && Fields::is_within( $text, self::TEXT_MAX ) );
		};
		$is_picture = static function ( $item ) use ( $is_text ) {
			return is_array( $item ) && isset( $item['url'] ) && is_string( $item['url'] )
				&& '' !== trim( $item['url'] ) && Fields::is_within( $item['url'], self::URL_MAX )
				&& $is_text( $item['alt'] ?? null ) && $is_text( $item['caption'] ?? null );
		};
		return $fields->items( $name, $is_picture, 'must be a list of at most 200 images, each with a url and perhaps alt and caption' );
	}

	/**
	 * Makes images of what was sent.
	 *
	 * @param string                            $name  The field.
	 * @param array<int, array<string, string>> $items Address, and perhaps alternative text and caption.
	 * @return Picture[]
	 */
	private static function made( $name, array $items ) {
		return array_map(
			static function ( $item ) use ( $name ) {
				return new Picture( $name, $item['url'], (string) ( $item['alt'] ?? '' ), (string) ( $item['caption'] ?? '' ) );
			},
			$items
		);
	}

	/**
	 * Lets go of an attachment that is none, and of the address of an image that is here already.
	 *
	 * @param Warnings $warnings Gets what cannot be had.
	 */
	public function settle_featured( Warnings $warnings ) {
		if ( ! $this->featured_id ) {
			return;
		}
		if ( Library::is_image( $this->featured_id ) ) {
			$this->featured_image = null;
			return;
		}
		$warnings->add( 'featured_image_unknown', 'featured_image_id', 'There is no such image in the media library of this site.' );
		$this->featured_id         = 0;
		$this->sets_featured_image = (bool) $this->featured_image;
	}
}
