<?php
/**
 * Fetching one image.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media;

use Igny8\Bridge\Core\Clock;

defined( 'ABSPATH' ) || exit;

/**
 * Fetches an image into a temporary file and looks at its bytes. What the server says about it, and what
 * its name ends in, counts for nothing.
 */
final class Download {

	const BYTES_MAX  = 10485760;
	const PIXELS_MAX = 50000000;
	const HOPS_MAX   = 3;

	/**
	 * Types that are stored, with the ends of their names. SVG can carry scripts and is not among them.
	 */
	const EXTENSIONS = array(
		'image/jpeg' => 'jpg',
		'image/png'  => 'png',
		'image/gif'  => 'gif',
		'image/webp' => 'webp',
		'image/avif' => 'avif',
	);

	// Headers that ask whether an image is still the same, by validator.
	const CONDITIONS = array(
		'etag'     => 'If-None-Match',
		'modified' => 'If-Modified-Since',
	);

	/**
	 * The temporary file. Whoever takes it away has it.
	 *
	 * @var string
	 */
	public $file;

	/**
	 * MIME type, from the bytes.
	 *
	 * @var string
	 */
	public $mime;

	/**
	 * SHA-256 of the bytes.
	 *
	 * @var string
	 */
	public $hash;

	/**
	 * What its server says by which it can be asked whether it is still the same: etag, modified.
	 *
	 * @var array<string, string>
	 */
	public $validators = array();

	/**
	 * Whether its server says that it is the one that is known: then there is no file.
	 *
	 * @var bool
	 */
	public $is_unchanged = false;

	/**
	 * Fetches an image.
	 *
	 * @param string                $url     Its address.
	 * @param float                 $seconds The most that it may take.
	 * @param array<string, string> $known   Validators of the one that is known; none where it is wanted anyway.
	 * @throws ImageError When it cannot be had.
	 */
	public function __construct( $url, $seconds, array $known = array() ) {
		require_once ABSPATH . 'wp-admin/includes/file.php';
		$this->file = (string) wp_tempnam( Leftovers::temporary_name() );
		try {
			$this->fetch( $url, Clock::seconds() + $seconds, $known );
			if ( $this->is_unchanged ) {
				$this->discard();
				return;
			}
			$this->examine();
		} catch ( ImageError $error ) {
			$this->discard();
			throw $error;
		}
		$this->hash = (string) hash_file( 'sha256', $this->file );
	}

	/**
	 * Removes the temporary file, if it is still there.
	 */
	public function discard() {
		if ( is_file( $this->file ) ) {
			wp_delete_file( $this->file );
		}
	}

	/**
	 * Fetches, and follows a few redirects, each of them checked like the first address.
	 *
	 * @param string                $url   The address.
	 * @param float                 $until When it must be over, by the clock's seconds.
	 * @param array<string, string> $known Validators of the one that is known.
	 * @throws ImageError When there is no image.
	 */
	private function fetch( $url, $until, array $known ) {
		for ( $hop = 0; $hop <= self::HOPS_MAX; $hop++ ) {
			$address  = new Address( $url );
			$answer   = $this->ask( $address, $until, $known );
			$status   = (int) wp_remote_retrieve_response_code( $answer );
			$location = wp_remote_retrieve_header( $answer, 'location' );
			if ( $status < 300 || $status >= 400 || ! is_string( $location ) || '' === $location ) {
				break;
			}
			$url    = \WP_Http::make_absolute_url( $location, $address->url );
			$status = 310;
		}
		$this->is_unchanged = 304 === $status && array_intersect_key( self::CONDITIONS, $known );
		if ( 200 !== $status && ! $this->is_unchanged ) {
			throw new ImageError( ImageError::UNREACHABLE, 'The image cannot be fetched: its server answers ' . $status . '.' );
		}
		$this->validators = $this->is_unchanged ? $known : self::validators_of( $answer );
	}

	/**
	 * What a server says by which it can be asked again. It goes into a header: what is not of its grammar
	 * (RFC 9110, 8.8) does not.
	 *
	 * @param array $answer The answer.
	 * @return array<string, string>
	 */
	private static function validators_of( $answer ) {
		$validators = array();
		foreach ( array(
			'etag'     => array( 'etag', '~\A(?:W/)?"[\x21\x23-\x7e]{1,180}"\z~' ),
			'modified' => array( 'last-modified', '~\A[A-Za-z0-9 ,:+-]{8,60}\z~' ),
		) as $name => list( $header, $grammar ) ) {
			$value = wp_remote_retrieve_header( $answer, $header );
			if ( is_string( $value ) && preg_match( $grammar, $value ) ) {
				$validators[ $name ] = $value;
			}
		}
		return $validators;
	}

	/**
	 * One request.
	 *
	 * @param Address               $address Where to.
	 * @param float                 $until   When it must be over.
	 * @param array<string, string> $known   Validators of the one that is known.
	 * @return array The answer.
	 * @throws ImageError When there is none.
	 */
	private function ask( Address $address, $until, array $known ) {
		$pin     = array( $address, 'pin' );
		$headers = array( 'Accept' => 'image/*' );
		foreach ( array_intersect_key( self::CONDITIONS, $known ) as $name => $header ) {
			$headers[ $header ] = $known[ $name ];
		}
		add_action( 'http_api_curl', $pin );
		$answer = wp_remote_get(
			$address->url,
			array(
				'timeout'             => max( 1, $until - Clock::seconds() ),
				'redirection'         => 0,
				'reject_unsafe_urls'  => ! $address->is_local,
				'stream'              => true,
				'filename'            => $this->file,
				'limit_response_size' => self::BYTES_MAX + 1,
				'headers'             => $headers,
			)
		);
		remove_action( 'http_api_curl', $pin );
		if ( is_wp_error( $answer ) ) {
			// In no more words: what WordPress says would tell of the network behind it.
			throw new ImageError( ImageError::UNREACHABLE, 'The image cannot be fetched.', Clock::seconds() >= $until - 0.1 );
		}
		return $answer;
	}

	/**
	 * Looks at the bytes.
	 *
	 * @throws ImageError When they are not an image that may be stored.
	 */
	private function examine() {
		clearstatcache( true, $this->file );
		$size = (int) filesize( $this->file );
		if ( $size > self::BYTES_MAX ) {
			throw new ImageError( ImageError::TOO_LARGE, 'The image has more than 10 MB.' );
		}
		$seen       = $size > 11 ? wp_getimagesize( $this->file ) : false;
		$this->mime = is_array( $seen ) && isset( $seen['mime'] ) ? (string) $seen['mime'] : '';
		if ( ! isset( self::EXTENSIONS[ $this->mime ] ) ) {
			throw new ImageError( ImageError::WRONG_TYPE, 'This is not a JPEG, PNG, GIF, WebP or AVIF image.' );
		}
		if ( ! in_array( $this->mime, get_allowed_mime_types(), true ) ) {
			throw new ImageError( ImageError::WRONG_TYPE, 'This site does not take images of the type ' . $this->mime . '.' );
		}
		if ( $seen[0] * $seen[1] > self::PIXELS_MAX ) {
			throw new ImageError( ImageError::TOO_LARGE, 'The image has more than 50 million pixels.' );
		}
	}
}
