"""What came back from a site, read without trusting it.

Other plugins print notices, byte order marks and debug output around our JSON, so the object is
searched for; it is **ours** only with a boolean ``success`` and either the marks of the route that
was called or an ``error.code`` from the bridge's list (docs/architecture.md, "What an answer
means").
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from igny8.core.http import Fate, Reply
from igny8.core.ids import MAX_ID
from igny8.core.redact import redact
from igny8.wordpress.doors import Door
from igny8.wordpress.remarks import is_short, tame

BRIDGE_CODES = frozenset({
    "already_exists", "in_progress", "conflict", "gone", "locked", "invalid", "too_large",
    "malformed", "not_supported", "unsupported_media_type", "not_paired", "invalid_api_key",
    "unauthorized", "forbidden", "not_found", "site_url_changed", "internal_error",
    "author_unavailable", "read_only", "paused", "epoch_mismatch", "database_unavailable",
})  # fmt: skip
OBJECT_START = re.compile(r"\{\s{0,200}\"")
START_MAX = 202
SEARCH_LIMIT = 200
# How many bytes the search may look at in all, whatever the order of what is printed around us;
# a brace that begins nothing, and a try that comes to nothing, cost as many.
MOST_LOOKS = 1_048_576
BRACE_COST = 8
TRY_COST = 1_000
WINDOW = 65_536
DEEPEST = 32
MESSAGE_MAX_CHARACTERS = 4_000  # before secrets are taken out of it, none of which is cut in two
SAID_IN_META = ("status", "retry_after", "epoch", "head_seq")
MOST_FIELDS = 20
FIELD_MAX_CHARACTERS = 1000
HOST_MAX_CHARACTERS = 253  # RFC 1035
EPOCH_MAX_CHARACTERS = 64
STATUSES = range(200, 600)

Marks = Callable[[Mapping[str, Any]], bool]
"""Whether an answer's ``data`` can only be our route's."""

Keeps = Callable[[Mapping[str, Any]], dict[str, Any]]
"""What is kept of an answer's ``data``."""


@dataclass(frozen=True, slots=True)
class BridgeResponse:
    """A reply as far as it can be understood.

    ``ours`` says that the bridge itself spoke; then ``data`` or ``code`` and ``fields`` are set,
    and mostly ``epoch`` and ``head_seq``: how far its outbox has counted, in which life of its
    database. ``status`` and ``retry_after`` are its own words then, where it says them: what other
    plugins print first goes out as 200. ``foreign_code`` is the code of a JSON error of WordPress
    itself (``rest_no_route``). ``door`` leads to the bridge.
    """

    fate: Fate
    status: int = 0
    ours: bool = False
    success: bool = False
    data: dict[str, Any] = field(default_factory=dict)
    code: str | None = None
    message: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    epoch: str | None = None
    head_seq: int | None = None
    foreign_code: str | None = None
    retry_after: int | None = None
    location_host: str | None = None
    door: Door | None = None
    duration_ms: int = 0
    error: str = ""


def read_answer(
    reply: Reply,
    *,
    is_ours: Marks,
    keeps: Keeps | None = None,
    verbatim: bool = False,
    now: datetime,
) -> BridgeResponse:
    """Understand a reply; ``is_ours`` knows the ``data`` of the route that was called.

    ``keeps`` is what anybody wants of that: only what is kept is looked through for secrets.
    ``verbatim`` data is not looked at: an article about keys comes with them, and one post of a
    page that no row can hold is not the others' fault. It belongs into no log and no history.
    """
    common: dict[str, Any] = {
        "fate": reply.fate, "status": reply.status, "duration_ms": reply.duration_ms,
        "error": reply.error, "retry_after": _retry_after(reply.headers.get("retry-after"), now),
        "location_host": _host(reply.headers.get("location")),
    }  # fmt: skip
    if reply.fate is not Fate.ANSWERED or reply.truncated:
        return BridgeResponse(**common)
    found = _objects(reply.body)
    # Our own object wins over whatever else was printed around it.
    for value in found:
        if _is_ours(value, is_ours):
            with suppress(ValueError):
                said = _said_by_us(value, keeps, verbatim=verbatim and value.get("success") is True)
                return BridgeResponse(**{**common, **_said(said), "ours": True, **_contents(said)})
    for value in found:
        if isinstance(value.get("code"), str) and "message" in value:
            return BridgeResponse(**common, foreign_code=redact(value["code"][:100]))
    return BridgeResponse(**common)


def _objects(body: bytes) -> list[dict[str, Any]]:
    """The JSON objects in a body, in their order; the search costs a bounded time."""
    text = body.decode("utf-8", errors="replace")
    decoder = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
    found: list[dict[str, Any]] = []
    position = spent = 0
    while len(found) < SEARCH_LIMIT and spent <= MOST_LOOKS:
        end = position + WINDOW
        match = OBJECT_START.search(text, position, end)
        start = match.start() if match else end
        spent += BRACE_COST * text.count("{", position, start)
        if match is None:
            if end >= len(text):
                break
            position = end - START_MAX
            continue
        try:
            value, position = decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            spent += _looked_at(error, start)
            position = start + 1
        except (ValueError, RecursionError):
            spent += len(text)
            position = start + 1
        else:
            found.append(value)
    return found


