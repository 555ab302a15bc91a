"""A run that imports posts, one page after the other.

A page is listed, taken over post by post, and ends in one transaction with the plan: cursor,
counts, what became of its posts. Whoever dies before that leaves a page that comes again, and says
the same of what is done already; so a page counts once.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from igny8.admission.store import GateStore
from igny8.core.errors import Conflict
from igny8.core.logging import get_logger
from igny8.core.rows import Write
from igny8.imports.model import Item, LightPost, Outcome
from igny8.imports.reading import SiteRepeatsItself
from igny8.imports.runs import PageContext, PageImporter, Taken
from igny8.imports.shares import BY_ID, Position, Share, mark_of
from igny8.inbound.model import Trust
from igny8.inbound.store import InboxStore
from igny8.journal.model import SYNC_WORKER, Action, Status
from igny8.journal.service import Journal
from igny8.syncing import outcomes
from igny8.syncing.listing import Listed, ask, listed, moved
from igny8.syncing.model import Plan
from igny8.syncing.outcomes import Outcomes
from igny8.syncing.run import Pull, Run, RunState
from igny8.syncing.run_store import RunStore
from igny8.syncing.site_answers import REFUSALS, Strange, position_told
from igny8.syncing.term_pages import TermPages
from igny8.syncing.work import Work
from igny8.wordpress.response import BridgeResponse

MOST_EMPTY = 100
"""So many pages in a row without a post: one of them has looked at up to 20,000 others."""
MOST_STALLS = 5
"""So often a site may leave the first posts of a page undone, though it could be asked."""
REPEATS_ITSELF = "site_repeats_itself"
TOO_OLD = "bridge_too_old"
OTHER_DATABASE = (
    "The site was connected anew, with another database: this run was of the former one. Start it"
    " again."
)
NEW = (Outcome.CREATED, Outcome.LINKED, Outcome.PULLED)

logger = get_logger()


class _Ends(Exception):
    """The run cannot go on, for a ``reason`` that people are told."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ImportPages:
    """Takes one page after the other."""

    def __init__(
        self,
        *,
        importer: PageImporter,
        terms: TermPages,
        inboxes: InboxStore,
        runs: RunStore,
        gates: GateStore,
        journal: Journal,
        outcomes: Outcomes,
        margin_seconds: int,
    ) -> None:
        self._importer = importer
        self._terms = terms
        self._inboxes = inboxes
        self._runs = runs
        self._gates = gates
        self._journal = journal
        self._outcomes = outcomes
        self._margin_seconds = margin_seconds

    def page(self, work: Work, run: Run, pull: Pull) -> outcomes.Outcome:
        """Take the next page. Raises :class:`Strange`, :class:`Unavailable`."""
        try:
            return self._page(work, run, pull)
        except _Ends as end:
            return self._outcomes.ended(work.owner, run, RunState.FAILED, end.reason)
        except SiteRepeatsItself:
            logger.warning("site repeats itself", extra={"run_id": run.id})
            return self._outcomes.ended(work.owner, run, RunState.FAILED, REPEATS_ITSELF)

    def _page(self, work: Work, run: Run, pull: Pull) -> outcomes.Outcome:
        inbox = self._inboxes.get(work.owner.account_id, work.owner.integration_id)
        if inbox.trust is Trust.FROZEN:
            raise Strange
        if pull.life not in {None, inbox.life}:
            raise _Ends(OTHER_DATABASE)
        pull = replace(pull, life=inbox.life)
        if pull.terms is not None:
            return self._terms.page(work, run, pull, pull.terms, inbox)
        share = pull.shares[0]
        answer = ask(work, pull, share)
        if not (answer.ours and answer.success):
            return self._refused(work, answer)
        if not inbox.fits_now(position_told(answer)):
            raise Strange
        if "bridge" not in answer.data:
            raise _Ends(TOO_OLD)
        page = listed(answer, pull, share, work.target.site_url)
        if not page.told.listed and pull.empty >= MOST_EMPTY:
            raise SiteRepeatsItself
        try:
            taken = self._taken(work, run, pull, page.posts)
        except Conflict as error:  # it froze meanwhile
            raise Strange from error
        if taken.refused is None and not taken.items and page.posts:
            return self._stalled(work, run, pull)
        return self._done(work, run, pull, page, taken)

    def _taken(self, work: Work, run: Run, pull: Pull, posts: Sequence[LightPost]) -> Taken:
        if not posts:
            return Taken()
        context = PageContext(
            owner=work.owner,
            run_id=run.id,
            actor=run.actor,
            channel=run.channel,
            target=work.target,
            client=work.client,
            dry_run=pull.dry_run,
            twins=pull.twins,
            two_way=pull.two_way,
            may_go_on=lambda: self._may_go_on(work),
        )
        taken = self._importer.page(context, posts)
        told = [item.external_id for item in taken.items]
        if told != [post.id for post in posts[: len(told)]]:
            raise RuntimeError("the importer told of other posts than it was given")
        return taken

    def _may_go_on(self, work: Work) -> bool:
        """Whether there is time, and a slot that nobody needs: people's clicks go first."""
        if work.remaining_seconds() <= self._margin_seconds:
            return False
        gate = self._gates.get(work.owner.integration_id, consistent=False)
        return not gate.is_closed and gate.free_slot(self._outcomes.now()) is not None

    def _stalled(self, work: Work, run: Run, pull: Pull) -> outcomes.Outcome:
        """Nothing could be done: others need the site, or it does not answer about its posts."""
        waits = outcomes.Outcome(self._outcomes.busy, ends_turn=True)
        if not self._may_go_on(work):
            return waits
        if pull.stalls >= MOST_STALLS:
            raise SiteRepeatsItself
        run = replace(run, pull=replace(pull, stalls=pull.stalls + 1))
        return self._outcomes.kept(run).and_then(waits)

    # --- What comes of it -------------------------------------------------------------------

    def _done(
        self, work: Work, run: Run, pull: Pull, page: Listed, taken: Taken
    ) -> outcomes.Outcome:
        """Write down how far the page came: to its end, or to where the importer stopped."""
        reached = page.reached(taken.items)
        items = page.items_to(reached, taken.items)
        if not items and taken.refused is not None:
            return self._refused(work, taken.refused)
        share = moved(pull.shares[0], page, len(items), reached)
        is_over = reached is None and (page.told.next_after is None or share.left <= 0)
        left = pull.shares[1:] if is_over else (share, *pull.shares[1:])
        said = Counter(item.outcome for item in items)
        run = _counted(run, pull, share, left, said)
        writes = self._told(work, run, pull.page, items, said)
        if taken.refused is not None:
            reason = _final(taken.refused)
            if reason is not None:
                ended = self._outcomes.ended(work.owner, run, RunState.FAILED, reason)
                return replace(ended, writes=[*ended.writes, *writes])
            kept = self._outcomes.kept(run, [*writes, self._runs.went_on(work.owner, run)])
            return kept.and_then(self._refused(work, taken.refused))
        if left:
            done = self._outcomes.kept(run, [*writes, self._runs.went_on(work.owner, run)])
        else:
            done = self._outcomes.ended(work.owner, run, RunState.DONE)
            done = replace(done, writes=[*done.writes, *writes])
        if not pull.dry_run and pull.shares[0].type != BY_ID:
            goes_on = None if page.told.next_after is None and is_over else share
            done = done.then(lambda plan: _positioned(plan, share.type, goes_on, pull))
        return replace(done, ends_turn=True)

    def _told(
        self, work: Work, run: Run, number: int, items: Sequence[Item], said: Counter[Outcome]
    ) -> list[Write]:
        """The page's row; one line of history where something is new."""
        writes = [self._runs.page(work.owner, run, number, items)] if items else []
        told = {str(outcome): count for outcome, count in said.items()}
        if run.is_dry or not said.keys() & set(NEW):
            return writes
        event = self._journal.record(
            work.owner.account_id,
            work.owner.integration_id,
            Action.CONTENT_IMPORT,
            Status.SUCCESS,
            "Imported posts: " + ", ".join(f"{count} {name}" for name, count in told.items()),
            actor=SYNC_WORKER,
            details={"run_id": run.id, "page": number, "counts": told},
        )
        return [*writes, event]

    def _refused(self, work: Work, answer: BridgeResponse) -> outcomes.Outcome:
        """The site cannot be served, and the run waits; or it never answers this question."""
        reason = _final(answer)
        if reason is not None:
            raise _Ends(reason)
        return replace(self._outcomes.refused(work.visit, answer), ends_turn=True)


