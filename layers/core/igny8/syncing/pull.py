"""The change pull: takes the events that wait on a site, in order, and lets the site forget them.

A crash between hearing and acknowledging makes duplicates, which change nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from igny8.core.clock import Clock
from igny8.core.clock import epoch as seconds_of
from igny8.core.errors import Conflict
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.inbound.model import Inbox, Position, Trust
from igny8.inbound.planning import Telling
from igny8.inbound.service import InboundService
from igny8.inbound.store import InboxStore
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import SYNC_WORKER, Action, Status
from igny8.journal.service import Journal
from igny8.sites.model import KeyOwner
from igny8.syncing.listening import SUSPECTED
from igny8.syncing.site_answers import event_of, position_of
from igny8.wordpress.client import BridgeClient, Target
from igny8.wordpress.response import BridgeResponse

PAGE = 100
FROZEN = (
    "The site's database was restored from a backup or copied: what it tells no longer fits what it"
    " told before. Nothing is taken over until you press Connect in the bridge's settings."
)


@dataclass(frozen=True, slots=True)
class Pulled:
    """One page; ``more`` waits there. ``refused`` is the site's answer where it gave none.

    ``frozen``: the site is not to be believed; ``strange``: that has to be found out; ``doubtful``:
    it has been asked, and is to be asked once more. ``forgotten``: the site has let go of events
    that nobody here remembers; then ``moves``, by which the cursor passes them, goes with what is
    decided about that.
    """

    heard: int = 0
    more: bool = False
    frozen: bool = False
    strange: bool = False
    doubtful: bool = False
    refused: BridgeResponse | None = None
    after: int = 0
    forgotten: bool = False
    moves: Sequence[Write] = ()


def _is_forgotten(known: int, position: Position, waiting: list[int]) -> bool:
    """Whether a site counted on without events, which it keeps until somebody here has heard them.

    So our tables are older than its memory: they were restored from a backup. A number that the
    site's database never used looks the same, and costs a look at everything.
    """
    reached = max(waiting) if waiting else position.head_seq or 0
    expected = reached - known
    return known > 0 and expected > sum(1 for number in waiting if number > known)


class ChangePull:
    """Takes one page after the other."""

    def __init__(
        self,
        *,
        inboxes: InboxStore,
        inbound: InboundService,
        integrations: IntegrationStore,
        journal: Journal,
        commit: Commit,
        clock: Clock,
        confirm_seconds: int,
    ) -> None:
        self._inboxes = inboxes
        self._inbound = inbound
        self._integrations = integrations
        self._journal = journal
        self._commit = commit
        self._clock = clock
        self._confirm_seconds = confirm_seconds

    def page(self, owner: KeyOwner, target: Target, client: BridgeClient, *, after: int) -> Pulled:
        """Take what waits above the number ``after``. Raises :class:`Unavailable`."""
        answer = self._asked(owner, target, client, after, PAGE)
        if isinstance(answer, Pulled):
            return answer
        position = position_of(answer)
        told = answer.data["events"][:PAGE]
        events = [event_of(entry) for entry in told]
        if events:
            telling = Telling(events=events, position=position, is_pulled=True)
            try:
                self._inbound.hear(owner, telling)
            except Conflict:
                return Pulled(strange=True)
            ids = [event.event_id for event in events if event.event_id is not None]
            kept = client.acknowledge(target, epoch=position.epoch, event_ids=ids)
            if not (kept.ours and kept.success):
                return Pulled(heard=len(events), refused=kept)
        numbers = [event.seq for event in events if event.seq is not None]
        more = bool(answer.data.get("more")) and bool(numbers) and max(numbers) > after
        inbox = self._inboxes.get(owner.account_id, owner.integration_id)
        moves = self._moves(inbox, position, None if not more else max(numbers))
        known = max(inbox.seq, inbox.head, after)
        forgotten = bool(moves) and _is_forgotten(known, position, numbers)
        if not forgotten:
            self._commit_or_leave(moves)
        return Pulled(
            heard=len(events),
            more=more,
            after=max(numbers, default=after),
            forgotten=forgotten,
            moves=moves if forgotten else (),
        )

    def check(self, owner: KeyOwner, target: Target, client: BridgeClient) -> Pulled:
        """Find out whether the site's database is the one it was, and take nothing."""
        answer = self._asked(owner, target, client, 0, 1)
        return answer if isinstance(answer, Pulled) else Pulled()

    def _asked(
        self, owner: KeyOwner, target: Target, client: BridgeClient, after: int, limit: int
    ) -> BridgeResponse | Pulled:
        """The answer to ``changes`` of a site that can be believed, or why there is none."""
        inbox = self._inboxes.get(owner.account_id, owner.integration_id)
        if inbox.trust is Trust.FROZEN:
            return Pulled(frozen=True)
        answer = client.changes(target, epoch=inbox.epoch, since=after, limit=limit)
        if not (answer.ours and answer.success):
            return Pulled(refused=answer)
        position = position_of(answer)
        if not inbox.fits_now(position):
            now = seconds_of(self._clock.now())
            if not inbox.is_confirmed(position, now, self._confirm_seconds):
                self._suspect(owner, inbox, now)
                return Pulled(doubtful=True)
            self._freeze(owner, inbox, position)
            return Pulled(frozen=True)
        self._trust(owner, inbox)
        return answer

    def _moves(self, inbox: Inbox, position: Position, seq: int | None) -> list[Write]:
        """Move the cursor: to the last number of a page, or to the site's own at the end."""
        reached = seq if seq is not None else position.head_seq or 0
        if inbox.epoch not in {None, position.epoch} or inbox.trust is not Trust.TRUSTED:
            return []  # it paired anew meanwhile
        after = replace(inbox, epoch=position.epoch, seq=max(inbox.seq, reached))
        return [self._inboxes.change(inbox, after)] if after != inbox else []

    def _trust(self, owner: KeyOwner, inbox: Inbox) -> None:
        """A call looked strange, but the site itself says that all is well: it was a late one."""
        if inbox.trust is Trust.SUSPECT:
            after = replace(inbox, trust=Trust.TRUSTED, suspect_since=None)
            trusted = self._inboxes.change(inbox, after)
            self._commit_or_leave([trusted, self._told(owner, "pending", None)])

    def _suspect(self, owner: KeyOwner, inbox: Inbox, now: int) -> None:
        if inbox.trust is Trust.TRUSTED or inbox.suspect_since is None:
            suspect = self._inboxes.change(inbox, inbox.suspected(now))
            self._commit_or_leave([suspect, self._told(owner, "error", SUSPECTED)])

    def _freeze(self, owner: KeyOwner, inbox: Inbox, position: Position) -> None:
        event = self._journal.record(
            owner.account_id,
            owner.integration_id,
            Action.SYNC_FROZEN,
            Status.FAILED,
            "Stopped listening to the site: its database is not the one it was",
            actor=SYNC_WORKER,
            details={
                "same_database": position.epoch == inbox.epoch,
                "counted_before": max(inbox.seq, inbox.head),
                "counted_now": position.head_seq,
            },
            error_message=FROZEN,
        )
        frozen = self._inboxes.change(inbox, replace(inbox, trust=Trust.FROZEN))
        self._commit_or_leave([frozen, event, self._told(owner, "error", FROZEN)])

    def _told(self, owner: KeyOwner, status: str, error: str | None) -> Write:
        return self._integrations.sync_changed(
            owner.account_id, owner.site_id, owner.integration_id, status, error
        )

    def _commit_or_leave(self, writes: Sequence[Write]) -> None:
        if not writes:
            return
        try:
            self._commit(writes)
        except ConditionLost:
            return  # somebody knows better by now; the next pull looks again
