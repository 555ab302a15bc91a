"""What a message of an import costs, around what is done with its posts, however many there are."""

import tracemalloc
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from igny8.core.table import DATA

from tests.support.capacity import Metered
from tests.support.posts_on_site import Endless
from tests.support.pulling import Importing, importing
from tests.support.world import World

pytestmark = pytest.mark.rows("memory")
POSTS = 100_000
AROUND = {
    "tables.get": 3,  # plan, gate, inbox
    "tables.query": 1,  # site, key and integration
    "vault.decrypt": 1,  # its key is remembered
    "tables.commit": 2,  # the lease; the page
    "sync_hints.send": 1,
}


def meter(world: World) -> None:
    services: Any = world.services
    services.tables = Metered(services.tables)


@pytest.fixture
def here() -> Iterator[Importing]:
    with importing(plain=False, prepare=meter) as made:
        made.posts.endless = Endless(POSTS)
        yield made


def page(here: Importing) -> tuple[Counter[str], float]:
    """The calls of the next message, and its units."""
    spent = here.world.services.tables._inner.spent
    before, units = here.trouble.seen.copy(), spent.units
    assert here.serve(most=1) == 1
    return here.trouble.seen - before, spent.units - units


def test_a_page_of_new_posts_costs_the_same_wherever_it_is(here: Importing) -> None:
    here.begin(types=["post"], limit=POSTS)
    bills = []
    for after in (0, 50_000, 99_800):
        here.jump(after)
        bills.append(page(here))
    expected = {
        **AROUND,
        "http.request": 4,
        "tables.get": 3 + 3,  # may a slot be used, before each call but the first
        "tables.get_many": 3,  # whose the posts are; the site and its inbox for each 50
        "tables.query": 1 + 3,  # what they may look like
        "tables.commit": 2 + 100,
        "bodies.put": 100,
        "bodies.put_raw": 100,
    }
    assert [calls for calls, _ in bills] == [expected] * 3
    units = [units for _, units in bills]
    assert max(units) <= min(units) * 1.02
    assert max(units) <= 100 * 22
    for after in (0, 50_000, 99_800):
        assert here.posts.links[after + 1]
    assert here.run()["counts"] == {"created": 300}


def test_a_page_of_unchanged_posts_is_one_call_one_batch_read_and_one_transaction(
    here: Importing,
) -> None:
    for after in (0, 99_800):
        here.begin(types=["post"], limit=POSTS)
        here.jump(after)
        page(here)
        assert here.call("POST", f"runs/{here.run()['id']}/cancel/").status == 202
        here.begin(types=["post"], limit=POSTS, **{"from": "start"})
        here.jump(after)
        here.world.messages("sync")
        here.world.services.listening.wake(here.owner)
        calls, units = page(here)
        assert calls == {**AROUND, "http.request": 1, "tables.get_many": 1}
        assert units <= 0.5 * 100 + 40
        assert here.run()["counts"] == {"unchanged": 100}
        assert here.call("POST", f"runs/{here.run()['id']}/cancel/").status == 202
        here.world.messages("sync")


def test_page_1000_takes_no_more_memory_than_page_1(here: Importing) -> None:
    here.posts.endless = Endless(POSTS, text_bytes=10_000)
    here.begin(types=["post"], limit=POSTS)
    peaks = []
    page(here)  # whatever is made once
    for after in (100, 99_800):
        here.jump(after)
        tracemalloc.start()
        page(here)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] <= peaks[0] * 1.2


def test_the_row_of_a_page_is_small(here: Importing) -> None:
    run = here.begin(types=["post"], limit=POSTS)
    page(here)
    rows = here.world.services.tables._inner._inner.rows(DATA)
    found = [row for row in rows if row["pk"]["S"].endswith(f"RUN#{run['id']}")]
    assert [len(row["items"]["S"]) < 8_000 for row in found] == [True]


def test_looking_at_runs_costs_no_more_for_large_ones(here: Importing) -> None:
    run = here.begin(types=["post"], limit=1_500)
    here.serve()
    assert here.run(run)["done"] == 1_500
    for path, calls in (
        ("runs/", {"tables.get": 2, "tables.query": 2}),
        (f"runs/{run['id']}/", {"tables.get": 3, "tables.query": 1}),
        (f"runs/{run['id']}/items/", {"tables.get": 2, "tables.query": 2}),
        ("sync-status/", {"tables.get": 2, "tables.query": 1}),
    ):
        before = here.trouble.seen.copy()
        assert here.call("GET", path).status == 200
        assert here.trouble.seen - before == calls, path


def test_beginning_and_cancelling(here: Importing) -> None:
    before = here.trouble.seen.copy()
    run = here.begin()
    begun = {"tables.get": 2, "tables.query": 2, "tables.commit": 1, "sync_hints.send": 1}
    assert here.trouble.seen - before == begun
    before = here.trouble.seen.copy()
    here.call("POST", f"runs/{run['id']}/cancel/")
    assert here.trouble.seen - before == {"tables.get": 2, "tables.query": 1, "tables.commit": 1}