def _looked_at(error: json.JSONDecodeError, start: int) -> int:
    """How many bytes a try has cost; counting the lines before the error is a part of it."""
    end = len(error.doc) if error.msg.startswith("Unterminated") else error.pos
    return TRY_COST + end - start + error.pos // 8


def _refuse(constant: str) -> Any:
    raise ValueError(constant)  # NaN and Infinity are no JSON


def _finite(number: str) -> float:
    """A fraction; 1e999 is JSON, but what Python makes of it is not."""
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(number)
    return value


def _said_by_us(value: dict[str, Any], keeps: Keeps | None, *, verbatim: bool) -> dict[str, Any]:
    """Our answer as it may be kept. Raises ``ValueError`` for what no row can hold."""
    if not verbatim:
        return _kept(_wanted(value, keeps))  # type: ignore[no-any-return]
    around = {name: entry for name, entry in value.items() if name != "data"}
    return {**_kept(_wanted(around, keeps)), "data": value["data"]}


def _wanted(value: dict[str, Any], keeps: Keeps | None) -> dict[str, Any]:
    """What is kept of an answer of ours, as it came."""
    data, error = value.get("data"), value.get("error")
    names = ("success", "meta")
    wanted: dict[str, Any] = {name: value[name] for name in names if name in value}
    if isinstance(wanted.get("meta"), dict):
        wanted["meta"] = {name: wanted["meta"].get(name) for name in SAID_IN_META}
    if isinstance(data, dict):
        wanted["data"] = keeps(data) if keeps is not None else data
    if isinstance(error, dict):
        fields = error.get("fields")
        wanted["error"] = {
            "code": error.get("code"),
            "message": str(error.get("message", ""))[:MESSAGE_MAX_CHARACTERS],
            "fields": _bounded_fields(fields) if isinstance(fields, dict) else {},
        }
    return wanted


def _kept(value: Any, depth: int = DEEPEST) -> Any:
    """The value as it may be kept. Raises ``ValueError`` for what no row can hold.

    A site that echoes our key must not put it into our rows, answers and history; JSON can spell
    half of a surrogate pair, UTF-8 cannot.
    """
    if depth == 0:
        raise ValueError("too deep")
    if isinstance(value, str):
        value.encode()
        return redact(value)
    if isinstance(value, dict):
        return {_kept(name, 1): _kept(entry, depth - 1) for name, entry in value.items()}
    if isinstance(value, list):
        return [_kept(entry, depth - 1) for entry in value]
    return value


def _is_ours(value: dict[str, Any], marks: Marks) -> bool:
    if value.get("success") is True:
        data = value.get("data")
        return isinstance(data, dict) and marks(data)
    error = value.get("error")
    if value.get("success") is not False or not isinstance(error, dict):
        return False
    code = error.get("code")
    return isinstance(code, str) and code in BRIDGE_CODES


def _contents(value: dict[str, Any]) -> dict[str, Any]:
    if value["success"]:
        return {"success": True, "data": value["data"], **_position(value.get("meta"))}
    error = value["error"]
    return {
        "code": error["code"],
        "message": error["message"][:500],
        "fields": error["fields"],
        "data": value.get("data", {}),
        **_position(value.get("meta")),
    }


def _said(value: dict[str, Any]) -> dict[str, Any]:
    """Status and waiting time as the bridge wrote them into the answer itself."""
    meta = value.get("meta")
    if not isinstance(meta, dict) or meta.get("status") not in STATUSES:
        return {}
    after = meta.get("retry_after")
    return {"status": int(meta["status"]), "retry_after": after if is_count(after) else None}


def _position(meta: Any) -> dict[str, Any]:
    """How far the site's outbox has counted, where it says so in full."""
    if not isinstance(meta, dict):
        return {}
    life, seq = meta.get("epoch"), meta.get("head_seq")
    if not isinstance(life, str) or not 0 < len(life) <= EPOCH_MAX_CHARACTERS or not is_count(seq):
        return {}
    return {"epoch": life, "head_seq": seq}


def is_count(value: Any) -> TypeGuard[int]:
    """Whether a JSON value is a whole number from 0 that every reader keeps exact."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_ID


def _bounded_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """The first reasons, short enough for a line of history."""
    return {
        name[:100]: tame(reasons)
        for name, reasons in list(fields.items())[:MOST_FIELDS]
        if is_short(reasons, FIELD_MAX_CHARACTERS)
    }


def _retry_after(value: str | None, now: datetime) -> int | None:
    """Seconds to wait, from the number or the HTTP date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return min(int(value.strip()[:9]), 10**9)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0, int((moment - now).total_seconds()))


def _host(location: str | None) -> str | None:
    if not location:
        return None
    try:
        host = urlsplit(location).hostname
    except ValueError:
        return None
    return host if host is not None and len(host) <= HOST_MAX_CHARACTERS else None
