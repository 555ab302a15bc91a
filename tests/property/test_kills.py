"""Workers killed at any line, under load: every publication ends published, or says truly why not.

``KILLS`` says how many of them a seed, ``SEEDS`` which seeds (``7 8 9``); a few are enough to see
that it works.
"""

import os
import random
import sys
import threading
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from igny8.core.queue import Hint
from igny8.publishing.model import PENDING_STATES

from tests.property.chaos import Killed, Mailbox, Sabotage
from tests.support.steps import publication_row
from tests.support.world import World, world_in_memory

KILLS = int(os.environ.get("KILLS", "20"))
SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "7 8 9").split()]
SITES = 3
LINES_OF_A_BATCH = 6_000
OURS = ("/igny8/", "support/wordpress")
LOCKED = "core/ids.py"  # a lock ends with its process, of which these threads only have the one


class Deadline:
    """Ends every worker of a batch once it has run so many lines together."""

    def __init__(self) -> None:
        self.lines = 0
        self.at: int | None = None

    def trace(self, frame: Any, _event: str, _argument: Any) -> Any:
        name = frame.f_code.co_filename
        if self.at is None or not any(part in name for part in OURS) or name.endswith(LOCKED):
            return None
        return self._line

    def _line(self, _frame: Any, _event: str, _argument: Any) -> Any:
        self.lines += 1
        if self.at is not None and self.lines >= self.at:
            raise Killed
        return self._line


class Load:
    """Three sites whose articles are written, edited and published while workers die."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.deadline = Deadline()
        self.mailbox = Mailbox(world.clock, Sabotage())
        world.services.hints = self.mailbox  # type: ignore[assignment]
        self.sites = [world.connected_site() for _ in range(SITES)]
        self.contents: list[Any] = []
        self.inserted: Counter[int] = Counter()
        self._count_inserts()
        world.services.worker  # noqa: B018  # made before the threads start

    def _count_inserts(self) -> None:
        publish, lock = self.world.wordpress._publish, threading.Lock()

        def counted(payload: Any, operation_id: str) -> Any:
            content_id = payload["content_id"]
            with lock:
                posts = self.world.wordpress.posts
                existed = content_id in posts
                try:
                    return publish(payload, operation_id)
                finally:  # also where somebody dies who has just made it
                    self.inserted[content_id] += content_id in posts and not existed

        self.world.wordpress._publish = counted  # type: ignore[method-assign]

    def people(self, number: int) -> None:
        for site in self.sites:
            chance = self.random.random()
            if chance < 0.5:
                content = self.world.content(site)
                self.contents.append(content)
            elif chance < 0.75 and self.contents:
                content = self.random.choice(self.contents)
                path = f"/api/v1/writer/content/{content['id']}/"
                assert self.world.call("PATCH", path, {"title": f"Title {number}"}).status == 200
            else:
                continue
            assert self.world.publish(content).status in {200, 202}

    def batch(self, *, kill: bool) -> bool:
        """Serve what waits, all sites side by side; whether it was killed."""
        hints = self.mailbox.take(10 if kill else 500)
        sites: dict[int, list[Hint]] = defaultdict(list)
        for hint in hints:
            sites[hint.integration_id].append(hint)
        if not sites:
            return False
        self.deadline.lines = 0
        self.deadline.at = self.random.randrange(1, LINES_OF_A_BATCH) if kill else None
        with ThreadPoolExecutor(len(sites)) as pool:
            killed = any(list(pool.map(self._serve, sites.values())))
        if killed and self.random.random() < 0.5:  # else they are lost: nothing hangs on a message
            self.mailbox.give_back(hints)
        return killed

    def holds(self) -> None:
        """What is true whoever died: a death costs no try, and the sweep finds what is not done."""
        rows = [publication_row(self.world, content) for content in self.contents]
        for row in rows:
            assert row.attempt == 0, f"WordPress was well, but {row.operation_id} was charged"
            if row.state in PENDING_STATES:
                assert row.wake_at is not None, f"no sweep finds {row.operation_id}"

    def _serve(self, hints: list[Hint]) -> bool:
        sys.settrace(self.deadline.trace)
        try:
            self.world.services.worker.serve(hints, lambda: 120.0)
        except Killed:
            return True
        finally:
            sys.settrace(None)
        return False

    def later(self, **how_much: float) -> None:
        self.world.clock.advance(**how_much)
        self.world.sweep()


@pytest.mark.parametrize("seed", SEEDS)
def test_every_publication_ends_published_whenever_its_workers_die(seed: int) -> None:
    with world_in_memory() as world:
        load = Load(world, seed)
        kills = 0
        for number in range(KILLS * 4):
            load.people(number)
            kills += load.batch(kill=True)
            load.holds()
            load.later(seconds=load.random.choice([1, 30, 160, 400]))
            if kills >= KILLS:
                break
        assert kills >= KILLS, "too few of them hit"
        for _ in range(60):
            load.later(minutes=31)
            load.batch(kill=False)
        assert load.contents
        ends = [world.publication(content) for content in load.contents]
        wrong = [one for one in ends if one["publish_state"] != "published"]
        assert not wrong, wrong  # WordPress was well all the time: there is no true reason
        assert set(load.inserted.values()) == {1}
        for content, end in zip(load.contents, ends, strict=True):
            assert world.wordpress.posts[content["id"]].rev == end["intent"]
        print(f"{kills} kills, {len(ends)} publications")
