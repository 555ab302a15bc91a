"""How many may go out now: the limits, and their even spread over the day's slots."""

from datetime import date, timedelta

from igny8.pacing.days import Opening
from igny8.pacing.model import PublishingSettings, Spent


def left(settings: PublishingSettings, spent: Spent, today: date, slots_of: date) -> int:
    """What the limits leave: of the calendar's day, ISO week and month, and of the slots' day."""
    monday = today - timedelta(days=today.weekday())
    month = today.replace(day=1)
    following = (month + timedelta(days=32)).replace(day=1)
    return max(
        0,
        min(
            settings.daily_publish_limit - spent.on(today),
            settings.daily_publish_limit - spent.of_slots(slots_of),
            settings.weekly_publish_limit - spent.between(monday, monday + timedelta(days=6)),
            settings.monthly_publish_limit - spent.between(month, following - timedelta(days=1)),
        ),
    )


def allowance(
    settings: PublishingSettings, spent: Spent, today: date, opening: Opening | None
) -> int:
    """How many more may go out at this moment.

    The day may come to what it has and what the limits leave it. Of those the first is due when
    the day's first slot opens, and the others follow at even distances through all of its slots:
    of five in eight hours one each 96 minutes. What could not go out at its time is caught up with
    as long as a slot is open.
    """
    if opening is None or not settings.auto_publish_enabled:
        return 0
    taken = spent.of_slots(opening.day)
    whole = taken + left(settings, spent, today, opening.day)
    due = min(whole, opening.passed * whole // opening.minutes + 1)
    return max(0, due - taken)
