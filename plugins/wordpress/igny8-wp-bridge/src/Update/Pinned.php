<?php
/**
 * What a release carries from its making.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Update;

defined( 'ABSPATH' ) || exit;

/**
 * Whom this copy of the bridge believes about updates. Filled in when a release is made; in the sources there
 * is no key, so a copy that was built from them looks for no updates and takes none.
 */
final class Pinned {

	// The host of the header "Update URI".
	const UPDATE_HOST = '';

	// Where IGNY8 is, without a slash at its end; empty for Client::DEFAULT_URL.
	const API_URL = '';

	// Public keys of Ed25519, base64 of 32 bytes each: the one that signs now, and the one that will.
	const KEYS = array();
}
