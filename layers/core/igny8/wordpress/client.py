"""The client of the bridge's REST API."""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from igny8.core.clock import Clock
from igny8.core.http import Reply
from igny8.wordpress import routes
from igny8.wordpress.response import BridgeResponse, read_answer
from igny8.wordpress.routes import BridgeRoute

NAMESPACE = "igny8/v1"


class Outbound(Protocol):
    """Makes HTTP calls; see `igny8.core.http.OutboundClient`."""

    def request(
        self, method: str, url: str, *, timeout: float, headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Reply: ...  # fmt: skip
    def kept_alive(self) -> AbstractContextManager["Outbound"]: ...


@dataclass(frozen=True, slots=True)
class Target:
    """A site to talk to: the REST root that its bridge gave, and the key to show."""

    rest_url: str
    site_url: str
    api_key: str

    def __repr__(self) -> str:
        """Leave the key out of logs and tracebacks."""
        return f"Target(rest_url={self.rest_url!r})"


@dataclass(frozen=True, slots=True)
class BridgeClient:
    """Asks and tells the bridge. Never raises for what a site does; read the answer."""

    http: Outbound
    clock: Clock
    ask_timeout_seconds: float
    send_timeout_seconds: float

    @contextmanager
    def connected(self) -> Iterator["BridgeClient"]:
        """A client whose calls share a connection; for one site and one thread."""
        with self.http.kept_alive() as http:
            yield replace(self, http=http)

    def ask(self, target: Target, content_id: int) -> BridgeResponse:
        """What is on the site for this content?"""
        return self._call(target, routes.content(content_id))

    def status(self, target: Target) -> BridgeResponse:
        """Is the bridge there, and does it know our key?"""
        return self._call(target, routes.STATUS)

    def structure(self, target: Target) -> BridgeResponse:
        """Which post types and taxonomies are there?"""
        return self._call(target, routes.STRUCTURE)

    def changes(
        self, target: Target, *, epoch: str | None, since: int, limit: int
    ) -> BridgeResponse:
        """What did people change after the event ``since`` of that life of the site's database?"""
        query = {"since": str(since), "limit": str(limit)}
        return self._call(target, routes.CHANGES, query | ({"epoch": epoch} if epoch else {}))

    def acknowledge(
        self, target: Target, *, epoch: str, event_ids: Sequence[str]
    ) -> BridgeResponse:
        """Tell the site that these events are kept here: it forgets them."""
        body = {"epoch": epoch, "event_ids": list(event_ids)}
        return self._call(target, routes.ACKNOWLEDGE, body=body)

    def posts(
        self, target: Target, *, post_type: str, after: int, limit: int, fields: Sequence[str] = ()
    ) -> BridgeResponse:
        """Which posts of a type are there, by ascending id after ``after``?"""
        query = {"type": post_type, "after": str(after), "limit": str(limit)}
        named = {"fields": ",".join(fields)} if fields else {}
        return self._call(target, routes.POSTS, query | named)

    def hand_over_key(self, target: Target, api_key: str) -> BridgeResponse:
        """Give the site its new key, under the one that it knows."""
        return self._call(target, routes.KEY, body={"api_key": api_key})

    def publish(
        self, target: Target, payload: Mapping[str, Any], *, operation_id: str, request_id: str
    ) -> BridgeResponse:
        """Send one article."""
        headers = {
            "Idempotency-Key": operation_id,
            "X-IGNY8-Operation": operation_id,
            "X-Request-ID": request_id,
        }
        route = routes.publish(payload["content_id"])
        return self._call(target, route, body=payload, headers=headers)

    def _call(
        self,
        target: Target,
        route: BridgeRoute,
        query: Mapping[str, str] | None = None,
        *,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> BridgeResponse:
        """Call past every cache. A 404 that is a page is asked again without pretty permalinks."""
        raw = None
        named = {
            "Authorization": f"Bearer {target.api_key}",
            "X-IGNY8-API-KEY": target.api_key,
            "Cache-Control": "no-cache",
            **(headers or {}),
        }
        if body is not None:
            raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
            named["Content-Type"] = "application/json; charset=utf-8"
        timeout = self.send_timeout_seconds if route.sends else self.ask_timeout_seconds
        for rest_url in (target.rest_url, f"{target.site_url.rstrip('/')}/?rest_route=/"):
            unique = {"_": secrets.token_hex(8)} if route.method == "GET" else {}
            url = route_url(rest_url, route.path, {**(query or {}), **unique})
            reply = self.http.request(route.method, url, timeout=timeout, headers=named, body=raw)
            answer = read_answer(reply, is_ours=route.marks, now=self.clock.now())
            if not _is_html_404(answer):
                break
        return answer


def route_url(rest_url: str, route: str, query: Mapping[str, str]) -> str:
    """Build a route's address below a REST root of either form.

    >>> route_url("https://example.com/wp-json", "status", {})
    'https://example.com/wp-json/igny8/v1/status'
    >>> route_url("https://example.com/?rest_route=/", "status", {})
    'https://example.com/?rest_route=%2Figny8%2Fv1%2Fstatus'
    """
    parts = urlsplit(rest_url)
    values = dict(parse_qsl(parts.query))
    if "rest_route" in values:
        values["rest_route"] = f"/{NAMESPACE}/{route}"
        path = parts.path
    else:
        path = f"{parts.path.rstrip('/')}/{NAMESPACE}/{route}"
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode({**values, **query}), ""))


def _is_html_404(answer: BridgeResponse) -> bool:
    return answer.status == 404 and not answer.ours and answer.foreign_code is None  # noqa: PLR2004
