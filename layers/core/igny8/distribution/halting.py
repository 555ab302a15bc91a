"""Halting a rollout by itself: when sites that took a version tell of errors, or fall silent.

A version is watched while it reaches more and more sites, and for two weeks after that. Its
installations are counted by when they were heard last, so what is asked is a few rows, however many
sites there are.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from igny8.core.clock import Clock, epoch, from_rfc3339
from igny8.core.errors import Unavailable
from igny8.core.logging import get_logger
from igny8.core.rows import Commit, ConditionLost
from igny8.distribution.installation import BUCKET_SECONDS
from igny8.distribution.model import SLUG, Catalogue, Channel, Entry
from igny8.distribution.rollout import EVERYBODY
from igny8.distribution.store import ReleaseStore
from igny8.distribution.tally_store import DAY_SECONDS, Seen, TallyStore

LEAST_SITES = 3
LEAST_PERCENT = 5
SILENT_SECONDS = DAY_SECONDS
"""A bridge asks for updates twice a day, and tells of itself once: so long nobody is silent."""
LOOKED_BACK_SECONDS = 7 * DAY_SECONDS
"""Who was silent for longer is none of those whom the version has just reached."""
WATCHED = timedelta(days=14)
MOST_WATCHED = 3
"""Of each channel: however many betas there are, the rollout of what is stable is seen."""
MARGIN_SECONDS = 10.0

logger = get_logger()


@dataclass(frozen=True, slots=True)
class Trouble:
    """How many sites took a version, and how many of them tell of errors or are silent."""

    updated: int = 0
    errors: int = 0
    silent: int = 0

    @property
    def is_too_much(self) -> bool:
        """Whether the version should reach nobody else: three sites and five in a hundred."""
        bad = self.errors + self.silent
        return bad >= LEAST_SITES and bad * 100 >= self.updated * LEAST_PERCENT


def trouble_of(seen: Iterable[Seen], now: int, entry: Entry | None = None) -> Trouble:
    """What is known of the sites that took a version within the last week.

    A person who let it go on knew of what was then: what counts are sites that were heard after
    those six hours.
    """
    resumed_at = entry.resumed_at if entry else None
    known = epoch(from_rfc3339(resumed_at)) // BUCKET_SECONDS if resumed_at else 0
    updated = errors = silent = 0
    for one in seen:
        if one.bucket <= known:
            continue
        age = now - (one.bucket + 1) * BUCKET_SECONDS  # the least that it can be
        if age >= LOOKED_BACK_SECONDS:
            continue
        installations = one.told + one.errors + one.taken
        updated += installations
        if age >= SILENT_SECONDS:
            silent += installations
        else:
            errors += one.errors
    return Trouble(updated, errors, silent)


@dataclass(frozen=True, slots=True)
class RolloutReport:
    """How many versions were watched, and which were halted by this run.

    ``halted_rollouts`` is how many stand halted, by a run or by people; ``left_over`` whether
    something is left for the next run.
    """

    found: int = 0
    halted: tuple[str, ...] = ()
    halted_rollouts: int = 0
    left_over: bool = False
    unreadable: tuple[str, ...] = ()


class RolloutSweep:
    """Watches the newest versions."""

    def __init__(
        self, *, releases: ReleaseStore, tallies: TallyStore, commit: Commit, clock: Clock
    ) -> None:
        self._releases = releases
        self._tallies = tallies
        self._commit = commit
        self._clock = clock

    def run(self, remaining_seconds: Callable[[], float] = lambda: math.inf) -> RolloutReport:
        """Halt what causes trouble: a read, and a query a shard for each version watched."""
        try:
            catalogue = self._releases.catalogue(SLUG, consistent=True)
        except Unavailable:
            return RolloutReport(left_over=True)
        watched = self._watched(catalogue)
        report = RolloutReport(
            found=len(watched),
            halted_rollouts=sum(one.is_offered and one.rollout_halted for one in catalogue.entries),
        )
        for entry in watched:
            if remaining_seconds() < MARGIN_SECONDS:
                return replace(report, left_over=True)
            try:
                is_halted = self._is_halted(entry)
            except (Unavailable, ConditionLost):  # it was just changed: the next run looks again
                report = replace(report, left_over=True)
                continue
            if is_halted:
                report = replace(
                    report,
                    halted=(*report.halted, str(entry.version)),
                    halted_rollouts=report.halted_rollouts + 1,
                )
        return report

    def _watched(self, catalogue: Catalogue) -> list[Entry]:
        """The newest few of each channel that reach sites, and did not reach all for long."""
        reaching = [
            one
            for one in catalogue.entries
            if one.is_offered and not one.rollout_halted and one.rollout_percent > 0
        ]
        new = [one for one in reaching if self._is_new(one)]
        return [
            one
            for channel in (Channel.STABLE, Channel.BETA)
            for one in [one for one in new if one.channel is channel][:MOST_WATCHED]
        ]

    def _is_new(self, entry: Entry) -> bool:
        if entry.rollout_percent < EVERYBODY or entry.released_at is None:
            return True
        reached = (entry.released_at, entry.widened_at, entry.resumed_at)
        latest = max(from_rfc3339(moment) for moment in reached if moment)
        return self._clock.now() - latest < WATCHED

    def _is_halted(self, entry: Entry) -> bool:
        now = epoch(self._clock.now())
        trouble = trouble_of(self._tallies.seen(SLUG, str(entry.version)), now, entry)
        if not trouble.is_too_much:
            return False
        release = replace(self._releases.get(SLUG, entry.version), rollout_halted=True)
        catalogue = self._releases.catalogue(SLUG, consistent=True)
        self._commit(self._releases.change(SLUG, release, catalogue))
        logger.error(
            "rollout halted",
            extra={
                "version": str(entry.version),
                "updated": trouble.updated,
                "errors": trouble.errors,
                "silent": trouble.silent,
            },
        )
        return True
