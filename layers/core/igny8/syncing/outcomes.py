"""What comes of a step: how the plan changes, and what is written down with it, as one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from igny8.admission.answers import UNREADABLE, site_rule, unclear
from igny8.admission.service import AdmissionService
from igny8.admission.slots import is_stale
from igny8.admission.store import GateStore
from igny8.admission.visits import Visit
from igny8.core import jitter
from igny8.core.clock import Clock, epoch, rfc3339
from igny8.core.rows import Write
from igny8.core.settings import Settings
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import SYNC_WORKER, Action, Status
from igny8.journal.service import Journal
from igny8.sites.model import KeyOwner
from igny8.structure.store import StructureStore
from igny8.syncing.backoff import LONGEST_SECONDS, after_refusals, after_tries
from igny8.syncing.model import Plan
from igny8.syncing.run import ACTIONS, Run, RunDirection, RunState
from igny8.syncing.run_store import RunStore
from igny8.wordpress.response import BridgeResponse

Change = Callable[[Plan], Plan]
OF_WHAT = {RunDirection.PULL: "existing posts", RunDirection.CHECK: "both sides"}
CRASHED = "our_fault"
MOST_NAMES_TOLD = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the plan changes, as it is by then; ``writes`` go with it, or not at all.

    ``ends_turn``: what else is due waits for the next message, so that all have their turn.
    """

    change: Change
    writes: Sequence[Write] = ()
    ends_turn: bool = False

    def then(self, change: Change) -> "Outcome":
        """And one more change."""
        return self.and_then(Outcome(change))

    def and_then(self, other: "Outcome") -> "Outcome":
        """And what came of something else after it."""
        return Outcome(
            lambda plan: other.change(self.change(plan)),
            [*self.writes, *other.writes],
            self.ends_turn or other.ends_turn,
        )


