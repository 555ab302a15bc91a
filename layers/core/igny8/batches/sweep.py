"""The batch sweep: finds batches that stand still, and wakes their worker again."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from igny8.batches.model import Batch, BatchHint
from igny8.batches.store import BatchStore
from igny8.core.clock import Clock, epoch
from igny8.core.due import MOST_NAMED, UNREADABLE_AGAIN_SECONDS
from igny8.core.errors import Unavailable
from igny8.core.reading import row_name
from igny8.core.rows import Row

BATCH = 10
MARGIN_SECONDS = 20.0
LONGEST_DOUBLING = 5  # 1, 2, 4, 8, 16, 32 minutes


class HintBatches(Protocol):
    """Sends many messages; see `igny8.core.queue.HintQueue`."""

    def send_all(self, hints: Sequence[BatchHint]) -> int: ...


@dataclass(frozen=True, slots=True)
class BatchSweepReport:
    """How many stood still and were hinted, and at least how many wait for the next run.

    ``oldest_due_seconds`` is how long that one has waited for this look which waited longest.
    ``unreadable`` names batches that this version cannot read, such as those of a newer one.
    """

    found: int = 0
    hinted: int = 0
    left_over: int = 0
    oldest_due_seconds: int = 0
    unreadable: tuple[str, ...] = ()


class BatchSweep:
    """Looks at every shard of the due index. It only ever re-sends: two at once do no harm."""

    def __init__(
        self, *, store: BatchStore, hints: HintBatches, clock: Clock, shards: int, limit: int
    ) -> None:
        self._store = store
        self._hints = hints
        self._clock = clock
        self._shards = shards
        self._limit = limit

    def run(self, remaining_seconds: Callable[[], float] = lambda: math.inf) -> BatchSweepReport:
        """Hint every batch that is due once; the next look comes 1, 2, 4 … minutes later."""
        now = epoch(self._clock.now())
        report = BatchSweepReport()
        for number in range(self._shards):
            try:
                keys = self._store.due_in_shard(
                    (now // 60 + number) % self._shards, now, self._limit
                )
            except Unavailable:
                report = replace(report, left_over=report.left_over + 1)
                continue
            more = int(len(keys) >= self._limit)
            report = replace(
                report, found=report.found + len(keys), left_over=report.left_over + more
            )
            for start in range(0, len(keys), BATCH):
                if remaining_seconds() < MARGIN_SECONDS:
                    return replace(report, left_over=report.left_over + len(keys) - start)
                report = self._hint_some(keys[start : start + BATCH], now, report)
        return report

    def _hint_some(
        self, keys: Sequence[Row], now: int, report: BatchSweepReport
    ) -> BatchSweepReport:
        try:
            batches, unreadable = self._store.get_all(keys)
            for key in unreadable:
                self._store.postpone(key, now + UNREADABLE_AGAIN_SECONDS, now)
            due = [one for one in batches if one.wake_at is not None and one.wake_at <= now]
            hints = [BatchHint.of(one) for one in due if self._is_first(one, now)]
            sent = self._hints.send_all(hints)
        except Unavailable:  # they stay due: a later sweep finds them
            return replace(report, left_over=report.left_over + len(keys))
        ages = [now - (one.wake_at or now) for one in due]
        return replace(
            report,
            hinted=report.hinted + sent,
            left_over=report.left_over + len(hints) - sent,
            oldest_due_seconds=max([report.oldest_due_seconds, *ages]),
            unreadable=(*report.unreadable, *map(row_name, unreadable))[:MOST_NAMED],
        )

    def _is_first(self, batch: Batch, now: int) -> bool:
        minutes = 2 ** min(batch.hints, LONGEST_DOUBLING)
        return self._store.postpone_hint(batch, now + minutes * 60)
