"""Settings and counters in DynamoDB, in a partition that neither a click nor a delivery reads.

``SETTINGS`` also stands on the sweep's due index while anything is automatic. ``SPENT`` counts what
went out automatically, under a version. ``CLICKS#month#lane`` are people's: only ever added to, in
lanes by content, so that many clicks at once seldom meet.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.operand import Path
from pynamodb.models import Model

from igny8.core.clock import epoch
from igny8.core.due import came_first, keys_in_shard, postpone
from igny8.core.reading import stored, translation
from igny8.core.rows import Query, Row, Tables, Write
from igny8.core.table import DATA, delete, pacing_partition, put, update
from igny8.pacing.days import wall, zone_of
from igny8.pacing.model import PublishingSettings, Slot, Spent

SETTINGS = "SETTINGS"
SPENT = "SPENT"
CLICKS = "CLICKS"
LANES = 32
KEPT = timedelta(days=90)
CHOICES = (
    "auto_approval_enabled", "auto_publish_enabled", "daily_publish_limit",
    "weekly_publish_limit", "monthly_publish_limit",
)  # fmt: skip


class SettingsItem(Model):
    """What people chose. ``due_shard`` and ``wake_at`` put it on the index."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    due_shard = UnicodeAttribute(null=True)
    wake_at = NumberAttribute(null=True)
    idle_since = NumberAttribute(null=True)
    account_id = NumberAttribute()
    site_id = NumberAttribute()
    auto_approval_enabled = BooleanAttribute()
    auto_publish_enabled = BooleanAttribute()
    daily_publish_limit = NumberAttribute()
    weekly_publish_limit = NumberAttribute()
    monthly_publish_limit = NumberAttribute()
    publish_days = JSONAttribute()
    publish_time_slots = JSONAttribute()
    version = NumberAttribute()


class SpentItem(Model):
    """What went out automatically, by the day (ISO 8601)."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    automatic = JSONAttribute()
    in_slots = JSONAttribute()
    version = NumberAttribute()


class ClicksItem(Model):
    """What people decided in a month: an attribute a day, ``d01`` to ``d31``."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    expires_at = NumberAttribute()


@dataclass(frozen=True, slots=True)
class Pace:
    """A site's settings, and what was spent."""

    settings: PublishingSettings
    spent: Spent


class PacingStore:
    """Reads and writes settings and counters."""

    def __init__(self, tables: Tables, *, shards: int) -> None:
        self._tables = tables
        self._shards = shards

    def settings(self, account_id: int, site_id: int) -> PublishingSettings:
        """What people chose, consistently; the defaults where they never did."""
        row = self._tables.get(DATA, _key(account_id, site_id, SETTINGS))
        if row is None:
            return PublishingSettings(account_id=account_id, site_id=site_id)
        return _to_settings(row)

    def pace(self, account_id: int, site_id: int, today: date) -> Pace:
        """Settings and all that counts against the limits of a day, consistently; one query.

        The day before counts too: its slots may be open still.
        """
        monday = today - timedelta(days=today.weekday())
        since = min(monday, today.replace(day=1), today - timedelta(days=1))
        rows = self._tables.query(
            Query(
                table=DATA,
                partition=("pk", pacing_partition(account_id, site_id)),
                within=SettingsItem.sk.between(f"{CLICKS}#{since:%Y-%m}", SPENT),
                consistent=True,
            )
        )
        by_key = {row["sk"]["S"]: row for row in rows}
        settings = PublishingSettings(account_id=account_id, site_id=site_id)
        if SETTINGS in by_key:
            settings = _to_settings(by_key.pop(SETTINGS))
        spent = _to_spent(by_key.pop(SPENT)) if SPENT in by_key else Spent()
        clicks = sum(map(_to_clicks, by_key.values()), Counter[date]())
        return Pace(settings, replace(spent, clicks=clicks))

    def replacement(self, before: PublishingSettings, after: PublishingSettings) -> Write:
        """Store what people chose, unless somebody else did meanwhile. Loses ``settings``."""
        item = self._item(replace(after, version=before.version + 1))
        unchanged = (
            SettingsItem.pk.does_not_exist()
            if before.version == 0
            else SettingsItem.version == before.version
        )
        return put("settings", DATA, item, unchanged)

    def deletion(self, account_id: int, site_id: int) -> list[Write]:
        """Writes that forget a deleted site; of what people clicked the months end by themselves.

        There may be nothing to forget.
        """
        return [
            delete(f"pacing {kind}", DATA, _key(account_id, site_id, kind))
            for kind in (SETTINGS, SPENT)
        ]

    def due_in_shard(self, shard: int, now: int, limit: int) -> list[tuple[int, int]]:
        """Account and site of settings to look at, longest waiting first; one query."""
        keys = keys_in_shard(
            self._tables, DATA, _shard(shard), until=SettingsItem.wake_at <= now, limit=limit
        )
        return [_site_of(key) for key in keys]

    def begin(self, settings: PublishingSettings, wake_at: int) -> bool:
        """Move the next look on; false if another sweep was first, or people chose anew."""
        changes = [SettingsItem.wake_at.set(wake_at), SettingsItem.idle_since.remove()]
        return self._moved(settings, changes)

    def rest(self, settings: PublishingSettings, wake_at: int, idle_since: int) -> None:
        """Nothing waits there: put the look that was begun off, unless somebody wants one."""
        changes = [SettingsItem.wake_at.set(wake_at), SettingsItem.idle_since.set(idle_since)]
        self._moved(settings, changes)

    def wake(self, account_id: int, site_id: int, now: int, *, approval: bool) -> None:
        """Something waits there, for ``approval`` or to go out: have the next sweep look.

        Nothing where that is not automatic.
        """
        switch = SettingsItem.auto_approval_enabled
        if not approval:
            switch = SettingsItem.auto_publish_enabled
        later = (SettingsItem.wake_at > now) | SettingsItem.idle_since.exists()
        asleep = (switch == True) & later  # noqa: E712 -- a condition of DynamoDB's
        key = _key(account_id, site_id, SETTINGS)
        changes = [SettingsItem.wake_at.set(now), SettingsItem.idle_since.remove()]
        came_first(self._tables, update("settings", DATA, key, changes, asleep))

    def _moved(self, settings: PublishingSettings, changes: list[Any]) -> bool:
        still = (SettingsItem.version == settings.version) & (
            SettingsItem.wake_at == settings.wake_at
        )
        key = _key(settings.account_id, settings.site_id, SETTINGS)
        return came_first(self._tables, update("settings", DATA, key, changes, still))

    def postpone(self, account_id: int, site_id: int, wake_at: int, now: int) -> None:
        """Move the next look at a site on of which something cannot be read."""
        key = _key(account_id, site_id, SETTINGS)
        postpone(self._tables, DATA, key, SettingsItem.wake_at, wake_at, now)

    def spending(self, settings: PublishingSettings, before: Spent, after: Spent) -> Write:
        """Count what goes out in the same transaction. Loses ``spent`` if another sweep did."""
        item = SpentItem(
            pacing_partition(settings.account_id, settings.site_id),
            SPENT,
            automatic=_dated(after.automatic),
            in_slots=_dated(after.in_slots),
            version=after.version,
        )
        unchanged = (
            SpentItem.pk.does_not_exist()
            if before.version == 0
            else SpentItem.version == before.version
        )
        return put("spent", DATA, item, unchanged)

    def _item(self, settings: PublishingSettings) -> SettingsItem:
        item = SettingsItem(
            pacing_partition(settings.account_id, settings.site_id),
            SETTINGS,
            account_id=settings.account_id,
            site_id=settings.site_id,
            publish_days=list(settings.publish_days),
            publish_time_slots=[[slot.start, slot.end] for slot in settings.publish_time_slots],
            version=settings.version,
        )
        for name in CHOICES:
            setattr(item, name, getattr(settings, name))
        if settings.wake_at is not None:
            item.wake_at = settings.wake_at
            item.due_shard = _shard(settings.site_id % self._shards)
        return item


