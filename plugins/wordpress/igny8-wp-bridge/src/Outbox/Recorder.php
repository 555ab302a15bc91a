<?php
/**
 * Listens to what happens to posts.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Outbox;

use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\Database;
use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\Hooks;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\Schema;
use Igny8\Bridge\Publish\Publications;
use Igny8\Bridge\Structure\Ledger;
use Igny8\Bridge\Structure\Switches;

defined( 'ABSPATH' ) || exit;

/**
 * Collects touches by post, and writes one event for each post when the request ends, however often it
 * was touched. The hooks are static, so that this class is loaded by the first one that fires.
 */
final class Recorder {

	// A long import must not pile up in memory.
	const KEEP_AT_MOST = 100;

	// Where others change a post again and again, each of them tells of it.
	const LOOKS_AT_MOST = 3;

	const SEO_META = '/\A(?:_thumbnail_id|_yoast_wpseo_(?:title|metadesc|focuskw|canonical|primary_category)|rank_math_(?:title|description|focus_keyword|canonical_url|primary_category)|_seopress_(?:titles_title|titles_desc|analysis_target_kw|robots_canonical|robots_primary_cat)|_aioseo_(?:title|description|keywords)|_igny8_seo_\w+)\z/';

	/**
	 * What was changed, by blog, then by post.
	 *
	 * @var array<int, array<int, PostChange>>
	 */
	private static $changes = array();

	/**
	 * For `wp_after_insert_post`: a post was saved, with its terms and meta.
	 *
	 * @param int           $post_id The post.
	 * @param \WP_Post      $post    The post.
	 * @param bool          $update  Whether it was there before.
	 * @param \WP_Post|null $before  The post before.
	 */
	public static function saved( $post_id, $post, $update, $before = null ) {
		self::touch( $post, $before instanceof \WP_Post ? $before->post_status : ( $update ? null : 'new' ) );
	}

	/**
	 * For `transition_post_status`: into the trash, out of it, or live by schedule without being saved.
	 *
	 * @param string   $to   The status now.
	 * @param string   $from The status before.
	 * @param \WP_Post $post The post.
	 */
	public static function moved( $to, $from, $post ) {
		if ( $to !== $from ) {
			self::touch( $post, $from );
		}
	}

	/**
	 * For `before_delete_post`: the last moment at which the post can be read.
	 *
	 * @param int $post_id The post.
	 */
	public static function deleted( $post_id ) {
		self::touch( get_post( $post_id ) );
	}

	/**
	 * For `set_object_terms`.
	 *
	 * @param int    $object_id The post, or something else that has terms.
	 * @param array  $terms     The terms.
	 * @param int[]  $now       Their ids.
	 * @param string $taxonomy  The taxonomy.
	 * @param bool   $append    Whether they were added to what was there.
	 * @param int[]  $before    The ids before.
	 */
	public static function terms_set( $object_id, $terms, $now, $taxonomy, $append, $before ) {
		$now    = array_map( 'intval', (array) $now );
		$before = array_map( 'intval', (array) $before );
		$new    = array_diff( $now, $before );
		$gone   = $append ? array() : array_diff( $before, $now );
		if ( $new || $gone ) {
			$object = get_taxonomy( $taxonomy );
			$post   = get_post( $object_id );
			if ( $object && $post && in_array( $post->post_type, (array) $object->object_type, true ) ) {
				self::touch( $post );
			}
		}
	}

	/**
	 * A post is another one, though nobody saved it.
	 *
	 * @param int $post_id The post.
	 */
	public static function touched( $post_id ) {
		self::touch( get_post( $post_id ) );
	}

	/**
	 * Somebody who looked found that a post is not what was told of it: no hook said so.
	 *
	 * @param \WP_Post $post   The post, or what is known of one that is gone.
	 * @param string   $before Its status as it was told.
	 */
	public static function found( \WP_Post $post, $before ) {
		self::touch( $post, $before );
		if ( isset( self::$changes[ get_current_blog_id() ][ $post->ID ] ) ) {
			self::$changes[ get_current_blog_id() ][ $post->ID ]->was_found();
		}
	}

	/**
	 * For `added_post_meta`, `updated_post_meta` and `deleted_post_meta`: SEO fields and the thumbnail.
	 *
	 * @param int|int[] $meta_id  The row, or rows.
	 * @param int       $post_id  The post.
	 * @param string    $meta_key The key.
	 */
	public static function meta_changed( $meta_id, $post_id, $meta_key ) {
		if ( 1 === preg_match( self::SEO_META, (string) $meta_key ) ) {
			self::touch( get_post( $post_id ) );
		}
	}

	/**
	 * Writes the events of everything that was touched by now.
	 */
	public static function flush() {
		$all           = self::$changes;
		self::$changes = array();
		foreach ( $all as $blog_id => $posts ) {
			$elsewhere = is_multisite() && get_current_blog_id() !== $blog_id;
			if ( $elsewhere ) {
				switch_to_blog( $blog_id );
			}
			self::write( $posts );
			if ( $elsewhere ) {
				restore_current_blog();
			}
		}
	}

