"""The due sweep: finds deliveries that should have happened, and sends their hints again.

It only ever re-sends, so two of them at once do no harm. What it finds of one site goes out in few
messages: whoever comes serves all that is due there, and those of others stand behind few.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from igny8.core.clock import Clock, epoch
from igny8.core.due import MOST_NAMED, UNREADABLE_AGAIN_SECONDS
from igny8.core.errors import Unavailable
from igny8.core.queue import Hint
from igny8.core.reading import row_name
from igny8.core.rows import Row
from igny8.core.settings import Settings
from igny8.publishing.model import Publication
from igny8.publishing.store import PublicationStore, hint_for

BATCH = 10
MOST_IN_A_HINT = 250
# After the last look at the time: one row is written, and ten hints are sent twice.
MARGIN_SECONDS = 30.0
SEND_MARGIN_SECONDS = 20.0  # ten hints are sent twice
LONGEST_DOUBLING = 5  # 1, 2, 4, 8, 16, 32 minutes
LONG_IN_DOUBT_SECONDS = 3_600


class HintBatches(Protocol):
    """Sends many hints; see `igny8.core.queue.HintQueue`."""

    def send_all(self, hints: list[Hint]) -> int: ...


@dataclass(frozen=True, slots=True)
class SweepReport:
    """How much was found and hinted, and at least how many wait for the next run.

    ``unreadable`` names rows that this version cannot read, such as those of a newer one.
    ``oldest_due_seconds`` is how long the row that waited longest has waited for this look,
    ``long_in_doubt`` how many of those seen have been in doubt for over an hour.
    """

    found: int = 0
    hinted: int = 0
    left_over: int = 0
    unreadable: tuple[str, ...] = ()
    oldest_due_seconds: int = 0
    long_in_doubt: int = 0


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
        time has done something for everybody, and says how much there is more.
        """
        now = epoch(self._clock.now())
        shards = self._settings.sweep_shards
        report = SweepReport()
        for number in range(shards):
            if remaining_seconds() < MARGIN_SECONDS:
                return replace(report, left_over=report.left_over + shards - number)
            try:
                report = self._sweep_shard(
                    (now // 60 + number) % shards, now, report, remaining_seconds
                )
            except Unavailable:
                report = replace(report, left_over=report.left_over + 1)
        return report

    def _sweep_shard(
        self, shard: int, now: int, report: SweepReport, remaining_seconds: Callable[[], float]
    ) -> SweepReport:
        limit = self._settings.sweep_limit
        keys = self._store.due_in_shard(shard, now, limit)
        more = int(len(keys) >= limit)
        report = replace(report, found=report.found + len(keys), left_over=report.left_over + more)
        due: list[Publication] = []
        for start in range(0, len(keys), BATCH):
            batch = keys[start : start + BATCH]
            if remaining_seconds() < MARGIN_SECONDS:
                report = replace(report, left_over=report.left_over + len(keys) - start)
                break
            report, begun = self._begin(batch, now, report, remaining_seconds)
            due += begun
        return self._hinted(due, report, remaining_seconds)

    def _begin(
        self,
        keys: list[Row],
        now: int,
        report: SweepReport,
        remaining_seconds: Callable[[], float],
    ) -> tuple[SweepReport, list[Publication]]:
        """Put the next look at each off; what is to be hinted now."""
        left_over = 0
        try:
            publications, unreadable = self._store.get_all(keys)
        except Unavailable:
            return replace(report, left_over=report.left_over + len(keys)), []
        for key in unreadable:
            left_over += not self._is_put_off(key, now)
        begun: list[Publication] = []
        for publication in publications:
            if remaining_seconds() < MARGIN_SECONDS:
                left_over += 1
                continue
            try:
                if self._is_first(publication, now):
                    begun.append(publication)
            except Unavailable:
                left_over += 1  # one row that cannot be written does not keep back the others
        report = replace(
            report,
            left_over=report.left_over + left_over,
            unreadable=(*report.unreadable, *map(row_name, unreadable))[:MOST_NAMED],
            oldest_due_seconds=max(
                [report.oldest_due_seconds, *(now - (one.wake_at or now) for one in publications)]
            ),
            long_in_doubt=report.long_in_doubt
            + sum(_is_long_in_doubt(one, now) for one in publications),
        )
        return report, begun

    def _hinted(
        self, due: list[Publication], report: SweepReport, remaining_seconds: Callable[[], float]
    ) -> SweepReport:
        """Send hints of a shard's rows; those that are not taken stay due, for a later sweep."""
        hints = folded(due)
        for start in range(0, len(hints), BATCH):
            some = hints[start : start + BATCH]
            rows = sum(len(hint.content_ids) for hint in some)
            has_time = remaining_seconds() >= SEND_MARGIN_SECONDS
            sent = rows if has_time and self._sent(some) == len(some) else 0
            report = replace(
                report, hinted=report.hinted + sent, left_over=report.left_over + rows - sent
            )
        return report

    def _sent(self, hints: list[Hint]) -> int:
        try:
            return self._hints.send_all(hints)
        except Unavailable:
            return 0

    def _is_put_off(self, key: Row, now: int) -> bool:
        try:
            self._store.postpone(key, now + UNREADABLE_AGAIN_SECONDS, now)
        except Unavailable:
            return False
        return True

    def _is_first(self, publication: Publication, now: int) -> bool:
        if publication.wake_at is None or publication.wake_at > now:
            return False
        minutes = 2 ** min(publication.hints, LONGEST_DOUBLING)
        return self._store.postpone_hint(publication, now + minutes * 60, now)


def folded(due: Sequence[Publication]) -> list[Hint]:
    """Hints that name them all, each those of one integration."""
    sites: dict[int, list[Publication]] = {}
    for publication in due:
        sites.setdefault(publication.integration_id, []).append(publication)
    return [
        _naming(rows[start : start + MOST_IN_A_HINT])
        for rows in sites.values()
        for start in range(0, len(rows), MOST_IN_A_HINT)
    ]


def _naming(publications: Sequence[Publication]) -> Hint:
    more = tuple(one.content_id for one in publications[1:])
    return replace(hint_for(publications[0]), more=more)


def _is_long_in_doubt(publication: Publication, now: int) -> bool:
    doubt = publication.doubt
    return doubt is not None and now - doubt.since > LONG_IN_DOUBT_SECONDS
