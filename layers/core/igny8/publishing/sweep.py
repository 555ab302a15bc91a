"""The due sweep: finds deliveries that should have happened, and sends their hints again.

It only ever re-sends, so two of them at once do no harm.
"""

from dataclasses import dataclass
from typing import Protocol

from igny8.core.clock import Clock, epoch
from igny8.core.errors import Unavailable
from igny8.core.queue import Hint
from igny8.core.rows import Row
from igny8.core.settings import Settings
from igny8.publishing.store import PublicationStore, hint_for

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

    def run(self) -> SweepReport:
        """Hint every due row once; the next look at it comes 1, 2, 4 … minutes later."""
        now = epoch(self._clock.now())
        found, hinted, left_over = 0, 0, False
        for shard in range(self._settings.sweep_shards):
            keys = self._store.due_in_shard(shard, now, self._settings.sweep_limit)
            hints, skipped = self._hints_of(keys, now)
            found += len(keys)
            left_over = left_over or skipped or len(keys) >= self._settings.sweep_limit
            try:
                hinted += self._hints.send_all(hints)
            except Unavailable:
                left_over = True  # the rows stay due: a later sweep finds them
        return SweepReport(found, hinted, left_over)

    def _hints_of(self, rows: list[Row], now: int) -> tuple[list[Hint], bool]:
        hints, skipped = [], False
        for keys in rows:
            try:
                hint = self._hint(keys, now)
            except Unavailable:
                skipped = True  # one row that cannot be written does not keep back the others
                continue
            if hint is not None:
                hints.append(hint)
        return hints, skipped

    def _hint(self, keys: Row, now: int) -> Hint | None:
        publication = self._store.get(keys)
        if publication is None or publication.wake_at is None or publication.wake_at > now:
            return None
        minutes = 2 ** min(publication.hints, LONGEST_DOUBLING)
        if not self._store.postpone_hint(publication, now + minutes * 60, now):
            return None
        return hint_for(publication)
