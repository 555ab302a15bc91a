"""A WordPress that records every call, keeps posts as the bridge does, and misbehaves on demand."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from igny8.core.http import Fate, Reply

from tests.support.outbox import Outbox, structure
from tests.support.posts_on_site import PostsOnSite

FRONT_PAGE = b"<html><body>Welcome</body></html>"


@dataclass
class Post:
    post_id: int
    content_id: int
    rev: int
    title: str
    content_html: str
    post_status: str
    operation_id: str
    text_rev: int = 0
    decided_at: int | None = None

    @property
    def fingerprint(self) -> str:
        """Of the text that we sent last."""
        return f"f{self.text_rev or self.rev}"


def reply(status: int, body: Any, **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(Fate.ANSWERED, 12, status=status, headers=headers, body=raw)


def lost(error: str = "ReadTimeout") -> Reply:
    return Reply(Fate.LOST, 30_000, error=error)


def not_sent(error: str = "ConnectTimeout") -> Reply:
    return Reply(Fate.NOT_SENT, 5_000, error=error)


def refusal(status: int, code: str, message: str = "no", **headers: str) -> Reply:
    error = {"code": code, "message": message, "fields": {}}
    return reply(status, {"success": False, "error": error}, **headers)


def gone(post_status: str = "deleted", *, content_id: int = 1, rev: int = 0) -> Reply:
    """The bridge's word that somebody deleted the post, or put it into the trash."""
    error = {"code": "gone", "message": "no", "fields": {}}
    told = {"content_id": content_id, "post_status": post_status, "rev": rev}
    return reply(410, {"success": False, "error": error, "data": told})


