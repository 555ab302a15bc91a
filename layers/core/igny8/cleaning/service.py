"""Removing what a deleted content leaves, a bounded step at a time: texts first, then rows.

Whoever deletes takes one step; the sweep goes on until nothing is left. Texts are found by where
they lie, not by who names them, so that one which lost a race is removed as well.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from igny8.cleaning.model import Leftover
from igny8.cleaning.store import LeftoverStore
from igny8.core.clock import Clock, epoch
from igny8.core.due import MOST_NAMED, UNREADABLE_AGAIN_SECONDS
from igny8.core.errors import Unavailable
from igny8.core.logging import get_logger
from igny8.core.reading import row_name
from igny8.core.rows import Write

TEXTS = 100
ROWS = 25
MARGIN_SECONDS = 40.0
"""Time for the calls of one step, each at its worst."""

logger = get_logger()


class Bodies(Protocol):
    """Keeps texts; see `igny8.content.bodies.BodyStore`."""

    def delete_some(self, account_id: int, content_id: int, most: int) -> int: ...


class Sites(Protocol):
    """Deletes the content of deleted sites; see `igny8.publishing.clearing.SiteClearing`."""

    def clear(self, leftover: Leftover, has_time: Callable[[], bool]) -> bool: ...


@dataclass(frozen=True, slots=True)
class CleanReport:
    """How many leftovers were found and finished, and at least how many wait for the next run.

    ``unreadable`` names those that this version cannot read.
    """

    found: int
    cleaned: int
    left_over: int
    unreadable: tuple[str, ...] = ()


class Cleaner:
    """Removes leftovers."""

    def __init__(self, *, store: LeftoverStore, bodies: Bodies, clock: Clock) -> None:
        self._store = store
        self._bodies = bodies
        self._clock = clock

    def noting(self, account_id: int, content_id: int) -> Write:
        """What the transaction that deletes a content writes, so that none is forgotten."""
        return self._store.noting(Leftover.of(account_id, content_id, self._now()))

    def noting_site(self, account_id: int, site_id: int) -> Write:
        """What the transaction that deletes a site with its content writes."""
        return self._store.noting(Leftover.of_site(account_id, site_id, self._now()))

    def step(self, account_id: int, content_id: int) -> bool:
        """Remove up to a hundred texts and 25 rows of a deleted content; true if none was left.

        Four calls at most. Raises :class:`Unavailable`.
        """
        leftover = Leftover.of(account_id, content_id, self._now())
        texts = self._bodies.delete_some(account_id, content_id, TEXTS)
        if texts >= TEXTS:
            return False
        rows = self._store.rows(leftover, ROWS)
        if rows:
            self._store.delete(rows)
        return not texts and not rows

    def finish_site(
        self, leftover: Leftover, sites: Sites, remaining_seconds: Callable[[], float]
    ) -> bool:
        """Delete the content of a deleted site; false while there was any, or another does it."""
        if not self._store.begin(leftover, self._now()):
            return False
        if not sites.clear(leftover, lambda: remaining_seconds() >= MARGIN_SECONDS):
            return False
        self._store.forget(leftover)
        return True

    def finish(self, leftover: Leftover, remaining_seconds: Callable[[], float]) -> bool:
        """Go on until nothing is left; false if another does, or time is up.

        What was made after all, though its creation did not answer, is left alone.
        """
        if not self._store.begin(leftover, self._now()):
            return False
        if self._store.is_alive(leftover):
            self._store.forget(leftover)
            return True
        while remaining_seconds() >= MARGIN_SECONDS:
            if self.step(leftover.account_id, leftover.content_id):
                self._store.forget(leftover)
                return True
        return False

    def _now(self) -> int:
        return epoch(self._clock.now())


class CleanSweep:
    """Looks for leftovers in every shard."""

    def __init__(
        self,
        *,
        store: LeftoverStore,
        cleaner: Cleaner,
        sites: Sites,
        clock: Clock,
        shards: int,
        limit: int,
    ) -> None:
        self._store = store
        self._sites = sites
        self._cleaner = cleaner
        self._clock = clock
        self._shards = shards
        self._limit = min(limit, 100)

    def run(self, remaining_seconds: Callable[[], float] = lambda: math.inf) -> CleanReport:
        """Finish what is due; each run begins at another shard, and a fault holds up one."""
        now = epoch(self._clock.now())
        found = cleaned = left_over = 0
        strange: list[str] = []
        for number in range(self._shards):
            if remaining_seconds() < MARGIN_SECONDS:
                left_over += 1
                break
            shard = (now // 60 + number) % self._shards
            try:
                leftovers, unreadable = self._store.due_in_shard(shard, now, self._limit)
                for key in unreadable:
                    self._store.postpone(key, now + UNREADABLE_AGAIN_SECONDS, now)
            except Unavailable:
                left_over += 1
                continue
            strange += map(row_name, unreadable)
            found += len(leftovers) + len(unreadable)
            left_over += len(leftovers) + len(unreadable) >= self._limit
            for leftover in leftovers:
                done = self._finished(leftover, remaining_seconds)
                cleaned += done
                left_over += not done
        return CleanReport(found, cleaned, left_over, tuple(strange[:MOST_NAMED]))

    def _finished(self, leftover: Leftover, remaining_seconds: Callable[[], float]) -> bool:
        try:
            if leftover.site_id:
                return self._cleaner.finish_site(leftover, self._sites, remaining_seconds)
            return self._cleaner.finish(leftover, remaining_seconds)
        except Unavailable:
            return False
        except Exception:  # one that cannot be read keeps back no other
            about = {"content_id": leftover.content_id, "site_id": leftover.site_id}
            logger.exception("crashed", extra=about)
            return False
