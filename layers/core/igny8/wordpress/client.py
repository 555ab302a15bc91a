"""The client of the bridge's REST API."""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import KW_ONLY, dataclass, replace
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import urlsplit

from igny8.core.clock import Clock
from igny8.core.http import Fate, Reply
from igny8.wordpress import routes
from igny8.wordpress.doors import Door, door_method, door_order, door_url
from igny8.wordpress.onward import onward
from igny8.wordpress.response import BridgeResponse, read_answer
from igny8.wordpress.routes import BridgeRoute

LOOK_AROUND_MS = 5_000
"""No other door is tried later than this: one call ends this much after its time-out at most."""


class KeyHeader(StrEnum):
    """The headers that show the key; some hosts strip one of them."""

    BEARER = "Authorization"
    OWN = "X-IGNY8-API-KEY"

    def value_of(self, api_key: str) -> str:
        """What the header says."""
        return f"Bearer {api_key}" if self is KeyHeader.BEARER else api_key


class Outbound(Protocol):
    """Makes HTTP calls; see `igny8.core.http.OutboundClient`."""

    def request(
        self, method: str, url: str, *, timeout: float, headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Reply: ...  # fmt: skip
    def kept_alive(self) -> AbstractContextManager["Outbound"]: ...


@dataclass(frozen=True, slots=True)
class Target:
    """A site to talk to: the REST root that its bridge gave, and the key to show.

    ``door`` is the one that led to the bridge last.
    """

    rest_url: str
    site_url: str
    api_key: str
    door: Door = Door.REST

    def through(self, door: Door | None) -> "Target":
        """The site by the door that was found; the same one if none was."""
        return self if door is None else replace(self, door=door)

    def __repr__(self) -> str:
        """Leave the key out of logs and tracebacks."""
        return f"Target(rest_url={self.rest_url!r})"


@dataclass(frozen=True, slots=True)
class BridgeClient:
    """Asks and tells the bridge. Never raises for what a site does; read the answer."""

    http: Outbound
    clock: Clock
    _: KW_ONLY
    ask_timeout_seconds: float
    send_timeout_seconds: float

    @contextmanager
    def connected(self) -> Iterator["BridgeClient"]:
        """A client whose calls share a connection; for one site and one thread."""
        with self.http.kept_alive() as http:
            yield replace(self, http=http)

    def ask(
        self, target: Target, content_id: int, *, correlation_id: str | None = None
    ) -> BridgeResponse:
        """What is on the site for this content?"""
        return self._call(target, routes.content(content_id), headers=_named(correlation_id))

    def status(self, target: Target) -> BridgeResponse:
        """Is the bridge there, and does it know our key?"""
        return self._call(target, routes.STATUS)

    def status_shown(self, target: Target, header: KeyHeader) -> BridgeResponse:
        """The same, with the key in one header alone: does that header get through?"""
        return self._try(target, target.door, routes.STATUS, {}, None, {}, shown=(header,))

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
        self,
        target: Target,
        *,
        post_type: str,
        after: int,
        limit: int,
        fields: Sequence[str] = (),
        filters: Mapping[str, Any] | None = None,
    ) -> BridgeResponse:
        """Which posts of a type are there, by ascending id after ``after``?

        ``filters`` are the route's own: status, author, term, date_after, date_before,
        modified_after. What posts say comes as it is stored there, secrets and all.
        """
        query = {"type": post_type, "after": str(after), "limit": str(limit)}
        named = {"fields": ",".join(fields)} if fields else {}
        only = {name: str(value) for name, value in (filters or {}).items()}
        return self._call(target, routes.POSTS, query | named | only)

    def posts_by_id(
        self, target: Target, *, ids: Sequence[int], fields: Sequence[str] = ()
    ) -> BridgeResponse:
        """What is there of these posts, a hundred at most? ``gone`` names the others.

        What does not fit the answer is in neither, and is to be asked for again.
        """
        query = {"ids": ",".join(map(str, ids))}
        named = {"fields": ",".join(fields)} if fields else {}
        return self._call(target, routes.POSTS, query | named)

    def terms(self, target: Target, *, taxonomy: str, after: int, limit: int) -> BridgeResponse:
        """Which terms of a taxonomy are there, by ascending id after ``after``?"""
        query = {"taxonomy": taxonomy, "after": str(after), "limit": str(limit)}
        return self._call(target, routes.TERMS, query)

    def links(self, target: Target, items: Sequence[Mapping[str, int]]) -> BridgeResponse:
        """Tell the site which content each of these posts is; the same again changes nothing.

        An item is ``post_id, content_id``, and ``instead_of`` where it names other content now.
        """
        return self._call(target, routes.LINKS, body={"items": list(items)})

    def digests(
        self,
        target: Target,
        bounds: Mapping[str, Sequence[int]],
        *,
        checked_before: int | None = None,
    ) -> BridgeResponse:
        """What does the site's ledger add up to, by post type and between these post ids?

        It then looks at some of its posts for what no event told of: of those alone that it has
        not looked at since ``checked_before``, which an earlier answer named.
        """
        body: dict[str, Any] = {"bounds": {name: list(ids) for name, ids in bounds.items()}}
        if checked_before is not None:
            body["checked_before"] = checked_before
        return self._call(target, routes.DIGESTS, body=body)

    def hand_over_key(self, target: Target, api_key: str) -> BridgeResponse:
        """Give the site its new key, under the one that it knows."""
        return self._call(target, routes.KEY, body={"api_key": api_key})

    def say_goodbye(self, target: Target) -> BridgeResponse:
        """Tell the site that it is no longer connected: it forgets its key."""
        return self._call(target, routes.DISCONNECT, body={})

    def publish(
        self,
        target: Target,
        payload: Mapping[str, Any],
        *,
        operation_id: str,
        request_id: str,
        correlation_id: str | None = None,
    ) -> BridgeResponse:
        """Send one article; the bridge tells of what comes of it under the ``correlation_id``."""
        headers = {
            "Idempotency-Key": operation_id,
            "X-IGNY8-Operation": operation_id,
            "X-Request-ID": request_id,
            **_named(correlation_id),
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
        """Call past every cache, by the door that worked last, then by the others in their order.

        ``door`` of the answer says which one leads to the bridge, ``duration_ms`` what all tries
        took. Where none does, the answer is REST's: it says what is the matter with the site.
        """
        host = urlsplit(target.site_url).hostname or ""
        says_why = BridgeResponse(Fate.NOT_SENT)
        found: Door | None = None
        spent, skip = 0, None
        for door in door_order(target.rest_url, target.door):
            if door is skip:
                continue
            if door is Door.FRONT and not route.asks and door is not target.door:
                # A page can be behind it. What is sent to a page leaves a doubt, so look first.
                look = self._try(target, door, routes.STATUS, {}, None, {})
                spent += look.duration_ms
                found = door if look.ours else None
                if found is None or spent > LOOK_AROUND_MS:
                    break
            answer = self._try(target, door, route, query or {}, body, headers or {})
            spent += answer.duration_ms
            led_on = onward(answer, host)
            if led_on is None or not (route.asks or led_on.nothing_done):
                found = door if answer.ours else found
                return replace(answer, duration_ms=spent, door=found)
            if door is not Door.FRONT or not says_why.status:
                says_why = answer
            skip = Door.PLAIN if led_on.by_wordpress else None
            if spent > LOOK_AROUND_MS:
                break
        return replace(says_why, duration_ms=spent, door=found)

    def _try(
        self,
        target: Target,
        door: Door,
        route: BridgeRoute,
        query: Mapping[str, str],
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        *,
        shown: Sequence[KeyHeader] = tuple(KeyHeader),
    ) -> BridgeResponse:
        """One call by one door."""
        raw = None
        named = {
            **{str(header): header.value_of(target.api_key) for header in shown},
            "Cache-Control": "no-cache",
            **headers,
        }
        if body is not None:
            raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
            named["Content-Type"] = "application/json; charset=utf-8"
        timeout = self.send_timeout_seconds if route.sends else self.ask_timeout_seconds
        unique = {"_": secrets.token_hex(8)} if route.asks else {}
        method, said = door_method(door, route.method)
        query = {**query, **said, **unique}
        url = door_url(door, target.rest_url, target.site_url, route.path, query)
        reply = self.http.request(method, url, timeout=timeout, headers=named, body=raw)
        return read_answer(
            reply, is_ours=route.marks, keeps=route.keeps, verbatim=route.verbatim,
            now=self.clock.now(),
        )  # fmt: skip


def _named(correlation_id: str | None) -> dict[str, str]:
    """A header of our own: proxies set the usual ones anew."""
    return {} if correlation_id is None else {"X-IGNY8-Correlation": correlation_id}
