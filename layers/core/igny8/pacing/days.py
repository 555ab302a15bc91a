"""A site's calendar: which wall-clock minutes its slots have, whatever its clock does.

A day's slots are a set of minutes as a clock on the wall shows them. One that a change of the clock
leaves out is not in it, one that comes twice is in it once.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from igny8.pacing.model import DAYS, PublishingSettings, Slot

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
DAYS_AHEAD = 9
"""More than a week, should one of its days not exist."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A moment within a slot: of which day, and how far the day's slots have come.

    ``passed`` of their ``minutes`` lie before this one.
    """

    day: date
    passed: int
    minutes: int


def zone_of(name: str) -> tzinfo:
    """A site's time zone; UTC for one that the library no longer knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def wall(now: datetime, zone: tzinfo) -> datetime:
    """What the clock on the wall shows, to the minute; the same again where an hour is repeated."""
    return now.astimezone(zone).replace(tzinfo=None, fold=0, second=0, microsecond=0)


def exists(moment: datetime, zone: tzinfo) -> bool:
    """Whether a clock on the wall ever shows this.

    >>> exists(datetime(2026, 3, 29, 2, 30), ZoneInfo("Europe/Berlin"))
    False
    """
    there = moment.replace(tzinfo=zone).astimezone(UTC)
    return there.astimezone(zone).replace(tzinfo=None) == moment


def minutes_between(first: datetime, last: datetime, zone: tzinfo) -> int:
    """How many minutes from one to another exist, by the clock on the wall."""
    whole = max((last - first) // MINUTE, 0)
    is_steady = first.replace(tzinfo=zone).utcoffset() == last.replace(tzinfo=zone).utcoffset()
    if is_steady and exists(first, zone) and exists(last, zone):
        return whole
    return sum(exists(first + number * MINUTE, zone) for number in range(whole))


def opening(now: datetime, zone: tzinfo, settings: PublishingSettings) -> Opening | None:
    """Where ``now`` is in a slot; ``None`` outside of all."""
    shown = wall(now, zone)
    for day in (shown.date(), shown.date() - DAY):
        if not _is_open(day, zone, settings):
            continue
        spans = [_span(day, slot) for slot in settings.publish_time_slots]
        if any(first <= shown < last for first, last in spans):
            return Opening(
                day,
                sum(minutes_between(first, min(last, shown), zone) for first, last in spans),
                sum(minutes_between(first, last, zone) for first, last in spans),
            )
    return None


def next_opening(now: datetime, zone: tzinfo, settings: PublishingSettings) -> datetime | None:
    """The first moment after ``now`` at which a slot begins."""
    today = wall(now, zone).date()
    for day in (today + number * DAY for number in range(-1, DAYS_AHEAD)):
        if not _is_open(day, zone, settings):
            continue
        for slot in sorted(settings.publish_time_slots):
            begins = _first_minute(day, slot, zone)
            if begins is not None and begins > now:
                return begins
    return None


def _is_open(day: date, zone: tzinfo, settings: PublishingSettings) -> bool:
    """Whether slots start on a day; on one that was left out (Apia, 2011) none does."""
    is_chosen = DAYS[day.weekday()] in settings.publish_days
    return is_chosen and exists(datetime.combine(day, time(12)), zone)


def _span(day: date, slot: Slot) -> tuple[datetime, datetime]:
    midnight = datetime.combine(day, time())
    return midnight + slot.start * MINUTE, midnight + slot.end * MINUTE


def _first_minute(day: date, slot: Slot, zone: tzinfo) -> datetime | None:
    first, last = _span(day, slot)
    while first < last:
        if exists(first, zone):
            return first.replace(tzinfo=zone).astimezone(UTC)
        first += MINUTE
    return None
