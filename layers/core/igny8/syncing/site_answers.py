"""What the site said to the sync worker, in the domain's words; nothing of it is trusted."""

from collections.abc import Mapping
from typing import Any, TypeGuard

from igny8.core.ids import MAX_ID
from igny8.inbound.model import NO_POST, WORDPRESS, Position, PostEvent
from igny8.inbound.terms import term_news
from igny8.inbound.told import taken
from igny8.publishing.answers import Presence, presence
from igny8.publishing.model import DELETED
from igny8.wordpress.response import BridgeResponse

REFUSALS = frozenset({"invalid", "malformed", "not_supported", "not_found"})
"""What the bridge answers to a question that it will never answer otherwise."""
TEXT_MAX = {
    "action": 40,
    "post_status": 40,
    "post_url": 2048,
    "post_title": 500,
    "post_type": 40,
    "previous_status": 40,
    "event_id": 128,
    "origin": 40,
    "operation_id": 128,
    "fingerprint": 200,
    "actor": 100,
    "channel": 40,
    "occurred_at": 40,
}
NUMBERS = ("content_id", "seq", "rev")


class Strange(Exception):
    """What the site tells is not of the database that was listened to so far."""


def event_of(told: Mapping[str, Any]) -> PostEvent:
    """An event of the site's outbox; what cannot be read is left out."""
    values: dict[str, Any] = {}
    for name, most in TEXT_MAX.items():
        value = told.get(name)
        if isinstance(value, str) and value:
            values[name] = value[:most]
    for name in NUMBERS:
        if _is_number(told.get(name)):
            values[name] = told[name]
    if isinstance(told.get("password_protected"), bool):
        values["password_protected"] = told["password_protected"]
    values["metadata"] = taken(told.get("metadata"))
    values["terms"] = term_news(told)
    values.setdefault("origin", WORDPRESS)
    post_id = told.get("post_id")
    return PostEvent(post_id=post_id if _is_number(post_id) else NO_POST, **values)


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_ID


def position_of(answer: BridgeResponse) -> Position:
    """How far the site has counted, of an answer to ``changes``."""
    return Position(str(answer.data["epoch"])[:64], int(answer.data["head_seq"]))


def position_told(answer: BridgeResponse) -> Position | None:
    """How far the site has counted, if it says so beside an answer."""
    return None if answer.epoch is None else Position(answer.epoch[:64], answer.head_seq)


def facts_of(answer: BridgeResponse, content_id: int, post_id: int | None) -> PostEvent | None:
    """What is there for a content, as an event without a number; ``None``: nothing is known.

    ``post_id`` is the post that is known to be its own at this site. A site that has never heard of
    it has lost it, with its memory of it: its database was restored from an older backup. How far
    it has counted says whether the answer is newer than what was heard.
    """
    seen = presence(answer)
    if seen is Presence.ABSENT and post_id is not None and answer.epoch is not None:
        return PostEvent(post_id=post_id, content_id=content_id, post_status=DELETED)
    if seen is Presence.DELETED:
        told = event_of({**answer.data, "content_id": content_id, "seq": None})
        named = post_id or told.post_id
        return PostEvent(post_id=named, content_id=content_id, post_status=DELETED, rev=told.rev)
    if seen is not Presence.DONE:
        return None
    # What the post is now, which people may have changed since our order made it what that says.
    now = answer.data.get("current_fingerprint") or answer.data.get("fingerprint")
    facts = {**answer.data, "fingerprint": now, "content_id": content_id}
    return event_of({**facts, "origin": WORDPRESS, "seq": None})
