"""Waiting for another process to get somewhere: the only place where tests may wait."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
POLL_SECONDS = 0.2


def wait_until(look: Callable[[], T], is_there: Callable[[T], bool], *, seconds: float) -> T:
    """Look until it is there or the time is up; answer what was seen last."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if is_there(seen) or time.monotonic() > deadline:
            return seen
        time.sleep(POLL_SECONDS)
