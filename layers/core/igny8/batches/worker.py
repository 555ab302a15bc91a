"""Carries a batch out, page by page: each item through the one use case that a click is.

What is decided about an item is written down with the decision, so that nothing is decided twice,
whoever dies and however often a message comes; and nothing once the batch is cancelled.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from igny8.batches.model import (
    GIVEN_UP_AFTER,
    OUR_FAULT,
    PAGE,
    Batch,
    BatchHint,
    Item,
    Result,
)
from igny8.batches.service import BatchHints
from igny8.batches.store import BatchStore
from igny8.core.clock import Clock, epoch
from igny8.core.errors import Conflict, DomainError, Later, NotFound, Unavailable
from igny8.core.logging import correlated, get_logger
from igny8.core.queue import Hint
from igny8.core.rows import Commit, ConditionLost
from igny8.journal.model import Actor, Channel
from igny8.publishing.acts import ActService
from igny8.publishing.decisions import Decision, DecisionService, Overruled

MARGIN_SECONDS = 30.0
"""No item is begun with less time than this; who is killed all the same loses nothing."""
MOST_FAULTS_IN_A_ROW = 3
WHY = "This could not be decided on our side several times. We have been told; publish it again."

logger = get_logger()


class HintBatches(Protocol):
    """Sends many hints; see `igny8.core.queue.HintQueue`."""

    def send_all(self, hints: Sequence[Hint]) -> int: ...


class Gathered:
    """Hints of many decisions: of one site no more than workers may serve it at once.

    Whoever comes serves all that is due there; what is lost the due sweep finds.
    """

    def __init__(self, *, each: int) -> None:
        self._each = each
        self._sites: dict[int, list[Hint]] = {}

    def send(self, hint: Hint, *, delay_seconds: int = 0) -> None:
        """Keep it until it is taken."""
        kept = self._sites.setdefault(hint.integration_id, [])
        if len(kept) < self._each:
            kept.append(hint)

    def take(self) -> list[Hint]:
        """All that were kept."""
        sites, self._sites = self._sites, {}
        return [hint for kept in sites.values() for hint in kept]


@dataclass(frozen=True, slots=True)
class Progress:
    """One line for the log: how far a batch is."""

    batch_id: int
    state: str
    position: int
    items: int


class BatchWorker:
    """Serves messages that name batches."""

    def __init__(
        self,
        *,
        store: BatchStore,
        decisions: DecisionService,
        acts: ActService,
        gathered: Gathered,
        hints: HintBatches,
        own_hints: BatchHints,
        commit: Commit,
        clock: Clock,
    ) -> None:
        self._store = store
        self._decisions = decisions
        self._acts = acts
        self._gathered = gathered
        self._hints = hints
        self._own_hints = own_hints
        self._commit = commit
        self._clock = clock

    def serve(self, hint: BatchHint, remaining_seconds: Callable[[], float]) -> Progress | None:
        """Carry on with a batch while time remains; ``None`` if there is no such batch.

        What stands still is found by the sweep. Raises :class:`Unavailable`.
        """
        try:
            batch = self._store.get(hint.account_id, hint.batch_id)
            while batch.is_at_work and self._step(batch):
                batch = self._store.get(hint.account_id, hint.batch_id)
                if batch.is_at_work and remaining_seconds() < MARGIN_SECONDS:
                    self._go_on_later(hint)
                    break
            if not batch.items and batch.wake_at is not None:
                self._store.moved_on(batch, 0, epoch(self._clock.now()))  # nothing to be undone
        except NotFound:
            return None
        return Progress(batch.id, str(batch.state), batch.position, len(batch.items))

    def _go_on_later(self, hint: BatchHint) -> None:
        with suppress(Unavailable):  # the sweep finds it standing still
            self._own_hints.send(hint)

    def _step(self, batch: Batch) -> bool:
        """One page; false if what failed on our side has to be tried again, later."""
        page = batch.items[batch.position :][:PAGE]
        try:
            is_settled = self._settle(batch, page)
        except Overruled:
            return True  # another worker, or somebody who cancels, was first: look again
        finally:
            self._wake_sites()
        if is_settled:
            now = epoch(self._clock.now())
            self._store.moved_on(batch, batch.position + len(page), now)
        return is_settled

    def _settle(self, batch: Batch, page: Sequence[int]) -> bool:
        """Each of a page by itself: one that fails keeps back no other, unless nothing works.

        Where it cannot be read what was decided, nothing is decided or undone.
        """
        act = self._decide if batch.cancelled_at is None else self._undo
        decided, unreadable = self._store.decided(batch, page)
        failed = in_a_row = 0
        for content_id in [number for number in page if number not in unreadable]:
            with correlated(*filter(None, [batch.request_id])):
                try:
                    act(batch, content_id, decided.get(content_id))
                except Overruled:
                    raise
                except Exception as error:
                    failed += not self._is_given_up(batch, content_id, error)
                    in_a_row += isinstance(error, Unavailable)
                    if in_a_row >= MOST_FAULTS_IN_A_ROW:
                        raise
                else:
                    in_a_row = 0
        return not failed

    def _decide(self, batch: Batch, content_id: int, decided: Item | None) -> None:
        """Publish a content as its owner's click would, once."""
        if decided is not None:
            return
        try:
            self._decisions.publish(
                batch.account_id,
                content_id,
                actor=Actor(batch.actor, Channel(batch.channel), batch.request_id),
                integration_id=batch.integration_id,
                alongside=lambda decision: self._store.deciding(batch, _item(decision)),
            )
        except Later:
            raise
        except DomainError as refusal:
            self._refuse(batch, content_id, refusal.code, refusal.message)

    def _undo(self, batch: Batch, content_id: int, decided: Item | None) -> None:
        """Cancel what the batch has decided, where that is not done and nobody decided anew."""
        if decided is None or decided.result is not Result.ACCEPTED:
            return
        try:
            self._acts.cancel(
                batch.account_id,
                content_id,
                actor=Actor(batch.cancelled_by or batch.actor, Channel(batch.channel)),
                integration_id=decided.integration_id,
                intent=decided.intent,
            )
        except (NotFound, Conflict):
            return  # nothing is left to be cancelled

    def _refuse(self, batch: Batch, content_id: int, code: str, message: str) -> None:
        item = Item(content_id=content_id, result=Result.REFUSED, code=code, message=message)
        try:
            self._commit(self._store.deciding(batch, item))
        except ConditionLost as lost:
            raise Overruled from lost

    def _is_given_up(self, batch: Batch, content_id: int, error: Exception) -> bool:
        """Log a fault of ours; true if it has lasted for so long that it is said of the item."""
        about = {**BatchHint.of(batch).about(), "content_id": content_id}
        is_last = batch.hints >= GIVEN_UP_AFTER
        if isinstance(error, Unavailable):
            level = logger.error if is_last else logger.warning
            level("our fault" if is_last else "unavailable", extra={"what": error.what, **about})
        else:
            logger.error("crashed", extra=about, exc_info=error)
        if is_last and batch.cancelled_at is None:
            self._refuse(batch, content_id, OUR_FAULT, WHY)
        return is_last

    def _wake_sites(self) -> None:
        hints = self._gathered.take()
        if hints:
            with suppress(Unavailable):
                self._hints.send_all(hints)


def _item(decision: Decision) -> Item:
    publication = decision.publication
    return Item(
        content_id=publication.content_id,
        result=Result.ACCEPTED if decision.accepted else Result.ALREADY,
        integration_id=publication.integration_id,
        intent=publication.intent,
    )
