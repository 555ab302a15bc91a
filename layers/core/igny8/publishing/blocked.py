"""The blocked sweep: one hint to each site whose gate may be probed, or was opened, and work waits.

What was parked behind a gate that only pairing opens comes back by it, should pairing's own hint be
lost.
"""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from igny8.admission.model import Look
from igny8.admission.store import LOOK_SHARDS, GateStore
from igny8.core.clock import Clock, epoch
from igny8.core.due import MOST_NAMED, UNREADABLE_AGAIN_SECONDS
from igny8.core.errors import Unavailable
from igny8.core.queue import Hint
from igny8.core.reading import row_name
from igny8.publishing.store import PublicationStore, hint_for
from igny8.publishing.sweep import MARGIN_SECONDS, HintBatches

AGAIN_SECONDS = 290
"""Until the next run, should the hint be lost; a probe that fails sets its own time."""
LONGEST_DOUBLING = 6  # where nothing waits: 5, 10, 20 minutes … 5 hours
MOST_SITES = 100


@dataclass(frozen=True, slots=True)
class BlockedReport:
    """How many sites were found and hinted, and at least how many wait for the next run.

    ``closed_gates`` counts those found whose gate is closed, by its reason. ``unreadable`` names
    gates that this version cannot read, such as those of a newer one.
    """

    found: int
    hinted: int
    left_over: int
    closed_gates: dict[str, int]
    unreadable: tuple[str, ...] = ()


class BlockedSweep:
    """Looks at every shard of the index of sites behind which work may wait."""

    def __init__(
        self, *, gates: GateStore, store: PublicationStore, hints: HintBatches, clock: Clock
    ) -> None:
        self._gates = gates
        self._store = store
        self._hints = hints
        self._clock = clock

    def run(self, remaining_seconds: Callable[[], float] = lambda: math.inf) -> BlockedReport:
        """Hint each site once; each run begins at another shard."""
        now = epoch(self._clock.now())
        found = hinted = left_over = 0
        closed: Counter[str] = Counter()
        strange: list[str] = []
        for number in range(LOOK_SHARDS):
            if remaining_seconds() < MARGIN_SECONDS:
                left_over += LOOK_SHARDS - number
                break
            shard = (now // 60 + number) % LOOK_SHARDS
            try:
                looks, unreadable = self._gates.looks_in_shard(shard, now, MOST_SITES)
                for key in unreadable:
                    self._gates.postpone(key, now + UNREADABLE_AGAIN_SECONDS, now)
            except Unavailable:
                left_over += 1
                continue
            strange += map(row_name, unreadable)
            found += len(looks) + len(unreadable)
            closed.update(str(look.gate.reason) for look in looks if look.gate.reason)
            left_over += len(looks) + len(unreadable) >= MOST_SITES
            for look in looks:
                done = self._looked(look, now) if remaining_seconds() >= MARGIN_SECONDS else None
                hinted += bool(done)
                left_over += done is None
        named = tuple(strange[:MOST_NAMED])
        return BlockedReport(found, hinted, left_over, dict(closed), named)

    def _looked(self, look: Look, now: int) -> bool | None:
        """Whether a hint was sent; ``None`` if the site has to be left to a later run."""
        try:
            hint = self._waiting(look, now)
            if hint is not None:
                again: int | None = now + AGAIN_SECONDS
            elif look.gate.probe_at is not None:
                again = now + (AGAIN_SECONDS << min(look.looks, LONGEST_DOUBLING))
            else:
                again = None
            if not self._gates.look_again(look, again) or hint is None:
                return False
            return self._hints.send_all([hint]) > 0 or None
        except Unavailable:
            return None

    def _waiting(self, look: Look, now: int) -> Hint | None:
        publication = self._store.one_due_on(look.gate.integration_id, now)
        return None if publication is None else hint_for(publication)
