<?php
/**
 * Claims on contents.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Publish;

use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\Database;
use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\Options;

defined( 'ABSPATH' ) || exit;

// The table is ours and must be written past every cache: it is what keeps one content from becoming two
// posts.
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
	 * What is in it.
	 *
	 * @var Publications
	 */
	private $publications;

	/**
	 * Opens the table on this blog.
	 *
	 * @param Publications $publications The table.
	 */
	public function __construct( Publications $publications ) {
		$this->publications = $publications;
		$this->table        = Publications::table();
	}

	/**
	 * Claims a content that had no row a moment ago.
	 *
	 * @param Order $order What is to be done.
	 * @return Claim|null Null when somebody else is making it.
	 * @throws DatabaseError When none can be written.
	 */
	public function begin( Order $order ) {
		global $wpdb;
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
		$is_busy  = Database::is_busy();
		$error    = $wpdb->last_error;
		$wpdb->suppress_errors( $suppress );
		if ( false === $rows && ! $is_busy && ! $this->publications->find( $order->content_id ) ) {
			throw new DatabaseError( 'The table of publications cannot be written: ' . $error ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped -- goes into the log.
		}
		return 1 === $rows ? $claim : null;
	}

	/**
	 * Takes over a row that is finished, or whose holder died.
	 *
	 * @param Claim $seen  The row as it was read.
	 * @param Order $order What is to be done.
	 * @return Claim|null Null when somebody else was faster, or holds the row's lock: that one is at work.
	 * @throws DatabaseError When it cannot be written.
	 */
	public function take( Claim $seen, Order $order ) {
		$token = $this->new_token();
		$now   = Clock::now();
		$rows  = Database::write(
			function () use ( $seen, $order, $token, $now ) {
				global $wpdb;
				return $wpdb->query(
					$wpdb->prepare(
						"UPDATE $this->table SET state = %s, rev = %d, operation_id = %s, token = %s, heartbeat = %d, updated_at = %d
						WHERE content_id = %d AND state = %s AND rev = %d AND token = %s",
						Claim::RUNNING,
						$order->rev,
						$order->operation_id,
						$token,
						$now,
						$now,
						$seen->content_id,
						$seen->state,
						$seen->rev,
						$seen->token
					)
				);
			}
		);
		if ( 1 !== $rows ) {
			return null;
		}
		// Whoever writes leaves another token: the rest of the row is as it was seen.
		$claim               = clone $seen;
		$claim->state        = Claim::RUNNING;
		$claim->rev          = $order->rev;
		$claim->operation_id = $order->operation_id;
		$claim->token        = $token;
		$claim->heartbeat    = $now;
		return $claim;
	}

	/**
	 * Whether a claim is still ours.
	 *
	 * @param Claim $claim Ours.
	 * @return bool
	 * @throws DatabaseError When the database does not say.
	 */
	public function is_ours( Claim $claim ) {
		$ask = function () use ( $claim ) {
			global $wpdb;
			return $wpdb->get_var( $wpdb->prepare( "SELECT token FROM $this->table WHERE content_id = %d", $claim->content_id ) );
		};
		return Database::read( $ask ) === $claim->token;
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
	 * Keeps what was seen of the post, if the row is still ours. The token stays: another statement may be on
	 * its way that names it.
	 *
	 * @param Claim  $claim Ours.
	 * @param string $watch What was seen of the post.
	 * @throws DatabaseError When it cannot be written.
	 */
	public function keep( Claim $claim, $watch ) {
		Database::write(
			function () use ( $claim, $watch ) {
				global $wpdb;
				return $wpdb->query( $wpdb->prepare( "UPDATE $this->table SET watch = %s WHERE content_id = %d AND token = %s", $watch, $claim->content_id, $claim->token ) );
			}
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
	 * @param array<string, array> $known  What `Claim::$known` is to be.
	 * @return bool False when somebody else has taken over.
	 * @throws DatabaseError When some of it was not written.
	 */
	public function finish( Claim $claim, array $result, array $known ) {
		$is_first = ! $claim->result;
		Database::refuse();
		$written = $this->write(
			$claim,
			array(
				'state'       => Claim::DONE,
				'post_id'     => $result['post_id'],
				'heartbeat'   => Clock::now(),
				'result'      => wp_json_encode( $result + array( 'known' => $known ) ),
				'fingerprint' => $result['fingerprint'],
				'watch'       => '',
			)
		);
		if ( $written && $is_first ) {
			LostRows::remember( $claim->content_id );
		}
		Options::forget_error( 'internal_error' );
		Options::forget_error( 'database_unavailable' );
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
	 * @return bool False when somebody else has taken over, or holds the row's lock.
	 * @throws DatabaseError When they cannot be written.
	 */
	private function write( Claim $claim, array $columns ) {
		$columns['token']      = $this->new_token();
		$columns['updated_at'] = Clock::now();
		$set                   = array();
		foreach ( $columns as $name => $value ) {
			$set[] = $name . ' = ' . ( is_int( $value ) ? '%d' : '%s' );
		}
		$set  = implode( ', ', $set );
		$rows = Database::write(
			// `wpdb::update()` would ask the database first what columns there are.
			function () use ( $claim, $columns, $set ) {
				global $wpdb;
				$values = array_merge( array_values( $columns ), array( $claim->content_id, $claim->token ) );
				// phpcs:ignore WordPress.DB.PreparedSQLPlaceholders -- as many marks as columns.
				return $wpdb->query( $wpdb->prepare( "UPDATE $this->table SET $set WHERE content_id = %d AND token = %s", $values ) );
			}
		);
		if ( 1 !== $rows ) {
			return false;
		}
		$claim->token = $columns['token'];
		return true;
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
