"""What stands in front of the bridge: page caches, maintenance, coming-soon pages."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pytest
from igny8.admission.answers import site_rule
from igny8.publishing.answers import Outcome, classify
from igny8.wordpress.doors import Door
from igny8.wordpress.response import BridgeResponse

from .conftest import Bridge, article, new_id
from .test_door import by_door, client, doors_of, target_of

# Stores what it is allowed to store; `ignores` the query, as caches do that are told to.
CACHE = """<?php
$igny8_test_key = %s;
$igny8_test_file = __DIR__ . '/page-cache-' . md5( $igny8_test_key ) . '.html';
if ( 'GET' === $_SERVER['REQUEST_METHOD']
    && false === strpos( $_SERVER['SCRIPT_NAME'], 'local' ) ) {
    if ( is_file( $igny8_test_file ) ) {
        header( 'X-Cache: hit' );
        readfile( $igny8_test_file );
        exit;
    }
    ob_start( static function ( $page ) use ( $igny8_test_file ) {
        if ( ! defined( 'DONOTCACHEPAGE' ) && 200 === http_response_code() ) {
            file_put_contents( $igny8_test_file, $page );
        }
        return $page;
    } );
}
"""
BY_ADDRESS = "$_SERVER['REQUEST_URI']"
BY_PATH = "strtok( $_SERVER['REQUEST_URI'], '?' )"


@contextlib.contextmanager
def cached(bridge: Bridge, key: str) -> Iterator[None]:
    """A page cache's drop-in, which answers before any plugin is loaded."""
    content = bridge.site.path / "wp-content"
    config = bridge.site.path / "wp-config.php"
    before = config.read_text()
    (content / "advanced-cache.php").write_text(CACHE % key)
    config.write_text(
        before.replace("$table_prefix", "define( 'WP_CACHE', true );\n$table_prefix", 1)
    )
    try:
        yield
    finally:
        config.write_text(before)
        (content / "advanced-cache.php").unlink()
        for page in content.glob("page-cache-*.html"):
            page.unlink()


def test_a_page_cache_stores_no_answer(bridge: Bridge):
    content_id = new_id()
    with cached(bridge, BY_ADDRESS):
        for _ in range(2):
            page = bridge.http.get(f"{bridge.site.url}/?p=1", timeout=60)
        assert page.headers.get("X-Cache") == "hit"
        for call in doors_of(bridge):
            assert call("GET", f"content/{content_id}").status_code == 404
            assert call("GET", "status", headers={}).status_code == 401
        made = bridge.published(content_id=content_id)
        for call in doors_of(bridge):
            answer = call("GET", f"content/{content_id}")
            assert answer.headers.get("X-Cache") is None
            assert answer.json()["data"]["post_id"] == made["post_id"]
            assert call("GET", "status").status_code == 200


def test_a_cached_front_page_is_no_answer(bridge: Bridge):
    """A cache that ignores queries answers whatever is got from the front page: so nothing is."""
    payload = article()
    target = target_of(bridge, Door.FRONT)
    no_rest = (
        "add_filter( 'rest_pre_dispatch', static function () { status_header( 403 ); exit; } );"
    )
    with cached(bridge, BY_PATH), bridge.beside(no_rest):
        bridge.http.get(f"{bridge.site.url}/", timeout=60)
        assert '"bridge"' not in by_door(bridge, "GET", "status").text
        asked = client().ask(target, payload["content_id"])
        assert (asked.ours, asked.code, asked.door) == (True, "not_found", Door.FRONT)
        assert by_door(bridge, "POST", "publish", json=payload).status_code == 201
        asked = client().ask(target, payload["content_id"])
        assert (asked.success, asked.data["content_id"]) == (True, payload["content_id"])
    assert client().ask(target, payload["content_id"]).success


def waits(answer: BridgeResponse) -> bool:
    rule = site_rule(answer)
    return (
        rule is not None
        and (rule.reason, classify(answer).outcome) == ("maintenance", Outcome.WAIT)
        and not classify(answer).uses_attempt
    )


@pytest.mark.parametrize("door", list(Door))
def test_maintenance_is_waited_for(bridge: Bridge, door: Door):
    """WordPress's own, while it updates itself or a plugin."""
    payload = article()
    mark = bridge.site.path / ".maintenance"
    mark.write_text(f"<?php $upgrading = {int(time.time())};")
    try:
        sent = client().publish(target_of(bridge, door), payload, operation_id="o", request_id="r")
        asked = client().ask(target_of(bridge, door), payload["content_id"])
    finally:
        # One of long ago is none; Playground believes for a while in files that were deleted.
        mark.write_text("<?php $upgrading = 0;")
    assert (sent.status, asked.status) == (503, 503)
    assert waits(sent)
    assert waits(asked)
    assert bridge.posts_of(payload["content_id"]) == []


PAGE = "status_header( %d ); %s echo '<h1>Coming soon</h1>'; exit;"


@pytest.mark.parametrize("status", [200, 503])
@pytest.mark.parametrize("hook", ["template_redirect", "wp", "send_headers"])
def test_a_coming_soon_page_is_for_visitors(bridge: Bridge, hook: str, status: int):
    with bridge.beside(
        f"add_action( '{hook}', static function () {{ {PAGE % (status, '')} }}, 1 );"
    ):
        page = bridge.http.get(f"{bridge.site.url}/", timeout=60)
        assert "Coming soon" in page.text
        for call in doors_of(bridge):
            sent = call("POST", "publish", json=article())
            assert sent.status_code == 201, sent.text[:300]
            assert call("GET", "status").json()["data"]["bridge"]["version"]


@pytest.mark.parametrize("door", list(Door))
def test_a_maintenance_plugin_that_says_when_is_waited_for(bridge: Bridge, door: Door):
    """Some answer everybody on `init`, before post types are known: nothing can be published."""
    page = PAGE % (503, "header( 'Retry-After: 3600' );")
    code = (
        "add_action( 'init', static function () { if ( false === strpos("
        f" $_SERVER['SCRIPT_NAME'], 'igny8-local' ) ) {{ {page} }} }}, 1 );"
    )
    payload = article()
    with bridge.beside(code):
        sent = client().publish(target_of(bridge, door), payload, operation_id="o", request_id="r")
    assert (sent.status, sent.retry_after) == (503, 3600)
    assert waits(sent)
    assert bridge.posts_of(payload["content_id"]) == []


ROUTES: list[tuple[str, str]] = [
    ("status", "GET"), ("publish", "POST"), ("content/12", "GET"), ("changes/ack", "POST"),
]  # fmt: skip


@pytest.mark.parametrize(("route", "method"), ROUTES)
def test_options_says_which_methods_a_route_takes(bridge: Bridge, route: str, method: str):
    rest = bridge.call("OPTIONS", route)
    door = by_door(bridge, "OPTIONS", route)
    assert (rest.status_code, door.status_code) == (200, 200)
    assert rest.headers["Allow"] == door.headers["Allow"] == method
    there: Any = [answer.json()["methods"] for answer in (rest, door)]
    assert there == [[method], [method]]


def test_options_wants_the_key_and_a_route(bridge: Bridge):
    for call in doors_of(bridge):
        assert call("OPTIONS", "status", headers={}).status_code == 401
    assert by_door(bridge, "OPTIONS", "nonsense").status_code == 404
