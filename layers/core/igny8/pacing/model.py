"""What people choose of automatic publishing, and what was spent of it."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 1_440
TIME = re.compile("(?:(?=[01]|2[0-3]|24:00)([0-9]{2})):([0-5][0-9])")
REMEMBERED = timedelta(days=45)
"""For longer than any month and the weeks at its ends, wherever a site's time zone moves."""


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """When a day's content may go out: minutes after its midnight, the last one not included.

    ``end`` is above a day's minutes where the slot passes midnight: it belongs to the day on which
    it starts.
    """

    start: int
    end: int

    @classmethod
    def between(cls, start: str, end: str) -> "Slot":
        """Read ``HH:MM``; an end at or before the start is on the next day.

        Raises ``ValueError`` for what is no time, and for a slot of no length.

        >>> Slot.between("09:00", "17:00"), Slot.between("22:00", "02:00")
        (Slot(start=540, end=1020), Slot(start=1320, end=1560))
        """
        first, last = _minutes(start), _minutes(end)
        if first == MINUTES_A_DAY:
            raise ValueError("A slot starts at 23:59 at the latest.")
        if first == last:
            raise ValueError("A slot has to last. The whole day is 00:00 to 24:00.")
        return cls(first, last if last > first else last + MINUTES_A_DAY)

    @property
    def times(self) -> tuple[str, str]:
        """Start and end as people write them."""
        passes = self.end > MINUTES_A_DAY
        return _text(self.start), _text(self.end - MINUTES_A_DAY * passes)

    def overlaps(self, other: "Slot") -> bool:
        """Whether they share a minute on some day, were each day a day of publishing.

        >>> Slot.between("22:00", "02:00").overlaps(Slot.between("01:00", "03:00"))
        True
        """
        return any(
            self.start < other.end + shift and other.start + shift < self.end
            for shift in (-MINUTES_A_DAY, 0, MINUTES_A_DAY)
        )


def _minutes(text: str) -> int:
    found = TIME.fullmatch(text)
    if found is None:
        raise ValueError("Give a time of day as HH:MM, from 00:00 to 24:00.")
    return int(found[1]) * 60 + int(found[2])


def _text(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishingSettings:
    """What automation may do at a site (seed 004). The site's time zone is the site's own.

    ``wake_at`` is when the sweep looks next, ``None`` where nothing is automatic. ``idle_since`` is
    when it found that nothing waits: whoever makes something wait has it look.
    """

    account_id: int
    site_id: int
    auto_approval_enabled: bool = False
    auto_publish_enabled: bool = False
    daily_publish_limit: int = 5
    weekly_publish_limit: int = 20
    monthly_publish_limit: int = 60
    publish_days: tuple[str, ...] = ("mon", "wed", "fri")
    publish_time_slots: tuple[Slot, ...] = (Slot(540, 1_020),)
    wake_at: int | None = None
    idle_since: int | None = None
    version: int = 0

    @property
    def is_automatic(self) -> bool:
        """Whether there is anything for the sweep to do."""
        return self.auto_approval_enabled or self.auto_publish_enabled


@dataclass(frozen=True, slots=True)
class Spent:
    """What went out, by the site's days: decided by people, and automatically.

    ``automatic`` is by the day of the calendar, ``in_slots`` by the day to which the slot belongs;
    they differ where a slot passes midnight. ``version`` guards against two sweeps at once.
    """

    clicks: Mapping[date, int] = field(default_factory=dict)
    automatic: Mapping[date, int] = field(default_factory=dict)
    in_slots: Mapping[date, int] = field(default_factory=dict)
    version: int = 0

    def on(self, day: date) -> int:
        """How many on a day of the calendar."""
        return self.clicks.get(day, 0) + self.automatic.get(day, 0)

    def of_slots(self, day: date) -> int:
        """How many count against the slots of a day."""
        return self.clicks.get(day, 0) + self.in_slots.get(day, 0)

    def between(self, first: date, last: date) -> int:
        """How many from a day to another, both included."""
        days = self.clicks.keys() | self.automatic.keys()
        return sum(self.on(day) for day in days if first <= day <= last)

    def one_more(self, today: date, slots_of: date) -> "Spent":
        """With one that goes out automatically today; what is too old to count is forgotten."""
        return replace(
            self,
            automatic=_added(self.automatic, today, today),
            in_slots=_added(self.in_slots, slots_of, today),
            version=self.version + 1,
        )


def _added(counts: Mapping[date, int], day: date, today: date) -> Mapping[date, int]:
    kept = {known: number for known, number in counts.items() if known > today - REMEMBERED}
    return Counter(kept) + Counter({day: 1})
