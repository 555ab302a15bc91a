"""What a publish and a question cost does not depend on how much was published here before."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.seeding import FIRST, publications

from .conftest import Bridge, article, new_id
from .pictures import Gallery

FEW, MANY = 20, 2000
# Queries of a publish with two categories and three tags. WordPress itself asks 89 and 73 for them.
# Three of the first are the price of finding a new post by its row alone, so that no copy or other
# post that a plugin makes meanwhile is taken for it; two are asked by some WordPress only. One of
# each keeps what was told, so that both sides can be proven equal.
FIRST_PUBLISH, UPDATE = 117, 101
# Looks for a value of meta among all posts' meta: no index holds values.
BY_VALUE = re.compile(r"\bWHERE\b.*\bmeta_value\b", re.I | re.S)


def seed(bridge: Bridge, count: int) -> None:
    """Publications that were made before: few, or many more."""
    bridge.php(publications(count, first=FIRST if count == FEW else FIRST + FEW) + "return true;")


def test_no_request_reads_what_was_compiled_from_files(bridge: Bridge) -> None:
    """Playground would: half of each request's time went into it."""
    off = "! ini_get( 'opcache.file_cache_only' ) || ! ini_get( 'opcache.enable' )"
    assert bridge.php(f"return {off};") is True


@pytest.fixture
def cleared(bridge: Bridge) -> Iterator[Bridge]:
    """A site on which nothing of ours lies, before and after."""

    def clear() -> None:
        bridge.php(
            """$of = "SELECT post_id FROM $wpdb->postmeta WHERE meta_key IN
                ( '_igny8_content_id', '_igny8_sha256' )";
            $ids = $wpdb->get_col( $of );
            foreach ( array_chunk( $ids, 500 ) as $some ) { $in = implode( ',', $some );
                $wpdb->query( "DELETE FROM $wpdb->posts WHERE ID IN ( $in )" );
                $wpdb->query( "DELETE FROM $wpdb->postmeta WHERE post_id IN ( $in )" ); }
            foreach ( array( 'igny8_publications', 'igny8_images' ) as $table ) {
                $wpdb->query( "DELETE FROM {$wpdb->prefix}$table" ); }
            foreach ( array( 'publications_rebuild', 'images_rebuild' ) as $name ) {
                update_option( "igny8_$name", '' ); }
            delete_option( 'igny8_last_publication' ); delete_option( 'igny8_last_image' );
            wp_cache_flush(); return true;"""
        )

    clear()
    # Installed anew: where a test took away an option that the bridge asks for with every request,
    # each costs a query more.
    bridge.php(
        """foreach ( array( 'home', 'connection', 'switches', 'previous_key', 'refused_key',
            'last_error' ) as $name ) { delete_option( "igny8_$name" ); }
        Igny8\\Bridge\\Core\\Schema::create(); return true;"""
    )
    bridge.option(igny8_author_id=1)
    yield bridge
    clear()


def queries_of(bridge: Bridge, method: str, route: str, body: Any = None) -> tuple[int, list[str]]:
    """Status and all queries of a call, made inside WordPress, in a process of its own."""
    packed = json.dumps(json.dumps(body)).replace("$", "\\$")
    status, queries = bridge.php(
        f"""$queries = array();
        add_filter( 'query', static function ( $query ) use ( &$queries ) {{
            $queries[] = $query; return $query; }} );
        $request = new WP_REST_Request( '{method}', '/igny8/v1/{route}' );
        $request->set_header( 'Authorization', 'Bearer {bridge.key}' );
        $request->set_header( 'Content-Type', 'application/json' );
        $request->set_body( {packed} );
        $answer = rest_ensure_response( rest_get_server()->dispatch( $request ) );
        return array( $answer->get_status(), $queries );"""
    )
    return status, queries


def shape(query: str) -> str:
    """A query without the values in it."""
    bare = re.sub(r"'(?:[^'\\]|\\.|'')*'", "?", query)
    bare = re.sub(r"\b\d+\b", "?", re.sub(r"\s+", " ", bare))
    return re.sub(r"(\?, ?)+\?", "?", bare)


def warmed(bridge: Bridge) -> None:
    """The first publish of a site makes what the later ones find."""
    bridge.published(categories=["Tea"], tags=["green"])


def test_a_publish_asks_the_same_whatever_was_published_before(cleared: Bridge):
    asked = {}
    for count in (FEW, MANY):
        seed(cleared, count)
        warmed(cleared)
        body = article(categories=["Tea"], tags=["green"])
        status, queries = queries_of(cleared, "POST", "publish", body)
        assert status == 201
        asked[count] = [shape(query) for query in queries]
        assert [query for query in queries if BY_VALUE.search(query)] == []
    assert asked[FEW] == asked[MANY]


