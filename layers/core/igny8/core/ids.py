"""Integer ids: time-ordered, unique, and below 2**53 so that JavaScript and PHP keep them exact."""

import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from igny8.core.clock import Clock

ID_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
RANDOM_BITS = 12
MAX_ID = 2**53 - 1


def first_id_of(instant: datetime) -> int:
    """No id that is drawn from this instant on is lower."""
    return max(0, (instant - ID_EPOCH) // MILLISECOND << RANDOM_BITS)


class IdSource:
    """Draws ids of 41 bits of milliseconds since 2024 and 12 random bits, each above the last.

    Two processes may draw the same id in one millisecond; every create is conditional and draws
    again.
    """

    def __init__(self, clock: Clock, random_bits: Callable[[int], int] = secrets.randbits) -> None:
        self._clock = clock
        self._random_bits = random_bits
        self._last = 0
        self._lock = threading.Lock()

    def next(self) -> int:
        """Draw one id."""
        elapsed = self._clock.now() - ID_EPOCH
        milliseconds = elapsed // MILLISECOND
        drawn = (milliseconds << RANDOM_BITS) | self._random_bits(RANDOM_BITS)
        with self._lock:
            self._last = max(drawn, self._last + 1)
            return self._last
