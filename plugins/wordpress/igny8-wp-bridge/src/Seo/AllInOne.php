<?php
/**
 * All in One SEO.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Seo;

use Igny8\Bridge\Core\Database;
use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\Table;

defined( 'ABSPATH' ) || exit;

/**
 * All in One SEO prints pages from a table of its own. Rows are written through its model, whose
 * assignments and save() mean the same in all versions since 4.0; its savePost() emptied every field
 * that was not named until 4.9.8. The meta that it keeps for translation plugins is written too.
 */
final class AllInOne implements Adapter {

	const MODEL = 'AIOSEO\Plugin\Common\Models\Post';
	const TABLE = 'aioseo_posts';

	const COLUMNS = array(
		self::TITLE       => 'title',
		self::DESCRIPTION => 'description',
		self::CANONICAL   => 'canonical_url',
	);

	// A title of which the plugin prints a part only, where it is ours.
	const WHOLE_TITLE = '_igny8_aioseo_title';

	const MIRRORS = array(
		self::TITLE       => '_aioseo_title',
		self::DESCRIPTION => '_aioseo_description',
	);

	/**
	 * Rows that were read ahead, by post.
	 *
	 * @var array<int, object|array>
	 */
	private static $primed = array();

	/**
	 * The plugin's name.
	 *
	 * @return string
	 */
	public function name() {
		return 'All in One SEO';
	}

	/**
	 * One letter for the fingerprint.
	 *
	 * @return string
	 */
	public function letter() {
		return 'a';
	}

	/**
	 * Whether the plugin runs on this blog.
	 *
	 * @return bool
	 */
	public function is_active() {
		return defined( 'AIOSEO_VERSION' );
	}

	/**
	 * Whether the plugin prints what it holds.
	 *
	 * @return bool
	 */
	public function prints() {
		return true;
	}

	/**
	 * The fields that the plugin has a place for.
	 *
	 * @return string[]
	 */
	public function fields() {
		return array( self::TITLE, self::DESCRIPTION, self::CANONICAL, self::KEYWORD, self::MORE_KEYWORDS, self::PRIMARY_CATEGORY );
	}

	/**
	 * Keys of post meta that the fields are read from: none, they have a table.
	 *
	 * @return string[]
	 */
	public function meta_keys() {
		return array();
	}

	/**
	 * Writes fields.
	 *
	 * @param int                  $post_id The post.
	 * @param array<string, mixed> $values  Values by field.
	 * @param callable|null        $look    Called while the row is locked; throws when somebody has written it.
	 * @throws \Throwable When it cannot be written, or what `$look` throws.
	 */
	public function write( $post_id, array $values, ?callable $look = null ) {
		// The model writes whole rows, as it read them: from here to there nobody else may.
		Database::begin();
		try {
			$this->lock( $post_id );
			if ( $look ) {
				$look();
			}
			$this->save( $post_id, $values );
		} finally {
			Database::commit();
		}
		foreach ( array_intersect_key( self::MIRRORS, $values ) as $field => $key ) {
			update_post_meta( $post_id, $key, wp_slash( $values[ $field ] ) );
		}
		if ( isset( $values[ self::TITLE ] ) ) {
			$this->keep_whole( $post_id, $values[ self::TITLE ] );
		}
		// What the plugin remembers of this post for the rest of the request is old now.
		if ( isset( aioseo()->meta->metaData ) && method_exists( aioseo()->meta->metaData, 'bustPostCache' ) ) {
			aioseo()->meta->metaData->bustPostCache( $post_id, call_user_func( array( self::MODEL, 'getPost' ), $post_id ) );
		}
	}