class Outcomes:
    """Makes outcomes."""

    def __init__(
        self,
        *,
        integrations: IntegrationStore,
        structures: StructureStore,
        runs: RunStore,
        admission: AdmissionService,
        gates: GateStore,
        journal: Journal,
        clock: Clock,
        settings: Settings,
        uniform: Callable[[float, float], float] = jitter.uniform,
    ) -> None:
        self._integrations = integrations
        self._structures = structures
        self._runs = runs
        self._admission = admission
        self._gates = gates
        self._journal = journal
        self._clock = clock
        self._settings = settings
        self._uniform = uniform

    def now(self) -> int:
        """The epoch second."""
        return epoch(self._clock.now())

    def moment(self) -> datetime:
        """The time."""
        return self._clock.now()

    def later(self, seconds: int) -> int:
        """About so many seconds from now."""
        return self.now() + round(seconds * self._uniform(0.9, 1.1))

    def seen(self, plan: Plan) -> Plan:
        """The bridge has just answered."""
        return replace(plan.awake(), seen_at=self.now())

    def waiting(self, plan: Plan, *, seconds: int | None = None) -> Plan:
        """The site cannot be served now; a run waits, and goes on by itself.

        ``seconds``: only pairing helps, and wakes it. Else the gate tells when the site is back.
        """
        now = self.now()
        wait, look_at = (seconds, None) if seconds else (self._wait(plan), self._look(plan))
        plan = _paused(plan, "site_not_servable")
        return plan.released().held_back(wait, now=now, look_at=look_at)

    def busy(self, plan: Plan) -> Plan:
        """Others serve the site now: it has refused nothing."""
        now, wait = self.now(), self._settings.sync_retry_seconds
        lag_since = plan.lag_since or plan.seen_at or now
        run = _paused(plan, "site_not_servable").run
        return replace(plan.released(), run=run, retry_at=now + wait, lag_since=lag_since)

    def refused(self, visit: Visit, answer: BridgeResponse) -> Outcome:
        """The site did not answer as the bridge: its gate learns of it, the plan waits."""
        rule = site_rule(answer) or UNREADABLE
        gate = self._gates.get(visit.integration.id)
        effect = unclear(answer) if rule is UNREADABLE else rule.effect
        after = self._admission.after(gate, effect, rule.message, answer.door)
        writes: list[Write] = []
        if after != gate and not is_stale(effect, visit.gate, gate):
            news = self._admission.news(
                visit.integration, visit.bundle.keys, gate, after, actor=SYNC_WORKER
            )
            writes = [self._gates.change(gate, after), *news]
        asked = min(answer.retry_after or 0, LONGEST_SECONDS) if rule.throttles else 0
        fails = after.is_closed or after.failed_at is not None

        def change(plan: Plan) -> Plan:
            wait = max(self._wait(plan), asked)
            look_at = self._look(plan) if fails else None
            return _paused(plan, rule.reason).held_back(wait, now=self.now(), look_at=look_at)

        return Outcome(change, writes)

    def kept(self, run: Run, writes: Sequence[Write] = ()) -> Outcome:
        """A page is done. A run that was cancelled meanwhile stays so, with what came in."""
        return Outcome(lambda plan: self.seen(_with(plan, run)), writes)

    def begun(self, owner: KeyOwner, change: Change) -> Outcome:
        """A run begins; after the one that somebody has begun meanwhile, if there is one."""
        ids = (owner.account_id, owner.site_id, owner.integration_id)
        told = self._integrations.sync_changed(*ids, "syncing", None)
        return Outcome(lambda plan: plan if plan.has_run else change(plan), [told])

    def ended(
        self, owner: KeyOwner, run: Run, state: RunState, reason: str | None = None
    ) -> Outcome:
        """A run is over, and told of once; one that only says what would happen tells nothing."""
        now = self.now()
        over = replace(run, state=state, reason=reason, finished_at=now)
        listed = [self._runs.whole(owner, over)] if over.is_listed else []
        if over.is_dry:
            return self.kept(over, listed)
        failed = state is RunState.FAILED
        of_what = OF_WHAT.get(run.direction, str(run.direction))
        left_out = f", {run.failed} could not be read" if run.failed else ""
        told = self._integrations.sync_changed(
            owner.account_id,
            owner.site_id,
            owner.integration_id,
            "error" if failed else "completed",
            reason,
            last_sync_at=None if failed else datetime.fromtimestamp(now, UTC),
        )
        event = self._journal.record(
            owner.account_id,
            owner.integration_id,
            ACTIONS[run.direction],
            Status.FAILED if failed else Status.SUCCESS,
            f"Could not synchronise {of_what}" if failed else _words(run, of_what) + left_out,
            actor=SYNC_WORKER,
            details={
                "run_id": run.id,
                "done": run.done,
                "changed": run.changed,
                "failed": run.failed,
            },
            error_message=reason,
        )
        synced = self._structures.synced(
            owner.account_id, owner.integration_id, rfc3339(self.moment())
        )
        return self.kept(over, [*listed, told, event] if failed else [*listed, told, event, synced])

    def passed_over(self, owner: KeyOwner, content_ids: Sequence[int]) -> list[Write]:
        """History: of these contents nobody could find out what is there; all else went on."""
        if not content_ids:
            return []
        return [
            self._journal.record(
                owner.account_id,
                owner.integration_id,
                Action.SYNC_METADATA,
                Status.FAILED,
                f"Passed over {len(content_ids)} posts: what the site answered could not be read",
                actor=SYNC_WORKER,
                details={"content_ids": list(content_ids)[:MOST_NAMES_TOLD]},
                error_message="The site answers about other posts, but not about these.",
            )
        ]

    def given_up(self, owner: KeyOwner, name: str, change: Change) -> Outcome:
        """Our own code has crashed at a step several times: it is put off, and said aloud."""
        event = self._journal.record(
            owner.account_id,
            owner.integration_id,
            Action.SYNC_CHANGES,
            Status.FAILED,
            f"Gave up a step of synchronising for now: {name}",
            actor=SYNC_WORKER,
            details={"step": name},
            error_message="This failed on our side several times. We have been told.",
        )
        return Outcome(change, [event])

    def _wait(self, plan: Plan) -> int:
        base = self._settings.sync_retry_seconds
        wait = after_refusals(base, plan.refusals)
        # The key that is known there ends some time: then nobody can reach the site any more.
        return wait if plan.handover_at is None else min(wait, after_tries(base, plan.refusals))

    def _look(self, plan: Plan) -> int:
        """When to see whether the site is back: later each time that it was, but not for us."""
        return self.now() + after_refusals(self._settings.sync_retry_seconds, plan.wakes)


def _words(run: Run, of_what: str) -> str:
    if run.direction is RunDirection.CHECK:
        heard = run.check.moved if run.check is not None else 0  # its events have told of them
        differed, righted = run.done + heard, run.changed + heard
        return f"Compared both sides: {differed} posts differed, {righted} were put right"
    return f"Synchronised {of_what}: {run.done} looked at, {run.changed} changed"


def _paused(plan: Plan, reason: str) -> Plan:
    run = plan.run
    if run is None or run.is_over:
        return plan
    return replace(plan, run=replace(run, state=RunState.WAITING, reason=reason))


def _with(plan: Plan, run: Run) -> Plan:
    """The plan with how far its run is by now; with another run as it is."""
    found = plan.run
    if found is None or found.id != run.id:
        return plan
    if found.is_over and not run.is_over:
        run = replace(run, state=found.state, reason=found.reason, finished_at=found.finished_at)
    return replace(plan, run=run)
