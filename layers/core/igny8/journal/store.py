"""Events in DynamoDB: by integration, newest first by key order, kept for a while."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from igny8.core.clock import epoch, from_rfc3339, rfc3339
from igny8.core.cursor import Page, PageRequest, encode_cursor
from igny8.core.ids import first_id_of
from igny8.core.reading import readable, stored, translation
from igny8.core.redact import redact
from igny8.core.rows import Query, Row, Table, Tables, Write
from igny8.core.table import content_partition, integration_key, put
from igny8.journal.model import Action, Direction, EventType, Status, SyncEvent

MOST_QUERIES = 5
EVENTS_TABLE = Table("events", ("integration_key", "S"), ("event_id", "N"))


class EventItem(Model):
    """One line of history. ``body`` is the event as JSON; the rest are keys.

    The indexes ``by_type``, and the sparse ``by_content`` and ``failures``, are on ``type_key``,
    ``content_key`` and ``failure_key``.
    """

    integration_key = UnicodeAttribute(hash_key=True)
    event_id = NumberAttribute(range_key=True)
    type_key = UnicodeAttribute(null=True)
    content_key = UnicodeAttribute(null=True)
    failure_key = UnicodeAttribute(null=True)
    body = UnicodeAttribute()
    expires_at = NumberAttribute()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events of an integration are wanted; ``None`` where it does not matter."""

    account_id: int
    type: EventType | None = None
    success: bool | None = None
    content_id: int | None = None

    @property
    def index(self) -> str | None:
        """The index that leaves out the most."""
        if self.content_id is not None:
            return "by_content"
        if self.success is False:
            return "failures"
        return "by_type" if self.type is not None else None

    def takes(self, event: SyncEvent, integration_id: int) -> bool:
        """Whether an event is wanted."""
        return (
            event.integration_id == integration_id
            and self.type in {None, event.type}
            and self.success in {None, event.success}
            and self.content_id in {None, event.content_id}
        )


class EventStore:
    """Appends inside other features' transactions and reads pages of history."""

    def __init__(self, tables: Tables, *, retention_days: int) -> None:
        self._tables = tables
        self._retention = timedelta(days=retention_days)

    def append(self, event: SyncEvent) -> Write:
        """Write the event together with what it tells of."""
        missing = EventItem.event_id.does_not_exist()
        return put(f"event {event.id}", EVENTS_TABLE, self._to_item(event), missing)

    def newest(self, integration_id: int, limit: int) -> list[SyncEvent]:
        """The newest ``limit`` events of an integration; one query.

        Without those that this version cannot read, here and in :meth:`page`.
        """
        rows = self._tables.query(
            Query(
                table=EVENTS_TABLE,
                partition=("integration_key", integration_key(integration_id)),
                newest_first=True,
                limit=limit,
            )
        )
        return readable(_to_event, rows)[0]

    def failures_since(self, integration_id: int, moment: datetime, most: int) -> int:
        """How many events failed since then, counted up to ``most``; one query."""
        rows = self._tables.query(
            Query(
                table=EVENTS_TABLE,
                index="failures",
                partition=("failure_key", integration_key(integration_id)),
                within=EventItem.event_id > first_id_of(moment),
                newest_first=True,
                limit=most,
            )
        )
        return len(rows)

    def page(self, integration_id: int, wanted: Wanted, request: PageRequest) -> Page[SyncEvent]:
        """History that is wanted, newest first, through the index that leaves out the most.

        What an index cannot leave out is passed over: then a page can be short, or empty, and
        have a next one all the same.
        """
        found: list[SyncEvent] = []
        before = request.before
        for _ in range(MOST_QUERIES):
            rows = self._tables.query(_query(integration_id, wanted, before, request.limit + 1))
            more = len(rows) > request.limit
            events = self._whole(rows[: request.limit], wanted)
            found += [one for one in events if wanted.takes(one, integration_id)]
            if rows:
                before = int(rows[: request.limit][-1]["event_id"]["N"])
            if not more:
                return Page(found[: request.limit], _next(found, request.limit))
            if len(found) >= request.limit:
                return Page(found[: request.limit], encode_cursor(found[request.limit - 1].id))
        return Page(found, encode_cursor(before or 0))

    def _whole(self, rows: Sequence[Row], wanted: Wanted) -> list[SyncEvent]:
        """Whole events; an index holds keys alone."""
        if wanted.index is not None and rows:
            keys = [EVENTS_TABLE.key_of(row) for row in rows]
            rows = self._tables.get_many(EVENTS_TABLE, keys)
        return sorted(readable(_to_event, rows)[0], key=lambda event: -event.id)

    def _to_item(self, event: SyncEvent) -> EventItem:
        key = integration_key(event.integration_id)
        item = EventItem(
            integration_key=key,
            event_id=event.id,
            type_key=_type_key(event.integration_id, event.type),
            body=redact(_rendered(event)),
            expires_at=epoch(event.timestamp + self._retention),
        )
        if event.content_id is not None:
            item.content_key = content_partition(event.account_id, event.content_id)
        if not event.success:
            item.failure_key = key
        return item


def _rendered(event: SyncEvent) -> str:
    return json.dumps(_body(event), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _query(integration_id: int, wanted: Wanted, before: int | None, limit: int) -> Query:
    partitions = {
        "by_content": ("content_key", content_partition(wanted.account_id, wanted.content_id or 0)),
        "failures": ("failure_key", integration_key(integration_id)),
        "by_type": ("type_key", _type_key(integration_id, wanted.type or "")),
        None: ("integration_key", integration_key(integration_id)),
    }
    return Query(
        table=EVENTS_TABLE,
        index=wanted.index,
        partition=partitions[wanted.index],
        within=None if before is None else EventItem.event_id < before,
        newest_first=True,
        limit=limit,
    )


def _next(found: Sequence[SyncEvent], limit: int) -> str | None:
    return encode_cursor(found[limit - 1].id) if len(found) > limit else None


def _type_key(integration_id: int, kind: str) -> str:
    return f"{integration_key(integration_id)}#{kind}"


def _body(event: SyncEvent) -> dict[str, Any]:
    return {
        "account_id": event.account_id,
        "type": event.type,
        "action": event.action,
        "direction": event.direction,
        "status": event.status,
        "description": event.description,
        "timestamp": rfc3339(event.timestamp),
        "content_id": event.content_id,
        "content_type": event.content_type,
        "external_id": event.external_id,
        "duration_ms": event.duration_ms,
        "details": event.details,
        "error_message": event.error_message,
        "actor": event.actor,
        "channel": event.channel,
        "operation_id": event.operation_id,
    }


@translation
def _to_event(row: Row) -> SyncEvent:
    item = stored(EventItem, row)
    body = json.loads(item.body)
    return SyncEvent(
        **{
            **body,
            "id": int(item.event_id),
            "integration_id": int(item.integration_key.removeprefix("I#")),
            "type": EventType(body["type"]),
            "action": Action(body["action"]),
            "direction": Direction(body["direction"]),
            "status": Status(body["status"]),
            "timestamp": from_rfc3339(body["timestamp"]),
        }
    )
