<?php
/**
 * The table of events that the backend has not acknowledged yet.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Outbox;

use Igny8\Bridge\Core\Backoff;
use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\Fault;
use Igny8\Bridge\Core\Options;
use Igny8\Bridge\Core\Table;

defined( 'ABSPATH' ) || exit;

// The table is ours, small, and must be read past every cache.
// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared

/**
 * Keeps events until they are acknowledged by their ids. `seq` grows for ever: rows are plainly
 * inserted, and the highest row is never deleted, because older MySQL forgets where it was counting
 * when an empty table restarts. Gaps mean nothing. The epoch is a row of the table itself, so that it
 * lives exactly as long as the table does.
 */
final class Store {

	const EPOCH = 'epoch';

	/**
	 * Name of the table.
	 *
	 * @var string
	 */
	private $table;

	/**
	 * Whether this request has told that the table gives no answer.
	 *
	 * @var bool
	 */
	private static $is_told = false;

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
		return $wpdb->prefix . 'igny8_outbox';
	}

	/**
	 * Makes or changes the table, and begins its life when it is new. `acked_at` is 0 while the event
	 * waits. Needs wp-admin/includes/upgrade.php.
	 */
	public static function create() {
		global $wpdb;
		$table   = self::table();
		$charset = $wpdb->get_charset_collate();
		dbDelta(
			"CREATE TABLE $table (
				seq bigint(20) unsigned NOT NULL AUTO_INCREMENT,
				event_id varchar(64) NOT NULL,
				post_id bigint(20) unsigned NOT NULL DEFAULT 0,
				content_id bigint(20) unsigned NOT NULL DEFAULT 0,
				action varchar(32) NOT NULL DEFAULT '',
				payload longtext NOT NULL,
				attempts int(10) unsigned NOT NULL DEFAULT 0,
				next_at bigint(20) unsigned NOT NULL DEFAULT 0,
				created_at bigint(20) unsigned NOT NULL DEFAULT 0,
				acked_at bigint(20) unsigned NOT NULL DEFAULT 0,
				PRIMARY KEY  (seq),
				UNIQUE KEY event_id (event_id)
			) $charset;"
		);
		( new self() )->epoch();
	}

	/**
	 * Forgets everything and begins another life: what was counted before is another site's.
	 */
	public function start_over() {
		global $wpdb;
		$old = $this->head_seq();
		$this->begin_epoch();
		$wpdb->query( $wpdb->prepare( "DELETE FROM $this->table WHERE seq <= %d", $old ) );
	}

	/**
	 * The random word of this life of the database.
	 *
	 * @return string Empty when there is no table and none can be made, or it gives no answer.
	 */
	public function epoch() {
		$read  = function () {
			global $wpdb;
			return $wpdb->get_var( $wpdb->prepare( "SELECT event_id FROM $this->table WHERE action = %s ORDER BY seq LIMIT 1", self::EPOCH ) );
		};
		$epoch = (string) $this->ask( $read );
		if ( '' === $epoch ) {
			// The table is new, or somebody emptied it.
			$this->begin_epoch();
			$epoch = (string) $this->ask( $read );
		}
		return $epoch;
	}

	/**
	 * For `Hooks::HANDSHAKE`: tells how far this site has counted.
	 *
	 * @param array<string, mixed> $facts What the backend is told.
	 * @return array<string, mixed>
	 */
	public static function add_position( array $facts ) {
		return ( new self() )->position() + $facts;
	}

	/**
	 * How far this life of the database has counted.
	 *
	 * @return array{epoch: string, head_seq: int}
	 */
	public function position() {
		$row = $this->ask(
			function () {
				global $wpdb;
				return $wpdb->get_row( $wpdb->prepare( "SELECT event_id AS epoch, (SELECT MAX(seq) FROM $this->table) AS head_seq FROM $this->table WHERE action = %s ORDER BY seq LIMIT 1", self::EPOCH ) );
			}
		);
		return array(
			'epoch'    => $row ? (string) $row->epoch : $this->epoch(),
			'head_seq' => $row ? (int) $row->head_seq : $this->head_seq(),
		);
	}

	/**
	 * The highest number given out.
	 *
	 * @return int
	 */
	public function head_seq() {
		return (int) $this->ask(
			function () {
				global $wpdb;
				return $wpdb->get_var( "SELECT MAX(seq) FROM $this->table" );
			}
		);
	}

	/**
	 * Adds an event.
	 *
	 * @param string               $action     What happened.
	 * @param int                  $post_id    The post, or 0.
	 * @param int                  $content_id The content, or 0.
	 * @param array<string, mixed> $payload    What the backend is told.
	 * @return int Its number; 0 when the database failed.
	 */
	public function add( $action, $post_id, $content_id, array $payload ) {
		$row = array( wp_generate_uuid4(), $post_id, $content_id, $action, wp_json_encode( $payload ), 0, Clock::now() );
		return (int) $this->ask(
			// `wpdb::insert()` would ask the database first what columns there are.
			function () use ( $row ) {
				global $wpdb;
				return $wpdb->query( $wpdb->prepare( "INSERT INTO $this->table (event_id, post_id, content_id, action, payload, next_at, created_at) VALUES (%s, %d, %d, %s, %s, %d, %d)", $row ) ) ? $wpdb->insert_id : 0;
			}
		);
	}

	/**
	 * How many events wait.
	 *
	 * @return int|null Null when the table gives no answer.
	 */
	public function count_waiting() {
		$count = $this->ask(
			function () {
				global $wpdb;
				return $wpdb->get_var( "SELECT COUNT(*) FROM $this->table WHERE acked_at = 0" );
			}
		);
		return null === $count ? null : (int) $count;
	}

	/**
	 * The events that wait, oldest first, without their payloads.
	 *
	 * @return array<int, object{seq: int, post_id: int, next_at: int, created_at: int}>
	 */
	public function waiting() {
		$rows = (array) $this->ask(
			function () {
				global $wpdb;
				return $wpdb->get_results( $wpdb->prepare( "SELECT seq, post_id, next_at, created_at FROM $this->table WHERE acked_at = 0 ORDER BY seq LIMIT %d", 2 * Loss::LIMIT_ROWS ) );
			}
		);
		foreach ( $rows as $row ) {
			foreach ( get_object_vars( $row ) as $name => $value ) {
				$row->$name = (int) $value;
			}
		}
		return $rows;
	}

	/**
	 * Events as the backend reads them, oldest first.
	 *
	 * @param int[] $seqs Their numbers.
	 * @return array<int, array<string, mixed>>
	 * @throws \RuntimeException When they cannot be read.
	 */
	public function events( array $seqs ) {
		$ask = function () use ( $seqs ) {
			global $wpdb;
			return $wpdb->get_results( "SELECT * FROM $this->table WHERE acked_at = 0 AND seq IN (" . Table::numbers( $seqs ) . ') ORDER BY seq' );
		};
		return $seqs ? $this->read( Table::ask( $this->table, $ask ) ) : array();
	}

	/**
	 * Events after a number that still wait, for the backend's pull.
	 *
	 * @param int $since The number.
	 * @param int $limit How many at most.
	 * @return array<int, array<string, mixed>>
	 * @throws \RuntimeException When they cannot be read.
	 */
	public function events_after( $since, $limit ) {
		$ask = function () use ( $since, $limit ) {
			global $wpdb;
			return $wpdb->get_results( $wpdb->prepare( "SELECT * FROM $this->table WHERE acked_at = 0 AND seq > %d ORDER BY seq LIMIT %d", $since, $limit ) );
		};
		return $this->read( Table::ask( $this->table, $ask ) );
	}

	/**
	 * Lets go of events that the backend has. The highest row stays, marked.
	 *
	 * @param string[] $event_ids Ids of events.
	 * @return int How many of them had been waiting.
	 * @throws \RuntimeException When that cannot be noted: then they are told again.
	 */
	public function acknowledge( array $event_ids ) {
		global $wpdb;
		$marks = implode( ', ', array_fill( 0, count( $event_ids ), '%s' ) );
		// phpcs:ignore WordPress.DB.PreparedSQLPlaceholders -- as many marks as ids.
		return $event_ids ? $this->let_go( $wpdb->prepare( "UPDATE $this->table SET acked_at = %d WHERE acked_at = 0 AND event_id IN ($marks)", array_merge( array( Clock::now() ), array_values( $event_ids ) ) ) ) : 0;
	}

	/**
	 * The same, by number.
	 *
	 * @param int[] $seqs Numbers of events.
	 * @return int How many of them had been waiting.
	 * @throws \RuntimeException When that cannot be noted: then they are told again.
	 */
	public function acknowledge_seqs( array $seqs ) {
		global $wpdb;
		return $seqs ? $this->let_go( $wpdb->prepare( "UPDATE $this->table SET acked_at = %d WHERE acked_at = 0 AND seq IN (" . Table::numbers( $seqs ) . ')', Clock::now() ) ) : 0;
	}

	/**
	 * Lets go of events.
	 *
	 * @param string $sql Marks them. Prepared.
	 * @return int How many of them had been waiting.
	 */
	private function let_go( $sql ) {
		$mark = static function () use ( $sql ) {
			global $wpdb;
			return $wpdb->query( $sql ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared -- prepared by who calls.
		};
		$done = (int) Table::ask( $this->table, $mark );
		$this->prune();
		return $done;
	}

	/**
	 * Makes events wait that the backend took no notice of, while it acknowledged others.
	 *
	 * @param int[] $seqs Their numbers.
	 */
	public function postpone( array $seqs ) {
		global $wpdb;
		if ( ! $seqs ) {
			return;
		}
		$wpdb->query( "UPDATE $this->table SET attempts = attempts + 1 WHERE acked_at = 0 AND seq IN (" . Table::numbers( $seqs ) . ')' );
		$rows = (array) $wpdb->get_results( "SELECT seq, attempts FROM $this->table WHERE acked_at = 0 AND seq IN (" . Table::numbers( $seqs ) . ')' );
		foreach ( $rows as $row ) {
			$wpdb->update( $this->table, array( 'next_at' => Clock::now() + Backoff::seconds( (int) $row->attempts ) ), array( 'seq' => (int) $row->seq ) );
		}
	}

	/**
	 * Asks the database; a table that is missing is made, and begins another life. What people do in
	 * WordPress does not end in an error because the database refuses even that, or gives no answer.
	 *
	 * @param callable $ask Makes one query.
	 * @return mixed What came of it; null when nobody knows.
	 */
	public function ask( callable $ask ) {
		try {
			return Table::ask( $this->table, $ask );
		} catch ( \RuntimeException $error ) {
			if ( ! self::$is_told ) {
				self::$is_told = true;
				Options::remember_error( 'outbox_unreadable', Fault::told( 'What happens here cannot be noted down for IGNY8: the database refuses it.', $error ) );
			}
			return null;
		}
	}

	/**
	 * Begins a life.
	 */
	private function begin_epoch() {
		$row = array(
			'event_id'   => bin2hex( random_bytes( 16 ) ),
			'action'     => self::EPOCH,
			'payload'    => '{}',
			'created_at' => Clock::now(),
			'acked_at'   => Clock::now(),
		);
		$this->ask(
			function () use ( $row ) {
				global $wpdb;
				return $wpdb->insert( $this->table, $row );
			}
		);
	}

	/**
	 * Deletes what was acknowledged, but the highest row and the epoch.
	 */
	private function prune() {
		global $wpdb;
		$wpdb->query( $wpdb->prepare( "DELETE FROM $this->table WHERE acked_at > 0 AND action <> %s AND seq < %d", self::EPOCH, $this->head_seq() ) );
	}

	/**
	 * Puts rows into the words of the protocol.
	 *
	 * @param object[]|null $rows Rows.
	 * @return array<int, array<string, mixed>>
	 */
	private function read( $rows ) {
		if ( ! $rows ) {
			return array();
		}
		$epoch  = $this->epoch();
		$events = array();
		foreach ( $rows as $row ) {
			$payload  = json_decode( (string) $row->payload, true );
			$events[] = array(
				'event_id'   => (string) $row->event_id,
				'epoch'      => $epoch,
				'seq'        => (int) $row->seq,
				'action'     => (string) $row->action,
				'post_id'    => (int) $row->post_id ? (int) $row->post_id : null,
				'content_id' => (int) $row->content_id ? (int) $row->content_id : null,
				'site_url'   => home_url(),
			) + ( is_array( $payload ) ? $payload : array() );
		}
		return $events;
	}
}
