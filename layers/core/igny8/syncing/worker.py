"""The sync worker: serves one integration's plan, step by step, under a lease.

A plan's row says what is to be done; a message only names it. A crash leaves a lease that ends, a
run whose cursor stands where its last page ended, and events that the site still has.
"""

import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial

from igny8.admission.visits import NeedsPairing, NotServable, SiteDeleted, VisitService
from igny8.core.clock import Clock, epoch
from igny8.core.errors import NotFound, Unavailable
from igny8.core.logging import get_logger
from igny8.core.queue import Hint
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.core.settings import Settings
from igny8.journal.model import SYNC_WORKER
from igny8.sites.model import KeyOwner
from igny8.syncing.backoff import after_refusals
from igny8.syncing.farewell import FarewellService
from igny8.syncing.listening import ListeningService
from igny8.syncing.model import Plan
from igny8.syncing.outcomes import Outcomes
from igny8.syncing.steps import Steps
from igny8.syncing.store import PlanStore
from igny8.syncing.work import Work
from igny8.wordpress.client import BridgeClient

RACE_RETRIES = 8
MOST_STEPS = 50
"""Steps of one integration in one go; then it is the others' turn."""
MOST_STARTS = 5
"""So often is something begun of which nothing comes, because our own code crashes or dies."""

logger = get_logger()


@dataclass(frozen=True, slots=True)
class Served:
    """One line for the log: what was done, in order."""

    integration_id: int
    steps: tuple[str, ...]
    left_over: bool


