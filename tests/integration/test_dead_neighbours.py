"""Fifty sites with an article each, beside one that is dead and has five hundred: nobody waits.

The worker's own handler, twenty at once as the event source runs them, in time that passes only
while all of them wait.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from igny8.core.http import Reply
from igny8.core.queue import Hint
from publish_worker import handler

from tests.support.virtual import Slow, VirtualTime
from tests.support.wordpress import FakeWordPress, lost
from tests.support.world import Context, World, world_in_memory

LIVE, WAITING = 50, 500
LANES, RECORDS = 20, 10  # PublishMaxConcurrency, PublishBatchSize
LIVE_SECONDS, AWS_SECONDS = 2.0, 0.01
INVOCATION_SECONDS = 120
AT_MOST = 1.5
DEAD = "dead.example"


Take = Callable[[list[Any], Counter[str]], list[Any]]
"""What of a queue comes next, where so many messages of each group are under way."""


def first_in_first_out(queue: list[Any], _under_way: Counter[str]) -> list[Any]:
    """Here the live ones stand behind all of the dead one's."""
    return queue[:RECORDS]


def fair(queue: list[Any], under_way: Counter[str]) -> list[Any]:
    """SQS's fair queues: first those of the groups of which the fewest are under way."""
    counted, taken = Counter(under_way), []
    for _ in range(min(RECORDS, len(queue))):
        left = (one for one in queue if one not in taken)
        taken.append(min(left, key=lambda one: counted[group_of(one)]))
        counted[group_of(taken[-1])] += 1
    return taken


def group_of(message: Any) -> str:
    return Hint.parse(message["body"]).group


class Sites:
    """Sites behind one door: live ones take two seconds, a dead one all the time it is given."""

    def __init__(self, wordpress: FakeWordPress, time: VirtualTime) -> None:
        self._wordpress, self._time = wordpress, time
        self._lock = threading.Lock()
        self.published: dict[int, float] = {}
        self.calls_of_the_dead = 0

    def request(
        self,
        method: str,
        url: str,
        *,
        timeout: float,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        if urlsplit(url).netloc == DEAD:
            with self._lock:
                self.calls_of_the_dead += 1
            self._time.sleep(timeout)
            return lost()
        self._time.sleep(LIVE_SECONDS)
        with self._lock:
            answer = self._wordpress.request(
                method, url, timeout=timeout, headers=headers, body=body
            )
            for content_id in self._wordpress.posts:
                self.published.setdefault(content_id, self._time.seconds)
        return answer

    @contextmanager
    def kept_alive(self) -> Iterator["Sites"]:
        yield self


class TimedContext(Context):
    """An invocation that began now."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__()
        self._time, self._ends = time, time.seconds + INVOCATION_SECONDS

    def get_remaining_time_in_millis(self) -> int:
        return int((self._ends - self._time.seconds) * 1000)


class Stage:
    """A world in which calls take time, and its queue, first in first out."""

    def __init__(self, world: World, time: VirtualTime) -> None:
        self.world, self.time = world, time
        world.checks_answers = False
        services: Any = world.services
        services.clock = time
        services.hints._clock = services.sync_hints._clock = services.batch_hints._clock = time
        self.sites = services.http = Sites(world.wordpress, time)
        services.tables = Slow(
            services.tables, time, AWS_SECONDS, "get", "get_many", "query", "commit"
        )
        self._queue: list[dict[str, Any]] = []
        self._next: Take = fair
        self._under_way = Counter[str]()
        self._lock = threading.Lock()

    def site(self, host: str) -> dict[str, Any]:
        site = self.world.site(url=f"https://{host}")
        assert self.world.pair(site, self.world.key(site)["api_key"]).status == 200
        return site

    def click_each(self, contents: list[Any]) -> None:
        """A hint for each, as so many clicks send them."""
        for content in contents:
            assert self.world.publish(content).status == 202

    def sweep(self) -> None:
        """Every hint was lost: the sweep finds what waits."""
        self.world.messages()
        assert self.world.sweep()["left_over"] == 0

    def run(self, lanes: int, take: Take) -> list[float]:
        """Serve all that is queued; answer when each live article was published, in seconds."""
        self._queue, self._next = self.world.messages(), take
        begin = self.time.seconds
        self.time.enter(lanes)
        threads = [threading.Thread(target=self._lane, daemon=True) for _ in range(lanes)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not self._queue
        return sorted(at - begin for at in self.sites.published.values())

    def _lane(self) -> None:
        """As the event source does: ten messages to an invocation, while there are any."""
        with self.time.at_work():
            while records := self._take():
                handler.lambda_handler({"Records": records}, TimedContext(self.time))
                with self._lock:
                    self._under_way.subtract(map(group_of, records))
        self.time.leave()

    def _take(self) -> list[dict[str, Any]]:
        with self._lock:
            taken = self._next(self._queue, self._under_way)
            self._under_way.update(map(group_of, taken))
            self._queue = [one for one in self._queue if one not in taken]
        return taken


def p95(times: list[float]) -> float:
    return times[-(-len(times) * 95 // 100) - 1]


def times_to_publish(
    monkeypatch: pytest.MonkeyPatch,
    *,
    waiting: int,
    lanes: int = LANES,
    take: Take = fair,
    swept: bool = False,
) -> tuple[list[float], int]:
    """When the live ones are published beside a queue full of the dead one's, and its calls."""
    time = VirtualTime()
    with world_in_memory() as world:
        stage = Stage(world, time)
        dead = stage.site(DEAD)
        waits = [world.content(dead) for _ in range(waiting)]
        live = [world.content(stage.site(f"live{n}.example")) for n in range(LIVE)]
        if swept:  # in turn: every ten of the dead one's come with a live one's
            for number, content in enumerate(live):
                time.seconds += 1
                stage.click_each([*waits[number::LIVE], content])
            stage.sweep()
        else:
            stage.click_each([*waits, *live])
        monkeypatch.setattr(handler, "ThreadPoolExecutor", time.pool)
        times = stage.run(lanes, take)
        assert set(stage.sites.published) == {one["id"] for one in live}
        return times, stage.sites.calls_of_the_dead


@pytest.mark.parametrize(
    ("take", "swept"),
    [(first_in_first_out, False), (fair, False), (first_in_first_out, True)],
    ids=["first in first out", "fair", "swept, first in first out"],
)
def test_the_live_ones_do_not_wait_for_the_dead_one(
    monkeypatch: pytest.MonkeyPatch, take: Take, swept: bool
) -> None:
    """Nor where the sweep sends the hints, as it does after those of clicks were lost."""
    alone, none = times_to_publish(monkeypatch, waiting=0, take=take, swept=swept)
    beside, some = times_to_publish(monkeypatch, waiting=WAITING, take=take, swept=swept)
    assert (len(alone), len(beside)) == (LIVE, LIVE)
    assert none == 0 < some, "it was tried"
    assert p95(alone) < 2 * LIVE_SECONDS, "sites are served side by side"
    assert p95(beside) <= AT_MOST * p95(alone), (p95(alone), p95(beside))


def test_where_the_dead_one_may_take_every_lane_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured can fail: with no more lanes than a site has slots."""
    alone, _ = times_to_publish(monkeypatch, waiting=0, lanes=2, take=first_in_first_out)
    beside, _ = times_to_publish(monkeypatch, waiting=50, lanes=2, take=first_in_first_out)
    assert p95(beside) > AT_MOST * p95(alone), (p95(alone), p95(beside))
