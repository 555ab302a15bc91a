"""What one site answers costs the others of its batch nothing: real threads, real HTTP.

The sites are a process of their own. Times are compared with those beside a site that answers a
mebibyte of plain text. Whatever else the machine does only adds to them, so the least of several
is what counts, and more are taken while the machine is busy.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from igny8.core.http import OutboundClient
from igny8.core.queue import Hint

from tests.support.poison import POISON, WIRE
from tests.support.world import ACCOUNT, World, world_in_memory

ROOT = Path(__file__).parents[2]
NEIGHBOURS, ARTICLES = 6, 4
RATIO = 1.2
FEWEST, MOST = 2, 40
NEEDS_LOOPBACK = True


class Nobody:
    """A queue that nobody reads."""

    def send(self, *_: object, **__: object) -> None: ...

    def send_all(self, hints: list[Hint]) -> int:
        return len(hints)


class Batches:
    """One batch after the other: six healthy sites, and one that is not."""

    def __init__(self, world: World, port: int) -> None:
        self.world = world
        self.port = port
        services: Any = world.services
        services.http = OutboundClient(allow_local=True)
        services.hints = services.sync_hints = Nobody()
        services.worker  # noqa: B018  # made before the threads start
        self._settle = services.settlement.settle

    def site(self, name: str) -> tuple[Any, list[Any]]:
        url = f"http://127.0.0.1:{self.port}/{name.replace(' ', '-')}"
        site = self.world.site(url=url)
        key = self.world.key(site)
        assert self.world.pair(site, key["api_key"]).status == 200
        contents = [self.world.content(site) for _ in range(ARTICLES)]
        for content in contents:
            assert self.world.publish(content).status == 202
        return site | key, contents

    def seconds(self, name: str) -> float:
        """Until the last healthy site of a batch is served, beside one that answers ``name``."""
        self.world.services.tables.forget()  # type: ignore[attr-defined]
        healthy = [self.site("well") for _ in range(NEIGHBOURS)]
        sites = [self.site(name), *healthy]
        hints = [
            Hint(ACCOUNT, site["id"], site["integration_id"], contents[0]["id"]).body()
            for site, contents in sites
        ]
        ours = {site["integration_id"] for site, _ in healthy}
        ended = [0.0]

        def settle(job: Any, result: Any) -> Any:
            settled = self._settle(job, result)
            if job.integration.id in ours:
                ended[0] = time.perf_counter()
            return settled

        services: Any = self.world.services
        services.settlement.settle = settle
        begun = time.perf_counter()
        self.world.work([{"messageId": str(n), "body": body} for n, body in enumerate(hints)])
        states = [self.world.publication(one)["publish_state"] for _, of in healthy for one in of]
        assert set(states) == {"published"}
        return ended[0] - begun


@pytest.fixture(scope="module")
def batches() -> Iterator[Batches]:
    command = [sys.executable, "-m", "tests.support.stub_site"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as sites:
        assert sites.stdout is not None
        port = int(sites.stdout.readline())
        with world_in_memory() as world:
            world.checks_answers = False  # time is measured
            made = Batches(world, port)
            made.seconds("plain")  # what is made once is made
            yield made
        assert sites.stdin is not None
        sites.stdin.close()


@pytest.mark.parametrize("name", [*POISON, *WIRE])
def test_neighbours_are_as_fast_as_beside_plain_text(batches: Batches, name: str) -> None:
    plain: list[float] = []
    poisoned: list[float] = []
    for taken in range(MOST):
        plain.append(batches.seconds("plain"))
        poisoned.append(batches.seconds(name))
        ratio = min(poisoned) / min(plain)
        if taken + 1 >= FEWEST and ratio < RATIO:
            break
    assert ratio < RATIO, f"{ratio:.2f} after {len(poisoned)}"
