"""What a plan can ask for, in the order in which it is done, each a small step.

A step answers what comes of it; whoever serves the plan writes that down.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from igny8.core.ids import IdSource
from igny8.core.logging import get_logger
from igny8.core.rows import Write
from igny8.core.settings import Settings
from igny8.imports.pulling import Puller
from igny8.integrations.model import Integration
from igny8.journal.model import SYNC_WORKER
from igny8.structure.service import StructureService, structure_of
from igny8.syncing.backoff import after_tries, after_vain
from igny8.syncing.check import Check, Phase
from igny8.syncing.checking import CheckPages
from igny8.syncing.facts import Asked, FactFinder
from igny8.syncing.handover import HandedOver, KeyHandover
from igny8.syncing.model import Plan
from igny8.syncing.outcomes import CRASHED, Change, Outcome, Outcomes
from igny8.syncing.pages import ImportPages
from igny8.syncing.pull import FROZEN, ChangePull
from igny8.syncing.run import Pull, Run, RunDirection, RunState
from igny8.syncing.runs import keeps_sums
from igny8.syncing.site_answers import Strange
from igny8.syncing.trusting import Trusting, given_up
from igny8.syncing.work import Work
from igny8.wordpress.response import BridgeResponse

STRUCTURE_CURSOR = "structure"
MOST_AT_ONCE = 3
MOST_READ = 10
NOT_TO_BE_ASKED = frozenset({400, 404, 413, 422})
MOST_TAKEN = 100_000
"""Events that one run takes; a site that always has more goes on with the next."""
BY_ITSELF = "schedule:sync"
TAKES_EVENTS = frozenset({Phase.CHANGES, Phase.FOUND})

logger = get_logger()


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is due."""

    name: str
    run: Callable[[Work, Plan], Outcome]