def clicked(account_id: int, site_id: int, content_id: int, now: datetime, zone: str) -> Write:
    """Count what a person decided, on the site's day; it is refused by nothing."""
    day = wall(now, zone_of(zone)).date()
    ends = epoch(datetime.combine(day + KEPT, time(), now.tzinfo))
    changes: list[Any] = [
        Path(f"d{day:%d}").add({"N": "1"}),
        ClicksItem.expires_at.set(ends),
    ]
    key = _key(account_id, site_id, f"{CLICKS}#{day:%Y-%m}#{content_id % LANES:02d}")
    return update("clicks", DATA, key, changes)


def _key(account_id: int, site_id: int, kind: str) -> Row:
    return DATA.key(pacing_partition(account_id, site_id), kind)


def _site_of(key: Row) -> tuple[int, int]:
    _, account_id, _, site_id, _ = key["pk"]["S"].split("#")
    return int(account_id), int(site_id)


def _shard(number: int) -> str:
    return f"P#{number}"


def _dated(counts: Any) -> dict[str, int]:
    return {day.isoformat(): number for day, number in counts.items()}


def _counted(counts: dict[str, int]) -> dict[date, int]:
    return {date.fromisoformat(day): int(number) for day, number in counts.items()}


@translation
def _to_clicks(row: Row) -> Counter[date]:
    month = date.fromisoformat(f"{row['sk']['S'].split('#')[1]}-01")
    return Counter({
        month.replace(day=int(name[1:])): int(value["N"])
        for name, value in row.items()
        if name[0] == "d" and name[1:].isdigit()
    })  # fmt: skip


@translation
def _to_settings(row: Row) -> PublishingSettings:
    item = stored(SettingsItem, row)
    slots: Sequence[Sequence[int]] = item.publish_time_slots
    return PublishingSettings(
        account_id=int(item.account_id),
        site_id=int(item.site_id),
        auto_approval_enabled=bool(item.auto_approval_enabled),
        auto_publish_enabled=bool(item.auto_publish_enabled),
        daily_publish_limit=int(item.daily_publish_limit),
        weekly_publish_limit=int(item.weekly_publish_limit),
        monthly_publish_limit=int(item.monthly_publish_limit),
        publish_days=tuple(item.publish_days),
        publish_time_slots=tuple(Slot(int(start), int(end)) for start, end in slots),
        wake_at=None if item.wake_at is None else int(item.wake_at),
        idle_since=None if item.idle_since is None else int(item.idle_since),
        version=int(item.version),
    )


@translation
def _to_spent(row: Row) -> Spent:
    item = stored(SpentItem, row)
    return Spent(
        automatic=_counted(item.automatic),
        in_slots=_counted(item.in_slots),
        version=int(item.version),
    )
