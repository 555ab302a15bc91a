<?php
/**
 * Who may call the bridge.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Rest;

use Igny8\Bridge\Connection\ApiKey;
use Igny8\Bridge\Connection\KeyHandover;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * The one check of all routes: does the caller hold this site's key?
 */
final class Verifier {

	/**
	 * Lets the holder of the key in. No user is logged in by it.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return true|Refusal Only `true` lets anyone in.
	 */
	public function verify( \WP_REST_Request $request ) {
		$own = Options::api_key();
		if ( ! ApiKey::is_well_formed( $own ) ) {
			return new Refusal( 403, 'not_paired', 'This site is not connected to IGNY8. Connect it under Settings, IGNY8.' );
		}
		$shown = $this->shown_key( $request );
		if ( ! ApiKey::is_well_formed( $shown ) || ! KeyHandover::opens( $shown ) ) {
			return new Refusal( 401, 'invalid_api_key', 'The API key is missing, or is not the key of this site.' );
		}
		return true;
	}

	/**
	 * For `permission_callback`.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return true|\WP_Error
	 */
	public function permit( \WP_REST_Request $request ) {
		$verdict = $this->verify( $request );
		if ( true === $verdict ) {
			return true;
		}
		return new \WP_Error( $verdict->error_code, $verdict->getMessage(), array( 'status' => $verdict->status ) );
	}

	/**
	 * The key that the caller shows. The header of our own comes first; where it is there but wrong,
	 * `Authorization` does not rescue it.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return string Empty when there is none.
	 */
	private function shown_key( \WP_REST_Request $request ) {
		$own_header = $request->get_header( 'X-IGNY8-API-KEY' );
		if ( null !== $own_header ) {
			return (string) $own_header;
		}
		// WordPress itself reads REDIRECT_HTTP_AUTHORIZATION, where CGI puts the header.
		$authorization = (string) $request->get_header( 'Authorization' );
		return 1 === preg_match( '/\ABearer +([^\s,]+)\z/i', $authorization, $match ) ? $match[1] : '';
	}
}
