"""Events in DynamoDB: by integration, newest first by key order, kept for a while."""

import json
from datetime import timedelta
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from igny8.core.clock import epoch, from_rfc3339, rfc3339
from igny8.core.redact import redact
from igny8.core.rows import Query, Row, Table, Tables, Write
from igny8.core.table import content_partition, integration_key, put
from igny8.journal.model import Action, Direction, EventType, Status, SyncEvent

EVENTS_TABLE = Table("events", ("integration_key", "S"), ("event_id", "N"))


class EventItem(Model):
    """One line of history. ``body`` is the event as JSON; the rest are keys.

    The sparse indexes ``by_content`` and ``failures`` are on ``content_key`` and ``failure_key``.
    """

    integration_key = UnicodeAttribute(hash_key=True)
    event_id = NumberAttribute(range_key=True)
    content_key = UnicodeAttribute(null=True)
    failure_key = UnicodeAttribute(null=True)
    body = UnicodeAttribute()
    expires_at = NumberAttribute()


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
        """The newest ``limit`` events of an integration; one query."""
        rows = self._tables.query(
            Query(
                table=EVENTS_TABLE,
                partition=("integration_key", integration_key(integration_id)),
                newest_first=True,
                limit=limit,
            )
        )
        return [_to_event(row) for row in rows]

    def _to_item(self, event: SyncEvent) -> EventItem:
        key = integration_key(event.integration_id)
        item = EventItem(
            integration_key=key,
            event_id=event.id,
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


def _to_event(row: Row) -> SyncEvent:
    item = EventItem.from_raw_data(dict(row))
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
