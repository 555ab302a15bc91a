<?php
/**
 * In whose name posts are written.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\PostTypes;
use Igny8\Bridge\Core\Refusal;

defined( 'ABSPATH' ) || exit;

/**
 * Picks the user that posts are written by. Never user 0: other plugins' hooks, revisions and
 * capabilities all ask who did it.
 */
final class Author {

	// Users that are offered as authors.
	const LISTED = 500;

	/**
	 * The configured author, or, when that one is gone or may not publish this type, the first
	 * administrator who may.
	 *
	 * @param string $post_type A post type.
	 * @return int 0 when nobody on this site may publish.
	 */
	public static function find( $post_type = 'post' ) {
		$capability = PostTypes::publish_capability( $post_type );
		$configured = (int) get_option( Options::AUTHOR, 0 );
		if ( $configured && user_can( $configured, $capability ) ) {
			return $configured;
		}
		$administrators = get_users(
			array(
				'role'    => 'administrator',
				'orderby' => 'ID',
				'number'  => 10,
				'fields'  => 'ID',
			)
		);
		foreach ( $administrators as $id ) {
			if ( user_can( (int) $id, $capability ) ) {
				return (int) $id;
			}
		}
		return 0;
	}

	/**
	 * Users who may publish posts, by their roles: a shop has thousands who may not.
	 *
	 * @return int[] Ids.
	 */
	public static function who_may() {
		$roles = array();
		foreach ( wp_roles()->roles as $name => $role ) {
			if ( ! empty( $role['capabilities']['publish_posts'] ) ) {
				$roles[] = $name;
			}
		}
		$users = $roles ? get_users(
			array(
				'role__in' => $roles,
				'number'   => self::LISTED,
				'orderby'  => 'display_name',
				'fields'   => 'ID',
			)
		) : array();
		// One may be forbidden what his role allows.
		$may = array_filter(
			array_map( 'intval', $users ),
			static function ( $id ) {
				return user_can( $id, 'publish_posts' );
			}
		);
		return array_values( array_unique( array_merge( $may, array_filter( array( self::find() ) ) ) ) );
	}

	/**
	 * The user that an order names, if that one may publish this type; else the configured author.
	 *
	 * @param Order $order The order; gets the user, or a warning.
	 * @return int 0 when nobody on this site may publish.
	 */
	private static function of( Order $order ) {
		$post_type = $order->post_type ?? Posts::type_of( $order );
		if ( null !== $order->author ) {
			$user = self::named( $order->author );
			if ( $user && user_can( $user, PostTypes::publish_capability( $post_type ) ) ) {
				$order->author_id = $user->ID;
				return $user->ID;
			}
			$order->warn( 'author_unknown', 'author', 'Nobody of that name may publish this here; the configured author is used.' );
		}
		return self::find( $post_type );
	}

	/**
	 * A user of this site by login, e-mail address or id.
	 *
	 * @param string $who One of them.
	 * @return \WP_User|null
	 */
	private static function named( $who ) {
		foreach ( array( 'login', 'email', 'id' ) as $field ) {
			$user = 'id' === $field && ! ctype_digit( $who ) ? false : get_user_by( $field, $who );
			if ( $user ) {
				return $user;
			}
		}
		return null;
	}

	/**
	 * Does something in the name of an order's author, and steps back.
	 *
	 * @param Order    $order The order.
	 * @param callable $work  What to do.
	 * @return mixed What it returns.
	 * @throws Refusal When nobody may publish.
	 */
	public static function act( Order $order, callable $work ) {
		$author = self::of( $order );
		if ( ! $author ) {
			throw new Refusal( 403, 'author_unavailable', 'No user of this site may publish posts. Choose an author under Settings, IGNY8.' );
		}
		$before = get_current_user_id();
		wp_set_current_user( $author );
		try {
			return $work();
		} finally {
			wp_set_current_user( $before );
		}
	}
}
