"""A world for each test (`world`), or one for a module that starts each test empty (`shared`).

Both lie in moto, or in memory where a module or a test is marked `rows("memory")`.

And one whose rows, texts and queues lie in memory (`long`), where a test goes through days or many
cases, and DynamoDB's part in them is shown by others: a sweep costs a hundredth there.
"""

from collections.abc import Iterator

import pytest

from tests.support.aws import forget_messages, forget_rows
from tests.support.clock import FrozenClock
from tests.support.outbox import Outbox
from tests.support.world import World, running_world, world_in_memory


@pytest.fixture(scope="module")
def _module_world() -> Iterator[World]:
    with running_world() as made:
        yield made


@pytest.fixture
def shared(request: pytest.FixtureRequest, rows_in_memory: bool) -> Iterator[World]:
    """A world with empty tables, an empty queue and a WordPress that behaves: the module's."""
    if rows_in_memory:
        with world_in_memory() as made:
            yield made
    else:
        yield _emptied(request.getfixturevalue("_module_world"))


def _emptied(_module_world: World) -> World:
    forget_rows()
    forget_messages()
    _module_world.clock.instant = FrozenClock().instant
    wordpress = _module_world.wordpress
    wordpress.before.clear()
    wordpress.after.clear()
    wordpress.calls.clear()
    wordpress.headers.clear()
    wordpress.posts.clear()
    wordpress.deleted.clear()
    wordpress.inserts = 0
    wordpress.accepted_key = None
    wordpress.outbox = Outbox()
    wordpress.next_key = None
    wordpress.disconnected = False
    wordpress.report = {}
    wordpress.stripped = set()
    wordpress.strips_alone = False
    wordpress.paused, wordpress.up = False, True
    return _module_world


@pytest.fixture
def long() -> Iterator[World]:
    """A world for long stories."""
    with world_in_memory() as made:
        yield made
