"""A clock that moves when it is told to."""

from datetime import UTC, datetime, timedelta


class FrozenClock:
    def __init__(self, start: datetime = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)) -> None:
        self.instant = start

    def now(self) -> datetime:
        return self.instant

    def advance(self, **amount: float) -> None:
        self.instant += timedelta(**amount)
