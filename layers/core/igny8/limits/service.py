"""Shares of a minute or an hour: each process counts for itself, and tells the others in steps.

A caller who stays below a step in every process costs no call to DynamoDB; one above it costs one
a step, and one above the limit none at all for the rest of the time. So many processes at once
let through at most a step each beyond the limit; one alone lets nothing through beyond it.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from igny8.core.clock import Clock, epoch
from igny8.core.errors import Throttled, Unavailable
from igny8.limits.store import CounterStore

WINDOW_SECONDS = 60
STEPS = 20
"""In how many steps a process tells of a whole limit."""
MOST_CALLERS = 10_000
MOST_KEYS = 1_000


@dataclass(slots=True)
class _Taken:
    calls: int = 0
    is_over: bool = False


class Share:
    """What each caller may take of a minute, or of ``seconds``.

    ``partition`` names the caller's rows.
    """

    def __init__(
        self,
        *,
        store: CounterStore,
        clock: Clock,
        what: str,
        limit: int,
        partition: Callable[[str], str],
        seconds: int = WINDOW_SECONDS,
    ) -> None:
        self._seconds = seconds
        self._store = store
        self._clock = clock
        self._what = what
        self._limit = limit
        self._step = max(1, limit // STEPS)
        self._partition = partition
        self._window = 0
        self._callers: OrderedDict[str, _Taken] = OrderedDict()

    def check(self, caller: str) -> None:
        """Raises :class:`Throttled` if the caller is known to have had it all. No call."""
        if self._of(caller).is_over:
            raise self._throttled()

    def take(self, caller: str) -> None:
        """Count one more. Raises :class:`Throttled`; counts for nothing while DynamoDB is out."""
        taken = self._of(caller)
        if not taken.is_over:
            taken.calls += 1
            if taken.calls <= self._limit and taken.calls % self._step:
                return
            taken.is_over = not self._told(caller)
        if taken.is_over:
            raise self._throttled()

    def _told(self, caller: str) -> bool:
        partition = self._partition(caller)
        try:
            return self._store.take(
                partition, self._what, self._window, self._step, self._limit, self._seconds
            )
        except Unavailable:
            return True  # what was asked for shows whether it is out

    def _of(self, caller: str) -> _Taken:
        window = epoch(self._clock.now()) // self._seconds
        if window != self._window:
            self._window = window
            self._callers.clear()
        if caller not in self._callers and len(self._callers) >= MOST_CALLERS:
            self._callers.popitem(last=False)
        return self._callers.setdefault(caller, _Taken())

    def _throttled(self) -> Throttled:
        return Throttled(retry_after=self._seconds - epoch(self._clock.now()) % self._seconds)


class WrongKeys:
    """Keys that are wrong are counted by the address that they come from.

    Many sites share one: a key that was right in this process is looked up all the same.
    """

    def __init__(self, share: Share) -> None:
        self._share = share
        self._right: OrderedDict[bytes, None] = OrderedDict()

    def check(self, address: str, key: str) -> None:
        """Raises :class:`Throttled` if the address had too many; costs nothing."""
        if address and _mark(key) not in self._right:
            self._share.check(neighbourhood(address))

    def was_wrong(self, address: str) -> None:
        """Count a key that nobody has. Raises :class:`Throttled` from the limit on."""
        if address:
            self._share.take(neighbourhood(address))

    def was_right(self, key: str) -> None:
        """Remember a key, but not itself."""
        mark = _mark(key)
        self._right[mark] = None
        self._right.move_to_end(mark)
        if len(self._right) > MOST_KEYS:
            self._right.popitem(last=False)


def neighbourhood(address: str) -> str:
    """What one customer of a network has: an address, and of IPv6 the first 64 bits.

    >>> neighbourhood("192.0.2.7"), neighbourhood("2001:db8:1:2:3:4:5:6")
    ('192.0.2.7', '2001:db8:1:2::')
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address):
        return str(IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed)


def _mark(key: str) -> bytes:
    return hashlib.sha256(key.encode(errors="replace")).digest()
