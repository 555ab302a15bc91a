"""Admission: whether a site can be served now, and the probe that opens a closed gate again."""

from dataclasses import replace

from igny8.core.clock import Clock, epoch
from igny8.core.ids import IdSource
from igny8.core.settings import Settings
from igny8.core.writes import Commit, ConditionLost, Write
from igny8.events.model import Action, Direction, EventType, Status, SyncEvent
from igny8.events.store import EventStore
from igny8.integrations.gates import GateStore
from igny8.integrations.model import ConnectionStatus, Gate, GateReason, Integration
from igny8.integrations.store import IntegrationStore
from igny8.publishing.answers import Outcome, classify, is_ready
from igny8.publishing.backoff import Waits
from igny8.wordpress.client import BridgeClient, Target

NO_KEY = "The site has no valid API key. Generate one and connect the site again."
CLOSED_BY = {
    Outcome.GATE_AUTH: GateReason.AUTH,
    Outcome.GATE_MISCONFIGURED: GateReason.MISCONFIGURED,
    Outcome.REFUSED: GateReason.MISCONFIGURED,
}


class Gatekeeper:
    """Reads gates, probes closed ones when they are due, opens and closes them."""

    def __init__(
        self, gates: GateStore, integrations: IntegrationStore, events: EventStore,
        client: BridgeClient, commit: Commit, waits: Waits, ids: IdSource, clock: Clock,
        settings: Settings,
    ) -> None:  # fmt: skip
        self._gates = gates
        self._integrations = integrations
        self._events = events
        self._client = client
        self._commit = commit
        self._waits = waits
        self._ids = ids
        self._clock = clock
        self._settings = settings

    def admit(self, integration: Integration, target: Target | None) -> Gate | None:
        """The open gate of a site that can be served, or ``None``."""
        gate = self._gates.get(integration.id)
        now = epoch(self._clock.now())
        if target is None:
            if not gate.is_closed:
                self._store(integration, self._waits.closed(gate, GateReason.AUTH, now, NO_KEY))
            return None
        if not gate.is_closed:
            return gate
        if not gate.may_probe(now):
            return None
        return self._probe(integration, gate, target, now)

    def _probe(self, integration: Integration, gate: Gate, target: Target, now: int) -> Gate | None:
        try:
            self._gates.begin_probe(gate, now, now + self._settings.lease_seconds)
        except ConditionLost:
            return None  # somebody else is asking
        answer = self._client.status(target)
        if is_ready(answer):
            opened = replace(Gate(gate.integration_id), slots=gate.slots)
            self._store(integration, opened)
            return opened
        if answer.ours and answer.success:
            # Nothing is wrong: its owner does not want it to be served now. No failure, no news.
            unwilling = self._waits.closed(gate, GateReason.MISCONFIGURED, now, gate.detail or "")
            self._commit([self._gates.store(unwilling)])
            return None
        rule = classify(answer)
        reason = CLOSED_BY.get(rule.outcome)
        if reason is not None:
            after = self._waits.closed(gate, reason, now, rule.message)
        else:
            after = self._waits.after_site_failure(gate, now, rule.message)
        self._store(integration, self._given_up(after, now))
        return None

    def _given_up(self, gate: Gate, now: int) -> Gate:
        """After days of nothing but failures the site is no longer tried; pairing resumes it."""
        since = gate.failing_since
        if since is None or now - since < self._settings.disable_after_seconds:
            return gate
        return replace(
            gate, reason=GateReason.DISABLED, probe_at=None, probe_until=None,
            detail="The site has not answered for days. Press Connect in the bridge's settings.",
        )  # fmt: skip

    def _store(self, integration: Integration, gate: Gate) -> None:
        writes: list[Write] = [
            self._gates.store(gate),
            self._events.append(self._event(integration, gate)),
        ]
        if gate.reason is GateReason.DISABLED:
            ended = replace(
                integration, is_active=False, connection_status=ConnectionStatus.ERROR,
                sync_error=str(GateReason.DISABLED), updated_at=self._clock.now(),
            )  # fmt: skip
            writes.append(self._integrations.replacement(ended))
        self._commit(writes)

    def _event(self, integration: Integration, gate: Gate) -> SyncEvent:
        action = Action.GATE_CLOSED if gate.is_closed else Action.GATE_OPENED
        if gate.reason is GateReason.UNREACHABLE:
            action = Action.BREAKER_OPEN
        description = gate.detail if gate.is_closed else "The site can be served again"
        return SyncEvent(
            self._ids.next(), integration.account_id, integration.id,
            EventType.ERROR if gate.is_closed else EventType.TEST, action, Direction.OUT,
            Status.FAILED if gate.is_closed else Status.SUCCESS, description or "",
            self._clock.now(), error_message=gate.detail if gate.is_closed else None,
            details={"reason": str(gate.reason)} if gate.reason else {}, channel="worker",
        )  # fmt: skip
