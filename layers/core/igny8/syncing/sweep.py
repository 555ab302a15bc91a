"""The sync sweep: finds integrations with something to do, and wakes the worker for each."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from igny8.core.clock import Clock, epoch
from igny8.core.errors import Unavailable
from igny8.core.queue import Hint
from igny8.core.rows import Row
from igny8.core.settings import Settings
from igny8.syncing.backoff import after_tries
from igny8.syncing.model import Plan
from igny8.syncing.store import PlanStore

BATCH = 10
MARGIN_SECONDS = 10.0


class HintBatches(Protocol):
    """Sends many hints; see `igny8.core.queue.HintQueue`."""

    def send_all(self, hints: list[Hint]) -> int: ...


@dataclass(frozen=True, slots=True)
class SyncSweepReport:
    """How much was found and hinted, and whether anything is left for the next run."""

    found: int
    hinted: int
    left_over: bool


class SyncSweep:
    """Looks at every shard of the due index. It only ever re-sends: two at once do no harm."""

    def __init__(
        self, *, plans: PlanStore, hints: HintBatches, clock: Clock, settings: Settings
    ) -> None:
        self._plans = plans
        self._hints = hints
        self._clock = clock
        self._settings = settings

    def run(self, remaining_seconds: Callable[[], float] = lambda: math.inf) -> SyncSweepReport:
        """Hint every plan that is due once; the next look at it comes later each time."""
        now = epoch(self._clock.now())
        shards, limit = self._settings.sweep_shards, self._settings.sweep_limit
        found, hinted, left_over = 0, 0, False
        for number in range(shards):
            try:
                keys = self._plans.due_in_shard((now // 300 + number) % shards, now, limit)
            except Unavailable:
                left_over = True
                continue
            found += len(keys)
            left_over = left_over or len(keys) >= limit
            for start in range(0, len(keys), BATCH):
                if remaining_seconds() < MARGIN_SECONDS:
                    return SyncSweepReport(found, hinted, left_over=True)
                sent, whole = self._hint_batch(keys[start : start + BATCH], now)
                hinted += sent
                left_over = left_over or not whole
        return SyncSweepReport(found, hinted, left_over)

    def _hint_batch(self, keys: list[Row], now: int) -> tuple[int, bool]:
        """How many hints SQS took, and whether nothing had to be left out."""
        try:
            plans = self._plans.get_all(keys)
            hints = [hint for hint in (self._hint(plan, now) for plan in plans) if hint]
            sent = self._hints.send_all(hints)
        except Unavailable:
            return 0, False  # they stay due: a later sweep finds them
        return sent, sent == len(hints)

    def _hint(self, plan: Plan, now: int) -> Hint | None:
        wait = after_tries(self._settings.sync_retry_seconds, plan.hints)
        if not self._plans.postpone_hint(plan, now + wait, now):
            return None
        return Hint(plan.account_id, plan.site_id, plan.integration_id)
