"""Time that passes only while everybody waits: threads of a whole stage, side by side, in no time.

A thread that is at work holds a token; one that waits for seconds gives it up. When nobody holds
one, it is the time at which the first of the waiting ones goes on.
"""

import heapq
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from tests.support.clock import FrozenClock

PATIENCE_SECONDS = 20


class VirtualTime:
    """A clock for `igny8.core.clock.Clock`, and what passes it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._begin = FrozenClock().instant
        self._at_work = 0
        self._waiting: list[tuple[float, int, threading.Event]] = []
        self._number = 0
        self._lock = threading.Lock()
        self._mine = threading.local()

    def now(self) -> datetime:
        return self._begin + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        """Let others go on; a thread that holds no token takes no time."""
        if not getattr(self._mine, "token", False):
            return
        goes_on = threading.Event()
        with self._lock:
            self._number += 1
            entry = (self.seconds + seconds, self._number, goes_on)
            heapq.heappush(self._waiting, entry)
        self.leave()
        assert goes_on.wait(PATIENCE_SECONDS), "time stands still"

    def enter(self, threads: int = 1) -> None:
        """So many more are at work."""
        with self._lock:
            self._at_work += threads

    def leave(self) -> None:
        """One of them is not any more."""
        with self._lock:
            self._at_work -= 1
            if self._at_work or not self._waiting:
                return
            self.seconds = self._waiting[0][0]
            while self._waiting and self._waiting[0][0] <= self.seconds:
                self._at_work += 1
                heapq.heappop(self._waiting)[2].set()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """This thread holds a token that was handed to it."""
        self._mine.token = True
        try:
            yield
        finally:
            self._mine.token = False

    def pool(self, workers: int) -> "VirtualPool":
        """A pool whose threads hold tokens, for a thread that holds one."""
        return VirtualPool(self, workers)


class VirtualPool(ThreadPoolExecutor):
    """Whoever waits for its results holds no token; the last to be done hands it back."""

    def __init__(self, time: VirtualTime, workers: int) -> None:
        super().__init__(workers)
        self._time = time
        self._free = workers
        self._left = 0
        self._waits = False
        self._counting = threading.Lock()

    def submit(self, run: Callable[..., Any], *given: Any, **named: Any) -> Any:
        with self._counting:
            self._left += 1
            self._free -= 1
            begins = self._free >= 0
        if begins:
            self._time.enter()
        return _Awaited(super().submit(self._run, run, *given, **named), self._wait)

    def _run(self, run: Callable[..., Any], *given: Any, **named: Any) -> Any:
        try:
            with self._time.at_work():
                return run(*given, **named)
        finally:
            with self._counting:
                self._left -= 1
                self._free += 1
                next_begins = self._free <= 0  # with the token of this one
                hands_over = next_begins or (self._waits and not self._left)
            if not hands_over:
                self._time.leave()

    def _wait(self) -> None:
        with self._counting:
            if self._waits or not self._left:
                return
            self._waits = True
        self._time.leave()


class _Awaited:
    def __init__(self, future: "Future[Any]", wait: Callable[[], None]) -> None:
        self._future, self._wait = future, wait

    def result(self) -> Any:
        self._wait()
        return self._future.result(PATIENCE_SECONDS)


class Slow:
    """A collaborator whose ``methods`` take seconds."""

    def __init__(self, inner: Any, time: VirtualTime, seconds: float, *methods: str) -> None:
        self._inner, self._time, self._seconds, self._methods = inner, time, seconds, methods

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in self._methods:
            return found

        def later(*given: Any, **named: Any) -> Any:
            self._time.sleep(self._seconds)
            return found(*given, **named)

        return later