	/**
	 * Locks a post's row until the transaction ends.
	 *
	 * @param int $post_id The post.
	 * @throws DatabaseError When somebody else holds it for too long. Where there is no such table, whoever
	 *                       writes it says so.
	 */
	private function lock( $post_id ) {
		global $wpdb;
		$table    = $wpdb->prefix . self::TABLE;
		$suppress = $wpdb->suppress_errors( true );
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared
		$wpdb->get_results( $wpdb->prepare( "SELECT post_id FROM $table WHERE post_id = %d FOR UPDATE", $post_id ) );
		$is_busy = '' !== $wpdb->last_error && Database::is_busy();
		$wpdb->suppress_errors( $suppress );
		if ( $is_busy ) {
			throw new DatabaseError( 'Somebody else holds the SEO fields of the post for too long.' );
		}
		// The plugin remembers for a whole request what it has read.
		if ( isset( aioseo()->core->db ) && method_exists( aioseo()->core->db, 'bustCache' ) ) {
			aioseo()->core->db->bustCache( self::TABLE );
		}
	}

	/**
	 * Writes the row through the plugin's model.
	 *
	 * @param int                  $post_id The post.
	 * @param array<string, mixed> $values  Values by field.
	 */
	private function save( $post_id, array $values ) {
		$model = call_user_func( array( self::MODEL, 'getPost' ), $post_id );
		foreach ( array_intersect_key( self::COLUMNS, $values ) as $field => $column ) {
			$model->$column = '' === $values[ $field ] ? null : $values[ $field ];
		}
		if ( isset( $values[ self::KEYWORD ] ) || isset( $values[ self::MORE_KEYWORDS ] ) ) {
			$model->keyphrases = wp_json_encode( $this->keyphrases( $model->keyphrases, $values ) );
		}
		if ( isset( $values[ self::PRIMARY_CATEGORY ] ) ) {
			$primary             = $this->decoded( $model->primary_term ?? null );
			$primary['category'] = $values[ self::PRIMARY_CATEGORY ];
			$model->primary_term = wp_json_encode( array_filter( $primary ) );
		}
		$model->save();
	}

	/**
	 * Keeps a title of which the plugin will print a part.
	 *
	 * @param int    $post_id The post.
	 * @param string $title   The title, or ''.
	 */
	private function keep_whole( $post_id, $title ) {
		if ( false !== strpos( $title, '&lt;' ) && $this->can_be_mended( $title ) ) {
			update_post_meta( $post_id, self::WHOLE_TITLE, wp_slash( $title ) );
		} elseif ( '' !== get_post_meta( $post_id, self::WHOLE_TITLE, true ) ) {
			delete_post_meta( $post_id, self::WHOLE_TITLE );
		}
	}

	/**
	 * Reads the rows of posts ahead.
	 *
	 * @param int[] $post_ids The posts that are read next; none to ask anew each time.
	 */
	public function prime( array $post_ids ) {
		global $wpdb;
		$table        = $wpdb->prefix . self::TABLE;
		self::$primed = array_fill_keys( $post_ids, array() );
		if ( $post_ids ) {
			// phpcs:ignore WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared
			foreach ( (array) $wpdb->get_results( "SELECT * FROM $table WHERE post_id IN (" . Table::numbers( $post_ids ) . ')' ) as $row ) {
				self::$primed[ (int) $row->post_id ] = $row;
			}
		}
	}

	/**
	 * Reads all fields, past the plugin's own memory.
	 *
	 * @param int $post_id The post.
	 * @return array<string, mixed>
	 */
	public function read( $post_id ) {
		global $wpdb;
		$table = $wpdb->prefix . self::TABLE;
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared
		$row = (array) ( self::$primed[ $post_id ] ?? $wpdb->get_row( $wpdb->prepare( "SELECT * FROM $table WHERE post_id = %d", $post_id ) ) );

		$values = array();
		foreach ( self::COLUMNS as $field => $column ) {
			$text             = (string) ( $row[ $column ] ?? '' );
			$values[ $field ] = self::TITLE === $field && $this->can_be_mended( $text ) ? $text : $this->printed( $text );
		}
		$keyphrases = $this->decoded( $row['keyphrases'] ?? null );
		$primary    = $this->decoded( $row['primary_term'] ?? null );
		return $values + array(
			self::KEYWORD          => (string) ( $keyphrases['focus']['keyphrase'] ?? '' ),
			self::MORE_KEYWORDS    => array_column( (array) ( $keyphrases['additional'] ?? array() ), 'keyphrase' ),
			self::PRIMARY_CATEGORY => (int) ( $primary['category'] ?? 0 ),
		);
	}

