"""What the counters say: who has which version, and what was downloaded."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from igny8.core.clock import Clock, epoch
from igny8.distribution.halting import Trouble, trouble_of
from igny8.distribution.installation import BUCKET_SECONDS
from igny8.distribution.model import SLUG, Catalogue, Entry
from igny8.distribution.store import ReleaseStore
from igny8.distribution.tally_store import DAY_SECONDS, FAILED, Downloads, Seen, TallyStore

MOST_DAYS = 400
DEFAULT_DAYS = 30


@dataclass(frozen=True, slots=True)
class VersionUse:
    """How many sites have a version; ``active`` were heard lately, the rest are ``stale``.

    ``trouble`` is what the rollout sweep judges it by; ``entry`` is missing for what no release is.
    """

    version: str
    installations: int
    active: int
    trouble: Trouble
    entry: Entry | None = None

    @property
    def stale(self) -> int:
        """Those that were not heard for long."""
        return self.installations - self.active


@dataclass(frozen=True, slots=True)
class DayOfDownloads:
    """How often a version was downloaded on a day (``2026-01-10``)."""

    date: str
    version: str
    number: int


@dataclass(frozen=True, slots=True)
class Analytics:
    """Everything, over the last ``days``."""

    days: int
    versions: Sequence[VersionUse] = ()
    downloads: Sequence[DayOfDownloads] = ()
    countries: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)


class AnalyticsService:
    """Sums counters up: a read, and two queries a shard."""

    def __init__(
        self, *, releases: ReleaseStore, tallies: TallyStore, clock: Clock, stale_seconds: int
    ) -> None:
        self._releases = releases
        self._tallies = tallies
        self._clock = clock
        self._stale_seconds = stale_seconds

    def of_days(self, days: int) -> Analytics:
        """What is counted, and what was downloaded today and on the days before."""
        now = epoch(self._clock.now())
        catalogue = self._releases.catalogue(SLUG)
        seen = self._tallies.seen(SLUG)
        downloads = self._tallies.downloads(SLUG, now // DAY_SECONDS - days + 1)
        return Analytics(
            days=days,
            versions=self._versions(seen, catalogue, now),
            downloads=_by_day(downloads),
            countries=_sum(one.countries for one in downloads),
            failed=_sum(one.failed for one in downloads),
        )

    def _versions(self, seen: list[Seen], catalogue: Catalogue, now: int) -> list[VersionUse]:
        known = {str(entry.version): entry for entry in catalogue.entries}
        by_version: dict[str, list[Seen]] = {}
        for one in seen:
            by_version.setdefault(one.version, []).append(one)
        uses = [
            self._use(version, found, known.get(version), now)
            for version, found in by_version.items()
        ]
        order = {version: place for place, version in enumerate(known)}
        counted = [use for use in uses if use.installations]
        return sorted(counted, key=lambda use: (order.get(use.version, len(order)), use.version))

    def _use(self, version: str, seen: list[Seen], entry: Entry | None, now: int) -> VersionUse:
        stale = sum(_all(one) for one in seen if self._is_stale(one, now))
        number = sum(map(_all, seen))
        return VersionUse(version, number, number - stale, trouble_of(seen, now, entry), entry)

    def _is_stale(self, one: Seen, now: int) -> bool:
        return now - (one.bucket + 1) * BUCKET_SECONDS > self._stale_seconds


def _all(one: Seen) -> int:
    return one.told + one.errors + one.taken


def _by_day(downloads: list[Downloads]) -> list[DayOfDownloads]:
    numbers: Counter[tuple[int, str]] = Counter()
    for one in downloads:
        if one.version != FAILED:
            numbers[one.day, one.version] += one.number
    return [
        DayOfDownloads(_date(day), version, number)
        for (day, version), number in sorted(numbers.items(), reverse=True)
    ]


def _date(day: int) -> str:
    return datetime.fromtimestamp(day * DAY_SECONDS, UTC).date().isoformat()


def _sum(numbers: Iterable[Mapping[str, int]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for one in numbers:
        found.update(one)
    return dict(found.most_common())
