<?php
/**
 * The table of publications.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\Table;

defined( 'ABSPATH' ) || exit;

// The table is ours and must be read and written past every cache: it is what keeps one content from
// becoming two posts.
// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared

/**
 * Who is at work on which content, and what came of it. Post meta cannot stop two requests at once; a
 * primary key can. Every write names the token that it saw and leaves a new one, because databases
 * differ in what they count as a changed row.
 */
final class Claims {

	/**
	 * Name of the table.
	 *
	 * @var string
	 */
	private $table;

	/**
	 * Looks up the name of the table on this blog.
	 */
	public function __construct() {
		$this->table = self::table();
	}

	/**
	 * The name of the table on this blog.
	 *
	 * @return string
	 */
	public static function table() {
		global $wpdb;
		return $wpdb->prefix . 'igny8_publications';
	}

	/**
	 * Makes or changes the table. Needs wp-admin/includes/upgrade.php.
	 */
	public static function create() {
		global $wpdb;
		$table   = self::table();
		$charset = $wpdb->get_charset_collate();
		dbDelta(
			"CREATE TABLE $table (
				content_id bigint(20) unsigned NOT NULL,
				post_id bigint(20) unsigned NOT NULL DEFAULT 0,
				rev bigint(20) unsigned NOT NULL DEFAULT 0,
				operation_id varchar(191) NOT NULL DEFAULT '',
				state varchar(16) NOT NULL DEFAULT '',
				token varchar(32) NOT NULL DEFAULT '',
				heartbeat bigint(20) unsigned NOT NULL DEFAULT 0,
				result longtext NOT NULL,
				fingerprint varchar(80) NOT NULL DEFAULT '',
				watch longtext NOT NULL,
				updated_at bigint(20) unsigned NOT NULL DEFAULT 0,
				PRIMARY KEY  (content_id),
				KEY post_id (post_id)
			) $charset;"
		);
		LostRows::notice_new_table();
	}

	/**
	 * Reads a content's row.
	 *
	 * @param int $content_id The content.
	 * @return Claim|null
	 * @throws \RuntimeException When there is no table and none can be made: then nobody knows.
	 */
	public function find( $content_id ) {
		$row = Table::ask(
			$this->table,
			function () use ( $content_id ) {
				global $wpdb;
				return $wpdb->get_row( $wpdb->prepare( "SELECT * FROM $this->table WHERE content_id = %d", $content_id ) );
			}
		);
		return $row ? Claim::from_row( $row ) : null;
	}

	/**
	 * Reads a content's row, and brings it back where it was lost: then none means that there never was one.
	 *
	 * @param int $content_id The content.
	 * @return Claim|null
	 * @throws \RuntimeException When there is no table and none can be made: then nobody knows.
	 */
	public function look_up( $content_id ) {
		$last = LostRows::last();
		$rows = (array) Table::ask(
			$this->table,
			function () use ( $content_id, $last ) {
				global $wpdb;
				return $wpdb->get_results( $wpdb->prepare( "SELECT * FROM $this->table WHERE content_id IN ( %d, %d )", $content_id, $last ), OBJECT_K );
			}
		);
		if ( $last && ! isset( $rows[ $last ] ) ) {
			LostRows::notice();
		}
		if ( isset( $rows[ $content_id ] ) ) {
			return Claim::from_row( $rows[ $content_id ] );
		}
		return LostRows::bring_back( $content_id ) ? $this->find( $content_id ) : null;
	}

	/**
	 * The content that a post belongs to.
	 *
	 * @param int $post_id The post.
	 * @return int 0 when it belongs to none.
	 */
	public function content_of_post( $post_id ) {
		$ask = function () use ( $post_id ) {
			global $wpdb;
			return $wpdb->get_var( $wpdb->prepare( "SELECT content_id FROM $this->table WHERE post_id = %d LIMIT 1", $post_id ) );
		};
		try {
			$content_id = (int) Table::ask( $this->table, $ask );
		} catch ( \RuntimeException $error ) {
			return 0; // Who publishes hears of it; whoever saves a post need not.
		}
		return ! $content_id && LostRows::bring_back_of_post( $post_id ) ? (int) $ask() : $content_id;
	}

	/**
	 * The contents that something was done about last.
	 *
	 * @param int $limit How many at most.
	 * @return array<int, array{0: Claim, 1: int}> Rows with the Unix time of their last change, newest first.
	 * @throws \RuntimeException When the database does not say.
	 */
	public function latest( $limit ) {
		$ask  = function () use ( $limit ) {
			global $wpdb;
			return $wpdb->get_results( $wpdb->prepare( "SELECT * FROM $this->table ORDER BY updated_at DESC, content_id DESC LIMIT %d", $limit ) );
		};
		$rows = (array) Table::ask( $this->table, $ask );
		return array_map(
			static function ( $row ) {
				return array( Claim::from_row( $row ), (int) $row->updated_at );
			},
			$rows
		);
	}

	/**
	 * Claims a content that nobody has claimed yet.
	 *
	 * @param Order $order What is to be done.
	 * @return Claim|null Null when there is a row already, or again.
	 */
	public function begin( Order $order ) {
		global $wpdb;
		if ( $this->look_up( $order->content_id ) ) {
			return null;
		}
		$claim    = Claim::of( $order, $this->new_token() );
		$suppress = $wpdb->suppress_errors( true );
		$rows     = $wpdb->query(
			$wpdb->prepare(
				"INSERT INTO $this->table (content_id, post_id, rev, operation_id, state, token, heartbeat, result, fingerprint, watch, updated_at)
				VALUES (%d, 0, %d, %s, %s, %s, %d, '', '', '', %d)",
				$claim->content_id,
				$claim->rev,
				$claim->operation_id,
				$claim->state,
				$claim->token,
				$claim->heartbeat,
				$claim->heartbeat
			)
		);
		$wpdb->suppress_errors( $suppress );
		return 1 === $rows ? $claim : null;
	}

	/**
	 * Takes over a row that is finished, or whose holder died.
	 *
	 * @param Claim $seen  The row as it was read.
	 * @param Order $order What is to be done.
	 * @return Claim|null Null when somebody else was faster.
	 */
	public function take( Claim $seen, Order $order ) {
		global $wpdb;
		$token = $this->new_token();
		// Whoever holds the row's lock for too long is at work.
		$suppress = $wpdb->suppress_errors( true );
		$rows     = $wpdb->query(
			$wpdb->prepare(
				"UPDATE $this->table SET state = %s, rev = %d, operation_id = %s, token = %s, heartbeat = %d, updated_at = %d
				WHERE content_id = %d AND state = %s AND rev = %d AND token = %s",
				Claim::RUNNING,
				$order->rev,
				$order->operation_id,
				$token,
				Clock::now(),
				Clock::now(),
				$seen->content_id,
				$seen->state,
				$seen->rev,
				$seen->token
			)
		);
		$wpdb->suppress_errors( $suppress );
		return 1 === $rows ? $this->held( $seen->content_id, $token ) : null;
	}

	/**
	 * Whether a claim is still ours.
	 *
	 * @param Claim $claim Ours.
	 * @return bool
	 */
	public function is_ours( Claim $claim ) {
		global $wpdb;
		return $claim->token === $wpdb->get_var( $wpdb->prepare( "SELECT token FROM $this->table WHERE content_id = %d", $claim->content_id ) );
	}

	/**
	 * Shows a sign of life, names the post as soon as there is one, and keeps what was seen of it.
	 *
	 * @param Claim  $claim   Ours; gets the new token.
	 * @param int    $post_id The post, or 0 when there is none yet.
	 * @param string $watch   What was seen of the post.
	 * @return bool False when somebody else has taken over.
	 */
	public function renew( Claim $claim, $post_id, $watch ) {
		$claim->post_id = $post_id;
		return $this->write(
			$claim,
			array(
				'post_id'   => $post_id,
				'heartbeat' => Clock::now(),
				'watch'     => $watch,
			)
		);
	}

	/**
	 * Says that a post that was there before is being changed from now on.
	 *
	 * @param Claim  $claim Ours; gets the new token.
	 * @param string $watch What was seen of the post.
	 * @return bool False when somebody else has taken over.
	 */
	public function begin_writing( Claim $claim, $watch ) {
		return $this->write(
			$claim,
			array(
				'state'     => Claim::WRITING,
				'heartbeat' => Clock::now(),
				'watch'     => $watch,
			)
		);
	}

	/**
	 * Stores what came of it.
	 *
	 * @param Claim                $claim  Ours.
	 * @param array<string, mixed> $result The answer's data.
	 * @return bool False when somebody else has taken over.
	 */
	public function finish( Claim $claim, array $result ) {
		$is_first = ! $claim->result;
		$kept     = $result + array( 'terms' => Fingerprint::terms( get_post( $result['post_id'] ) ) );
		$written  = $this->write(
			$claim,
			array(
				'state'       => Claim::DONE,
				'post_id'     => $result['post_id'],
				'heartbeat'   => Clock::now(),
				'result'      => wp_json_encode( $kept ),
				'fingerprint' => $result['fingerprint'],
				'watch'       => '',
			)
		);
		if ( $written && $is_first ) {
			LostRows::remember( $claim->content_id );
		}
		Options::forget_error( 'internal_error' );
		return $written;
	}

	/**
	 * Puts a row back as it was before we took it, because nothing was changed.
	 *
	 * @param Claim      $claim  Ours.
	 * @param Claim|null $before The row before; null when there was none.
	 */
	public function give_back( Claim $claim, ?Claim $before ) {
		global $wpdb;
		if ( null === $before ) {
			$wpdb->query( $wpdb->prepare( "DELETE FROM $this->table WHERE content_id = %d AND token = %s", $claim->content_id, $claim->token ) );
			return;
		}
		$this->write(
			$claim,
			array(
				'state'        => $before->state,
				'rev'          => $before->rev,
				'operation_id' => $before->operation_id,
				'heartbeat'    => $before->is_alive() ? 0 : $before->heartbeat,
				'watch'        => $before->watch,
			)
		);
	}

	/**
	 * Leaves the rest to the next call for the same intent, or a higher one.
	 *
	 * @param Claim  $claim   Ours.
	 * @param int    $post_id The post.
	 * @param string $watch   What was seen of the post.
	 * @return bool False when somebody else has taken over.
	 */
	public function pause( Claim $claim, $post_id, $watch ) {
		return $this->write(
			$claim,
			array(
				'state'     => Claim::PAUSED,
				'post_id'   => $post_id,
				'heartbeat' => Clock::now(),
				'watch'     => $watch,
			)
		);
	}

	/**
	 * Gives up in the middle: the next request need not wait until the heartbeat is old.
	 *
	 * @param Claim  $claim Ours.
	 * @param string $watch What was seen of the post.
	 */
	public function abandon( Claim $claim, $watch ) {
		$this->write(
			$claim,
			array(
				'heartbeat' => 0,
				'watch'     => $watch,
			)
		);
	}

	/**
	 * Writes columns, if the row is still ours.
	 *
	 * @param Claim                     $claim   Ours; gets the new token.
	 * @param array<string, int|string> $columns What to write.
	 * @return bool
	 */
	private function write( Claim $claim, array $columns ) {
		global $wpdb;
		$columns['token']      = $this->new_token();
		$columns['updated_at'] = Clock::now();
		$rows                  = $wpdb->update(
			$this->table,
			$columns,
			array(
				'content_id' => $claim->content_id,
				'token'      => $claim->token,
			)
		);
		if ( 1 !== $rows ) {
			return false;
		}
		$claim->token = $columns['token'];
		return true;
	}

	/**
	 * Reads back a row that we have just won.
	 *
	 * @param int    $content_id The content.
	 * @param string $token      Our token.
	 * @return Claim|null Null when it is already somebody else's.
	 */
	private function held( $content_id, $token ) {
		$claim = $this->find( $content_id );
		return $claim && $claim->token === $token ? $claim : null;
	}

	/**
	 * A random word that nobody else has.
	 *
	 * @return string
	 */
	private function new_token() {
		return bin2hex( random_bytes( 16 ) );
	}
}
