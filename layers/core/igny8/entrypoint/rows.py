"""What a function's table of routes is made of: one row a route, one call, one answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from igny8.core.errors import NotFound, Unauthenticated
from igny8.core.ids import MAX_ID
from igny8.entrypoint.principal import Person
from igny8.idempotency.model import IdempotencyKey
from igny8.sites.model import KeyOwner

NO_STORE = "no-store"
HEARD = frozenset({"cloudfront-viewer-country", "if-none-match", "user-agent"})
"""Headers of a request that a route may know: none that credentials travel in."""


class Page:
    """An HTML page."""


class Caller(Enum):
    """Who may call a route. What signed-in people are asked for is so of the group "admin", too."""

    PEOPLE = "people"  # signed in; the gateway checked the token
    ADMIN = "admin"  # people in the group "admin"
    BRIDGE = "bridge"  # shows a site API key; checked before anything else is read
    OPEN = "open"  # anybody

    @property
    def signs_in(self) -> bool:
        """Whether the gateway checked a person's token."""
        return self in {Caller.PEOPLE, Caller.ADMIN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, read and allowed: who calls, which ids, what was sent.

    ``body`` and ``query`` are of the row's models, ``None`` where it has none; ``request`` is what
    the client named it by, on rows that create. ``headers`` are the few of ``HEARD``, lower case.
    """

    caller: Person | KeyOwner | None
    path: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    query: Any = None
    request: IdempotencyKey | None = None
    address: str = ""

    @property
    def person(self) -> Person:
        """The signed-in user; on routes of people alone."""
        if not isinstance(self.caller, Person):
            raise Unauthenticated("unauthorized", "Sign in and send your ID token.")
        return self.caller

    @property
    def owner(self) -> KeyOwner:
        """Whose site API key was shown; on routes of the bridge alone."""
        if not isinstance(self.caller, KeyOwner):
            raise Unauthenticated("missing_api_key", "Send the site API key in X-IGNY8-API-KEY.")
        return self.caller

    @property
    def site(self) -> KeyOwner | None:
        """Whose site API key was shown, if any was that is good; on rows that know sites."""
        return self.caller if isinstance(self.caller, KeyOwner) else None

    def id(self, name: str) -> int:
        """An id in the path. What cannot be one is as absent as one that does not exist."""
        number = as_id(self.path.get(name))
        if number is None:
            raise NotFound
        return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a route answers: data for the envelope, or a page, or nothing but headers."""

    data: Any = None
    status: int = 200
    meta: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    page: str | None = None
    is_empty: bool = False

    @classmethod
    def redirect(cls, url: str) -> "Answer":
        """Found elsewhere, for this once."""
        return cls(status=302, headers={"Location": url}, is_empty=True)

    @classmethod
    def empty(cls, status: int = 200, **headers: str) -> "Answer":
        """Headers alone, as to HEAD; underscores in their names stand for dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status=status, headers=named, is_empty=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One row: ``path`` in its one form, ``{name}`` for a part.

    A row that names no caller is never served: it is unreachable, not open. ``body`` and ``query``
    are pydantic models; ``body_optional`` reads an empty body as ``{}``, and one that is above
    ``body_max_bytes`` is refused unread; a row that ``creates`` takes an ``Idempotency-Key``.
    People are refused what the models do not know, the bridge is not.

    A row that is open and ``knows_sites`` finds out whose site API key was shown, if any was; who
    shows a wrong one is served like who shows none.

    ``cache`` is what a success says of keeping it. A row with an ``etag`` marks what it answers
    with 200, and answers 304 to who has it already; the route names the mark in its headers, or it
    is drawn from the body.

    ``answer`` (a TypedDict, or a list of one that is paged; ``Page``; nothing where headers say
    all), whether a part of it is ``paged``, ``statuses`` of success and the codes that it
    ``refuses`` with beyond those of every row of its kind are for the API's document.
    """

    method: str
    path: str
    run: Callable[[Call, Any], Answer]
    caller: Caller | None = None
    knows_sites: bool = False
    body: Any = None
    body_optional: bool = False
    body_max_bytes: int | None = None
    creates: bool = False
    query: Any = None
    cache: str = NO_STORE
    etag: bool = False
    answer: Any = None
    paged: bool = False
    statuses: tuple[int, ...] = (200,)
    refuses: tuple[str, ...] = ()


def as_id(text: str | None) -> int | None:
    """Read an id: ASCII digits, at most 2**53 - 1."""
    if text and text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ID)):
        number = int(text)
        return number if 0 < number <= MAX_ID else None
    return None
