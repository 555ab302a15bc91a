"""Time, injected everywhere so that tests never sleep."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time. ``now`` is timezone-aware UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Answer the current instant in UTC."""
        return datetime.now(UTC)


def epoch(instant: datetime) -> int:
    """Whole seconds since 1970, the unit of every stored deadline."""
    return int(instant.timestamp())


def rfc3339(instant: datetime) -> str:
    """Format an instant as RFC 3339 in UTC with ``Z`` and milliseconds.

    >>> rfc3339(datetime(2026, 1, 10, 12, 0, tzinfo=UTC))
    '2026-01-10T12:00:00.000Z'
    """
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_rfc3339(text: str) -> datetime:
    """Read what :func:`rfc3339` wrote. Raises ``ValueError`` for anything else."""
    return datetime.fromisoformat(text)
