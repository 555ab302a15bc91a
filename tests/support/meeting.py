"""Threads that read before others write: what races look like at their worst."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from igny8.core.rows import Commit, Write


class Meeting:
    """Stands before ``commit``; in a round, each thread's first write waits for the others'."""

    def __init__(self, commit: Commit) -> None:
        self._commit = commit
        self._met = threading.Condition()
        self._expected: set[int] = set()
        self._here: set[int] = set()
        self._held: dict[int, tuple[threading.Event, threading.Event]] = {}

    def commit(self, writes: Sequence[Write]) -> None:
        me = threading.get_ident()
        if me in self._held:
            has_read, may_write = self._held.pop(me)
            has_read.set()
            assert may_write.wait(timeout=30)
        self._meet(me)
        self._commit(writes)

    def late(self, act: Callable[[], Any], meanwhile: Callable[[], Any]) -> Any:
        """What ``act`` answers when all of ``meanwhile`` happens after its reads."""
        has_read, may_write = threading.Event(), threading.Event()

        def run() -> Any:
            self._held[threading.get_ident()] = (has_read, may_write)
            return act()

        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(run)
            assert has_read.wait(timeout=30), "it wrote nothing"
            meanwhile()
            may_write.set()
            return answer.result()

    def round(self, acts: Sequence[Callable[[], Any]]) -> list[Any]:
        """What each act answers, all of them at once."""
        begin = threading.Barrier(len(acts))

        def run(act: Callable[[], Any]) -> Any:
            me = threading.get_ident()
            with self._met:
                self._expected.add(me)
            begin.wait()
            try:
                return act()
            finally:
                with self._met:
                    self._expected.discard(me)
                    self._met.notify_all()

        with ThreadPoolExecutor(len(acts)) as pool:
            answers = [found.result() for found in [pool.submit(run, act) for act in acts]]
        self._here.clear()
        return answers

    def _meet(self, me: int) -> None:
        with self._met:
            if me not in self._expected or me in self._here:
                return
            self._here.add(me)
            self._met.notify_all()
            assert self._met.wait_for(lambda: self._expected <= self._here, timeout=30)
