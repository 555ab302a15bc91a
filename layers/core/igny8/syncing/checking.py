"""A run that compares both sides and repairs what differs.

What differs is read anew and goes where its event would have gone: nothing here sends anything, and
what is under way is left alone. Each repair is a transaction of its own, so that a check which is
begun again finds less to do.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from igny8.admission.store import GateStore
from igny8.core.logging import get_logger
from igny8.core.rows import Write
from igny8.imports.comparing import Comparison, Suspects
from igny8.imports.model import Item, LightPost, Outcome
from igny8.imports.reading import SiteRepeatsItself
from igny8.imports.relinking import Relinker
from igny8.imports.runs import PageContext, PageImporter
from igny8.imports.shares import enabled_types
from igny8.imports.sums import read_scrub
from igny8.inbound.model import Trust
from igny8.inbound.store import InboxStore
from igny8.journal.model import SYNC_WORKER, Action, Status
from igny8.journal.service import Journal
from igny8.links.model import Link
from igny8.publishing.store import PublicationStore
from igny8.structure.store import StructureStore
from igny8.syncing import outcomes
from igny8.syncing.check import Check, Checked, Phase
from igny8.syncing.facts import FactFinder
from igny8.syncing.model import Plan
from igny8.syncing.outcomes import Outcomes
from igny8.syncing.pages import REPEATS_ITSELF
from igny8.syncing.run import Run, RunState
from igny8.syncing.run_store import RunStore
from igny8.syncing.site_answers import Strange, position_told
from igny8.syncing.work import Work
from igny8.wordpress.response import BridgeResponse

DAYS = 30
MOST_SCRUBS = 1_000
MOST_ROUNDS = 500
TAKEN_AT_ONCE = 100
MOST_PENDING = 1_000
FAR = 2**40
REPAIRED = frozenset({Outcome.LINKED, Outcome.PULLED, Outcome.CONFLICT})
LEFT = "It is not as the site tells of it, and nothing that is known here can put it right."

logger = get_logger()


@dataclass(frozen=True, slots=True)
class _Repaired:
    """What became of the suspects of a round; ``refused`` ended it."""

    items: Sequence[Item] = ()
    refused: BridgeResponse | None = None


class CheckPages:
    """Takes one step of a check after the other, but for the events, which others take."""

    def __init__(
        self,
        *,
        comparison: Comparison,
        importer: PageImporter,
        facts: FactFinder,
        relinker: Relinker,
        publications: PublicationStore,
        structures: StructureStore,
        inboxes: InboxStore,
        gates: GateStore,
        runs: RunStore,
        journal: Journal,
        outcomes: Outcomes,
        margin_seconds: int,
    ) -> None:
        self._comparison = comparison
        self._importer = importer
        self._facts = facts
        self._relinker = relinker
        self._publications = publications
        self._structures = structures
        self._inboxes = inboxes
        self._gates = gates
        self._runs = runs
        self._journal = journal
        self._outcomes = outcomes
        self._margin_seconds = margin_seconds

    def page(self, work: Work, run: Run, check: Check) -> outcomes.Outcome:
        """Go on. Raises :class:`Strange`, :class:`Unavailable`."""
        inbox = self._inboxes.get(work.owner.account_id, work.owner.integration_id)
        if inbox.trust is Trust.FROZEN:
            raise Strange
        try:
            if check.phase is Phase.SCRUB:
                return self._scrubbed(work, run, check)
            return self._compared(work, run, check)
        except SiteRepeatsItself:
            logger.warning("site repeats itself", extra={"run_id": run.id})
            return self._outcomes.ended(work.owner, run, RunState.FAILED, REPEATS_ITSELF)

    def _scrubbed(self, work: Work, run: Run, check: Check) -> outcomes.Outcome:
        """Have the site look at its own posts, those first at which it looked longest ago."""
        answer = work.client.digests(work.target, {}, checked_before=check.since)
        if not (answer.ours and answer.success):
            return replace(self._outcomes.refused(work.visit, answer), ends_turn=True)
        self._check_trust(work, answer)
        scrub = read_scrub(answer)
        check = replace(
            check,
            scrubs=check.scrubs + 1,
            scrubbed=check.scrubbed + scrub.checked,
            moved=check.moved + scrub.moved,
            since=check.since or scrub.at,
        )
        if not scrub.more or not scrub.checked or self._is_enough(work, check):
            phase = Phase.FOUND if check.moved else Phase.COMPARE
            check = replace(check, phase=phase)
        went_on = replace(run, state=RunState.RUNNING, reason=None, check=check)
        return replace(self._outcomes.kept(went_on), ends_turn=True)

    def _is_enough(self, work: Work, check: Check) -> bool:
        """Whether the site has looked at its share: all of its posts in thirty days."""
        if check.scrubs >= MOST_SCRUBS:
            return True
        known, _ = self._structures.get(work.owner.account_id, work.owner.integration_id)
        linked = sum(one.count for one in known.synced.values())
        return not check.deep and check.scrubbed * DAYS >= linked

    def _check_trust(self, work: Work, answer: BridgeResponse) -> None:
        inbox = self._inboxes.get(work.owner.account_id, work.owner.integration_id)
        if not inbox.fits_now(position_told(answer)):
            raise Strange

    # --- Both sides -------------------------------------------------------------------------

    def _compared(self, work: Work, run: Run, check: Check) -> outcomes.Outcome:
        owner = work.owner
        known, _ = self._structures.get(owner.account_id, owner.integration_id)
        found = self._comparison.suspects(
            owner,
            work.target,
            work.client,
            enabled_types(known),
            may_go_on=lambda: self._may_go_on(work),
        )
        if found.refused is not None:
            return replace(self._outcomes.refused(work.visit, found.refused), ends_turn=True)
        found = self._without_pending(work, found)
        repaired = self._repaired(work, run, check, found)
        return self._went_on(work, run, check, found, repaired)

    def _without_pending(self, work: Work, found: Suspects) -> Suspects:
        """What is on its way is left alone: its own answer says what is there."""
        if not found.there and not found.missing:
            return found
        pending = set(self._publications.due_on(work.owner.integration_id, FAR, MOST_PENDING))
        links = {one: link for one, link in found.links.items() if link.content_id in pending}
        return replace(
            found,
            there=[
                post
                for post in found.there
                if post.id not in links and post.content_id not in pending
            ],
            missing={one: link for one, link in found.missing.items() if one not in links},
        )

    def _repaired(self, work: Work, run: Run, check: Check, found: Suspects) -> _Repaired:
        there = self._taken(work, run, check, found)
        if there.refused is not None or check.dry_run:
            missing = [_missing(one, link, Outcome.SKIPPED) for one, link in found.missing.items()]
            return replace(there, items=[*there.items, *(missing if check.dry_run else [])])
        missing_found = self._asked(work, found.missing)
        return _Repaired([*there.items, *missing_found.items], missing_found.refused)

    def _taken(self, work: Work, run: Run, check: Check, found: Suspects) -> _Repaired:
        """Read what is there anew, and hear of it as of events."""
        context = PageContext(
            owner=work.owner,
            run_id=run.id,
            actor=run.actor,
            channel=run.channel,
            target=work.target,
            client=work.client,
            dry_run=check.dry_run,
            only_known=True,
            may_go_on=lambda: self._may_go_on(work),
        )
        items: list[Item] = []
        left = list(found.there)
        while left:
            some = left[:TAKEN_AT_ONCE]
            taken = self._importer.page(context, some)
            done = some[: len(taken.items)]
            items += taken.items if check.dry_run else self._put_right(work, done, taken.items)
            if taken.refused is not None or len(done) < len(some):
                return _Repaired(items, taken.refused)
            left = left[TAKEN_AT_ONCE:]
        return _Repaired(items)

    def _put_right(
        self, work: Work, posts: Sequence[LightPost], items: Sequence[Item]
    ) -> list[Item]:
        """Where the posts were as known, it is the link that was wrong."""
        same = {item.external_id for item in items if item.outcome is Outcome.UNCHANGED}
        alike = [post for post in posts if post.id in same]
        right = self._relinker.relinked(work.owner, alike) if alike else set()
        return [_judged(item, right) if item.external_id in same else item for item in items]

    def _asked(self, work: Work, missing: Mapping[int, Link]) -> _Repaired:
        """Ask about posts that the site does not list, as about any of which little was said.

        Those of which there is nothing to tell it may have forgotten: it is told once more.
        """
        items: dict[int, Item] = {}
        alike: dict[int, Link] = {}
        refused: BridgeResponse | None = None
        for post_id, link in missing.items():
            if not self._may_go_on(work):
                break
            came = self._facts.posts(work.owner, work.target, work.client, [post_id])
            if came.strange:
                raise Strange
            if came.refused is not None:
                refused = came.refused
                break
            outcome = Outcome.FAILED if came.failed else Outcome.UNCHANGED
            if came.changed:
                outcome = Outcome.PULLED
            elif not came.failed:
                alike[post_id] = link
            items[post_id] = _missing(post_id, link, outcome)
        if alike and refused is None:
            told = self._relinker.tell(work.owner, work.target, work.client, alike)
            refused = told if isinstance(told, BridgeResponse) else None
        return _Repaired(list(items.values()), refused)

    def _may_go_on(self, work: Work) -> bool:
        """Whether there is time, and a slot that nobody needs: people's clicks go first."""
        if work.remaining_seconds() <= self._margin_seconds:
            return False
        gate = self._gates.get(work.owner.integration_id, consistent=False)
        return not gate.is_closed and gate.free_slot(self._outcomes.now()) is not None

    # --- What comes of it -------------------------------------------------------------------

    def _went_on(
        self, work: Work, run: Run, check: Check, found: Suspects, repaired: _Repaired
    ) -> outcomes.Outcome:
        said = Counter(item.outcome for item in repaired.items)
        changed = sum(said[one] for one in REPAIRED)
        counts = Counter(check.counts)
        counts.update(str(item.outcome) for item in repaired.items)
        number = check.page
        check = replace(
            check, rounds=check.rounds + 1, page=number + bool(repaired.items), counts=dict(counts)
        )
        run = replace(
            run,
            state=RunState.RUNNING,
            reason=None,
            done=run.done + len(repaired.items),
            total=run.done + len(found.there) + len(found.missing),
            changed=run.changed + changed,
            failed=run.failed + said[Outcome.FAILED],
            check=check,
        )
        writes = self._told(work, run, number, repaired.items, said)
        if repaired.refused is not None:
            kept = self._outcomes.kept(run, [*writes, *self._noted(work, run)])
            refused = self._outcomes.refused(work.visit, repaired.refused)
            return replace(kept.and_then(refused), ends_turn=True)
        is_done = len(repaired.items) == len(found.there) + len(found.missing)
        is_over = (found.is_all and is_done) or check.dry_run or check.rounds >= MOST_ROUNDS
        if not is_over and not changed and repaired.items:
            is_over = True  # what is left would be found again
        if not is_over:
            kept = self._outcomes.kept(run, [*writes, *self._noted(work, run)])
            if not repaired.items:  # others need the site now, or the time was up
                kept = kept.then(self._outcomes.busy)
            return replace(kept, ends_turn=True)
        ended = self._outcomes.ended(work.owner, run, RunState.DONE)
        ended = replace(ended, writes=[*ended.writes, *writes], ends_turn=True)
        return ended if check.dry_run else ended.then(lambda plan: self._checked(plan, run, check))

    def _noted(self, work: Work, run: Run) -> list[Write]:
        return [self._runs.went_on(work.owner, run)] if run.is_listed else []

    def _checked(self, plan: Plan, run: Run, check: Check) -> Plan:
        checked = Checked(
            at=self._outcomes.now(),
            found=run.done - check.counts.get(Outcome.SKIPPED, 0) + check.moved,
            left=run.failed,
            scrubbed=check.scrubbed,
            deep=check.deep,
        )
        return replace(plan, checked=checked)

    def _told(
        self, work: Work, run: Run, number: int, items: Sequence[Item], said: Counter[Outcome]
    ) -> list[Write]:
        """The page's row where somebody looks at it; one line of history for what was repaired."""
        listed = [self._runs.page(work.owner, run, number, items)] if items else []
        writes = listed if run.is_listed else []
        if run.is_dry or not said.keys() & REPAIRED:
            return writes
        told = {str(outcome): count for outcome, count in said.items()}
        event = self._journal.record(
            work.owner.account_id,
            work.owner.integration_id,
            Action.DRIFT_REPAIR,
            Status.SUCCESS,
            "Repaired what differed: " + ", ".join(f"{n} {name}" for name, n in told.items()),
            actor=SYNC_WORKER,
            details={"run_id": run.id, "page": number, "counts": told},
        )
        return [*writes, event]


def _judged(item: Item, right: set[int]) -> Item:
    if item.external_id in right:
        return replace(item, outcome=Outcome.LINKED)
    return replace(item, outcome=Outcome.FAILED, reason=LEFT)


def _missing(post_id: int, link: Link, outcome: Outcome) -> Item:
    return Item(
        external_id=post_id,
        type=link.post_type,
        title="",
        url="",
        outcome=outcome,
        content_id=link.content_id,
    )
