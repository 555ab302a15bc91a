"""The sync sweep: finds integrations with something to do, and wakes the worker for each.

A plan that is held back for hours because its site was down is looked at in between: its gate says
whether anybody has got through to the site since.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from igny8.admission.model import Gate
from igny8.core.clock import Clock, epoch
from igny8.core.due import MOST_NAMED, UNREADABLE_AGAIN_SECONDS
from igny8.core.errors import Unavailable
from igny8.core.queue import Hint
from igny8.core.reading import row_name
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


class Gates(Protocol):
    """Where gates are kept; see `igny8.admission.store.GateStore`."""

    def get_many(self, integration_ids: Sequence[int]) -> dict[int, Gate]: ...


@dataclass(frozen=True, slots=True)
class SyncSweepReport:
    """How much was found and hinted, and whether anything is left for the next run.

    ``oldest_due_seconds`` is for how long that one has been due which has been due longest.
    ``unreadable`` names plans that this version cannot read, such as those of a newer one.
    """

    found: int
    hinted: int
    left_over: bool
    oldest_due_seconds: int = 0
    unreadable: tuple[str, ...] = ()


class SyncSweep:
    """Looks at every shard of the due index. It only ever re-sends: two at once do no harm."""

    def __init__(
        self,
        *,
        plans: PlanStore,
        gates: Gates,
        hints: HintBatches,
        clock: Clock,
        settings: Settings,
    ) -> None:
        self._plans = plans
        self._gates = gates
        self._hints = hints
        self._clock = clock
        self._settings = settings

    def run(self, remaining_seconds: Callable[[], float] = lambda: math.inf) -> SyncSweepReport:
        """Hint every plan that is due once; the next look at it comes later each time."""
        now = epoch(self._clock.now())
        shards, limit = self._settings.sweep_shards, self._settings.sweep_limit
        report = SyncSweepReport(0, 0, left_over=False)
        for number in range(shards):
            try:
                keys = self._plans.due_in_shard((now // 300 + number) % shards, now, limit)
            except Unavailable:
                report = replace(report, left_over=True)
                continue
            more = report.left_over or len(keys) >= limit
            report = replace(report, found=report.found + len(keys), left_over=more)
            for start in range(0, len(keys), BATCH):
                if remaining_seconds() < MARGIN_SECONDS:
                    return replace(report, left_over=True)
                report = self._hint_batch(keys[start : start + BATCH], now, report)
        return report

    def _hint_batch(self, keys: list[Row], now: int, report: SyncSweepReport) -> SyncSweepReport:
        try:
            plans, unreadable = self._plans.get_all(keys)
            for key in unreadable:
                self._plans.postpone(key, now + UNREADABLE_AGAIN_SECONDS, now)
            named = (*report.unreadable, *map(row_name, unreadable))[:MOST_NAMED]
            report = replace(report, unreadable=named)
            ages = [now - due for due in (plan.due_at() for plan in plans) if due]
            report = replace(report, oldest_due_seconds=max([report.oldest_due_seconds, *ages]))
            held = [plan.integration_id for plan in plans if plan.is_held_back(now)]
            gates = self._gates.get_many(held) if held else {}
            found = (self._hint(plan, now, gates) for plan in plans)
            hints = [hint for hint in found if hint]
            sent = self._hints.send_all(hints)
        except Unavailable:
            return replace(report, left_over=True)  # they stay due: a later sweep finds them
        left_over = report.left_over or sent < len(hints)
        return replace(report, hinted=report.hinted + sent, left_over=left_over)

    def _hint(self, plan: Plan, now: int, gates: Mapping[int, Gate]) -> Hint | None:
        wait = self._settings.sync_retry_seconds
        if not plan.is_held_back(now):
            at = now + after_tries(wait, plan.hints)
            sends = self._plans.postpone_hint(plan, at, now)
        elif _is_well(gates.get(plan.integration_id)):
            sends = self._plans.wake(plan, now + wait, now)
        else:
            self._plans.postpone_look(plan, now + wait, now)
            sends = False
        return Hint(plan.account_id, plan.site_id, plan.integration_id) if sends else None


def _is_well(gate: Gate | None) -> bool:
    """Whether a call has come through since the last that did not: then nothing is held against it.

    Of a gate that this version cannot read nobody knows.
    """
    return gate is not None and not gate.is_closed and gate.failed_at is None
