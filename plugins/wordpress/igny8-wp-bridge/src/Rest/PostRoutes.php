<?php
/**
 * The routes by which the backend reads what is here.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Rest;

use Igny8\Bridge\Core\Clock;
use Igny8\Bridge\Core\PostTypes;
use Igny8\Bridge\Core\Refusal;
use Igny8\Bridge\Outbox\Scrub;
use Igny8\Bridge\Structure\Ledger;
use Igny8\Bridge\Structure\Links;
use Igny8\Bridge\Structure\PostPages;
use Igny8\Bridge\Structure\PostQuery;
use Igny8\Bridge\Structure\TermPages;

defined( 'ABSPATH' ) || exit;

/**
 * Posts, terms, whose content a post is, and whether both sides are equal. Of WordPress's own tables nothing is changed.
 */
final class PostRoutes {

	const TERMS_MAX  = 500;
	const LINKS_MAX  = 100;
	const RANGES_MAX = 512;
	// Parameters that choose among the posts of a type.
	const CHOOSING = array( 'type', 'after', 'limit', 'status', 'author', 'term', 'date_after', 'date_before', 'modified_after' );

	/**
	 * GET posts: pages of posts.
	 *
	 * @param \WP_REST_Request $request `fields` (names from PostPages::FIELDS separated by commas, default LIGHT), and
	 *                                  either `ids` (1 to 100) or `type` (default post), `after` (an id, default 0),
	 *                                  `limit` (1 to 100, of light fields 1000; default 25), `status` (default
	 *                                  PostPages::STATUSES; trash too), `author` (an id), `term` (taxonomy:id),
	 *                                  `date_after`, `date_before` and `modified_after` (RFC 3339).
	 * @return array{0: array, 1: int} Data and status.
	 * @throws Refusal 422 when a parameter is wrong.
	 */
	public static function posts( \WP_REST_Request $request ) {
		$fields = array_values( array_unique( Query::names( $request, 'fields', PostPages::FIELDS, PostPages::LIGHT ) ) );
		$ids    = Query::ids( $request, 'ids', PostPages::FEW );
		if ( $ids ) {
			foreach ( self::CHOOSING as $name ) {
				if ( null !== $request[ $name ] ) {
					throw Query::refusal( $name, 'does not go with ids' );
				}
			}
			return self::told( PostPages::of( $ids, $fields ) );
		}
		$type   = self::one( Query::names( $request, 'type', PostTypes::allowed(), array( 'post' ) ), 'type' );
		$after  = Query::number( $request, 'after', 0, 0, PHP_INT_MAX );
		$limit  = Query::number( $request, 'limit', 25, 1, PostPages::is_light( $fields ) ? PostPages::MANY : PostPages::FEW );
		$status = array_values( array_unique( Query::names( $request, 'status', array_merge( PostPages::STATUSES, array( 'trash' ) ), PostPages::STATUSES ) ) );
		$query  = new PostQuery( $type, $status, self::filters( $request ) );
		return self::told( PostPages::page( $query, $type, $after, $limit, $fields ) );
	}

	/**
	 * GET terms: pages of terms.
	 *
	 * @param \WP_REST_Request $request `taxonomy` (default category), `after` (an id, default 0), `limit` (1 to 500,
	 *                                  default 100).
	 * @return array{0: array, 1: int} Data and status.
	 * @throws Refusal 422 when a parameter is wrong.
	 */
	public static function terms( \WP_REST_Request $request ) {
		$taxonomy = self::one( Query::names( $request, 'taxonomy', TermPages::taxonomies(), array( 'category' ) ), 'taxonomy' );
		$after    = Query::number( $request, 'after', 0, 0, PHP_INT_MAX );
		return self::told( TermPages::page( $taxonomy, $after, Query::number( $request, 'limit', 100, 1, self::TERMS_MAX ) ) );
	}

	/**
	 * POST links: these posts are content of the backend.
	 *
	 * @param \WP_REST_Request $request `items`, 1 to 100, each with `post_id`, `content_id`, and `instead_of` where the post
	 *                                  was other content.
	 * @return array{0: array, 1: int} Data and status.
	 * @throws Refusal 422 when they are none.
	 */
	public static function links( \WP_REST_Request $request ) {
		$body  = $request->get_json_params();
		$items = is_array( $body ) ? ( $body['items'] ?? null ) : null;
		$links = array();
		foreach ( is_array( $items ) && count( $items ) <= self::LINKS_MAX ? $items : array() as $item ) {
			$link = array(
				'post_id'    => is_array( $item ) ? ( $item['post_id'] ?? null ) : null,
				'content_id' => is_array( $item ) ? ( $item['content_id'] ?? null ) : null,
				'instead_of' => is_array( $item ) ? ( $item['instead_of'] ?? 0 ) : null,
			);
			if ( array_filter( $link, 'is_int' ) !== $link || min( $link['post_id'], $link['content_id'], $link['instead_of'] + 1 ) < 1 ) {
				$links = array();
				break;
			}
			$links[] = $link;
		}
		$are_many = count( array_unique( array_column( $links, 'post_id' ) ) ) < count( $links ) || count( array_unique( array_column( $links, 'content_id' ) ) ) < count( $links );
		if ( ! $links || $are_many ) {
			throw new Refusal( 422, 'invalid', 'These links cannot be read.', array( 'items' => array( 'must be a list of 1 to ' . self::LINKS_MAX . ' objects with post_id and content_id, each named once' ) ) );
		}
		return self::told( array( 'items' => Links::make( $links ) ) );
	}

