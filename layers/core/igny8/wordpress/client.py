"""The client of the bridge's REST API."""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from igny8.core.clock import Clock
from igny8.core.http import Reply
from igny8.wordpress.response import BridgeResponse, read_answer

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
        """What is on the site for this content? Past every cache."""
        route = f"content/{content_id}"
        answer = self._call(target, "GET", route, content_id, None, {}, self.ask_timeout_seconds)
        if _is_html_404(answer):
            target = _plain(target)
            answer = self._call(
                target, "GET", route, content_id, None, {}, self.ask_timeout_seconds
            )
        return answer

    def status(self, target: Target) -> BridgeResponse:
        """Is the bridge there, and does it know our key?"""
        answer = self._call(target, "GET", "status", None, None, {}, self.ask_timeout_seconds)
        if _is_html_404(answer):
            target = _plain(target)
            answer = self._call(target, "GET", "status", None, None, {}, self.ask_timeout_seconds)
        return answer

    def publish(
        self, target: Target, payload: Mapping[str, Any], *, operation_id: str, request_id: str
    ) -> BridgeResponse:
        """Send one article. A 404 that is a page is asked once more without pretty permalinks."""
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": operation_id,
            "X-IGNY8-Operation": operation_id,
            "X-Request-ID": request_id,
        }
        content_id = payload["content_id"]
        timeout = self.send_timeout_seconds
        answer = self._call(target, "POST", "publish", content_id, body, headers, timeout)
        if _is_html_404(answer):
            target = _plain(target)
            answer = self._call(target, "POST", "publish", content_id, body, headers, timeout)
        return answer

    def _call(
        self, target: Target, method: str, route: str, content_id: int | None, body: bytes | None,
        headers: Mapping[str, str], timeout: float,
    ) -> BridgeResponse:  # fmt: skip
        query = {"_": secrets.token_hex(8)} if method == "GET" else {}
        reply = self.http.request(
            method,
            route_url(target.rest_url, route, query),
            timeout=timeout,
            body=body,
            headers={
                "Authorization": f"Bearer {target.api_key}",
                "X-IGNY8-API-KEY": target.api_key,
                "Cache-Control": "no-cache",
                **headers,
            },
        )
        return read_answer(reply, content_id=content_id, now=self.clock.now())


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


def _plain(target: Target) -> Target:
    return Target(f"{target.site_url.rstrip('/')}/?rest_route=/", target.site_url, target.api_key)


def _is_html_404(answer: BridgeResponse) -> bool:
    return answer.status == 404 and not answer.ours and answer.foreign_code is None  # noqa: PLR2004