@dataclass
class FakeWordPress:
    """Implements `igny8.wordpress.client.Outbound`.

    ``faults`` holds, first in first out, what happens to the next calls instead of an answer:
    a function gets the proper reply (computed, so the effect has happened) and answers another.
    ``before`` does the same without any effect. One WordPress stands behind all doors: what REST is
    kept from, it is kept from at its other address, too, unless ``plain_is_free``; and behind the
    bridge's own door there is a page, unless ``front_is_open``. ``knocks`` are all calls with their
    doors, ``headers`` what was sent with them; ``calls`` leaves out the ones that repeat another at
    a door which leads nowhere.
    """

    posts: dict[int, Post] = field(default_factory=dict)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    knocks: list[tuple[str, str]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    plain_is_free: bool = False
    front_is_open: bool = False
    after: list[Callable[[Reply], Reply]] = field(default_factory=list)
    before: list[Reply] = field(default_factory=list)
    deleted: dict[int, Post] = field(default_factory=dict)
    trashed: set[int] = field(default_factory=set)
    results: dict[int, dict[str, Any]] = field(default_factory=dict)
    inserts: int = 0
    accepted_key: str | None = None
    paused: bool = False
    up: bool = True
    outbox: Outbox = field(default_factory=Outbox)
    next_key: str | None = None
    disconnected: bool = False
    report: dict[str, Any] = field(default_factory=dict)
    stripped: set[str] = field(default_factory=set)
    strips_alone: bool = False
    metadata: dict[str, Any] | None = None
    """What it answers of every post that is there beside its text."""
    existing: PostsOnSite = field(default_factory=PostsOnSite)
    """What stood there before us, as the bridge since 2.1 reads it."""
    _kept_from: Reply | None = None

    def request(
        self,
        method: str,
        url: str,
        *,
        timeout: float,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        payload = json.loads(body) if body else None
        door, route = _door(url)
        self.knocks.append((door, route))
        self.headers.append(headers or {})
        if not self.up:
            self.calls.append((method, route, payload))
            return not_sent()
        if door == "front":
            if not self.front_is_open:
                return reply(200, FRONT_PAGE)
        elif door == "rest" or self.plain_is_free:
            self._kept_from = self.before.pop(0) if self.before else None
        if door != "front" and self._kept_from is not None:
            if door == "rest" or self.plain_is_free:
                self.calls.append((method, route, payload))
            return self._kept_from
        self.calls.append((method, route, payload))
        shown = {name for name in ("X-IGNY8-API-KEY", "Authorization") if name in (headers or {})}
        if self.strips_alone and len(shown) == 1 and shown <= self.stripped:
            return refusal(401, "invalid_api_key")
        key = (headers or {})[min(shown, key=len)].removeprefix("Bearer ")
        if self.accepted_key is not None and key not in {self.accepted_key, self.next_key}:
            return refusal(401, "invalid_api_key")
        told = self._told(route, payload, url)
        answer = told or self._answer(method, route, payload, headers or {})
        return self.after.pop(0)(answer) if self.after else answer

    @contextmanager
    def kept_alive(self) -> Iterator["FakeWordPress"]:
        yield self

    def sent(self, route: str = "publish") -> list[Any]:
        return [payload for _, called, payload in self.calls if called == route]

    def _answer(self, method: str, route: str, payload: Any, headers: Mapping[str, str]) -> Reply:
        if route == "status":
            data = {"bridge": {"version": "2.0.0"}, "paused": self.paused, **self.report}
            return self._done(data)
        if self.paused:
            return refusal(403, "paused")
        if route.startswith("content/"):
            return self._content(int(route.removeprefix("content/")))
        assert (method, route) == ("POST", "publish")
        return self._publish(payload, headers["X-IGNY8-Operation"])

    def _done(self, data: dict[str, Any], status: int = 200) -> Reply:
        """The bridge's envelope: every answer says how far the outbox has counted."""
        return reply(status, {"success": True, "data": data, "meta": self.outbox.position})

    def _told(self, route: str, payload: Any, url: str) -> Reply | None:
        """Answers to what the sync worker asks and tells."""
        if route == "changes":
            data = self.outbox.page(url)
        elif route == "changes/ack":
            data = self.outbox.acknowledge(payload)
        elif route == "structure":
            data = structure()
        elif route == "key":
            self.next_key = payload["api_key"]
            data = {"last4": self.next_key[-4:], "previous_valid_until": None}
        elif route == "disconnect":
            self.disconnected = True
            data = {"disconnected": True}
        else:
            told = self.existing.answer(route, url, payload)
            if told is None or isinstance(told, bytes):
                return told and reply(200, told)
            data = told
        return self._done(data)

    def _content(self, content_id: int) -> Reply:
        if content_id in self.deleted:
            there = {"post_url": None, "post_status": "deleted", "modified_gmt": None}
            known = self._data(self.deleted[content_id], False) | there
            return self._done(known | {"current_fingerprint": None, "metadata": None})
        if content_id not in self.posts:
            error = {"code": "not_found", "message": "no", "fields": {}}
            return reply(404, {"success": False, "error": error, "meta": self.outbox.position})
        post = self.posts[content_id]
        now = {"current_fingerprint": self.current_fingerprint(post), "metadata": self.metadata}
        return self._done(self._data(post, False) | now)

    def current_fingerprint(self, post: Post) -> str:
        """Of the text that is there now."""
        return post.fingerprint

    def _publish(self, payload: Any, operation_id: str) -> Reply:
        content_id = payload["content_id"]
        if content_id in self.deleted:
            known = self.deleted[content_id].rev
            if not payload.get("recreate") or payload["rev"] <= known:  # made again once, not twice
                return gone(content_id=content_id, rev=known)
            del self.deleted[content_id]
        post = self.posts.get(content_id)
        if post is not None and post.rev >= payload["rev"]:
            return self._done({**self.results[content_id], "replayed": True})  # as it was then
        if payload.get("take_down"):
            return self._take_down(post, payload, operation_id)
        if post is None:
            self.inserts += 1
        post_id = post.post_id if post else 100 + self.inserts
        # What an update does not name stays as it is.
        kept = {"title": post.title, "content_html": post.content_html} if post else {}
        told = kept | payload
        self.posts[content_id] = Post(
            post_id, content_id, payload["rev"], told["title"], told["content_html"],
            payload["post_status"], operation_id, decided_at=payload.get("decided_at"),
        )  # fmt: skip
        return self._carried_out(self.posts[content_id], 200 if post else 201)

    def _take_down(self, post: Post | None, payload: Any, operation_id: str) -> Reply:
        """The text stays; what is down already is left as it is (`Publish/Writing.php`)."""
        if post is None:
            return gone(content_id=payload["content_id"])
        status = payload["post_status"]
        if status == "draft" and post.post_status == "pending":
            status = "pending"
        kept = replace(
            post, rev=payload["rev"], text_rev=post.text_rev or post.rev, post_status=status,
            operation_id=operation_id, decided_at=payload.get("decided_at"),
        )  # fmt: skip
        self.posts[post.content_id] = kept
        if status != post.post_status:  # what people threw away does not become ours
            (self.trashed.add if status == "trash" else self.trashed.discard)(post.content_id)
        return self._carried_out(kept)

    def _carried_out(self, post: Post, status: int = 200) -> Reply:
        """Kept: an order that comes again is answered with what was answered then."""
        self.results[post.content_id] = self._data(post, False)
        return self._done(self.results[post.content_id], status)

    def _data(self, post: Post, replayed: bool) -> dict[str, Any]:
        return {
            "content_id": post.content_id,
            "operation_id": post.operation_id,
            "rev": post.rev,
            "decided_at": post.decided_at,
            "state": "done",
            "post_id": post.post_id,
            "post_url": f"http://127.0.0.1:8080/post-{post.post_id}/",
            "post_status": post.post_status,
            "modified_gmt": "2026-01-10T12:00:00Z",
            "fingerprint": post.fingerprint,
            "replayed": replayed,
            "warnings": [],
            "altered": [],
        }

    def delete(self, content_id: int) -> None:
        self.deleted[content_id] = self.posts.pop(content_id)


def _door(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    if "igny8-bridge" in query:
        return "front", query["igny8-bridge"][0]
    plain = query.get("rest_route", [""])[0]
    return ("plain" if plain else "rest"), (plain or parts.path).rpartition("/igny8/v1/")[2]
