"""How many sites run the bridge, as anybody may know it: roughly, and as of the last hour."""

from contextlib import suppress

from igny8.core.clock import Clock, epoch
from igny8.core.errors import Unavailable
from igny8.distribution.installation import BUCKET_SECONDS
from igny8.distribution.model import SLUG
from igny8.distribution.tally_store import TallyStore

FRESH_SECONDS = 3_600


class ActiveInstalls:
    """Counts those that were heard lately; a query a shard, once an hour of each process."""

    def __init__(self, *, tallies: TallyStore, clock: Clock, stale_seconds: int) -> None:
        self._tallies = tallies
        self._clock = clock
        self._stale_seconds = stale_seconds
        self._counted_at = 0
        self._number = 0

    def __call__(self) -> int:
        """Answer one digit and zeros, as wordpress.org does; the last number while there is none.

        What is shown to everybody need not tell who looks twice how business goes.
        """
        now = epoch(self._clock.now())
        if now - self._counted_at >= FRESH_SECONDS:
            with suppress(Unavailable):
                self._number = self._active(now)
                self._counted_at = now
        return roughly(self._number)

    def _active(self, now: int) -> int:
        oldest = (now - self._stale_seconds) // BUCKET_SECONDS
        lately = (one for one in self._tallies.seen(SLUG) if one.bucket >= oldest)
        return sum(one.told + one.errors + one.taken for one in lately)


def roughly(number: int) -> int:
    """A number's first digit, and zeros.

    >>> roughly(0), roughly(7), roughly(19), roughly(1_999), roughly(-1)
    (0, 0, 10, 1000, 0)
    """
    if number < 10:  # noqa: PLR2004
        return 0
    unit: int = 10 ** (len(str(number)) - 1)
    return number // unit * unit
