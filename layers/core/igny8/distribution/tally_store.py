"""Counters of installations and downloads in DynamoDB: sharded, moved with what they count.

An installation is counted in one row at a time, so a version's sum over all rows is the number of
sites that have it, and old rows are those that fell silent: nothing is ever scanned.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.operand import Path
from pynamodb.models import Model

from igny8.core.reading import readable, stored, translation
from igny8.core.rows import Query, Row, Tables, Write
from igny8.core.table import DATA, plugin_partition, update
from igny8.distribution.installation import BUCKET_SECONDS, Counted, Place

SHARDS = 8
DAY_SECONDS = 86_400
SEEN_DAYS = 90
"""For so long a silent installation is still counted, as a stale one."""
DOWNLOAD_DAYS = 400
MARGIN_BUCKETS = 8
SEEN, DAY = "SEEN#", "DAY#"
FAILED = "-"
"""Stands where a download's version does, in the row of those that failed."""
COUNTRY, REASON = "country_", "failed_"


class SeenItem(Model):
    """How many installations of a version were heard last within these six hours."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    told = NumberAttribute(default=0)
    errors = NumberAttribute(default=0)
    taken = NumberAttribute(default=0)
    expires_at = NumberAttribute()


class DownloadsItem(Model):
    """How often a version was downloaded on a day; countries and reasons stand beside."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    downloads = NumberAttribute(default=0)
    expires_at = NumberAttribute()


@dataclass(frozen=True, slots=True)
class Seen:
    """Installations of a version that were heard last within the six hours of a ``bucket``."""

    version: str
    bucket: int
    told: int = 0
    errors: int = 0
    taken: int = 0


@dataclass(frozen=True, slots=True)
class Downloads:
    """Downloads of a version on a day (days since 1970); ``version`` is ``-`` for failed ones."""

    day: int
    version: str
    number: int = 0
    countries: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)


class TallyStore:
    """Moves and reads counters."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def moved(
        self, slug: str, integration_id: int, before: Place | None, after: Place | None, now: int
    ) -> list[Write]:
        """Count an installation where it is now, and where it was no more.

        What it was counted in may be gone, after so long; then nothing is taken from it.
        """
        if before == after:
            return []
        oldest = now // BUCKET_SECONDS - SEEN_DAYS * (DAY_SECONDS // BUCKET_SECONDS)
        steps: dict[tuple[str, int], dict[Counted, int]] = {}
        if before is not None and before.bucket > oldest + MARGIN_BUCKETS:
            steps.setdefault((before.version, before.bucket), {})[before.counted_as] = -1
        if after is not None:
            steps.setdefault((after.version, after.bucket), {})[after.counted_as] = 1
        partition = _partition(slug, integration_id)
        return [
            update(
                f"seen {version} {bucket}",
                DATA,
                DATA.key(partition, _seen_key(version, bucket)),
                [
                    *(Path(counted_as).add(by) for counted_as, by in changes.items()),
                    SeenItem.expires_at.set(
                        (bucket + 1) * BUCKET_SECONDS + SEEN_DAYS * DAY_SECONDS
                    ),
                ],
            )
            for (version, bucket), changes in steps.items()
        ]

    def seen(self, slug: str, version: str | None = None) -> list[Seen]:
        """Every count of a version, or of all; a query a shard."""
        start = SEEN if version is None else f"{SEEN}{version}#"
        rows = self._of_all_shards(slug, SeenItem.sk.startswith(start))
        return readable(_to_seen, rows)[0]

    def downloaded(
        self, slug: str, shard: int, version: str, now: int, country: str | None
    ) -> Write:
        """Count a download, and where it went if that is known."""
        changes: list[Any] = [DownloadsItem.downloads.add(1)]
        if country is not None:
            changes.append(Path(f"{COUNTRY}{country}").add(1))
        return self._on_day(slug, shard, version, now, changes)

    def failed(self, slug: str, shard: int, reason: str, now: int) -> Write:
        """Count a download that was refused."""
        return self._on_day(slug, shard, FAILED, now, [Path(f"{REASON}{reason}").add(1)])

    def downloads(self, slug: str, first_day: int) -> list[Downloads]:
        """Downloads from a day on; a query a shard."""
        within = DownloadsItem.sk.between(f"{DAY}{first_day:06}", f"{DAY}~")
        return readable(_to_downloads, self._of_all_shards(slug, within))[0]

    def _on_day(self, slug: str, shard: int, version: str, now: int, changes: list[Any]) -> Write:
        day = now // DAY_SECONDS
        expires_at = (day + DOWNLOAD_DAYS) * DAY_SECONDS
        key = DATA.key(_partition(slug, shard), f"{DAY}{day:06}#{version}")
        return update("downloads", DATA, key, [*changes, DownloadsItem.expires_at.set(expires_at)])

    def _of_all_shards(self, slug: str, within: object) -> Sequence[Row]:
        found: list[Row] = []
        for shard in range(SHARDS):
            partition = ("pk", _partition(slug, shard))
            found += self._tables.query(Query(table=DATA, partition=partition, within=within))
        return found


def _partition(slug: str, number: int) -> str:
    return f"{plugin_partition(slug)}#COUNT#{number % SHARDS}"


def _seen_key(version: str, bucket: int) -> str:
    return f"{SEEN}{version}#{bucket:07}"


@translation
def _to_seen(row: Row) -> Seen:
    item = stored(SeenItem, row)
    _, version, bucket = item.sk.split("#")
    return Seen(version, int(bucket), int(item.told), int(item.errors), int(item.taken))


@translation
def _to_downloads(row: Row) -> Downloads:
    item = stored(DownloadsItem, row)
    _, day, version = item.sk.split("#")
    return Downloads(
        int(day), version, int(item.downloads), _beside(row, COUNTRY), _beside(row, REASON)
    )


def _beside(row: Row, start: str) -> dict[str, int]:
    return {
        name.removeprefix(start): int(value["N"])
        for name, value in row.items()
        if name.startswith(start)
    }
