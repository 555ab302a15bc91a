"""A case as it stood, to begin from again: the same state need not be reached for each action."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.case import Case, wired

QUEUES = ("hints", "sync_hints")


class Kept:
    """Everything that a case in memory consists of: rows, texts, messages, time and WordPress.

    What begins from it is another process that finds all that, and has its own of it.
    """

    def __init__(self, one: Case) -> None:
        services: Any = one.world.services
        self._rows = services.tables.back_up()
        self._now = one.world.clock.instant
        self._last_id = services.ids._last
        self._own = copy.deepcopy((
            services.bodies._texts,
            {name: getattr(services, name).waiting for name in QUEUES},
            one.wordpress, one.site, one.content,
            (one.titles, one.asked_again),
            (one.bridge.epoch, one.bridge.head_seq, one.bridge.waiting),
        ))  # fmt: skip

    @contextmanager
    def again(self) -> Iterator[Case]:
        """The case, as it stood."""
        texts, waiting, wordpress, site, content, counts, bridge = copy.deepcopy(self._own)
        with wired(wordpress) as world:
            services: Any = world.services
            world.clock.instant = self._now
            services.tables.restore(self._rows)
            services.ids._last = self._last_id
            services.bodies._texts = texts
            for name in QUEUES:
                getattr(services, name).waiting = waiting[name]
            one = Case(world, wordpress, site, content, *counts)
            one.bridge.epoch, one.bridge.head_seq, one.bridge.waiting = bridge
            yield one
