<?php
/**
 * Other people's plugins, as the tests need them: each part sleeps until its option says otherwise.
 *
 * @package igny8-tests
 */

// What somebody who listens to posts going live gets to see.
add_action(
	'transition_post_status',
	static function ( $new_status, $old_status, $post ) {
		if ( 'publish' !== $new_status || 'publish' === $old_status || 'post' !== $post->post_type ) {
			return;
		}
		$seen   = get_option( 'test_seen_going_live', array() );
		$seen[] = array(
			'post_id'    => $post->ID,
			'title'      => $post->post_title,
			'categories' => wp_get_object_terms( $post->ID, 'category', array( 'fields' => 'names' ) ),
			'tags'       => wp_get_object_terms( $post->ID, 'post_tag', array( 'fields' => 'names' ) ),
			'cluster'    => wp_get_object_terms( $post->ID, 'igny8_cluster', array( 'fields' => 'names' ) ),
			'thumbnail'  => get_post_thumbnail_id( $post->ID ),
			'content_id' => get_post_meta( $post->ID, '_igny8_content_id', true ),
			'rev'        => get_post_meta( $post->ID, '_igny8_rev', true ),
			'user'       => get_current_user_id(),
		);
		update_option( 'test_seen_going_live', $seen, false );
	},
	1,
	3
);

// A plugin that ends the request in the middle of a publish.
add_action(
	'set_object_terms',
	static function () {
		if ( 'exit' === get_option( 'test_die' ) ) {
			delete_option( 'test_die' );
			exit;
		}
		if ( 'throw' === get_option( 'test_die' ) ) {
			delete_option( 'test_die' );
			throw new RuntimeException( 'a plugin broke' );
		}
	}
);

// Somebody else takes over while this request sleeps.
add_action(
	'set_object_terms',
	static function () {
		global $wpdb;
		if ( 'overtaken' === get_option( 'test_die' ) ) {
			delete_option( 'test_die' );
			$wpdb->query( "UPDATE {$wpdb->prefix}igny8_publications SET token = 'somebody else', post_id = 0" );
		}
	}
);

// "REST API for logged-in users only".
add_filter(
	'rest_authentication_errors',
	static function ( $error ) {
		return get_option( 'test_login_wall' ) ? new WP_Error( 'rest_not_logged_in', 'Log in first.', array( 'status' => 401 ) ) : $error;
	},
	100
);

// A plugin that prints.
if ( get_option( 'test_noise' ) ) {
	echo "\xEF\xBB\xBF<b>Warning</b>: printed at load {\"success\":true,\"data\":{\"content_id\":1}}";
	foreach ( array( 'init', 'rest_api_init', 'save_post', 'shutdown' ) as $hook ) {
		add_action(
			$hook,
			static function () use ( $hook ) {
				echo "<p>printed in $hook</p>";
			}
		);
	}
}

// A plugin that prints, and sees to it that it is seen: whatever comes later has no status and no headers.
if ( get_option( 'test_flush' ) && false === strpos( $_SERVER['SCRIPT_NAME'], 'igny8-local' ) ) {
	add_action(
		'load' === get_option( 'test_flush' ) ? 'muplugins_loaded' : get_option( 'test_flush' ),
		static function () {
			echo '<p>printed and flushed {"success":true}</p>';
			while ( ob_get_level() ) {
				ob_end_flush();
			}
			flush();
		}
	);
}

// How many queries a page costs, and how many of them are about the bridge.
if ( get_option( 'test_count_queries' ) ) {
	$GLOBALS['test_queries'] = array( 0, 0 );
	add_filter(
		'query',
		static function ( $query ) {
			++$GLOBALS['test_queries'][0];
			$GLOBALS['test_queries'][1] += (int) ( false !== stripos( $query, 'igny8' ) );
			return $query;
		}
	);
	ob_start(
		static function ( $page ) {
			header( 'X-Test-Queries: ' . $GLOBALS['test_queries'][0] );
			header( 'X-Test-Igny8-Queries: ' . $GLOBALS['test_queries'][1] );
			$ours = preg_grep( '/\AIgny8.Bridge/', get_declared_classes() );
			header( 'X-Test-Igny8-Classes: ' . implode( ',', str_replace( '\\', '/', $ours ) ) );
			return $page;
		}
	);
}

// The same page without the bridge.
if ( get_option( 'test_bridge_off' ) ) {
	add_filter(
		'option_active_plugins',
		static function ( $plugins ) {
			return array_diff( $plugins, array( 'igny8-wp-bridge/igny8-wp-bridge.php' ) );
		}
	);
}

// Less patience with images: seconds for a call, and for one download.
if ( get_option( 'test_image_seconds' ) ) {
	add_filter(
		'igny8_images_call_seconds',
		static function () {
			return get_option( 'test_image_seconds' )[0];
		}
	);
	add_filter(
		'igny8_images_download_seconds',
		static function () {
			return get_option( 'test_image_seconds' )[1];
		}
	);
}

// An image that is too much for this server's memory.
add_filter(
	'intermediate_image_sizes_advanced',
	static function ( $sizes ) {
		if ( 'sizes' === get_option( 'test_die' ) ) {
			exit;
		}
		return $sizes;
	}
);

// The uploads lie on a CDN.
if ( get_option( 'test_cdn' ) ) {
	add_filter(
		'wp_get_attachment_url',
		static function ( $url ) {
			return get_option( 'test_cdn' ) . basename( $url );
		}
	);
}
