"""The debug page: how an integration is doing, and what happened last."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from igny8.admission.model import Gate, GateReason
from igny8.integrations.model import ConnectionStatus, Integration
from igny8.integrations.service import IntegrationService
from igny8.journal.model import SyncEvent

EVENTS_FOR_HEALTH = 10


class Gates(Protocol):
    """Where gates are kept; see `igny8.admission.store.GateStore`."""

    def get(self, integration_id: int, *, consistent: bool = True) -> Gate: ...


class Events(Protocol):
    """Where events are kept; see `igny8.journal.store.EventStore`."""

    def newest(self, integration_id: int, limit: int) -> list[SyncEvent]: ...


@dataclass(frozen=True, slots=True)
class DebugStatus:
    """Health in the seeds' terms, and the newest events."""

    api_status: str
    plugin_active: bool
    sync_healthy: bool
    last_sync: datetime | None
    gate: Gate
    events: list[SyncEvent]


class HealthService:
    """Reads an integration's health and history."""

    def __init__(self, *, integrations: IntegrationService, gates: Gates, events: Events) -> None:
        self._integrations = integrations
        self._gates = gates
        self._events = events

    def debug_status(self, account_id: int, integration_id: int, limit: int) -> DebugStatus:
        """Answer health and the newest ``limit`` events; four reads."""
        integration = self._integrations.get(account_id, integration_id)
        gate = self._gates.get(integration_id, consistent=False)
        events = self._events.newest(integration_id, max(limit, EVENTS_FOR_HEALTH))
        successes = (event.timestamp for event in events if event.status == "success")
        newest = next(iter(events), None)
        return DebugStatus(
            api_status=_api_status(integration, gate),
            plugin_active=integration.connection_status is ConnectionStatus.CONNECTED
            and gate.reason not in {GateReason.MISCONFIGURED, GateReason.AUTH},
            sync_healthy=not gate.is_closed
            and integration.sync_status != "error"
            and (newest is None or newest.success),
            last_sync=next(successes, None),
            gate=gate,
            events=events[:limit],
        )


def _api_status(integration: Integration, gate: Gate) -> str:
    if integration.connection_status is ConnectionStatus.PENDING:
        return "not_connected"
    return "blocked" if gate.is_closed else "healthy"
