"""What is made once in a checkout, by whichever process comes first: the others wait for it."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def once(lock: Path, is_made: Callable[[], bool], make: Callable[[], None]) -> None:
    """Call `make` unless `is_made`, never in two processes at once; passes on what it raises.

    Whoever had to wait looks again, and finds what the other has made, or that it failed. What
    `is_made` looks at must be written last: it is asked without the lock, too.
    """
    if is_made():
        return
    with locked(lock):
        if not is_made():
            make()


@contextmanager
def locked(lock: Path) -> Iterator[None]:
    """Hold the lock file against every other process; whoever dies with it frees it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
