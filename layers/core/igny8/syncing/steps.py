"""What a plan can ask for, in the order in which it is done, each a small step.

A step answers how the plan changes; whoever serves it writes that down.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from igny8.admission.answers import UNREADABLE, SiteEffect, site_rule
from igny8.admission.service import AdmissionService
from igny8.admission.slots import is_stale
from igny8.admission.store import GateStore
from igny8.admission.visits import Visit
from igny8.core import jitter
from igny8.core.clock import Clock, epoch
from igny8.core.ids import IdSource
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.core.settings import Settings
from igny8.integrations.model import Integration
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import SYNC_WORKER, Action, Status
from igny8.journal.service import Journal
from igny8.sites.model import KeyOwner
from igny8.structure.service import StructureService, structure_of
from igny8.syncing.backoff import after_tries
from igny8.syncing.facts import FactFinder
from igny8.syncing.handover import HandedOver, KeyHandover
from igny8.syncing.model import Plan, Run, RunDirection, RunState
from igny8.syncing.pull import FROZEN, ChangePull
from igny8.wordpress.client import BridgeClient, Target
from igny8.wordpress.response import BridgeResponse

Change = Callable[[Plan], Plan]
ACTIONS = {RunDirection.METADATA: Action.SYNC_METADATA, RunDirection.CHANGES: Action.SYNC_CHANGES}
STRUCTURE_CURSOR = "structure"
MOST_AT_ONCE = 3
BY_ITSELF = "schedule:sync"


@dataclass(frozen=True, slots=True)
class Work:
    """One integration that may be served now."""

    owner: KeyOwner
    visit: Visit
    client: BridgeClient
    remaining_seconds: Callable[[], float]

    @property
    def target(self) -> Target:
        """The site, by the door that led to its bridge last."""
        return self.visit.target.through(self.visit.gate.door)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is due."""

    name: str
    run: Callable[[Work, Plan], Change]


