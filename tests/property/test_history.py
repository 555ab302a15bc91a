"""Twenty clients, twenty contents, workers and sweeps at once: one order explains it all.

Real threads on the handlers. What the clients heard is compared with what WordPress has, was asked
and made; and to see that this finds something, the same runs on tables that forget a condition.
"""

import logging
import random
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from igny8.core.errors import Unavailable
from igny8.core.http import Reply
from igny8.core.rows import Write as RowWrite

from tests.property.chaos import Mailbox, Sabotage
from tests.support.case import MemoryWorld
from tests.support.history import DOWN, History, Site, problems, told_once
from tests.support.memory import MemoryTables
from tests.support.people_site import PeoplesWordPress
from tests.support.wordpress import lost, reply
from tests.support.world import world_in_memory

CLIENTS = 20
CONTENTS = 20
OPERATIONS = 20
WORKERS = 3
CONTENT = "/api/v1/writer/content/"
PAGE = b"<html>502</html>"


@dataclass
class BusyWordPress(PeoplesWordPress):
    """Serves one call at a time; every so often its answer is lost, or it is not asked at all."""

    applied: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    asked: int = 0
    well: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)

    def request(self, method: str, url: str, **more: Any) -> Reply:
        with self.lock:
            self.asked += 1
            fate = 0 if self.well else self.asked
            if fate % 11 == 3:
                return lost()
            answer = super().request(method, url, **more)
            return lost() if fate % 7 == 5 else reply(502, PAGE) if fate % 17 == 9 else answer

    def _publish(self, payload: Any, operation_id: str) -> Reply:
        before = self.posts.get(payload["content_id"])
        answer = super()._publish(payload, operation_id)
        post = self.posts.get(payload["content_id"])
        if post is not None and post is not before and not payload.get("take_down"):
            self.applied[post.content_id].append(post.title)
        return answer


class BusyTables(MemoryTables):
    """DynamoDB now and then refuses, or does what is asked and its answer is lost."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.chance = random.Random(seed)
        self.well = False

    def commit(self, writes: Sequence[RowWrite]) -> None:
        chance = 1.0 if self.well else self.chance.random()
        if chance < 0.02:
            raise Unavailable("dynamodb")
        super().commit(writes)
        if chance > 0.98 and not self.well:
            raise Unavailable("dynamodb")


class ForgetfulTables(BusyTables):
    """As if a publication were written whatever it has become meanwhile."""

    def commit(self, writes: Sequence[RowWrite]) -> None:
        super().commit([
            replace(one, condition=None) if one.name in {"publication", "content"} else one
            for one in writes
        ])  # fmt: skip


@dataclass
class Run:
    """One site under twenty clients."""

    world: MemoryWorld
    tables: BusyTables
    wordpress: BusyWordPress
    seed: int
    history: History = field(default_factory=History)
    stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.site = self.world.connected_site()
        self.contents = [self.world.content(self.site)["id"] for _ in range(CONTENTS)]
        self.lock = threading.Lock()

    def go(self) -> None:
        with ThreadPoolExecutor(CLIENTS + WORKERS) as pool:
            workers = [pool.submit(self.work, number) for number in range(WORKERS)]
            clients = [pool.submit(self.client, number) for number in range(CLIENTS)]
            for client in clients:
                client.result()
            self.stopped.set()
            for worker in workers:
                worker.result()

    def client(self, number: int) -> None:
        chance = random.Random(self.seed * 100 + number)
        for turn in range(OPERATIONS):
            content_id = chance.choice(self.contents)
            if chance.random() < 0.2:
                self.decide(number, content_id, DOWN, "unpublish/", {"to": "draft"})
            else:
                title = f"By {number}, {turn}"
                self.decide(number, content_id, title, "", {"title": title, "status": "published"})

    def decide(
        self, client: int, content_id: int, value: str, act: str, body: Mapping[str, Any]
    ) -> None:
        write = self.history.invoke(client, content_id, value)
        method = "POST" if act else "PATCH"
        answer = self.world.call(method, f"{CONTENT}{content_id}/{act}", body)
        kind = {200: "ok", 202: "ok", 503: "info"}.get(answer.status, "fail")
        self.history.end(write, kind)

    def work(self, number: int) -> None:
        """Serve what waits, and now and then all of it twice, or late, or not at all."""
        chance = random.Random(self.seed * 1000 + number)
        while not self.stopped.is_set():
            with self.lock:
                self.world.clock.advance(seconds=1)
                records = self.world.messages()
            if chance.random() < 0.1:
                self.world.sweep()
            chance.shuffle(records)
            if chance.random() < 0.9:
                self.world.work(records[: chance.randrange(1, 12)])

    def heal(self) -> None:
        """All is well from here on: deliver what is due until nothing is."""
        self.tables.well = self.wordpress.well = True
        for _ in range(20):
            self.world.clock.advance(minutes=31)
            for kind in ("due", "blocked"):
                self.world.sweep(kind)
            while records := self.world.messages():
                assert self.world.work(records)["batchItemFailures"] == []

    def found(self) -> list[str]:
        posts = self.wordpress.posts.values()
        live = {one.content_id: one.title for one in posts if one.post_status == "publish"}
        decided: dict[int, list[str]] = defaultdict(list)
        events = self.world.services.event_store.newest(self.site["integration_id"], 100_000)
        for event in events:
            if event.description.startswith("Queued ") and event.content_id is not None:
                decided[event.content_id].append(event.description.split("'")[1])
        site = Site(self.wordpress.applied, self.wordpress.made, live, decided)
        told = told_once((event.operation_id, event.description) for event in events)
        return problems(self.history, site, told)


@contextmanager
def run(seed: int, tables: type[BusyTables] = BusyTables) -> Iterator[Run]:
    logging.disable()
    eagerness = sys.getswitchinterval()
    try:
        with world_in_memory() as made:
            services: Any = made.services
            services.tables = kept = tables(seed)
            services.hints = Mailbox(made.clock, Sabotage())
            services.sync_hints = Mailbox(made.clock, Sabotage())
            services.http = wordpress = BusyWordPress()
            kept.well = wordpress.well = True
            world = MemoryWorld(services, made.clock, wordpress, checks_answers=False)
            one = Run(world, kept, wordpress, seed)
            services.worker, services.due_sweep, services.acts, services.editing  # noqa: B018
            kept.well = wordpress.well = False
            sys.setswitchinterval(1e-5)  # threads change places as often as they can
            yield one
    finally:
        sys.setswitchinterval(eagerness)
        logging.disable(logging.NOTSET)


@pytest.mark.parametrize("seed", [1, 2])
def test_one_order_of_decisions_explains_what_is_there(seed: int) -> None:
    with run(seed) as one:
        one.go()
        one.heal()
        assert one.found() == []
        kinds = Counter(write.kind for write in one.history.writes)
        assert sum(kinds.values()) == CLIENTS * OPERATIONS
        assert kinds["ok"] > CLIENTS * OPERATIONS / 2
        states = [one.world.publication({"id": number})["publish_state"] for number in one.contents]
        assert set(states) <= {"published", "unpublished", "cancelled"}
        assert set(one.wordpress.made.values()) == {1}


def test_tables_that_forget_a_condition_are_found_out() -> None:
    """Two clicks at once that both write are one lost click: a check that sees none is none."""
    with run(1, ForgetfulTables) as one:
        one.go()
        one.heal()
        assert one.found() != []
