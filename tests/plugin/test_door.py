"""The second door: the bridge's routes beside the REST API, where that is forbidden or dies."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from igny8.core.http import OutboundClient
from igny8.wordpress.client import BridgeClient, Target
from igny8.wordpress.doors import Door

from .conftest import HERE, Bridge, article, new_id
from .inbox import set_options
from .test_access import ROUTES, code
from .test_seam import Now

BLOCKERS = sorted(path.stem for path in (HERE / "site" / "blockers").glob("*.php"))
# After these nobody can know whether a POST was carried out: only a question goes on.
SPEECHLESS = {"coming-soon", "dies-by-error", "dies-by-wp-die", "dies-without-a-word"}


@pytest.fixture
def blocked(bridge: Bridge, request: pytest.FixtureRequest) -> Iterator[str]:
    """A plugin of somebody else's that keeps everybody out of REST."""
    folder: Path = bridge.site.path / "wp-content" / "mu-plugins"
    placed = folder / f"blocker-{request.param}.php"
    shutil.copy(HERE / "site" / "blockers" / f"{request.param}.php", placed)
    yield request.param
    placed.unlink()


every_blocker = pytest.mark.parametrize("blocked", BLOCKERS, indirect=True)


def by_door(bridge: Bridge, method: str, route: str, **more: Any) -> requests.Response:
    more.setdefault("params", {})
    more["params"] = {"igny8-bridge": route, **more["params"]}
    return bridge.call(method, route, url=f"{bridge.site.url}/", **more)


def doors_of(bridge: Bridge) -> list[Callable[..., requests.Response]]:
    """How a route is called by each of the three doors."""

    def plainly(method: str, route: str, **more: Any) -> requests.Response:
        more["params"] = {"rest_route": f"/igny8/v1/{route}", **more.get("params", {})}
        return bridge.call(method, route, url=f"{bridge.site.url}/", **more)

    return [bridge.call, plainly, partial(by_door, bridge)]


def target_of(bridge: Bridge, door: Door) -> Target:
    return Target(f"{bridge.site.url}/wp-json/", bridge.site.url, bridge.key, door)


def client() -> BridgeClient:
    return BridgeClient(
        OutboundClient(allow_local=True), Now(), ask_timeout_seconds=60, send_timeout_seconds=60
    )


@every_blocker
def test_no_route_of_rest_answers_and_every_one_of_the_door_does(bridge: Bridge, blocked: str):
    rest = bridge.call("GET", "status", allow_redirects=False)
    assert '"bridge"' not in rest.text, blocked
    assert by_door(bridge, "GET", "status").json()["data"]["bridge"]["version"]
    sent = by_door(bridge, "POST", "publish", json=(payload := article()))
    assert sent.status_code == 201, sent.text[:500]
    asked = by_door(bridge, "GET", f"content/{payload['content_id']}").json()
    assert asked["data"]["post_id"] == sent.json()["data"]["post_id"]
    assert bridge.posts_of(payload["content_id"]) == [asked["data"]["post_id"]]


@every_blocker
def test_the_backend_publishes_there_once(bridge: Bridge, blocked: str):
    """What was refused goes on at once; of what may have happened is asked first."""
    target = Target(f"{bridge.site.url}/wp-json/", bridge.site.url, bridge.key)
    payload = article(content_id=new_id())
    sent = client().publish(target, payload, operation_id="op-1", request_id="r-1")
    if blocked in SPEECHLESS:
        assert not sent.ours
        asked = client().ask(target, payload["content_id"])
        assert (asked.status, asked.code, asked.door) == (404, "not_found", Door.FRONT)
        target = target.through(asked.door)
        sent = client().publish(target, payload, operation_id="op-1", request_id="r-2")
    assert (sent.status, sent.door) == (201, Door.FRONT)
    assert bridge.posts_of(payload["content_id"]) == [sent.data["post_id"]]


def same(answer: requests.Response) -> tuple[int, Any, set[str]]:
    """An answer without what differs between any two."""
    body = answer.json()
    # The second in which it was collected.
    if isinstance(body.get("data"), dict) and "timestamp" in body["data"]:
        assert re.fullmatch(r"[\d-]+T[\d:]+Z", body["data"].pop("timestamp"))
    names = ("Cache-Control", "Expires", "Retry-After", "X-Robots-Tag", "X-Content-Type-Options")
    return answer.status_code, body, {f"{n}: {answer.headers.get(n)}" for n in names}


@pytest.mark.parametrize(
    ("method", "route", "more"),
    [
        ("GET", "status", {"headers": {}}),
        ("GET", "status", {"headers": {"X-IGNY8-API-KEY": "wrong"}}),
        ("POST", "publish", {"headers": {}, "data": "{broken"}),
        ("POST", "publish", {"json": {}}),
        ("POST", "publish", {"json": []}),
        ("POST", "publish", {"data": "text"}),
        ("POST", "publish/", {"json": {"content_id": 0}}),
        ("POST", "publish-content/", {"json": {"content_id": 0}}),
        ("GET", "content/999999999", {}),
        ("GET", "CONTENT/999999999", {}),
        ("GET", "changes", {"params": {"since": "-1"}}),
        ("GET", "changes", {"params": {"since": "0", "limit": "1"}}),
        ("GET", "posts", {"params": {"type": "nonsense"}}),
        ("GET", "posts", {"params": {"limit": "1", "fields": "id,title"}}),
        ("POST", "changes/ack", {"json": {"epoch": "another", "event_ids": ["x"]}}),
        ("POST", "key", {"json": {"api_key": "x"}}),
        ("GET", "structure", {}),
    ],
)  # fmt: skip
def test_it_answers_what_rest_answers(bridge: Bridge, method: str, route: str, more: Any):
    rest = bridge.call(method, route, **more)
    assert same(by_door(bridge, method, route, **more)) == same(rest)