class Steps:
    """Finds the next step of a plan and carries it out."""

    def __init__(
        self,
        *,
        pull: ChangePull,
        facts: FactFinder,
        handover: KeyHandover,
        structure: StructureService,
        integrations: IntegrationStore,
        admission: AdmissionService,
        gates: GateStore,
        journal: Journal,
        commit: Commit,
        ids: IdSource,
        clock: Clock,
        settings: Settings,
        uniform: Callable[[float, float], float] = jitter.uniform,
    ) -> None:
        self._pull = pull
        self._facts = facts
        self._handover = handover
        self._structure = structure
        self._integrations = integrations
        self._admission = admission
        self._gates = gates
        self._journal = journal
        self._commit = commit
        self._ids = ids
        self._clock = clock
        self._settings = settings
        self._uniform = uniform

    def next(self, plan: Plan, integration: Integration) -> Step | None:
        """What is due now, if anything. What nobody asked for needs ``sync_enabled``."""
        now = self._now()
        if plan.retry_at is not None and plan.retry_at > now:
            return None
        runs = plan.run is not None and not plan.run.is_over
        syncs = integration.sync_enabled
        table = (
            ("check", _is_due(plan.check_at, now), self._check),
            ("handover", _is_due(plan.handover_at, now), self._hand_over),
            ("ask", bool(plan.asks), self._ask),
            ("run", runs, self._go_on),
            ("repair", _is_due(plan.repair_at, now), self._repair),
            ("pull", _is_due(plan.pull_at, now), self._begin_pull if syncs else self._rest),
            ("structure", _is_due(plan.structure_at, now), self._refresh if syncs else self._rest),
        )
        return next((Step(name, run) for name, is_due, run in table if is_due), None)

    def warn(self, plan: Plan) -> None:
        """What must be known although the site cannot be served."""
        if plan.handover_at is not None:
            self._handover.warn(
                plan.account_id, plan.site_id, plan.integration_id, tries=plan.handover_tries
            )

    def waiting(self, plan: Plan, *, seconds: int | None = None) -> Plan:
        """The site cannot be served now; a run waits, and goes on by itself."""
        now = self._now()
        run = plan.run
        if run is not None and not run.is_over:
            run = replace(run, state=RunState.WAITING, reason="site_not_servable")
        retry_at = now + (seconds or self._settings.sync_retry_seconds)
        lag_since = plan.lag_since or plan.seen_at or now
        return replace(plan.released(), run=run, retry_at=retry_at, lag_since=lag_since)

    # --- Steps ---------------------------------------------------------------------------------

    def _hand_over(self, work: Work, plan: Plan) -> Change:
        came = self._handover.hand_over(
            work.visit.bundle, work.visit.integration, work.client, tries=plan.handover_tries
        )
        if came is not HandedOver.LATER:
            return lambda plan: replace(plan, handover_at=None, handover_tries=0)
        wait = after_tries(self._settings.sync_retry_seconds, plan.handover_tries)
        at = self._now() + wait
        return lambda plan: replace(plan, handover_at=at, handover_tries=plan.handover_tries + 1)

    def _check(self, work: Work, _plan: Plan) -> Change:
        came = self._pull.check(work.owner, work.target, work.client)
        if came.refused is not None:
            return self._refused(work, came.refused)
        return lambda plan: self._seen(replace(plan, check_at=None))

    def _looked_closer(self, work: Work, run: Run | None) -> Change:
        """An answer did not fit: either the site is frozen now, or it was a late one.

        What a frozen site was to be asked is looked at when it has paired anew: every post is then.
        """
        came = self._pull.check(work.owner, work.target, work.client)
        if came.refused is not None:
            return self._refused(work, came.refused)
        if not came.frozen:
            at = self._now() + self._settings.sync_retry_seconds
            return lambda plan: replace(plan, check_at=None, retry_at=at)
        ended = self._ended(work, run, RunState.FAILED, FROZEN) if run else self._seen
        return lambda plan: replace(ended(plan), check_at=None, asks=())

    def _ask(self, work: Work, plan: Plan) -> Change:
        asked = plan.asks[:MOST_AT_ONCE]
        came = self._facts.posts(work.owner, work.target, work.client, asked)
        if came.refused is not None:
            return self._refused(work, came.refused)
        if came.strange:
            return self._looked_closer(work, None)
        return lambda plan: self._seen(
            replace(plan, asks=tuple(one for one in plan.asks if one not in asked))
        )

    def _repair(self, work: Work, _plan: Plan) -> Change:
        """Events were lost, or a new life began: look at every post."""
        run = self._new_run(RunDirection.METADATA)
        self._tell_started(work, run)
        return lambda plan: replace(plan, repair_at=None, run=run)

    def _begin_pull(self, work: Work, _plan: Plan) -> Change:
        run = self._new_run(RunDirection.CHANGES)
        self._tell_started(work, run)
        at = self._later(self._settings.pull_seconds)
        return lambda plan: replace(plan, pull_at=at, run=run)

    def _rest(self, _work: Work, _plan: Plan) -> Change:
        pull = self._later(self._settings.pull_seconds)
        structure = self._later(self._settings.structure_seconds)
        return lambda plan: replace(plan, pull_at=pull, structure_at=structure)

    def _refresh(self, work: Work, _plan: Plan) -> Change:
        refused = self._fetch_structure(work)
        if refused is not None:
            return self._refused(work, refused)
        at = self._later(self._settings.structure_seconds)
        return lambda plan: self._seen(replace(plan, structure_at=at))

    def _go_on(self, work: Work, plan: Plan) -> Change:
        run = plan.run
        if run is None:
            return lambda plan: plan
        if run.direction is RunDirection.CHANGES:
            return self._go_on_pulling(work, run)
        return self._go_on_comparing(work, run)

    def _go_on_pulling(self, work: Work, run: Run) -> Change:
        after = int(run.cursor) if run.cursor else 0
        page = self._pull.page(work.owner, work.target, work.client, after=after)
        if page.frozen:
            return self._ended(work, run, RunState.FAILED, FROZEN)
        if page.refused is not None:
            return self._refused(work, page.refused)
        if page.strange:
            return self._looked_closer(work, run)
        run = replace(
            run,
            state=RunState.RUNNING,
            cursor=str(page.after),
            done=run.done + page.heard,
            changed=run.changed + page.heard,
        )
        if page.more:
            return self._kept(run)
        ended = self._ended(work, run, RunState.DONE)
        return lambda plan: replace(ended(plan), lag_since=None)

    def _go_on_comparing(self, work: Work, run: Run) -> Change:
        if run.cursor is None:
            refused = self._fetch_structure(work)
            if refused is not None:
                return self._refused(work, refused)
            return self._kept(replace(run, state=RunState.RUNNING, cursor=STRUCTURE_CURSOR))
        cursor = None if run.cursor == STRUCTURE_CURSOR else run.cursor
        page = self._facts.page(
            work.owner,
            work.target,
            work.client,
            cursor,
            may_go_on=lambda: work.remaining_seconds() > self._settings.sync_margin_seconds,
        )
        if page.refused is not None:
            return self._refused(work, page.refused)
        if page.strange:
            return self._looked_closer(work, run)
        run = replace(
            run,
            state=RunState.RUNNING,
            cursor=page.next,
            done=run.done + page.done,
            changed=run.changed + page.changed,
        )
        if page.next is not None:
            return self._kept(run)
        at = self._later(self._settings.structure_seconds)
        ended = self._ended(work, run, RunState.DONE)
        return lambda plan: replace(ended(plan), structure_at=at)

    # --- What comes of them --------------------------------------------------------------------

    def _fetch_structure(self, work: Work) -> BridgeResponse | None:
        """Ask for the structure and keep it; answers the site's refusal, if it is one."""
        answer = work.client.structure(work.target)
        if not (answer.ours and answer.success):
            return answer
        structure = structure_of(answer.data, self._clock.now())
        with suppress(ConditionLost):  # the integration was deleted meanwhile
            self._commit(self._structure.writes(work.owner, structure, SYNC_WORKER))
        return None

    def _refused(self, work: Work, answer: BridgeResponse) -> Change:
        """The site did not answer as the bridge: its gate learns of it, the plan waits."""
        rule = site_rule(answer) or UNREADABLE
        visit = work.visit
        gate = self._gates.get(visit.integration.id)
        effect = SiteEffect.UNREADABLE if rule is UNREADABLE else rule.effect
        after = self._admission.after(gate, effect, rule.message, answer.door)
        if after != gate and not is_stale(effect, visit.gate, gate):
            news = self._admission.news(visit.integration, gate, after, actor=SYNC_WORKER)
            with suppress(ConditionLost):  # somebody has learnt something newer of the site
                self._commit([self._gates.change(gate, after), *news])
        at = self._now() + self._settings.sync_retry_seconds
        reason = rule.reason

        def change(plan: Plan) -> Plan:
            run = plan.run
            if run is not None and not run.is_over:
                run = replace(run, state=RunState.WAITING, reason=reason)
            lag_since = plan.lag_since or plan.seen_at or at
            return replace(plan, run=run, retry_at=at, lag_since=lag_since)

        return change

    def _kept(self, run: Run) -> Change:
        """A page is done."""
        return lambda plan: self._seen(replace(plan, run=run) if _is_same(plan, run) else plan)

    def _ended(self, work: Work, run: Run, state: RunState, reason: str | None = None) -> Change:
        now = self._now()
        over = replace(run, state=state, reason=reason, finished_at=now)
        moment = datetime.fromtimestamp(now, UTC)
        owner = work.owner
        failed = state is RunState.FAILED
        writes: list[Write] = [
            self._integrations.sync_changed(
                owner.account_id,
                owner.site_id,
                owner.integration_id,
                "error" if failed else "completed",
                reason,
                last_sync_at=None if failed else moment,
            ),
            self._journal.record(
                owner.account_id,
                owner.integration_id,
                ACTIONS[run.direction],
                Status.FAILED if failed else Status.SUCCESS,
                f"Synchronised {run.direction}: {run.done} looked at, {run.changed} changed"
                if not failed
                else f"Could not synchronise {run.direction}",
                actor=SYNC_WORKER,
                details={"run_id": run.id, "done": run.done, "changed": run.changed},
                error_message=reason,
            ),
        ]
        with suppress(ConditionLost):  # the integration was deleted meanwhile
            self._commit(writes)
        return lambda plan: self._seen(replace(plan, run=over) if _is_same(plan, run) else plan)

    def _tell_started(self, work: Work, run: Run) -> None:
        owner = work.owner
        try:
            self._commit([
                self._integrations.sync_changed(
                    owner.account_id, owner.site_id, owner.integration_id, "syncing", None
                ),
            ])  # fmt: skip
        except ConditionLost:
            return

    def _new_run(self, direction: RunDirection) -> Run:
        return Run(
            id=self._ids.next(),
            direction=direction,
            actor=BY_ITSELF,
            channel="sweep",
            started_at=self._now(),
        )

    def _seen(self, plan: Plan) -> Plan:
        return replace(plan, seen_at=self._now(), retry_at=None)

    def _now(self) -> int:
        return epoch(self._clock.now())

    def _later(self, seconds: int) -> int:
        return self._now() + round(seconds * self._uniform(0.9, 1.1))


def _is_due(at: int | None, now: int) -> bool:
    return at is not None and at <= now


def _is_same(plan: Plan, run: Run) -> bool:
    return plan.run is not None and plan.run.id == run.id
