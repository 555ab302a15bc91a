"""What an import costs: the calls and units of the design, whatever there is already."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.capacity import Metered
from tests.support.importing import Import, existing
from tests.support.posts_on_site import Endless, PostsOnSite
from tests.support.world import World, world_in_memory

pytestmark = pytest.mark.rows("memory")
TEN_KB = 10_000


INDEX_ROWS = 2
"""Keys of a content on the lists of its site, one unit each: no transaction, no engine counts."""


@dataclass
class Bill:
    """What a page took: of DynamoDB, of S3, of the site."""

    calls: Counter[str]
    read: float
    written: float
    texts: int
    site: Counter[str]


class Meter:
    """A world in memory whose calls are counted."""

    def __init__(self, world: World) -> None:
        self.world = world
        services: Any = world.services
        self.tables = services.tables = Metered(services.tables)
        self.site = world.connected_site()
        self.posts: PostsOnSite = existing(world)

    def page(self, run: Import) -> Bill:
        spent = self.tables.spent
        before, asked = Counter(spent.calls), self.posts.calls.copy()
        units, written = spent.units, spent.written
        bodies: Any = self.world.services.bodies
        texts = len(bodies._texts)
        run.step()
        written = spent.written - written
        return Bill(
            calls=Counter(spent.calls) - before,
            read=spent.units - units - written,
            written=written,
            texts=len(bodies._texts) - texts,
            site=self.posts.calls - asked,
        )


@pytest.fixture
def meter() -> Iterator[Meter]:
    with world_in_memory() as world:
        yield Meter(world)


def test_a_hundred_new_posts_and_the_same_again(meter: Meter) -> None:
    meter.posts.endless = Endless(200, text_bytes=TEN_KB)
    run = Import(meter.world, meter.site)
    for _ in range(2):  # the second page costs what the first did
        bill = meter.page(run)
        assert bill.site == {"posts": 3, "links": 1}
        assert bill.calls == {
            "BatchGetItem": 3,  # whose the posts are; the site and its inbox for each 50
            "Query": 3,  # what they may look like
            "TransactWriteItems": 100,
        }
        assert bill.texts == 200
        assert bill.read <= 2 * 100
        assert bill.written + INDEX_ROWS * 100 <= 20 * 100
    again = meter.page(Import(meter.world, meter.site))
    assert again.site == {"posts": 1}
    assert again.calls == {"BatchGetItem": 1}
    assert (again.read, again.written, again.texts) == (50, 0, 0)


def test_a_hundred_edited_posts(meter: Meter) -> None:
    meter.posts.add(100)
    Import(meter.world, meter.site).run()
    for post_id in list(meter.posts.written):
        meter.posts.edit(post_id, title="Edited")
    bill = meter.page(Import(meter.world, meter.site))
    assert bill.site == {"posts": 3}
    assert bill.calls["TransactWriteItems"] <= 6
    assert bill.calls["BatchGetItem"] <= 8
    assert bill.texts == 0


def test_what_posts_may_look_like_is_read_once_a_run(meter: Meter) -> None:
    for number in range(150):
        meter.world.content(meter.site, title=f"Ours {number}")
    meter.posts.endless = Endless(300)
    run = Import(meter.world, meter.site)
    first, second = meter.page(run), meter.page(run)
    assert first.calls["BatchGetItem"] == 4
    assert second.calls["BatchGetItem"] == 3
    assert first.calls["Query"] == second.calls["Query"] == 3