	/**
	 * A page's title, as it was sent: the plugin takes words in angle brackets for markup. Only where what it
	 * made of the title is what it makes of ours; whoever else had a hand in it has the last word.
	 *
	 * @param string $title   HTML of the title, as the plugin made it.
	 * @param int    $post_id The post of the page.
	 * @return string
	 */
	public function mended( $title, $post_id ) {
		// Meta of the main query's post costs nothing; the plugin's own table would cost a query.
		$stored = get_post_meta( $post_id, self::WHOLE_TITLE, true );
		$whole  = $this->words( $stored );
		// A person may have taken those very words out, in the plugin's own box.
		return '' !== $whole && get_post_meta( $post_id, self::MIRRORS[ self::TITLE ], true ) === $stored && $this->words( wp_strip_all_tags( $whole ) ) === $this->words( $title ) ? esc_html( $whole ) : $title;
	}

	/**
	 * Whether a title will be mended: nothing in it is replaced by the plugin, and something is left of it.
	 *
	 * @param string $text The stored title.
	 * @return bool
	 */
	private function can_be_mended( $text ) {
		return false === strpos( $text, '#' ) && '' !== trim( wp_strip_all_tags( $this->words( $text ) ) );
	}

	/**
	 * HTML text as words, with single spaces between them.
	 *
	 * @param string $html HTML text.
	 * @return string
	 */
	private function words( $html ) {
		return trim( (string) preg_replace( '/\s+/u', ' ', html_entity_decode( (string) $html, ENT_QUOTES, 'UTF-8' ) ) );
	}

	/**
	 * A text as the plugin prints it: it decodes entities, however often they were encoded, and strips
	 * what is markup then.
	 *
	 * @param string $text The stored text.
	 * @return string The same text where nothing is stripped.
	 */
	private function printed( $text ) {
		$decoded = trim( html_entity_decode( $text, ENT_QUOTES, 'UTF-8' ) );
		$left    = wp_strip_all_tags( $decoded );
		return $left === $decoded ? $text : $left;
	}

	/**
	 * Keyphrases in the plugin's form. Scores stay with phrases that stay.
	 *
	 * @param mixed                $stored What is there, as the model has it.
	 * @param array<string, mixed> $values Values by field.
	 * @return array<string, mixed>
	 */
	private function keyphrases( $stored, array $values ) {
		$stored     = $this->decoded( $stored ) + array(
			'focus'      => array(),
			'additional' => array(),
		);
		$additional = array_column( $stored['additional'], null, 'keyphrase' );
		$blank      = array(
			'score'    => 0,
			'analysis' => new \stdClass(),
		);
		if ( isset( $values[ self::KEYWORD ] ) && ( $stored['focus']['keyphrase'] ?? null ) !== $values[ self::KEYWORD ] ) {
			$stored['focus'] = array( 'keyphrase' => $values[ self::KEYWORD ] ) + $blank;
		}
		if ( isset( $values[ self::MORE_KEYWORDS ] ) ) {
			$stored['additional'] = array();
			foreach ( $values[ self::MORE_KEYWORDS ] as $keyword ) {
				$stored['additional'][] = $additional[ $keyword ] ?? array( 'keyphrase' => $keyword ) + $blank;
			}
		}
		return $stored;
	}

	/**
	 * A column that holds JSON, whichever way it comes.
	 *
	 * @param mixed $value JSON text, what the model made of it, or null.
	 * @return array<string, mixed>
	 */
	private function decoded( $value ) {
		$value = json_decode( is_string( $value ) ? $value : (string) wp_json_encode( $value ), true );
		return is_array( $value ) ? $value : array();
	}
}
