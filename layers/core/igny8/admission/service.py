"""Admission of workers: whether a site can be served now, and the probe that opens it again."""

from dataclasses import replace
from typing import Protocol

from igny8.admission.answers import SiteEffect, readiness, worded
from igny8.admission.breaker import Breaker
from igny8.admission.model import Gate, GateReason
from igny8.core.clock import Clock, epoch
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.core.settings import Settings
from igny8.integrations.model import ConnectionStatus, Integration
from igny8.journal.model import Action, Actor, Status
from igny8.journal.service import Journal
from igny8.sites.model import SiteKeys
from igny8.wordpress.client import BridgeClient, Target
from igny8.wordpress.doors import Door

NO_KEY = "The site has no valid API key. Generate one and connect the site again."
SERVED_AGAIN = "The site can be served again"
NEEDS_A_PERSON = frozenset({GateReason.AUTH, GateReason.MISCONFIGURED, GateReason.DISABLED})


class Gates(Protocol):
    """Where gates are kept; see `igny8.admission.store.GateStore`."""

    def get(self, integration_id: int, *, consistent: bool = True) -> Gate: ...
    def change(self, before: Gate, after: Gate) -> Write: ...
    def begin_probe(self, gate: Gate, now: int, until: int) -> None: ...


class Integrations(Protocol):
    """Where integrations are kept; see `igny8.integrations.store.IntegrationStore`."""

    def connection_changed(
        self,
        integration: Integration,
        status: ConnectionStatus,
        error: str | None,
        *,
        ended: bool,
        as_told: bool = False,
    ) -> Write: ...


class Keys(Protocol):
    """Where sites' keys are kept; see `igny8.sites.store.SiteStore`."""

    def keys_still(self, keys: SiteKeys) -> Write: ...


class AdmissionService:
    """Reads gates, probes closed ones when they are due, opens and closes them."""

    def __init__(
        self,
        *,
        gates: Gates,
        keys: Keys,
        integrations: Integrations,
        client: BridgeClient,
        breaker: Breaker,
        journal: Journal,
        commit: Commit,
        clock: Clock,
        settings: Settings,
    ) -> None:
        self._gates = gates
        self._keys = keys
        self._integrations = integrations
        self._client = client
        self._breaker = breaker
        self._journal = journal
        self._commit = commit
        self._clock = clock
        self._settings = settings

    def gate(self, integration_id: int) -> Gate:
        """The gate as it is, to be read before whatever else is read of the site.

        Who reads it first finds out, by its version, that the rest was changed in between.
        """
        return self._gates.get(integration_id)

    def admit(
        self,
        gate: Gate,
        integration: Integration,
        keys: SiteKeys,
        target: Target | None,
        *,
        actor: Actor,
        spoke_at: int | None = None,
    ) -> Gate | None:
        """The open gate of a site that can be served; ``actor`` wants to serve it.

        Or a closed one that only pairing opens, as where there is no ``target``; ``None``: not now.
        ``spoke_at``: when the site has called last, as far as that is known.
        """
        now = epoch(self._clock.now())
        if target is None and not gate.is_closed:
            closed = self._breaker.closed(gate, GateReason.AUTH, now, NO_KEY)
            closed = replace(closed, probe_at=None)
            if not self._store(integration, keys, gate, closed, actor):
                return None
            gate = replace(closed, version=gate.version + 1)
        if target is None or not gate.is_closed or gate.probe_at is None:
            return gate
        if not gate.may_probe(now, spoke_at):
            return None
        return self._probe(integration, keys, gate, target, now, actor)

    def _probe(
        self,
        integration: Integration,
        keys: SiteKeys,
        gate: Gate,
        target: Target,
        now: int,
        actor: Actor,
    ) -> Gate | None:
        try:
            self._gates.begin_probe(gate, now, now + self._settings.lease_seconds)
        except ConditionLost:
            return None  # somebody else is asking, or the gate has changed
        answer = self._client.status(target.through(gate.door))
        rule = readiness(answer)
        if rule is None:
            after = self._breaker.probed(gate, now)
        else:
            message = worded(rule.message, answer)
            failed = self._breaker.after(gate, rule.effect, now, message)
            after = self._breaker.given_up(failed, now)
        after = after.found(answer.door)
        if not self._store(integration, keys, gate, after, actor) or after.is_closed:
            return None
        return replace(after, version=gate.version + 1)

    def _store(
        self, integration: Integration, keys: SiteKeys, before: Gate, after: Gate, actor: Actor
    ) -> bool:
        news = self.news(integration, keys, before, after, actor=actor)
        writes = [self._gates.change(before, after), *news]
        try:
            self._commit(writes)
        except ConditionLost:
            return False  # somebody knows better by now
        return True

    def after(self, gate: Gate, effect: SiteEffect, detail: str, door: Door | None) -> Gate:
        """The gate as one more answer of the site leaves it; the same one if nothing changes.

        ``door`` is the one by which the bridge answered, if it did.
        """
        now = epoch(self._clock.now())
        return self._breaker.after(gate, effect, now, detail).found(door)

    def news(
        self, integration: Integration, keys: SiteKeys, before: Gate, after: Gate, *, actor: Actor
    ) -> list[Write]:
        """What goes along with a change of the gate: the connection's status, and one event.

        A gate is closed only for a site whose ``keys``, and what its bridge told of itself, are
        still as they were read; else the write loses ``keys`` or ``integration``, and what was
        learnt says nothing. The gate's version alone does not tell: DynamoDB applies a transaction
        row by row, and a pairing's gate can be there before its key is.
        """
        still = [self._keys.keys_still(keys)] if after.is_closed and after != before else []
        return still + self._told(integration, before, after, actor)

    def _told(
        self, integration: Integration, before: Gate, after: Gate, actor: Actor
    ) -> list[Write]:
        proved = before.is_on_trial and not after.is_on_trial and not after.is_closed
        if before.reason is after.reason and not proved:
            return []
        connection = self._connection(integration, before, after)
        if after.is_on_trial or (before.is_on_trial and before.detail == after.detail):
            return connection  # said once, until something has come through
        if after.reason is None:
            action, status = Action.GATE_OPENED, Status.SUCCESS
        else:
            opened = after.reason is GateReason.UNREACHABLE
            action = Action.BREAKER_OPEN if opened else Action.GATE_CLOSED
            status = Status.FAILED
        event = self._journal.record(
            integration.account_id,
            integration.id,
            action,
            status,
            after.detail or SERVED_AGAIN,
            actor=actor,
            details={"reason": str(after.reason)} if after.reason else {},
            error_message=after.detail,
        )
        return [event, *connection]

    def _connection(self, integration: Integration, before: Gate, after: Gate) -> list[Write]:
        broken = after.reason in NEEDS_A_PERSON
        ended = after.reason is GateReason.DISABLED
        if broken == (before.reason in NEEDS_A_PERSON) and not ended:
            return []
        status = ConnectionStatus.ERROR if broken else ConnectionStatus.CONNECTED
        return [
            self._integrations.connection_changed(
                integration,
                status,
                str(after.reason) if broken else None,
                ended=ended,
                as_told=broken,
            )
        ]
