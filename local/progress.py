"""Lines that say what is being done and how long it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(what: str) -> Iterator[None]:
    """Print `what`, then how many seconds it took, or that it failed."""
    print(f"  {what} … ", end="", flush=True)
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        print(f"failed after {time.monotonic() - begun:.1f} s", flush=True)
        raise
    print(f"{time.monotonic() - begun:.1f} s", flush=True)


def say(text: str = "") -> None:
    """Print one line at once."""
    print(text, flush=True)


def complain(text: str) -> None:
    """Print what went wrong to standard error."""
    print(text, file=sys.stderr, flush=True)