class SyncWorker:
    """Serves plans."""

    def __init__(
        self,
        *,
        plans: PlanStore,
        visits: VisitService,
        steps: Steps,
        outcomes: Outcomes,
        farewells: FarewellService,
        listening: ListeningService,
        client: BridgeClient,
        commit: Commit,
        clock: Clock,
        settings: Settings,
        owner: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._plans = plans
        self._visits = visits
        self._steps = steps
        self._outcomes = outcomes
        self._farewells = farewells
        self._listening = listening
        self._client = client
        self._commit = commit
        self._clock = clock
        self._settings = settings
        self._owner = owner

    def serve(self, hint: Hint, remaining_seconds: Callable[[], float]) -> Served | None:
        """Do what is due, while time remains; ``None`` if nothing is, or others are at it.

        Raises :class:`Unavailable` when something below failed: the plan stays due.
        """
        plan = self._taken(hint)
        if plan is None:
            return None
        try:
            return self._attend(hint, plan, remaining_seconds)
        except NotFound:  # deleted in the middle of it; what was to be done went with it
            return Served(plan.integration_id, ("deleted",), left_over=False)
        except Unavailable:
            with suppress(Unavailable):  # not the plan's fault: it counts for nothing
                self._write(plan, lambda plan: replace(plan, starts=max(plan.starts - 1, 0)))
            raise
        except Exception:
            with suppress(Unavailable):
                self._write(plan, self._dropped)
            raise

    def _attend(
        self, hint: Hint, plan: Plan, remaining_seconds: Callable[[], float]
    ) -> Served | None:
        with self._client.connected() as client:
            if plan.farewell is not None:
                if plan.starts > MOST_STARTS:
                    logger.error("our fault", extra={"step": "farewell", **asdict(hint)})
                    self._forget(plan)
                else:
                    self._farewells.say(plan, plan.farewell, client)
                return Served(plan.integration_id, ("farewell",), left_over=False)
            try:
                visit = self._visits.begin(hint, actor=SYNC_WORKER, spoke_at=plan.repair_at)
            except SiteDeleted:
                self._forget(plan)
                return Served(plan.integration_id, ("deleted",), left_over=False)
            except NeedsPairing:
                # Pairing wakes it; asking every few minutes until then costs for ever.
                self._steps.warn(plan)
                seconds = self._settings.pull_seconds
                self._write(plan, partial(self._outcomes.waiting, seconds=seconds))
                return Served(plan.integration_id, ("needs pairing",), left_over=True)
            except NotServable:
                self._steps.warn(plan)
                self._write(plan, self._outcomes.waiting)
                return Served(plan.integration_id, ("waiting",), left_over=True)
            # People's clicks go first: no call is made while both slots are at work.
            if visit.gate.free_slot(epoch(self._clock.now())) is None:
                self._steps.warn(plan)
                self._write(plan, self._outcomes.busy)
                return Served(plan.integration_id, ("busy",), left_over=True)
            owner = KeyOwner(hint.account_id, hint.site_id, hint.integration_id, "")
            return self._serve(plan, Work(owner, visit, client, remaining_seconds))

    def _serve(self, plan: Plan, work: Work) -> Served:
        names: list[str] = []
        while step := self._steps.next(plan, work.visit.integration):
            if work.remaining_seconds() < self._settings.sync_margin_seconds:
                break
            if len(names) >= MOST_STEPS:
                break
            names.append(step.name)
            stuck = plan.starts > MOST_STARTS
            outcome = self._steps.give_up(step, work, plan) if stuck else step.run(work, plan)
            changed = outcome.then(Plan.released if outcome.ends_turn else Plan.went_on)
            written = self._write(plan, changed.change, changed.writes)
            if written is None:
                return Served(plan.integration_id, (*names, "taken over"), left_over=True)
            plan = written
            if outcome.ends_turn:
                return self._passed_on(plan, work, names)
        self._write(plan, Plan.released)
        if step is not None and names:
            self._listening.wake(work.owner)
        return Served(plan.integration_id, tuple(names), left_over=step is not None)

    def _passed_on(self, plan: Plan, work: Work, names: Sequence[str]) -> Served:
        """A turn is over, and with it the lease: what is due now has the next message."""
        left_over = self._steps.next(plan, work.visit.integration) is not None
        if left_over:
            self._listening.wake(work.owner)
        return Served(plan.integration_id, tuple(names), left_over=left_over)

    def _forget(self, plan: Plan) -> None:
        with suppress(ConditionLost):  # it was just deleted: its bridge is to be told
            self._commit([self._plans.deletion(plan)])

    def _dropped(self, plan: Plan) -> Plan:
        wait = after_refusals(self._settings.sync_retry_seconds, max(plan.starts - 1, 0))
        return plan.dropped(self._outcomes.now() + wait)

    def _taken(self, hint: Hint) -> Plan | None:
        now = epoch(self._clock.now())
        plan = self._plans.get(hint.account_id, hint.site_id, hint.integration_id)
        if not plan.is_due(now):
            return None
        lease = self._settings.sync_lease_seconds
        if plan.starts > MOST_STARTS:  # nobody came so far as to put it off
            lease = after_refusals(lease, plan.starts - MOST_STARTS)
        taken = plan.taken(self._owner(), now + lease)
        try:
            self._commit([self._plans.write(plan, taken)])
        except ConditionLost:
            return None
        return replace(taken, version=plan.version + 1)

    def _write(
        self, plan: Plan, change: Callable[[Plan], Plan], writes: Sequence[Write] = ()
    ) -> Plan | None:
        """Change the plan as it is now; ``None`` if it is no longer ours.

        Others write into it meanwhile: posts to ask about, a new key, a run that a person began;
        what they wish for stays to be done, though this one has just done the same.
        What is to be written with it is left out where others know better: the integration was
        deleted, or its gate has heard something newer.
        """
        until = epoch(self._clock.now()) + self._settings.sync_lease_seconds
        before = plan
        for _ in range(RACE_RETRIES):
            changed = change(plan)
            if plan is not before:
                changed = changed.keeping(before, plan)
            if changed.lease_owner is not None:
                changed = replace(changed, lease_until=until)
            try:
                self._commit([self._plans.write(plan, changed), *writes])
            except ConditionLost as lost:
                if "sync" not in lost.rows:
                    writes = ()
                    continue
                found = lost.rows["sync"]
                if not isinstance(found, Plan) or found.lease_owner != plan.lease_owner:
                    return None
                plan = found
                continue
            return replace(changed, version=plan.version + 1)
        return None
