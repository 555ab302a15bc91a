"""Synchronising as people start and see it."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from igny8.admission.model import Gate
from igny8.admission.store import GateStore
from igny8.core.clock import Clock, epoch
from igny8.core.errors import Conflict, Unavailable
from igny8.core.ids import IdSource
from igny8.core.rows import Commit, ConditionLost
from igny8.inbound.model import Inbox
from igny8.inbound.store import InboxStore
from igny8.integrations.model import Integration, why_not
from igny8.integrations.service import IntegrationService
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import Actor
from igny8.journal.store import EventStore
from igny8.publishing.store import PublicationStore
from igny8.sites.model import KeyOwner
from igny8.structure.store import StructureStore
from igny8.syncing.listening import ListeningService
from igny8.syncing.model import Plan
from igny8.syncing.run import Run, RunDirection, RunState
from igny8.syncing.run_store import RunStore
from igny8.syncing.runs import RunPlanner, Wish
from igny8.syncing.store import PlanStore

RACE_RETRIES = 5
MOST_COUNTED = 1000
FAILURES_OF = timedelta(days=7)
FAR = 2**40
"""Later than any time at which something may be due."""


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """How synchronising stands."""

    integration: Integration
    run: Run | None


@dataclass(frozen=True, slots=True)
class SyncHealth:
    """How well an integration is listened to."""

    integration: Integration
    gate: Gate
    inbox: Inbox
    plan: Plan
    total_synced: int
    failed_count: int
    pending_count: int
    last_success_at: datetime | None
    last_seen: int | None
    now: int

    @property
    def outbox_lag_seconds(self) -> int:
        """For how long events may be waiting on the site that we could not take, or not believe."""
        known = [self.plan.lag_since, self.inbox.suspect_since]
        since = min((moment for moment in known if moment is not None), default=self.now)
        return max(self.now - since, 0)


class SyncService:
    """Starts runs and tells of them."""

    def __init__(
        self,
        *,
        integrations: IntegrationService,
        store: IntegrationStore,
        plans: PlanStore,
        runs: RunStore,
        planner: RunPlanner,
        inboxes: InboxStore,
        structures: StructureStore,
        gates: GateStore,
        events: EventStore,
        publications: PublicationStore,
        listening: ListeningService,
        commit: Commit,
        ids: IdSource,
        clock: Clock,
    ) -> None:
        self._integrations = integrations
        self._store = store
        self._plans = plans
        self._runs = runs
        self._planner = planner
        self._inboxes = inboxes
        self._structures = structures
        self._gates = gates
        self._events = events
        self._publications = publications
        self._listening = listening
        self._commit = commit
        self._ids = ids
        self._clock = clock

    def start(self, account_id: int, integration_id: int, wish: Wish, actor: Actor) -> SyncStatus:
        """Begin a run, or wake the one that waits for its site; the worker is woken at once.

        Raises :class:`NotFound`, :class:`Conflict` (``no_integration`` where the bridge never
        connected, ``sync_running``; of imports ``bridge_too_old``), :class:`Invalid`.
        """
        integration = self._integrations.get(account_id, integration_id)
        if not integration.is_connected:
            raise Conflict("no_integration", why_not([integration]))
        owner = KeyOwner(account_id, integration.site_id, integration_id, "")
        for _ in range(RACE_RETRIES):
            plan = self._plans.get(account_id, integration.site_id, integration_id)
            if plan.run is not None and not plan.run.is_over:
                if plan.run.state is RunState.WAITING and wish.is_for(plan.run):
                    return self._woken(integration, plan)
                raise Conflict("sync_running", "This site is being synchronised already.")
            now = epoch(self._clock.now())
            if plan.is_ending(now):
                raise Conflict("sync_running", "The last page of a cancelled run is coming in.")
            pulls = wish.direction is RunDirection.PULL
            checks = wish.direction is RunDirection.CHECK
            pull = self._planner.pull(integration, plan, wish) if pulls else None
            run = Run(
                id=self._ids.next(),
                direction=wish.direction,
                actor=actor.name,
                channel=str(actor.channel),
                started_at=now,
                check=self._planner.check(integration, wish) if checks else None,
                total=pull.expected if pull else None,
                pull=pull,
            )
            writes = [self._plans.write(plan, plan.started(run)), self._runs.whole(owner, run)]
            if not run.is_dry:
                ids = (account_id, integration.site_id, integration_id)
                writes.append(self._store.sync_changed(*ids, "syncing", None))
            try:
                self._commit(writes)
            except ConditionLost:
                continue
            self._listening.wake(owner)
            if run.is_dry:
                return SyncStatus(integration, run)
            return SyncStatus(replace(integration, sync_status="syncing", sync_error=None), run)
        raise Unavailable("contention", retry_after=1)

    def _woken(self, integration: Integration, plan: Plan) -> SyncStatus:
        """A run that waits for its site goes on: whoever asks knows more of the site than we."""
        with suppress(ConditionLost):  # somebody is at it
            self._commit([self._plans.write(plan, plan.awake())])
        self._listening.wake(KeyOwner(plan.account_id, plan.site_id, plan.integration_id, ""))
        return SyncStatus(integration, plan.run)

    def of_site(self, account_id: int, site_id: int) -> int:
        """The site's only integration. Raises :class:`NotFound`, :class:`Conflict`."""
        found = self._store.bundle(account_id, site_id).integrations
        connected = [one for one in found if one.is_connected]
        if len(connected) != 1:
            raise Conflict("no_integration", why_not(found))
        return connected[0].id

    def status(self, account_id: int, integration_id: int) -> SyncStatus:
        """How synchronising stands. Raises :class:`NotFound`."""
        integration = self._integrations.get(account_id, integration_id)
        plan = self._plans.get(account_id, integration.site_id, integration_id)
        return SyncStatus(integration, plan.run)

    def health(self, account_id: int, integration_id: int) -> SyncHealth:
        """How well an integration is listened to. Raises :class:`NotFound`.

        Counts end at a thousand; what failed is counted over the last week.
        """
        integration = self._integrations.get(account_id, integration_id)
        plan = self._plans.get(account_id, integration.site_id, integration_id)
        inbox = self._inboxes.get(account_id, integration_id)
        known, _ = self._structures.get(account_id, integration_id)
        called = inbox.window * 60 or None
        seen = [moment for moment in (called, plan.seen_at) if moment is not None]
        return SyncHealth(
            integration=integration,
            gate=self._gates.get(integration_id, consistent=False),
            inbox=inbox,
            plan=plan,
            failed_count=self._events.failures_since(
                integration_id, self._clock.now() - FAILURES_OF, MOST_COUNTED
            ),
            pending_count=len(self._publications.due_on(integration_id, FAR, MOST_COUNTED)),
            now=epoch(self._clock.now()),
            total_synced=sum(one.count for one in known.synced.values()),
            last_success_at=integration.last_sync_at,
            last_seen=max(seen, default=None),
        )
