<?php
/**
 * A request that is not carried out.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * Says why, in the form of the answer. Thrown wherever a request turns out to be impossible.
 */
final class Refusal extends \Exception {

	/**
	 * HTTP status.
	 *
	 * @var int
	 */
	public $status;

	/**
	 * Stable code, snake_case.
	 *
	 * @var string
	 */
	public $error_code;

	/**
	 * Messages by field.
	 *
	 * @var array<string, string[]>
	 */
	public $fields;

	/**
	 * Facts that go with the refusal, such as both fingerprints of a conflict.
	 *
	 * @var array<string, mixed>
	 */
	public $data;

	/**
	 * Seconds after which to try again; 0 when trying again is no use.
	 *
	 * @var int
	 */
	public $retry_after;

	/**
	 * Whether it is about what somebody did at the same moment: a look at what there is now may show that it
	 * is not in the way.
	 *
	 * @var bool
	 */
	public $is_of_the_moment = false;

	/**
	 * Makes a refusal.
	 *
	 * @param int    $status      HTTP status.
	 * @param string $error_code  Stable code.
	 * @param string $message     What to do about it, in English: it is read by the backend.
	 * @param array  $fields      Messages by field.
	 * @param array  $data        Facts that go with it.
	 * @param int    $retry_after Seconds, or 0.
	 */
	public function __construct( $status, $error_code, $message, array $fields = array(), array $data = array(), $retry_after = 0 ) {
		parent::__construct( $message );
		$this->status      = $status;
		$this->error_code  = $error_code;
		$this->fields      = $fields;
		$this->data        = $data;
		$this->retry_after = $retry_after;
	}

	/**
	 * The answer that says it.
	 *
	 * @param array<string, mixed> $meta What else is told beside it.
	 * @return \WP_REST_Response
	 */
	public function response( array $meta = array() ) {
		$error = array(
			'code'    => $this->error_code,
			'message' => $this->getMessage(),
		);
		if ( $this->fields ) {
			$error['fields'] = $this->fields;
		}
		$body = array(
			'success' => false,
			'error'   => $error,
		);
		if ( $this->data ) {
			$body['data'] = $this->data;
		}
		$body['meta'] = $meta + self::said( $this->status, $this->retry_after );
		$response     = new \WP_REST_Response( $body, $this->status );
		if ( $this->retry_after ) {
			$response->header( 'Retry-After', (string) $this->retry_after );
		}
		return $response;
	}

	/**
	 * Status and waiting time for the body: where another plugin prints first and flushes, every answer
	 * goes out as 200 and without headers.
	 *
	 * @param int $status      HTTP status.
	 * @param int $retry_after Seconds, or 0.
	 * @return array{status: int, retry_after?: int}
	 */
	public static function said( $status, $retry_after = 0 ) {
		return array( 'status' => $status ) + ( $retry_after ? array( 'retry_after' => $retry_after ) : array() );
	}
}
