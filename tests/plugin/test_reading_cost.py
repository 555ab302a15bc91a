"""What a page of posts costs, on MariaDB with many: few queries, the last page like the first."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from .conftest import Bridge, new_id
from .test_cost import queries_of
from .test_reading import FULL, LIGHT, link, made

# Of one type among rows of another; a third type is rare.
MANY, OTHERS, RARE = 20_000, 80_000, 40
MOST_QUERIES = 15
FIRST_ID = 1_000_000
SEED = f"""
    $one = "SELECT 0 n"; for ( $i = 1; $i < 10; $i++ ) {{ $one .= " UNION ALL SELECT $i"; }}
    $count = {MANY} + {OTHERS};
    $numbers = "SELECT a.n + 10*b.n + 100*c.n + 1000*d.n + 10000*e.n AS n FROM ($one) a, ($one) b,"
        . " ($one) c, ($one) d, ($one) e";
    $wpdb->query( "INSERT INTO $wpdb->posts (ID, post_author, post_date, post_date_gmt,
        post_content, post_title, post_excerpt, post_status, post_name, to_ping, pinged,
        post_modified, post_modified_gmt, post_content_filtered, guid, post_type)
        SELECT {FIRST_ID} + n, 1 + n % 7, '2024-01-02 03:04:05', '2024-01-02 03:04:05',
        CONCAT( '<p>Text ', n, '</p><img class=\\"wp-image-', {FIRST_ID} + n, '\\"/>' ),
        CONCAT( 'Title ', n ), '', 'publish', CONCAT( 'many-', n ), '', '',
        '2024-01-02 03:04:05', '2024-01-02 03:04:05', '', CONCAT( 'http://x/?p=', n ),
        CASE WHEN n % 2500 = 7 THEN 'rare' WHEN n % 5 = 0 THEN 'page' ELSE 'post' END
        FROM ($numbers) numbers WHERE n < $count" );
    if ( '' !== $wpdb->last_error ) {{ throw new RuntimeException( $wpdb->last_error ); }}
    $wpdb->query( "INSERT INTO $wpdb->postmeta (post_id, meta_key, meta_value)
        SELECT ID, '_thumbnail_id', ID FROM $wpdb->posts WHERE ID >= {FIRST_ID}" );
    $term = wp_insert_term( 'Many have it', 'category' );
    $wpdb->query( "INSERT INTO $wpdb->term_relationships (object_id, term_taxonomy_id)
        SELECT ID, $term[term_taxonomy_id] FROM $wpdb->posts WHERE ID >= {FIRST_ID}" );
    $wpdb->query( "INSERT INTO {{$wpdb->prefix}}igny8_publications (content_id, post_id, rev, state,
        token, result, fingerprint, watch) SELECT ID, ID, 1, 'done', '', '{{}}', '', ''
        FROM $wpdb->posts WHERE ID >= {FIRST_ID} AND post_type = 'page'" );
    $wpdb->query( "ANALYZE TABLE $wpdb->posts, $wpdb->postmeta, $wpdb->term_relationships" );
    return (int) $wpdb->get_var( "SELECT MAX( ID ) FROM $wpdb->posts WHERE post_type = 'page'" );"""
RARE_TYPE = (
    "add_action( 'init', static function () { register_post_type( 'rare', array( 'public' => true,"
    " 'supports' => array( 'editor', 'title' ), 'taxonomies' => array( 'category' ) ) ); } );"
)


@pytest.fixture(scope="module")
def large(maria: Bridge) -> Iterator[tuple[Bridge, int]]:
    with maria.beside(RARE_TYPE):
        last = maria.php(SEED)
        yield maria, last
        maria.php(
            "foreach ( array( 'posts' => 'ID', 'postmeta' => 'post_id', 'term_relationships' =>"
            " 'object_id', 'igny8_publications' => 'post_id', 'igny8_ledger' => 'post_id' )"
            " as $table => $column ) {"
            ' $wpdb->query( "DELETE FROM {$wpdb->prefix}$table'
            f' WHERE $column >= {FIRST_ID}" ); }}'
            " wp_cache_flush(); return 1;"
        )


def asked(bridge: Bridge, **query: Any) -> tuple[dict[str, Any], list[str], float, int]:
    """Answer, queries, seconds, and rows that the database read, of one page."""
    code = f"""$read = static function () use ( $wpdb ) {{ return array_sum( array_column(
            $wpdb->get_results( "SHOW SESSION STATUS LIKE 'Handler_read%'", ARRAY_A ),
            'Value' ) ); }};
        $before  = $read();
        $queries = array();
        add_filter( 'query', static function ( $query ) use ( &$queries ) {{
            $queries[] = $query; return $query; }} );
        $request = new WP_REST_Request( 'GET', '/igny8/v1/posts' );
        $request->set_header( 'Authorization', 'Bearer {bridge.key}' );
        $request->set_query_params( json_decode( '{json.dumps(query)}', true ) );
        $began  = microtime( true );
        $answer = rest_ensure_response( rest_get_server()->dispatch( $request ) );
        $took   = microtime( true ) - $began;
        $made   = $queries;
        return array( $answer->get_data(), $made, $took, $read() - $before );"""
    told, queries, seconds, rows = bridge.php(code)
    assert told["success"], told
    return told["data"], queries, seconds, rows


def text(value: int) -> str:
    return str(value)


LIGHT_FIELDS = ",".join(sorted(LIGHT))


@pytest.mark.parametrize(("fields", "limit"), [(LIGHT_FIELDS, 1000), (FULL, 100), (FULL, 10)])
def test_a_page_asks_a_fixed_number_of_times(large: tuple[Bridge, int], fields: str, limit: int):
    bridge, last = large
    for kind in ("page", "post"):
        for after in (FIRST_ID, last - 10_000):
            page, queries, _, _ = asked(
                bridge, type=kind, after=text(after), limit=text(limit), fields=fields
            )
            assert len(page["items"]) == limit
            assert len(queries) <= MOST_QUERIES, queries
    ids = ",".join(text(FIRST_ID + n) for n in range(limit if limit <= 100 else 100))
    _, queries, _, _ = asked(bridge, ids=ids, fields=fields)
    assert len(queries) <= MOST_QUERIES, queries


def test_light_fields_leave_meta_alone(large: tuple[Bridge, int]):
    bridge, _ = large
    page, queries, _, _ = asked(
        bridge, type="page", after=text(FIRST_ID), limit="1000", fields=LIGHT_FIELDS
    )
    assert page["items"][0]["content_id"] == page["items"][0]["id"]
    assert not [query for query in queries if "postmeta" in query or "SELECT *" in query]


def test_the_last_page_costs_what_the_first_does(large: tuple[Bridge, int]):
    bridge, last = large
    for fields, limit in ((LIGHT_FIELDS, 1000), (FULL, 100)):
        query = {"type": "page", "limit": text(limit), "fields": fields}
        # 1: the first page also counts all that there are.
        first, last_page = (
            asked(bridge, after=text(after), **query) for after in (1, last - 5 * limit - 1)
        )
        assert len(first[0]["items"]) == limit
        assert len(last_page[0]["items"]) >= limit - 1
        assert last_page[3] <= 1.5 * first[3], (fields, first[3], last_page[3])
        assert last_page[2] <= max(1.5 * first[2], 0.5), (fields, first[2], last_page[2])


def test_a_rare_type_is_found_soon(large: tuple[Bridge, int]):
    bridge, _ = large
    page, queries, seconds, rows = asked(bridge, type="rare", limit="100", fields=LIGHT_FIELDS)
    assert (len(page["items"]), page["total"], page["more"]) == (RARE, RARE, False)
    assert rows < 2_000, queries
    assert seconds < 0.5


def test_filters_look_at_some_and_go_on(large: tuple[Bridge, int]):
    """Nobody has it: page after page is empty, each of a bounded look, until all are looked at."""
    bridge, _ = large
    for filtered in ({"author": "99"}, {"modified_after": "2030-01-01T00:00:00Z"}):
        after, pages, most = FIRST_ID - 1, 0, 0  # past what other tests left
        while True:
            page, queries, _, rows = asked(
                bridge, type="post", after=text(after), limit="100", fields=LIGHT_FIELDS,
                **filtered,
            )  # fmt: skip
            assert page["items"] == []
            assert len(queries) <= MOST_QUERIES
            pages, most = pages + 1, max(most, rows)
            if not page["more"]:
                break
            assert page["next_after"] > after
            after = page["next_after"]
        assert pages == 4, "79,960 posts, 20,000 at once"
        assert most < 250_000, most


def test_linking_and_digests_ask_a_fixed_number_of_times(large: tuple[Bridge, int]):
    bridge, _ = large
    items = [{"post_id": FIRST_ID + 1 + n * 5, "content_id": 9_000_000 + n} for n in range(100)]
    status, queries = queries_of(bridge, "POST", "links", {"items": items})
    assert status == 200
    assert len(queries) <= MOST_QUERIES, queries
    status, queries = queries_of(bridge, "POST", "digests", {"bounds": {"post": [], "page": []}})
    assert status == 200
    assert len(queries) <= 45, queries


def test_of_many_at_once_one_at_most_links_a_post(maria: Bridge, parallel: ThreadPoolExecutor):
    posts = made(maria, *[{} for _ in range(8)])
    for post in posts:
        items = [{"post_id": post, "content_id": new_id()} for _ in range(4)]
        outcomes = [told for [told] in parallel.map(lambda item: link(maria, item), items)]
        named = maria.php(
            'return $wpdb->get_col( "SELECT content_id FROM {$wpdb->prefix}igny8_publications'
            f' WHERE post_id = {post}" );'
        )
        linked = [item["content_id"] for item, told in zip(items, outcomes, strict=True)
                  if told == "linked"]  # fmt: skip
        assert [int(one) for one in named] == linked, outcomes
        assert len(linked) <= 1
        # The same one, five times at once: one row.
        again = {"post_id": post, "content_id": (linked or [items[0]["content_id"]])[0]}
        assert list(parallel.map(lambda item: link(maria, item), [again] * 5)) == [["linked"]] * 5