	/**
	 * Writes the events of one blog, and sees to it that they are sent.
	 *
	 * @param PostChange[] $posts What was changed.
	 */
	private static function write( array $posts ) {
		Schema::ensure();
		$store   = new Store();
		$known   = new Publications();
		$written = 0;
		$is_lost = false;
		foreach ( $posts as $change ) {
			try {
				$written += self::write_one( $store, $known, $change );
			} catch ( DatabaseError $error ) {
				// A post that cannot be read is not deleted: that something happened is all that can be told.
				$is_lost = true;
			}
		}
		if ( $is_lost ) {
			$written += (int) (bool) Loss::tell( $store, count( $posts ), Clock::now(), 'unreadable' );
		}
		if ( $written ) {
			Loss::enforce_limits( $store );
			do_action( Hooks::WORK_WAITS );
		}
	}

	/**
	 * Writes the event of one post. Another request can have changed the post after it was read here, and
	 * have told of that first: so that the last word is true, what is there is looked at once more.
	 *
	 * @param Store        $store  The outbox.
	 * @param Publications $known  Whose it is.
	 * @param PostChange   $change What was done to it.
	 * @return int How many events.
	 * @throws DatabaseError When the post cannot be read.
	 */
	private static function write_one( Store $store, Publications $known, PostChange $change ) {
		$written = 0;
		for ( $looks = 0; $looks < self::LOOKS_AT_MOST; $looks++ ) {
			$event = Database::watched(
				static function () use ( $change, $known ) {
					return self::event( $change, $known );
				}
			);
			if ( ! $event ) {
				break;
			}
			$written += (int) (bool) $store->add( ...$event );
			self::keep_ledger( $change->fingerprint, ...$event );
			if ( ! Database::watched( array( $change, 'is_outdated' ) ) ) {
				break;
			}
			$change->goes_on();
		}
		return $written;
	}

	/**
	 * Keeps what is told of a post of ours.
	 *
	 * @param string $fingerprint Of what is there: what is left untold of it is to be found.
	 * @param string $action      What happened.
	 * @param int    $post_id     The post.
	 * @param int    $content_id  Its content, or 0.
	 * @param array  $payload     What is told of it.
	 */
	private static function keep_ledger( $fingerprint, $action, $post_id, $content_id, array $payload ) {
		if ( $content_id && PostChange::DELETED !== $action ) {
			Ledger::note( array( array( $post_id, $payload['post_type'], $payload['post_status'], $fingerprint ) ) );
		} else {
			Ledger::forget( array( $post_id ) );
		}
	}

	/**
	 * What is told of a post.
	 *
	 * @param PostChange   $change What was done to it.
	 * @param Publications $known  Whose it is.
	 * @return array{0: string, 1: int, 2: int, 3: array}|null What `Store::add()` takes; null when nobody wants to know.
	 */
	private static function event( PostChange $change, Publications $known ) {
		$content_id = $change->content_id( $known->content_of_post( $change->post_id ) );
		if ( ! $content_id && ! ( Switches::is_told( $change->post_type ) && $change->is_public() ) ) {
			return null;
		}
		return array( $change->action(), $change->post_id, $content_id, $change->payload( $content_id ) );
	}

	/**
	 * Notes that a post was touched.
	 *
	 * @param \WP_Post|null $post   The post.
	 * @param string|null   $before Its status before, where that is known.
	 */
	private static function touch( $post, $before = null ) {
		if ( ! $post instanceof \WP_Post || '' === Options::api_key() || self::is_noise( $post ) ) {
			return;
		}
		$blog_id = get_current_blog_id();
		if ( ! isset( self::$changes[ $blog_id ][ $post->ID ] ) ) {
			self::$changes[ $blog_id ][ $post->ID ] = new PostChange( $post );
			if ( ! has_action( 'shutdown', array( self::class, 'flush' ) ) ) {
				// After everybody else, before what waits is sent.
				add_action( 'shutdown', array( self::class, 'flush' ), PHP_INT_MAX - 1 );
			}
		}
		self::$changes[ $blog_id ][ $post->ID ]->note( $before );
		if ( count( self::$changes[ $blog_id ] ) > self::KEEP_AT_MOST ) {
			self::flush();
		}
	}

	/**
	 * Whether a post is one of those that WordPress makes for itself.
	 *
	 * @param \WP_Post $post The post.
	 * @return bool
	 */
	private static function is_noise( \WP_Post $post ) {
		return in_array( $post->post_type, array( 'revision', 'attachment', 'nav_menu_item', 'customize_changeset', 'oembed_cache' ), true )
			|| 'auto-draft' === $post->post_status
			|| ( defined( 'DOING_AUTOSAVE' ) && DOING_AUTOSAVE );
	}
}