	/**
	 * POST digests: what the ledger adds up to. Each call also looks at some posts that nobody has looked at for long.
	 *
	 * @param \WP_REST_Request $request `bounds`: by type, ascending ids with which another range begins, up to 512 ranges;
	 *                                  `checked_before`: the `at` of an earlier answer, to look only at what was not
	 *                                  looked at since.
	 * @return array{0: array, 1: int} Data and status. `ranges` by type: count and two sums of each.
	 * @throws Refusal 422 when they are none.
	 */
	public static function digests( \WP_REST_Request $request ) {
		$body   = $request->get_json_params();
		$bounds = is_array( $body ) ? ( $body['bounds'] ?? null ) : null;
		$before = is_array( $body ) ? ( $body['checked_before'] ?? Clock::now() ) : 0;
		if ( ! is_int( $before ) || $before < 0 ) {
			throw Query::refusal( 'checked_before', 'must be the time that an earlier answer named' );
		}
		$count = 0;
		foreach ( is_array( $bounds ) ? $bounds : array( '' => null ) as $type => $ids ) {
			$is_list = is_array( $ids ) && array_values( $ids ) === $ids && array_filter( $ids, 'is_int' ) === $ids;
			$sorted  = $is_list ? array_values( array_unique( $ids ) ) : array();
			sort( $sorted );
			$count += count( $sorted ) + 1;
			if ( ! is_string( $type ) || ! $is_list || $sorted !== $ids || $count > self::RANGES_MAX || 1 !== preg_match( '/\A[\w-]{1,20}\z/', (string) $type ) || ( $ids && $ids[0] < 1 ) ) {
				throw new Refusal( 422, 'invalid', 'These bounds cannot be read.', array( 'bounds' => array( 'must be an object of ascending lists of ids by post type, ' . self::RANGES_MAX . ' ranges at most' ) ) );
			}
		}
		$at     = Clock::now();
		$ranges = array();
		foreach ( $bounds as $type => $ids ) {
			$ranges[ $type ] = Ledger::sums( (string) $type, $ids );
		}
		return self::told(
			array(
				'ranges' => (object) $ranges,
				'scrub'  => array( 'at' => $at ) + Scrub::run( min( $before, $at ) ),
			)
		);
	}

	/**
	 * What chooses among the posts of a type.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return array<string, int|string> As PostQuery takes it.
	 * @throws Refusal 422 when a parameter is wrong.
	 */
	private static function filters( \WP_REST_Request $request ) {
		$filters = array(
			'author' => Query::number( $request, 'author', null, 1, PHP_INT_MAX ),
			'tt_id'  => self::term( $request ),
		);
		foreach ( array( 'date_after', 'date_before', 'modified_after' ) as $name ) {
			$filters[ $name ] = Query::moment( $request, $name );
		}
		return array_filter(
			$filters,
			static function ( $value ) {
				return null !== $value;
			}
		);
	}

	/**
	 * The term that posts must have.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return int|null Its id in its taxonomy, 0 when it is not there; null when none is asked for.
	 * @throws Refusal 422 when it is none.
	 */
	private static function term( \WP_REST_Request $request ) {
		$value = $request['term'];
		if ( null === $value || '' === $value ) {
			return null;
		}
		if ( ! is_string( $value ) || 1 !== preg_match( '/\A([^:]+):([1-9][0-9]{0,17})\z/', $value, $parts ) || ! in_array( $parts[1], TermPages::taxonomies(), true ) ) {
			throw Query::refusal( 'term', 'must be a taxonomy, a colon and the id of a term' );
		}
		$term = get_term( (int) $parts[2], $parts[1] );
		return $term instanceof \WP_Term ? $term->term_taxonomy_id : 0;
	}

	/**
	 * The one name of a list.
	 *
	 * @param string[] $names The list.
	 * @param string   $name  The parameter.
	 * @return string
	 * @throws Refusal 422 when there are more.
	 */
	private static function one( array $names, $name ) {
		if ( 1 !== count( $names ) ) {
			throw Query::refusal( $name, 'must be one name' );
		}
		return $names[0];
	}

	/**
	 * An answer, which says what bridge gives it.
	 *
	 * @param array $data The answer's data.
	 * @return array{0: array, 1: int} Data and status.
	 */
	private static function told( array $data ) {
		return array( array( 'bridge' => array( 'version' => IGNY8_BRIDGE_VERSION ) ) + $data, 200 );
	}
}
