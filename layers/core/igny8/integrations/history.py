"""The debug page: how an integration is doing, and what happened last."""

from dataclasses import dataclass
from datetime import datetime

from igny8.events.model import SyncEvent
from igny8.events.store import EventStore
from igny8.integrations.gates import GateStore
from igny8.integrations.model import ConnectionStatus, Gate, GateReason, Integration
from igny8.integrations.service import IntegrationService

EVENTS_FOR_HEALTH = 10


@dataclass(frozen=True, slots=True)
class DebugStatus:
    """Health in the seeds' terms, and the newest events."""

    api_status: str
    plugin_active: bool
    sync_healthy: bool
    last_sync: datetime | None
    gate: Gate
    events: list[SyncEvent]


class HistoryService:
    """Reads history."""

    def __init__(
        self, integrations: IntegrationService, gates: GateStore, events: EventStore
    ) -> None:
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
            sync_healthy=not gate.is_closed and (newest is None or newest.success),
            last_sync=next(successes, None),
            gate=gate,
            events=events[:limit],
        )


def _api_status(integration: Integration, gate: Gate) -> str:
    if integration.connection_status is not ConnectionStatus.CONNECTED:
        return "not_connected"
    return "blocked" if gate.is_closed else "healthy"
