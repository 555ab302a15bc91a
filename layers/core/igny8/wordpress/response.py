"""What came back from a site, read without trusting it.

Other plugins print notices, byte order marks and debug output around our JSON, so the object is
searched for; it is **ours** only with a boolean ``success`` and either the ``content_id`` that was
sent or an ``error.code`` from the bridge's list (docs/architecture.md, "What an answer means").
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from igny8.core.http import Fate, Reply
from igny8.core.redact import redact

BRIDGE_CODES = frozenset({
    "already_exists", "in_progress", "conflict", "gone", "locked", "invalid", "too_large",
    "malformed", "not_supported", "unsupported_media_type", "not_paired", "invalid_api_key",
    "unauthorized", "forbidden", "not_found", "site_url_changed", "internal_error",
    "author_unavailable", "read_only", "paused",
})  # fmt: skip
OBJECT_START = re.compile(r"\{\s*\"")
SEARCH_LIMIT = 200
MOST_FIELDS = 20
FIELD_MAX_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class BridgeResponse:
    """A reply as far as it can be understood.

    ``ours`` says that the bridge itself spoke; then ``data`` or ``code`` and ``fields`` are set.
    ``foreign_code`` is the code of a JSON error of WordPress itself (``rest_no_route``).
    """

    fate: Fate
    status: int = 0
    ours: bool = False
    success: bool = False
    data: dict[str, Any] = field(default_factory=dict)
    code: str | None = None
    message: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    foreign_code: str | None = None
    retry_after: int | None = None
    location_host: str | None = None
    duration_ms: int = 0
    error: str = ""


def read_answer(reply: Reply, *, content_id: int | None, now: datetime) -> BridgeResponse:
    """Understand a reply about ``content_id``, or about the bridge itself if that is ``None``."""
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
        if _is_ours(value, content_id) and _is_text(value):
            return BridgeResponse(**common, ours=True, **_contents(value))
    for value in found:
        if isinstance(value.get("code"), str) and "message" in value:
            return BridgeResponse(**common, foreign_code=value["code"][:100])
    return BridgeResponse(**common)


def _objects(body: bytes) -> list[dict[str, Any]]:
    # A site that echoes our key must not put it into our rows, answers and history.
    text = redact(body.decode("utf-8", errors="replace"))
    decoder = json.JSONDecoder()
    found: list[dict[str, Any]] = []
    position = 0
    for _ in range(SEARCH_LIMIT):
        match = OBJECT_START.search(text, position)
        if match is None:
            break
        try:
            value, position = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            position = match.start() + 1
            continue
        found.append(value)
    return found


def _is_ours(value: dict[str, Any], content_id: int | None) -> bool:
    if value.get("success") is True:
        data = value.get("data")
        if not isinstance(data, dict):
            return False
        if content_id is None:
            return isinstance(data.get("bridge"), (dict, str))
        sent = data.get("content_id")
        return isinstance(sent, int) and not isinstance(sent, bool) and sent == content_id
    error = value.get("error")
    if value.get("success") is not False or not isinstance(error, dict):
        return False
    code = error.get("code")
    return isinstance(code, str) and code in BRIDGE_CODES


def _is_text(value: dict[str, Any]) -> bool:
    """Whether it can be stored: JSON can spell half of a surrogate pair, UTF-8 cannot."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _contents(value: dict[str, Any]) -> dict[str, Any]:
    if value["success"]:
        return {"success": True, "data": value["data"]}
    error = value["error"]
    data = value.get("data")
    fields = error.get("fields")
    return {
        "code": error["code"],
        "message": str(error.get("message", ""))[:500],
        "fields": _bounded_fields(fields) if isinstance(fields, dict) else {},
        "data": data if isinstance(data, dict) else {},
    }


def _bounded_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """The first reasons, short enough for a line of history."""
    return {
        name[:100]: reasons
        for name, reasons in list(fields.items())[:MOST_FIELDS]
        if len(json.dumps(reasons)) <= FIELD_MAX_CHARACTERS
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
        return urlsplit(location).hostname
    except ValueError:
        return None