class Steps:
    """Finds the next step of a plan and carries it out."""

    def __init__(
        self,
        *,
        pull: ChangePull,
        facts: FactFinder,
        pages: ImportPages,
        checks: CheckPages,
        trusting: Trusting,
        puller: Puller,
        handover: KeyHandover,
        structure: StructureService,
        outcomes: Outcomes,
        ids: IdSource,
        settings: Settings,
    ) -> None:
        self._pull = pull
        self._facts = facts
        self._pages = pages
        self._checks = checks
        self._trusting = trusting
        self._puller = puller
        self._handover = handover
        self._structure = structure
        self._outcomes = outcomes
        self._ids = ids
        self._settings = settings

    def next(self, plan: Plan, integration: Integration) -> Step | None:
        """What is due now, if anything. What nobody asked for needs ``sync_enabled``."""
        now = self._outcomes.now()
        if plan.retry_at is not None and plan.retry_at > now:
            return None
        syncs = integration.sync_enabled
        table = (
            ("check", _is_due(plan.check_at, now), self._check),
            ("handover", _is_due(plan.handover_at, now), self._hand_over),
            ("ask", bool(plan.asks), self._ask),
            ("read", bool(plan.reads), self._read),
            ("run", plan.has_run, self._go_on),
            ("repair", _is_due(plan.repair_due(), now), self._repair),
            ("pull", _is_due(plan.pull_at, now), self._begin_pull if syncs else self._rest),
            ("structure", _is_due(plan.structure_at, now), self._refresh if syncs else self._rest),
            ("compare", _is_due(plan.compare_at, now), self._compare if syncs else self._rest),
            ("drift", _is_due(plan.drift_at, now), self._find_drift if syncs else self._rest),
        )
        return next((Step(name, run) for name, is_due, run in table if is_due), None)

    def warn(self, plan: Plan) -> None:
        """What must be known although the site cannot be served."""
        if plan.handover_at is not None:
            self._handover.warn(
                plan.account_id, plan.site_id, plan.integration_id, tries=plan.handover_tries
            )

    def give_up(self, step: Step, work: Work, plan: Plan) -> Outcome:
        """Put off a step at which our own code crashes again and again; the others go on."""
        logger.error("our fault", extra={"step": step.name, "integration_id": plan.integration_id})
        if step.name == "run" and plan.run is not None:
            return self._run_given_up(work, plan.run)
        at = self._outcomes.later(self._settings.pull_seconds)
        asked, read = plan.asks[:MOST_AT_ONCE], plan.reads[:MOST_READ]
        put_off: dict[str, Change] = {
            "check": lambda plan: replace(plan, check_at=at),
            "handover": self._handed_over_later,
            "ask": lambda plan: _asked(plan, asked),
            "read": lambda plan: _read(plan, read),
            "repair": lambda plan: replace(plan, repair_at=at),
            "pull": lambda plan: replace(plan, pull_at=at),
            "structure": lambda plan: replace(plan, structure_at=at),
            "compare": lambda plan: replace(plan, compare_at=at),
            "drift": lambda plan: replace(plan, drift_at=at),
        }
        return self._outcomes.given_up(work.owner, step.name, put_off[step.name])

    def _run_given_up(self, work: Work, run: Run) -> Outcome:
        """A pull comes round soon by itself; what a comparison is for would wait a week."""
        ended = self._outcomes.ended(work.owner, run, RunState.FAILED, CRASHED)
        if run.direction is not RunDirection.METADATA:
            return ended
        at = self._outcomes.later(self._settings.structure_seconds)
        return ended.then(lambda plan: replace(plan, repair_at=plan.repair_at or at))

    # --- Steps ---------------------------------------------------------------------------------

    def _hand_over(self, work: Work, plan: Plan) -> Outcome:
        came = self._handover.hand_over(
            work.visit.bundle, work.visit.integration, work.client, tries=plan.handover_tries
        )
        if came is HandedOver.LATER:
            return Outcome(self._handed_over_later)
        return Outcome(lambda plan: replace(plan, handover_at=None, handover_tries=0))

    def _handed_over_later(self, plan: Plan) -> Plan:
        wait = after_tries(self._settings.sync_retry_seconds, plan.handover_tries)
        at = self._outcomes.now() + wait
        return replace(plan, handover_at=at, handover_tries=plan.handover_tries + 1)

    def _check(self, work: Work, _plan: Plan) -> Outcome:
        return self._trusting.check(work)

    def _ask(self, work: Work, plan: Plan) -> Outcome:
        asked = plan.asks[:MOST_AT_ONCE]
        came = self._facts.posts(work.owner, work.target, work.client, asked)
        if came.refused is not None:
            return self._outcomes.refused(work.visit, came.refused)
        if came.strange:
            return self._trusting.looked_closer(work, None)
        failed = self._outcomes.passed_over(work.owner, came.failed)
        return Outcome(lambda plan: self._outcomes.seen(_asked(plan, asked)), failed)

    def _read(self, work: Work, plan: Plan) -> Outcome:
        """Read what somebody has written on the site; what is done is done, whatever came after."""
        asked = plan.reads[:MOST_READ]
        came = self._puller.read(work.owner, work.target, work.client, asked)
        if came.strange:
            return self._trusting.looked_closer(work, None)
        done = Outcome(lambda plan: _read(plan, came.done))
        if came.refused is not None and _is_about_the_question(came.refused):
            # The site is fine. Asked the same it would say so for ever, and nothing else be done.
            logger.error("reading refused", extra={"integration_id": plan.integration_id})
            return Outcome(lambda plan: self._outcomes.seen(_read(plan, asked)))
        if came.refused is not None:
            return done.and_then(self._outcomes.refused(work.visit, came.refused))
        return done.then(self._outcomes.seen)

    def _repair(self, work: Work, _plan: Plan) -> Outcome:
        """Events were lost, or a new life began: look at every post."""
        run = self._new_run(RunDirection.METADATA)
        after = self._repairs_after()
        return self._outcomes.begun(
            work.owner, lambda plan: replace(plan, repair_at=None, repair_after=after, run=run)
        )

    def _repairs_after(self) -> int:
        """Since the last one began, and again since it ended, which may be hours later."""
        return self._outcomes.now() + self._settings.repair_seconds

    def _compare(self, work: Work, _plan: Plan) -> Outcome:
        """Look at every post for what no event told of: it was changed past WordPress's hooks."""
        run = self._new_run(RunDirection.METADATA)
        at = self._outcomes.later(self._settings.compare_seconds)
        return self._outcomes.begun(work.owner, lambda plan: replace(plan, compare_at=at, run=run))

    def _find_drift(self, work: Work, _plan: Plan) -> Outcome:
        """Compare sums of both sides, each day, where the bridge keeps them."""
        at = self._drift_at(work)
        if at is None:
            return Outcome(lambda plan: replace(plan, drift_at=None))
        run = replace(self._new_run(RunDirection.CHECK), check=Check())
        return self._outcomes.begun(work.owner, lambda plan: replace(plan, drift_at=at, run=run))

    def _drift_at(self, work: Work) -> int | None:
        able = keeps_sums(work.visit.integration)
        return self._outcomes.later(self._settings.check_seconds) if able else None

    def _begin_pull(self, work: Work, _plan: Plan) -> Outcome:
        run = self._new_run(RunDirection.CHANGES)
        at = self._outcomes.later(self._settings.pull_seconds)
        compare = self._outcomes.later(self._settings.compare_seconds)
        drift = self._drift_at(work)

        def begun(plan: Plan) -> Plan:
            compare_at, drift_at = plan.compare_at or compare, plan.drift_at or drift
            return replace(plan, pull_at=at, compare_at=compare_at, drift_at=drift_at, run=run)

        return self._outcomes.begun(work.owner, begun)

    def _rest(self, _work: Work, _plan: Plan) -> Outcome:
        pull = self._outcomes.later(self._settings.pull_seconds)
        structure = self._outcomes.later(self._settings.structure_seconds)
        compare = self._outcomes.later(self._settings.compare_seconds)
        drift = self._outcomes.later(self._settings.check_seconds)
        return Outcome(
            lambda plan: replace(
                plan,
                pull_at=pull,
                structure_at=structure,
                compare_at=plan.compare_at and compare,
                drift_at=plan.drift_at and drift,
            )
        )

    def _refresh(self, work: Work, _plan: Plan) -> Outcome:
        told = self._fetch_structure(work)
        if isinstance(told, BridgeResponse):
            return self._outcomes.refused(work.visit, told)
        at = self._outcomes.later(self._settings.structure_seconds)
        return Outcome(lambda plan: self._outcomes.seen(replace(plan, structure_at=at)), told)

    def _go_on(self, work: Work, plan: Plan) -> Outcome:
        run = plan.run
        if run is None:
            return Outcome(lambda plan: plan)
        takes_events = run.check is not None and run.check.phase in TAKES_EVENTS
        if run.direction is RunDirection.CHANGES or takes_events:
            return self._go_on_pulling(work, run)
        if run.pull is None and run.check is None:
            return self._go_on_comparing(work, run)
        try:
            return self._paged(work, run)
        except Strange:
            return self._trusting.looked_closer(work, run)

    def _paged(self, work: Work, run: Run) -> Outcome:
        if run.check is not None:
            return self._checks.page(work, run, run.check)
        return self._pages.page(work, run, run.pull or Pull())

    def _go_on_pulling(self, work: Work, run: Run) -> Outcome:
        after = int(run.cursor) if run.cursor else 0
        page = self._pull.page(work.owner, work.target, work.client, after=after)
        if page.frozen:
            ended = self._outcomes.ended(work.owner, run, RunState.FAILED, FROZEN)
            return ended.then(given_up)
        if page.refused is not None:
            return self._outcomes.refused(work.visit, page.refused)
        if page.doubtful:
            return self._trusting.asked_again()
        if page.strange:
            return self._trusting.looked_closer(work, run)
        run = replace(
            run,
            state=RunState.RUNNING,
            cursor=str(page.after),
            done=run.done + page.heard,
            changed=run.changed + page.heard,
        )
        run = replace(run, of_everything=run.of_everything or page.forgotten)
        is_over = not page.more or run.done >= MOST_TAKEN
        if not is_over or (run.check is not None and not run.of_everything):
            return self._outcomes.kept(_heard_all(run) if is_over else run, page.moves)
        ended = self._outcomes.ended(work.owner, run, RunState.DONE)
        ended = ended.and_then(Outcome(lambda plan: replace(plan, lag_since=None), page.moves))
        return ended.then(self._recalled) if run.of_everything else ended

    def _recalled(self, plan: Plan) -> Plan:
        """Our tables were restored from a backup: the site is asked about all content of it."""
        logger.warning("events forgotten", extra={"integration_id": plan.integration_id})
        now = self._outcomes.now()
        if plan.recall_after is not None and now < plan.recall_after:
            # It forgets all the time, so it is not our tables that are older than its memory.
            at = plan.recall_after if plan.repair_at is None else plan.repair_at
            return replace(plan, repair_at=at)
        longest = self._settings.compare_seconds
        in_a_row = plan.recalls if now - (plan.recall_after or 0) < longest else 0
        after = now + min(after_vain(self._settings.repair_seconds, in_a_row), longest)
        plan = replace(plan, recall_after=after, recalls=in_a_row + 1)
        run = replace(self._new_run(RunDirection.METADATA), of_everything=True)
        return replace(plan, run=run)

    def _go_on_comparing(self, work: Work, run: Run) -> Outcome:
        if run.cursor is None:
            told = self._fetch_structure(work)
            if isinstance(told, BridgeResponse):
                return self._outcomes.refused(work.visit, told)
            begun = replace(run, state=RunState.RUNNING, cursor=STRUCTURE_CURSOR)
            return self._outcomes.kept(begun, told)
        page = self._facts.page(
            work.owner,
            work.target,
            work.client,
            None if run.cursor == STRUCTURE_CURSOR else run.cursor,
            may_go_on=lambda: work.remaining_seconds() > self._settings.sync_margin_seconds,
            everything=run.of_everything,
        )
        if page.strange:
            return self._trusting.looked_closer(work, run)
        return self._compared(work, run, page)

    def _compared(self, work: Work, run: Run, page: Asked) -> Outcome:
        """What was looked at before a site refused is done: it is not held against the rest."""
        went_on = page.refused is None or page.done > 0
        run = replace(
            run,
            state=RunState.RUNNING,
            cursor=page.next if went_on else run.cursor,
            done=run.done + page.done,
            changed=run.changed + page.changed,
            failed=run.failed + len(page.failed),
        )
        failed = self._outcomes.passed_over(work.owner, page.failed)
        if page.refused is not None:
            refused = self._outcomes.refused(work.visit, page.refused)
            return self._outcomes.kept(run, failed).and_then(refused)
        if page.next is not None:
            return self._outcomes.kept(run, failed)
        at = self._outcomes.later(self._settings.structure_seconds)
        ended = self._outcomes.ended(work.owner, run, RunState.DONE)
        both = replace(ended, writes=[*ended.writes, *failed])
        compare = self._outcomes.later(self._settings.compare_seconds)
        after = self._repairs_after() if run.actor == BY_ITSELF else None

        def compared(plan: Plan) -> Plan:
            repair_after = after or plan.repair_after
            if run.of_everything and run.changed:
                plan = replace(plan, recalls=0)
            return replace(plan, structure_at=at, compare_at=compare, repair_after=repair_after)

        return both.then(compared)

    def _fetch_structure(self, work: Work) -> list[Write] | BridgeResponse:
        """What keeps the structure that the site tells; its refusal, if it is one."""
        answer = work.client.structure(work.target)
        if not (answer.ours and answer.success):
            return answer
        structure = structure_of(answer.data, self._outcomes.moment())
        return self._structure.writes(work.owner, structure, SYNC_WORKER)

    def _new_run(self, direction: RunDirection) -> Run:
        return Run(
            id=self._ids.next(),
            direction=direction,
            actor=BY_ITSELF,
            channel="sweep",
            started_at=self._outcomes.now(),
        )


def _is_due(at: int | None, now: int) -> bool:
    return at is not None and at <= now


def _heard_all(run: Run) -> Run:
    """A check of which the events are taken: they are not what it is to find."""
    check = run.check or Check()
    phase = Phase.SCRUB if check.phase is Phase.CHANGES else Phase.COMPARE
    return replace(run, cursor=None, done=0, changed=0, check=replace(check, phase=phase))


def _asked(plan: Plan, asked: tuple[int, ...]) -> Plan:
    return replace(plan, asks=tuple(one for one in plan.asks if one not in asked))


def _is_about_the_question(answer: BridgeResponse) -> bool:
    return answer.ours and answer.status in NOT_TO_BE_ASKED


def _read(plan: Plan, read: Sequence[int]) -> Plan:
    return replace(plan, reads=tuple(one for one in plan.reads if one not in read))
