"""With fifty thousand rows that wait, everything costs what it costs with fifty."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import chain, repeat
from typing import Any

import pytest
from igny8.core.queue import Hint
from igny8.core.rows import Row
from igny8.core.table import DATA, content_partition
from igny8.publishing.sweep import DueSweep

from tests.support.batches import BATCHES, begun, bulk, cancel
from tests.support.capacity import Metered, Spent
from tests.support.memory import MemoryTables
from tests.support.world import ACCOUNT, World, world_in_memory

FEW, MANY = 50, 50_000
PAGE = 5
"""Rows of a shard that a sweep takes at once here: of fifty in eight shards, each has as many."""
FIRST = 100_000_000_000_000


class Stage:
    """A site with so many articles that wait, all of them due, and one more that does not."""

    def __init__(self, world: World, waiting: int) -> None:
        self.world = world
        world.checks_answers = False
        self.rows = MemoryTables()
        self.metered = Metered(self.rows)
        world.services.tables = self.metered
        self.site = world.connected_site()
        self.contents = [world.content(self.site) for _ in range(60)]
        waits = world.content(self.site)
        world.publish(waits)
        world.messages()
        self._wait(waits["id"], waiting)
        self.batch = begun(world, self.contents[:40])
        world.carry_on()
        self.later = begun(world, self.contents[40:50])
        world.messages()

    def _wait(self, content_id: int, waiting: int) -> None:
        """As many like it; straight among the rows, for there are many."""
        partition = content_partition(ACCOUNT, content_id)
        like = [row for row in self.rows.rows(DATA) if row["pk"]["S"] == partition]
        assert len(like) == 2, "the content, its publication"
        places = self.rows._rows[DATA.name]
        for number in range(FIRST, FIRST + waiting):
            pk = {"S": content_partition(ACCOUNT, number)}
            places[pk["S"]] = {
                (pk["S"], row["sk"]["S"]): self._copy(row, pk, number) for row in like
            }

    def _copy(self, row: Row, pk: Any, number: int) -> Row:
        own = {"pk": pk, "content_id": {"N": str(number)}}
        if "sort_id" in row:
            own["sort_id"] = {"N": str(number)}
        if "due_shard" in row:
            own["due_shard"] = {"S": f"D#{number % self.world.services.settings.sweep_shards}"}
        return {**row, **own}


def click(stage: Stage) -> None:
    assert stage.world.publish(stage.contents[50]).status == 202


def double_click(stage: Stage) -> None:
    assert stage.world.publish(stage.contents[50]).status == 200


def worker_step(stage: Stage) -> None:
    """One article, then what is due beside it, for which there is no time left."""
    record = stage.world.hint(stage.contents[50], stage.site["integration_id"])
    seconds = chain([120.0], repeat(1.0))
    served = stage.world.services.worker.serve([Hint.parse(record["body"])], lambda: next(seconds))
    assert [one.content_id for one in served] == [stage.contents[50]["id"]]


def sweep_page(stage: Stage) -> None:
    services = stage.world.services
    sweep = DueSweep(
        store=services.publication_store,
        hints=services.hints,
        clock=services.clock,
        settings=replace(services.settings, sweep_limit=PAGE),
    )
    report = sweep.run()
    assert report.hinted == 8 * PAGE
    assert report.left_over >= 8, "it says that there is more"


def bulk_click(stage: Stage) -> None:
    assert bulk(stage.world, stage.contents[50:60]).status == 202


def batch_step(stage: Stage) -> None:
    (message, *_rest) = stage.world.messages("batch")
    assert stage.world.carry_on([message]) == {"batchItemFailures": []}


def batch_status(stage: Stage) -> None:
    seen = stage.world.call("GET", f"{BATCHES}/{stage.batch}/?limit=100")
    assert seen.data["counts"] == {"queued": 40}


def batch_sweep(stage: Stage) -> None:
    stage.world.clock.advance(minutes=2)
    assert stage.world.sweep("batch")["hinted"] == 1


def batch_cancelled(stage: Stage) -> None:
    assert cancel(stage.world, stage.later).status == 202


def list_of_contents(stage: Stage) -> None:
    path = f"/api/v1/writer/content/?site={stage.site['id']}&limit=10"
    assert len(stage.world.call("GET", path).data) == 10


STEPS: list[Callable[[Stage], None]] = [
    click, double_click, worker_step, batch_step, batch_status, bulk_click, batch_sweep,
    batch_cancelled, list_of_contents, sweep_page,
]  # fmt: skip


@pytest.fixture(scope="module")
def spent() -> dict[int, dict[str, Spent]]:
    """What each step spends, where few wait and where many do."""
    found: dict[int, dict[str, Spent]] = {}
    for waiting in (FEW, MANY):
        with world_in_memory() as world:
            stage = Stage(world, waiting)
            found[waiting] = {}
            for step in STEPS:
                stage.metered.spent = Spent()
                step(stage)
                found[waiting][step.__name__] = stage.metered.spent
    return found


@pytest.mark.parametrize("step", [step.__name__ for step in STEPS])
def test_it_costs_the_same(spent: dict[int, dict[str, Spent]], step: str) -> None:
    few, many = spent[FEW][step], spent[MANY][step]
    assert Counter(few.calls) == Counter(many.calls)
    assert (few.units, few.rows) == (many.units, many.rows)
    assert few.units > 0
