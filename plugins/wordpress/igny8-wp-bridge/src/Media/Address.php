<?php
/**
 * Which addresses images may be fetched from.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Media;

defined( 'ABSPATH' ) || exit;

/**
 * An address of an image, checked before it is asked. WordPress's own check lets link-local and shared
 * addresses pass, where clouds keep their secrets, and anything that has the site's own host name; it
 * also looks at a name that may mean something else a moment later. So the address that was checked is
 * the one that is connected to.
 */
final class Address {

	const LOOPBACK = array( '127.0.0.1', 'localhost' );

	// Shared, protocol assignments, benchmarks, multicast: PHP's own list does not have them in every version.
	const NOT_PUBLIC = '/\A(?:100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])|192\.0\.0|198\.1[89]|22[4-9]|23\d)\./';

	/**
	 * The address, as WordPress's HTTP takes it.
	 *
	 * @var string
	 */
	public $url;

	/**
	 * Whether it is this very machine, on a site that says that it is a local one.
	 *
	 * @var bool
	 */
	public $is_local;

	/**
	 * Addresses by host, as this request has found them: a name that nobody knows costs its time once.
	 *
	 * @var array<string, array>
	 */
	private static $found = array();

	/**
	 * For curl: name, port and the address that was checked; empty where there is nothing to pin.
	 *
	 * @var string
	 */
	private $pin = '';

	/**
	 * Checks an address.
	 *
	 * @param string $url The address.
	 * @throws ImageError When it must not be asked.
	 */
	public function __construct( $url ) {
		$full      = 0 === strpos( $url, '//' ) ? 'https:' . $url : $url;
		$this->url = preg_match( '~\Ahttps?://~i', $full ) ? esc_url_raw( $full, array( 'http', 'https' ) ) : '';
		$parts     = wp_parse_url( $this->url );
		if ( ! is_array( $parts ) || empty( $parts['host'] ) || empty( $parts['scheme'] ) || isset( $parts['user'] ) || isset( $parts['pass'] ) || '[' === $parts['host'][0] ) {
			throw new ImageError( ImageError::REFUSED, 'This is not a web address of an image.' );
		}
		$this->is_local = in_array( $parts['host'], self::LOOPBACK, true ) && 'local' === wp_get_environment_type();
		if ( ! $this->is_local ) {
			$port      = isset( $parts['port'] ) ? $parts['port'] : ( 'https' === $parts['scheme'] ? 443 : 80 );
			$this->pin = $parts['host'] . ':' . $port . ':' . $this->public_ip( $parts['host'] );
		}
	}

	/**
	 * Makes curl connect to the very address that was checked.
	 *
	 * @param resource|\CurlHandle $handle Curl's handle.
	 */
	public function pin( $handle ) {
		if ( '' !== $this->pin && ! ( new \WP_HTTP_Proxy() )->is_enabled() ) {
			curl_setopt( $handle, CURLOPT_RESOLVE, array( $this->pin ) ); // phpcs:ignore WordPress.WP.AlternativeFunctions.curl_curl_setopt -- WordPress has no setting for it.
		}
	}

	/**
	 * A public address of a host.
	 *
	 * @param string $host Name or number.
	 * @return string
	 * @throws ImageError When it has none, or one that is not public among them.
	 */
	private function public_ip( $host ) {
		if ( ! isset( self::$found[ $host ] ) ) {
			$is_number            = filter_var( $host, FILTER_VALIDATE_IP, FILTER_FLAG_IPV4 );
			self::$found[ $host ] = $is_number ? array( $host ) : (array) gethostbynamel( rtrim( $host, '.' ) );
		}
		$found = array_filter( self::$found[ $host ] );
		if ( ! $found ) {
			throw new ImageError( ImageError::UNREACHABLE, 'The image cannot be fetched.' );
		}
		foreach ( $found as $ip ) {
			$public = filter_var( $ip, FILTER_VALIDATE_IP, FILTER_FLAG_IPV4 | FILTER_FLAG_NO_PRIV_RANGE | FILTER_FLAG_NO_RES_RANGE );
			if ( ! $public || preg_match( self::NOT_PUBLIC, $ip ) ) {
				throw new ImageError( ImageError::REFUSED, 'Images are fetched from public addresses only.' );
			}
		}
		return $found[0];
	}
}
