<?php
/**
 * Calls to the IGNY8 backend.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Connection;

use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\Hooks;

defined( 'ABSPATH' ) || exit;

/**
 * Talks to the backend over WordPress's HTTP. Follows no redirect, waits five seconds at most, and
 * goes to public https addresses only; to this very machine only where the site says that it is a
 * local one.
 */
final class Client {

	const TIMEOUT_SECONDS = 5;
	// A backend on a developer's machine starts its functions on the first call.
	const LOCAL_TIMEOUT_SECONDS = 30;
	const ANSWER_BYTES          = 65536;
	const LOCAL_HOSTS           = array( '127.0.0.1', 'localhost', '[::1]' );
	const DEFAULT_URL           = 'https://api.igny8.com';

	/**
	 * The backend's address, without a slash at its end.
	 *
	 * @var string
	 */
	private $api_url;

	/**
	 * Takes an address.
	 *
	 * @param string $api_url The backend's address, as a person typed it.
	 */
	public function __construct( $api_url ) {
		$this->api_url = self::tidy( $api_url );
	}

	/**
	 * An address without what people paste along with it.
	 *
	 * @param string $api_url As typed.
	 * @return string
	 */
	public static function tidy( $api_url ) {
		return (string) preg_replace( '#(/api)?(/v1)?/*\z#', '', trim( $api_url ) );
	}

	/**
	 * Why an address cannot be used.
	 *
	 * @return string Empty when it can.
	 */
	public function objection() {
		$parts = wp_parse_url( $this->api_url );
		if ( ! is_array( $parts ) || empty( $parts['scheme'] ) || empty( $parts['host'] ) || isset( $parts['user'] ) || isset( $parts['query'] ) || isset( $parts['fragment'] ) ) {
			return __( 'The API URL is not a web address. It looks like https://api.igny8.com.', 'igny8-wp-bridge' );
		}
		if ( 'https' !== strtolower( $parts['scheme'] ) && ! self::is_local( $this->api_url ) ) {
			return __( 'The API URL must begin with https://, because your API key is sent to it.', 'igny8-wp-bridge' );
		}
		return '';
	}

	/**
	 * Shows the key to the backend, and tells it where this site's REST API is.
	 *
	 * @param string $api_key The key.
	 * @param int    $site_id The site's ID in IGNY8, to be compared with the key's; 0 where it is not known.
	 * @return array{status: int, body: array|null, error: string, retry_after: int} As post().
	 */
	public function test_connection( $api_key, $site_id ) {
		return $this->post(
			'/api/v1/integration/integrations/test-connection/',
			$api_key,
			( $site_id ? array( 'site_id' => $site_id ) : array() ) + array(
				'api_key'        => $api_key,
				'site_url'       => home_url(),
				'rest_url'       => rest_url(),
				'plugin_version' => IGNY8_BRIDGE_VERSION,
				'wp_version'     => get_bloginfo( 'version' ),
				'php_version'    => PHP_VERSION,
			) + (array) apply_filters( Hooks::HANDSHAKE, array() )
		);
	}

	/**
	 * Sends JSON.
	 *
	 * @param string               $path    Path below the backend's address.
	 * @param string               $api_key The key; empty to ask as anybody.
	 * @param array<string, mixed> $body    What to send.
	 * @param int                  $seconds How long to wait, on other sites than local ones.
	 * @return array{status: int, body: array|null, error: string, retry_after: int} `status` 0 when there
	 *         was no answer; `retry_after` in seconds, 0 when it did not say.
	 */
	public function post( $path, $api_key, array $body, $seconds = self::TIMEOUT_SECONDS ) {
		$shown = '' === $api_key ? array() : array(
			'X-IGNY8-API-KEY' => $api_key,
			'Authorization'   => 'Bearer ' . $api_key,
		);
		return $this->call(
			$path,
			$seconds,
			array(
				'method'  => 'POST',
				'headers' => array( 'Content-Type' => 'application/json' ) + $shown,
				'body'    => wp_json_encode( $body ),
			)
		);
	}

	/**
	 * Asks as anybody, without the key.
	 *
	 * @param string $path    Path below the backend's address.
	 * @param int    $seconds How long to wait, on other sites than local ones.
	 * @param int    $bytes   How long the answer may be.
	 * @return array{status: int, body: array|null, error: string, retry_after: int} As post().
	 */
	public function get( $path, $seconds, $bytes ) {
		return $this->call(
			$path,
			$seconds,
			array(
				'method'              => 'GET',
				'limit_response_size' => $bytes,
			)
		);
	}

	/**
	 * Fetches a file, without the key: it is sent on to wherever the backend says the file is.
	 *
	 * @param string $url     Address of the file.
	 * @param string $file    Where to put it.
	 * @param int    $bytes   How much of it to take.
	 * @param int    $seconds How long to wait.
	 * @return string Empty when it came; else why not, in technical words.
	 */
	public function download( $url, $file, $bytes, $seconds ) {
		$answer = wp_remote_get(
			$url,
			array(
				'timeout'             => $seconds,
				'reject_unsafe_urls'  => ! self::is_local( $url ),
				'limit_response_size' => $bytes,
				'stream'              => true,
				'filename'            => $file,
			)
		);
		if ( is_wp_error( $answer ) ) {
			return $answer->get_error_message();
		}
		$status = (int) wp_remote_retrieve_response_code( $answer );
		return 200 === $status ? '' : 'HTTP ' . $status;
	}

	/**
	 * Makes a call.
	 *
	 * @param string               $path    Path below the backend's address.
	 * @param int                  $seconds How long to wait, on other sites than local ones.
	 * @param array<string, mixed> $more    Arguments of wp_remote_request().
	 * @return array{status: int, body: array|null, error: string, retry_after: int} As post().
	 */
	private function call( $path, $seconds, array $more ) {
		$local  = self::is_local( $this->api_url );
		$answer = wp_remote_request(
			$this->api_url . $path,
			array_merge_recursive( $more, array( 'headers' => array( 'Accept' => 'application/json' ) ) ) + array(
				'timeout'             => $local ? self::LOCAL_TIMEOUT_SECONDS : $seconds,
				'redirection'         => 0,
				'reject_unsafe_urls'  => ! $local,
				'limit_response_size' => self::ANSWER_BYTES,
			)
		);
		if ( is_wp_error( $answer ) ) {
			return array(
				'status'      => 0,
				'body'        => null,
				'error'       => $answer->get_error_message(),
				'retry_after' => 0,
			);
		}
		$decoded = json_decode( wp_remote_retrieve_body( $answer ), true );
		return array(
			'status'      => (int) wp_remote_retrieve_response_code( $answer ),
			'body'        => is_array( $decoded ) ? $decoded : null,
			'error'       => '',
			'retry_after' => $this->retry_after( wp_remote_retrieve_header( $answer, 'retry-after' ) ),
		);
	}

	/**
	 * How long the backend asks us to wait.
	 *
	 * @param mixed $header The header: seconds, or a date.
	 * @return int Seconds; 0 when it does not say.
	 */
	private function retry_after( $header ) {
		if ( ! is_string( $header ) || '' === $header ) {
			return 0;
		}
		return max( 0, ctype_digit( $header ) ? (int) $header : (int) strtotime( $header ) - Clock::now() );
	}

	/**
	 * Whether an address is this very machine, on a site that says that it is a local one.
	 *
	 * @param string $url The address.
	 * @return bool
	 */
	private static function is_local( $url ) {
		$host = wp_parse_url( $url, PHP_URL_HOST );
		return 'local' === wp_get_environment_type() && in_array( $host, self::LOCAL_HOSTS, true );
	}
}