def updated(data: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The order that changes the text of what was published, as the backend sends it."""
    return article(
        content_id=data["content_id"],
        rev=data["rev"] + 1,
        post_id=data["post_id"],
        base_fingerprint=data["fingerprint"],
        base_post_status="publish",
        content_html="<p>Another text of the article.</p>",
        **fields,
    )


def test_a_publish_asks_no_more_than_this(cleared: Bridge):
    """What core asks for the same, and the guards: whoever adds to it decides so here."""
    # No other test's: a category that stands below another costs a look at that one, too.
    terms = {"categories": ["Priced", "Priced, too"], "tags": ["paid", "owed", "lent"]}
    cleared.published(**terms)
    status, first = queries_of(cleared, "POST", "publish", article(**terms))
    assert status == 201
    data = cleared.published(**terms)
    status, update = queries_of(cleared, "POST", "publish", updated(data, **terms))
    assert status == 200
    assert len(first) <= FIRST_PUBLISH, first
    assert len(update) <= UPDATE, update


def test_an_unknown_content_is_unknown_at_once(cleared: Bridge):
    asked = {}
    for count in (FEW, MANY):
        seed(cleared, count)
        warmed(cleared)
        status, queries = queries_of(cleared, "GET", f"content/{new_id()}")
        assert status == 404
        asked[count] = [shape(query) for query in queries]
        assert [query for query in queries if BY_VALUE.search(query)] == []
    assert asked[FEW] == asked[MANY]


def rows_read(bridge: Bridge, method: str, route: str, body: Any = None) -> int:
    """How many rows the database looks at for a call, as it counts them itself."""
    packed = json.dumps(json.dumps(body)).replace("$", "\\$")
    read: int = bridge.php(
        f"""$read = static function () use ( $wpdb ) {{
            return array_sum( array_column( $wpdb->get_results(
                "SHOW SESSION STATUS LIKE 'Handler_read%'", ARRAY_A ), 'Value' ) ); }};
        $before = $read();
        $request = new WP_REST_Request( '{method}', '/igny8/v1/{route}' );
        $request->set_header( 'Authorization', 'Bearer {bridge.key}' );
        $request->set_header( 'Content-Type', 'application/json' );
        $request->set_body( {packed} );
        rest_get_server()->dispatch( $request ); return $read() - $before;"""
    )
    return read


def test_the_database_reads_no_more_rows(cleared: Bridge, gallery: Gallery):
    if cleared.site.engine != "php-mariadb":
        pytest.skip("only MariaDB counts the rows that it reads")
    read: dict[int, list[int]] = {}
    for count in (FEW, MANY):
        seed(cleared, count)
        cleared.php('return $wpdb->query( "ANALYZE TABLE $wpdb->posts, $wpdb->postmeta" );')
        # WordPress itself counts the posts of a category: one that few have.
        few_have = [f"Cost {count}"]
        cleared.published(featured_image_url=gallery.put(f"warm-{count}"), categories=few_have)
        with_image = article(featured_image_url=gallery.put(f"read-{count}"), categories=few_have)
        update = updated(cleared.published(categories=few_have), categories=few_have)
        read[count] = [
            rows_read(cleared, "POST", "publish", article(categories=few_have)),
            rows_read(cleared, "POST", "publish", update),
            rows_read(cleared, "POST", "publish", with_image),
            rows_read(cleared, "GET", f"content/{new_id()}"),
        ]
    for few, many in zip(read[FEW], read[MANY], strict=True):
        assert 0 < many < few + 40, read


def test_events_that_wait_are_not_counted_each_time(cleared: Bridge):
    if cleared.site.engine != "php-mariadb":
        pytest.skip("only MariaDB counts the rows that it reads")
    read = []
    for waiting in (0, 900):
        cleared.php(
            f"""$outbox = new Igny8\\Bridge\\Outbox\\Store();
            for ( $i = 0; $i < {waiting}; $i++ ) {{
                $outbox->add( 'post_updated', 1, 1, array() ); }}
            return true;"""
        )
        few_have = [f"Waiting {waiting}"]
        cleared.published(categories=few_have)
        read.append(rows_read(cleared, "POST", "publish", article(categories=few_have)))
    none, many = read
    assert 0 < many < none + 40, read


@pytest.mark.parametrize(
    "lost", ["DROP TABLE {}", "DELETE FROM {}", "DELETE FROM {} WHERE content_id > 5000100"]
)
def test_a_lost_table_comes_back_and_costs_no_more(cleared: Bridge, lost: str):
    """Dropped, emptied, or restored from an older backup."""
    seed(cleared, MANY)
    warmed(cleared)
    cleared.published(content_id=FIRST + FEW + MANY)  # the newest, and the first to be lost
    cleared.php(f"""return $wpdb->query( "{lost.format("{$wpdb->prefix}igny8_publications")}" );""")
    wanted = FIRST + FEW + MANY - 1
    # The first who asks, or publishes, finds them all again.
    there = cleared.content(wanted).json()["data"]
    assert (there["state"], there["rev"], there["post_status"]) == ("done", 1, "publish")
    body = article(content_id=wanted)
    status, answer = cleared.dispatch([json.dumps(body)])[0]
    assert (status, answer["data"]["replayed"]) == (200, True)
    assert set(answer["data"]) >= {"post_id", "post_url", "post_status", "fingerprint", "warnings"}
    assert cleared.posts_of(wanted) == [answer["data"]["post_id"]]
    # From then on it is as if nothing had been lost.
    for method, route, body in (
        ("GET", f"content/{new_id()}", None),
        ("POST", "publish", article()),
    ):
        _, queries = queries_of(cleared, method, route, body)
        assert [query for query in queries if BY_VALUE.search(query)] == []


def test_an_image_is_found_by_an_index(cleared: Bridge, gallery: Gallery):
    asked = {}
    for count in (FEW, MANY):
        seed(cleared, count)
        cleared.published(featured_image_url=gallery.put(f"warm{count}"))
        body = article(featured_image_url=gallery.put(f"picture{count}"))
        status, queries = queries_of(cleared, "POST", "publish", body)
        assert status == 201
        asked[count] = [shape(query) for query in queries]
        assert [query for query in queries if BY_VALUE.search(query)] == []
    assert asked[FEW] == asked[MANY]
