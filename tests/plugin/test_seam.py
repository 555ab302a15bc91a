"""The backend's own client understands every route of the real bridge."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from igny8.core.http import Fate, OutboundClient
from igny8.core.keys import generate_key
from igny8.wordpress.client import BridgeClient, Target

from .conftest import Bridge, article, new_id
from .outbox.conftest import QUIET


class Now:
    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
def client() -> BridgeClient:
    return BridgeClient(
        OutboundClient(allow_local=True), Now(), ask_timeout_seconds=60, send_timeout_seconds=60
    )


class NotFoundPage(BaseHTTPRequestHandler):
    """What an address answers under which a site's REST API is no more."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html><body>Page not found</body></html>")

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def nowhere() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), NotFoundPage) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(params=["pretty", "plain", "pretty once, plain now"])
def target(bridge: Bridge, nowhere: str, request: pytest.FixtureRequest) -> Target:
    """A site by its REST root; the third has changed to plain permalinks since it paired."""
    url = bridge.site.url
    roots = {"pretty": f"{url}/wp-json/", "plain": f"{url}/?rest_route=/"}
    return Target(roots.get(request.param, f"{nowhere}/wp-json/"), url, bridge.key)


def test_status_and_structure(client: BridgeClient, target: Target):
    with client.connected() as site:
        status = site.status(target)
        structure = site.structure(target)
    assert (status.ours, status.success, status.status) == (True, True, 200)
    assert status.data["paused"] is False
    assert structure.success
    assert structure.data["post_types"]["post"]
    assert (status.epoch, status.head_seq) == (structure.epoch, structure.head_seq)
    assert status.epoch


def test_an_article_its_truth_and_its_page(client: BridgeClient, target: Target):
    payload = article(content_id=new_id())
    sent = client.publish(target, payload, operation_id="op-1", request_id="r-1")
    assert (sent.success, sent.status) == (True, 201)
    assert sent.head_seq is not None
    again = client.publish(target, payload, operation_id="op-1", request_id="r-2")
    assert again.data["replayed"] is True
    asked = client.ask(target, payload["content_id"])
    assert asked.data["post_id"] == sent.data["post_id"]
    after = sent.data["post_id"] - 1
    page = client.posts(target, post_type="post", after=after, limit=1, fields=["id", "title"])
    assert page.success, page
    assert page.data["items"] == [{"id": sent.data["post_id"], "title": payload["title"]}]
    absent = client.ask(target, new_id())
    assert (absent.ours, absent.status, absent.code) == (True, 404, "not_found")
    # What it has never heard of it may have lost.
    assert absent.epoch
    assert absent.head_seq


def test_changes_are_read_and_acknowledged(bridge: Bridge, client: BridgeClient, target: Target):
    begun = client.changes(target, epoch=None, since=0, limit=1)
    assert begun.success, begun
    epoch, since = begun.data["epoch"], begun.data["head_seq"]
    payload = article(content_id=new_id())
    client.publish(target, payload, operation_id="op-1", request_id="r-1")
    page = client.changes(target, epoch=epoch, since=since, limit=100)
    ours = [e for e in page.data["events"] if e["content_id"] == payload["content_id"]]
    assert [event["action"] for event in ours] == ["post_created"]
    assert page.head_seq == page.data["head_seq"] >= ours[0]["seq"] > since
    done = client.acknowledge(target, epoch=epoch, event_ids=[ours[0]["event_id"]])
    assert (done.success, done.data["acknowledged"]) == (True, 1)
    other_life = client.acknowledge(target, epoch="another", event_ids=["x"])
    assert (other_life.ours, other_life.status, other_life.code) == (True, 409, "epoch_mismatch")
    assert client.changes(target, epoch="another", since=0, limit=1).data["events"] == []


def test_a_key_is_handed_over(bridge: Bridge, client: BridgeClient, target: Target):
    other: Any = generate_key("test")
    bridge.php(f"{QUIET} return 1;")
    bridge.touched = True
    given = client.hand_over_key(target, other)
    assert (given.success, given.data["last4"]) == (True, other[-4:])
    assert client.status(replace(target, api_key=other)).success
    # The first use of the new key ended the old one.
    refused = client.status(target)
    assert (refused.ours, refused.status, refused.code) == (True, 401, "invalid_api_key")


def test_a_site_without_the_bridge_is_told_apart(bridge: Bridge, client: BridgeClient):
    nobody = Target("http://127.0.0.1:9/wp-json/", "http://127.0.0.1:9", bridge.key)
    assert client.status(nobody).fate is Fate.NOT_SENT
