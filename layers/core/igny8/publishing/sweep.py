"""The due sweep: finds deliveries that should have happened, and sends their hints again.

It only ever re-sends, so two of them at once do no harm.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from igny8.core.clock import Clock, epoch
from igny8.core.errors import Unavailable
from igny8.core.queue import Hint
from igny8.core.rows import Row
from igny8.core.settings import Settings
from igny8.publishing.model import Publication
from igny8.publishing.store import PublicationStore, hint_for

BATCH = 10
MARGIN_SECONDS = 10.0
LONGEST_DOUBLING = 5  # 1, 2, 4, 8, 16, 32 minutes


class HintBatches(Protocol):
    """Sends many hints; see `igny8.core.queue.HintQueue`."""

    def send_all(self, hints: list[Hint]) -> int: ...


@dataclass(frozen=True, slots=True)
class SweepReport:
    """How much was found, hinted, and left over for the next run."""

    found: int
    hinted: int
    left_over: bool


class DueSweep:
    """Looks at every shard of the due index."""

    def __init__(
        self, *, store: PublicationStore, hints: HintBatches, clock: Clock, settings: Settings
    ) -> None:
        self._store = store
        self._hints = hints
        self._clock = clock
        self._settings = settings

    def run(self, remaining_seconds: Callable[[], float] = lambda: math.inf) -> SweepReport:
        """Hint every due row once; the next look at it comes 1, 2, 4 … minutes later.

        Each run begins at another shard and sends its hints as it goes, so that one that is out of
        time has done something for everybody, and says that there is more.
        """
        now = epoch(self._clock.now())
        shards, limit = self._settings.sweep_shards, self._settings.sweep_limit
        found, hinted, left_over = 0, 0, False
        for number in range(shards):
            try:
                keys = self._store.due_in_shard((now // 60 + number) % shards, now, limit)
            except Unavailable:
                left_over = True
                continue
            found += len(keys)
            left_over = left_over or len(keys) >= limit
            for start in range(0, len(keys), BATCH):
                if remaining_seconds() < MARGIN_SECONDS:
                    return SweepReport(found, hinted, left_over=True)
                sent, skipped = self._hint_batch(keys[start : start + BATCH], now)
                hinted += sent
                left_over = left_over or skipped
        return SweepReport(found, hinted, left_over)

    def _hint_batch(self, keys: list[Row], now: int) -> tuple[int, bool]:
        """How many hints SQS took, and whether anything has to be left to a later sweep."""
        hints, skipped = [], False
        try:
            publications = self._store.get_all(keys)
        except Unavailable:
            return 0, True
        for publication in publications:
            try:
                hint = self._hint(publication, now)
            except Unavailable:
                skipped = True  # one row that cannot be written does not keep back the others
                continue
            if hint is not None:
                hints.append(hint)
        try:
            sent = self._hints.send_all(hints)
        except Unavailable:
            return 0, True  # the rows stay due: a later sweep finds them
        return sent, skipped or sent < len(hints)

    def _hint(self, publication: Publication, now: int) -> Hint | None:
        if publication.wake_at is None or publication.wake_at > now:
            return None
        minutes = 2 ** min(publication.hints, LONGEST_DOUBLING)
        if not self._store.postpone_hint(publication, now + minutes * 60, now):
            return None
        return hint_for(publication)
