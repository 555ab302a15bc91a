"""The WordPress of the other tests answers as the real bridge does: one story, told to both."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.people_site import PeoplesWordPress

from .conftest import Bridge, article, new_id

Told = tuple[int, Any]
OF_AN_ORDER = ("rev", "post_status", "replayed")
OF_A_QUESTION = ("rev", "state", "post_status")


class Real:
    """The bridge on a site, and what people do there."""

    def __init__(self, bridge: Bridge, content_id: int) -> None:
        self.bridge, self.content_id = bridge, content_id

    def publish(self, order: dict[str, Any]) -> tuple[int, Any]:
        answer = self.bridge.call("POST", "publish", json=order)
        return answer.status_code, answer.json()

    def ask(self) -> tuple[int, Any]:
        answer = self.bridge.content(self.content_id)
        return answer.status_code, answer.json()

    def person(self, what: str, post_id: int) -> None:
        acts = {
            "edited": f"wp_update_post( array( 'ID' => {post_id}, 'post_title' => 'Theirs' ) );",
            "trash": f"wp_trash_post( {post_id} );",
            "deleted": f"wp_delete_post( {post_id}, true );",
        }
        status = f"wp_update_post( array( 'ID' => {post_id}, 'post_status' => '{what}' ) );"
        self.bridge.php(acts.get(what, status) + " return true;")


class Stub:
    """The one that is compared."""

    def __init__(self, content_id: int) -> None:
        self.site, self.content_id = PeoplesWordPress(), content_id

    def publish(self, order: dict[str, Any]) -> tuple[int, Any]:
        return self._call("POST", "publish", json.dumps(order).encode())

    def ask(self) -> tuple[int, Any]:
        return self._call("GET", f"content/{self.content_id}", None)

    def _call(self, method: str, route: str, body: bytes | None) -> tuple[int, Any]:
        url = f"http://127.0.0.1/wp-json/igny8/v1/{route}"
        headers = {"X-IGNY8-API-KEY": "k", "X-IGNY8-Operation": "op"}
        told = self.site.request(method, url, timeout=1, headers=headers, body=body)
        return told.status, json.loads(told.body)

    def person(self, what: str, _post_id: int) -> None:
        if what == "edited":
            self.site.rewrite(self.content_id)
        elif what == "deleted":
            self.site.delete(self.content_id)
        else:
            self.site.set_status(self.content_id, what)


def compared(status: int, body: Any, names: tuple[str, ...]) -> Told:
    """What the backend acts on: a refusal by its code and number, else what is said of the post."""
    if not body["success"]:
        return status, (body["error"]["code"], body.get("data", {}).get("rev"))
    return status, {name: body["data"].get(name) for name in names}


def played(site: Real | Stub, steps: list[str]) -> list[Told]:
    """A story step by step; an order names what its sender saw last, as the backend does."""
    told: list[Told] = []
    seen: dict[str, Any] = {}
    rev = 0
    for step in steps:
        what, _, flag = step.partition(" ")
        if what == "ask":
            told.append(compared(*site.ask(), OF_A_QUESTION))
        elif what in {"publish", "again", "down"}:
            rev += what != "again"
            wanted = flag if what == "down" else "publish"
            order = article(
                content_id=site.content_id, rev=rev, post_status=wanted,
                title=f"Text {rev}", post_id=seen.get("post_id"),
                base_fingerprint=seen.get("fingerprint"),
                base_post_status=seen.get("post_status"),
                recreate=flag == "recreate", take_down=what == "down",
            )  # fmt: skip
            status, body = site.publish(order)
            told.append(compared(status, body, OF_AN_ORDER))
            if body["success"]:
                seen = body["data"]
        else:
            site.person(what, seen["post_id"])
    return told


STORIES: dict[str, list[str]] = {
    "never": ["ask"],
    "once and again": ["publish", "ask", "again", "ask"],
    "updated": ["publish", "publish", "ask", "again"],
    "edited by a person": ["publish", "edited", "publish", "ask", "publish"],
    "drafted by a person": ["publish", "draft", "publish", "ask"],
    "trashed by a person": ["publish", "trash", "publish", "ask", "publish recreate", "ask"],
    "deleted by a person": ["publish", "deleted", "ask", "publish", "publish recreate", "ask"],
    "updated, deleted by a person": [
        "publish",
        "publish",
        "deleted",
        "ask",
        "again",
        "publish recreate",
        "ask",
    ],
    "made again and deleted again": [
        "publish",
        "deleted",
        "publish recreate",
        "deleted",
        "ask",
        "again recreate",
        "ask",
    ],
    "drafted by a person, ordered again": ["publish", "draft", "again", "ask"],
    "live again by a person, taken down again": [
        "publish",
        "down draft",
        "publish",
        "draft",
        "again",
        "ask",
    ],
    "taken down, live by a person, ordered again": ["publish", "down trash", "again", "ask"],
    "edited by a person, ordered again": ["publish", "publish", "edited", "again", "ask"],
    "trashed by a person, ordered again": ["publish", "publish", "trash", "again", "ask"],
    "trashed by a person, taken down": ["publish", "trash", "down draft", "down trash", "again"],
    "taken down and up again": ["publish", "down draft", "ask", "publish", "ask"],
    "thrown away and made live again": ["publish", "down trash", "ask"],
    "taken down where a person was": ["publish", "draft", "down draft", "ask"],
}


@pytest.mark.parametrize("name", STORIES)
def test_both_tell_the_same(bridge: Bridge, name: str) -> None:
    content_id = new_id()
    sites: list[Callable[[], Real | Stub]] = [
        lambda: Real(bridge, content_id), lambda: Stub(content_id),
    ]  # fmt: skip
    real, stub = (played(site(), STORIES[name]) for site in sites)
    assert stub == real
