"""The one way into history: knows ids, the clock, and what each action is filed under."""

from collections.abc import Mapping
from typing import Any, Protocol

from igny8.core.clock import Clock
from igny8.core.ids import IdSource
from igny8.core.rows import Write
from igny8.journal.model import KINDS, Action, Actor, Status, SyncEvent


class Events(Protocol):
    """Where events are kept; see `igny8.journal.store.EventStore`."""

    def append(self, event: SyncEvent) -> Write: ...


class Journal:
    """Records what happened, as a write for the transaction that makes it happen."""

    def __init__(self, *, store: Events, ids: IdSource, clock: Clock) -> None:
        self._store = store
        self._ids = ids
        self._clock = clock

    def record(
        self,
        account_id: int,
        integration_id: int,
        action: Action,
        status: Status,
        description: str,
        *,
        actor: Actor,
        content_id: int | None = None,
        content_type: str | None = None,
        external_id: int | None = None,
        duration_ms: int | None = None,
        details: Mapping[str, Any] | None = None,
        error_message: str | None = None,
        operation_id: str | None = None,
    ) -> Write:
        """Write one line of history; ``duration_ms`` is the time of a call to the site."""
        kind, direction = KINDS[action]
        event = SyncEvent(
            id=self._ids.next(),
            account_id=account_id,
            integration_id=integration_id,
            type=kind,
            action=action,
            direction=direction,
            status=status,
            description=description,
            timestamp=self._clock.now(),
            actor=actor.name,
            channel=str(actor.channel),
            content_id=content_id,
            content_type=content_type,
            external_id=str(external_id) if external_id else None,
            duration_ms=duration_ms,
            details=dict(details or {}),
            error_message=error_message,
            operation_id=operation_id,
        )
        return self._store.append(event)