@pytest.mark.parametrize("route", ["status", "publish", "content/999999999"])
@pytest.mark.parametrize("has_key", [True, False])
def test_head_is_get_without_a_body(bridge: Bridge, route: str, has_key: bool):
    headers = bridge.headers if has_key else {}
    rest = bridge.call("HEAD", route, headers=headers)
    door = by_door(bridge, "HEAD", route, headers=headers)
    assert (door.status_code, door.text) == (rest.status_code, rest.text)


def test_broken_json_is_malformed(bridge: Bridge):
    headers = {**bridge.headers, "Content-Type": "application/json"}
    for answer in (
        by_door(bridge, "POST", "publish", data="{broken", headers=headers),
        bridge.call("POST", "publish", data="{broken", headers=headers),
    ):
        assert (answer.status_code, code(answer)) == (400, "malformed")


@pytest.mark.parametrize(
    ("method", "route"),
    [("GET", "nonsense"), ("GET", "publish"), ("POST", "status"), ("GET", "content/0"),
     ("GET", ""), ("GET", "status/../status"), ("GET", "content/1\n")],
)  # fmt: skip
def test_what_is_no_route_is_said_as_wordpress_says_it(bridge: Bridge, method: str, route: str):
    answer = by_door(bridge, method, route)
    assert (answer.status_code, answer.json()["code"]) == (404, "rest_no_route")
    assert "success" not in answer.json()


def test_nobody_else_gets_in(unpaired: Bridge):
    for stored, status, reason in (
        (None, 403, "not_paired"),
        (unpaired.key, 401, "invalid_api_key"),
    ):
        unpaired.option(igny8_api_key=stored)
        for method, route in ROUTES:
            answer = by_door(unpaired, method, route, headers={}, json=article())
            assert (answer.status_code, code(answer)) == (status, reason), route


def test_it_is_closed_by_the_switch_and_by_the_filter(bridge: Bridge):
    set_options(bridge, igny8_switches={"second_door": False})
    closed = by_door(bridge, "GET", "status")
    assert (closed.status_code, '"bridge"' in closed.text) == (200, False)
    assert bridge.call("GET", "status").status_code == 200
    bridge.option(igny8_switches=None)
    with bridge.beside("add_filter( 'igny8_second_door', '__return_false' );"):
        assert '"bridge"' not in by_door(bridge, "GET", "status").text


def test_only_the_front_page_has_it(bridge: Bridge):
    # Else core looks for enclosures in the hostile posts of other tests, past PHP's time limit.
    bridge.php("return wp_clear_scheduled_hook( 'do_pings' );")
    for path in ("wp-login.php", "wp-cron.php", "xmlrpc.php", "wp-admin/admin-ajax.php"):
        answer = bridge.call(
            "GET", "", url=f"{bridge.site.url}/{path}?igny8-bridge=status", allow_redirects=False
        )
        assert '"bridge"' not in answer.text, path


def test_a_question_may_come_as_post(bridge: Bridge):
    asks = {"_method": "GET"}
    asked = by_door(bridge, "POST", "status", params=asks)
    assert asked.json()["data"]["bridge"]["version"]
    found = by_door(bridge, "POST", "changes", params={**asks, "since": "0", "limit": "2"}).json()
    assert len(found["data"]["events"]) <= 2
    assert by_door(bridge, "POST", "status", params=asks, headers={}).status_code == 401
    # Nothing else that is said of the method counts.
    for said in ("POST", "DELETE", "get"):
        assert by_door(bridge, "POST", "status", params={"_method": said}).status_code == 404
    assert by_door(bridge, "POST", "status", params={"_method[]": "GET"}).status_code == 404
    payload = article()
    got = by_door(bridge, "GET", "publish", params={"_method": "POST"}, json=payload)
    assert got.status_code == 404
    assert bridge.posts_of(payload["content_id"]) == []


def test_an_array_is_no_route(bridge: Bridge):
    answer = bridge.http.get(f"{bridge.site.url}/?igny8-bridge[]=status", headers=bridge.headers)
    assert '"bridge"' not in answer.text


def test_others_output_does_no_harm(bridge: Bridge):
    bridge.option(test_noise=1)
    answer = by_door(bridge, "POST", "publish", json=article())
    # The noisy plugin is loaded before ours: where its first words are out already, it is a 200.
    assert answer.status_code in {200, 201}
    assert answer.text.endswith('"status":201}}')
    assert "printed in" not in answer.text


def test_an_unblocked_site_is_called_by_rest(bridge: Bridge):
    target = Target(f"{bridge.site.url}/wp-json/", bridge.site.url, bridge.key)
    assert client().status(target).door is Door.REST


def test_a_door_that_closed_is_left_for_rest(bridge: Bridge):
    set_options(bridge, igny8_switches={"second_door": False})
    target = Target(f"{bridge.site.url}/wp-json/", bridge.site.url, bridge.key, Door.FRONT)
    answer = client().status(target)
    bridge.option(igny8_switches=None)
    assert (answer.success, answer.door) == (True, Door.REST)


def test_the_door_costs_visitors_nothing(bridge: Bridge):
    bridge.option(test_count_queries=1)
    page = bridge.http.get(bridge.site.url, timeout=60)
    bridge.option(test_count_queries=None)
    assert "Igny8/Bridge/Rest" not in json.dumps(dict(page.headers))
