"""The other half of the WordPress stub: what waits there, and what it consists of."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

EPOCH = "0123456789abcdef0123456789abcdef"
KIND = {"label": "Posts", "count": 12, "enabled": True, "fetch_limit": 100}


@dataclass
class Outbox:
    """What waits on a site, as the bridge numbers and keeps it."""

    epoch: str = EPOCH
    head_seq: int = 0
    waiting: list[dict[str, Any]] = field(default_factory=list)

    def add(self, **event: Any) -> dict[str, Any]:
        """One more event."""
        self.head_seq += 1
        numbered = {"event_id": f"event-{self.head_seq}", "seq": self.head_seq, **event}
        self.waiting.append(numbered)
        return numbered

    def page(self, url: str) -> dict[str, Any]:
        """The answer to ``GET changes``."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        limit, since = int(query["limit"]), int(query["since"])
        ours = query.get("epoch", self.epoch) == self.epoch
        events = [event for event in self.waiting if event["seq"] > since] if ours else []
        return {**self.position, "events": events[:limit], "more": len(events) > limit}

    def acknowledge(self, payload: Any) -> dict[str, Any]:
        """The answer to ``POST changes/ack``; what is acknowledged is forgotten."""
        before = len(self.waiting)
        known = set(payload["event_ids"])
        self.waiting = [event for event in self.waiting if event["event_id"] not in known]
        return {"acknowledged": before - len(self.waiting), **self.position}

    @property
    def position(self) -> dict[str, Any]:
        """How far it has counted."""
        return {"epoch": self.epoch, "head_seq": self.head_seq}


def structure() -> dict[str, Any]:
    """The answer to ``GET structure``."""
    return {
        "post_types": {"post": KIND, "page": {**KIND, "label": "Pages"}},
        "taxonomies": {"category": {**KIND, "label": "Categories"}},
        "plugin_connection_enabled": True,
        "two_way_sync_enabled": False,
        "timestamp": "2026-01-10T12:00:00Z",
    }