def _counted(
    run: Run, pull: Pull, share: Share, left: tuple[Share, ...], said: Counter[Outcome]
) -> Run:
    """A run after one page more; ``left`` are the shares of which something is still to come."""
    count = said.total()
    counts = Counter(pull.counts)
    counts.update({str(outcome): number for outcome, number in said.items()})
    return replace(
        run,
        state=RunState.RUNNING,
        reason=None,
        cursor=f"{share.type}:{share.after}",
        done=run.done + count,
        total=run.done + count + sum(one.expected - one.done for one in left),
        changed=run.changed + sum(said[one] for one in NEW),
        failed=run.failed + said[Outcome.FAILED],
        pull=replace(
            pull,
            shares=left,
            page=pull.page + 1,
            empty=0 if count else pull.empty + 1,
            stalls=0,
            counts=dict(counts),
        ),
    )


def _final(answer: BridgeResponse) -> str | None:
    """Why the bridge will never answer this question, if it will not."""
    is_final = answer.ours and answer.code in REFUSALS
    return f"{answer.code}: {answer.message}" if is_final else None


def _positioned(plan: Plan, name: str, share: Share | None, pull: Pull) -> Plan:
    """Where the next import of a type goes on; of one that came to its end at its beginning."""
    positions = {kind: one for kind, one in plan.positions.items() if kind != name}
    if share is not None:
        positions[name] = Position(after=share.after, filters=mark_of(pull.filters))
    return replace(plan, positions=positions)
