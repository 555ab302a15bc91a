"""Events in DynamoDB: by integration, newest first by key order, kept for a while."""

import json
from datetime import timedelta
from typing import Any

from igny8.core.clock import epoch, from_rfc3339, rfc3339
from igny8.core.redact import redact
from igny8.core.table import EventItem, content_partition, integration_key, storage
from igny8.core.writes import Write
from igny8.events.model import Action, Direction, EventType, Status, SyncEvent


class EventStore:
    """Appends inside other features' transactions and reads pages of history."""

    def __init__(self, retention_days: int) -> None:
        self._retention = timedelta(days=retention_days)

    def append(self, event: SyncEvent) -> Write:
        """Write the event together with what it tells of."""
        item = self._to_item(event)
        return Write(
            f"event {event.id}",
            lambda tx: tx.save(f"event {event.id}", item, EventItem.event_id.does_not_exist()),
        )

    def newest(self, integration_id: int, limit: int) -> list[SyncEvent]:
        """The newest ``limit`` events of an integration; one query."""
        with storage():
            items = EventItem.query(
                integration_key(integration_id), scan_index_forward=False, limit=limit
            )
            return [_to_event(item) for item in items]

    def _to_item(self, event: SyncEvent) -> EventItem:
        key = integration_key(event.integration_id)
        item = EventItem(
            integration_key=key,
            event_id=event.id,
            body=redact(json.dumps(_body(event), ensure_ascii=False, separators=(",", ":"))),
            expires_at=epoch(event.timestamp + self._retention),
        )
        if event.content_id is not None:
            item.content_key = content_partition(event.account_id, event.content_id)
        if not event.success:
            item.failure_key = key
        return item


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


def _to_event(item: EventItem) -> SyncEvent:
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
