"""Fixtures of the whole suite."""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from tests.support.world import World, running_world, world_in_memory

gc.enable()  # the functions let it rest until their first request, which a test may never make
YOUNG_OBJECTS = 10_000  # between two looks for rubbish; Python's own 700 cost a twentieth of all

# The same examples in every run; the profile `explore` looks for new ones, `night` for many more.
SLOW = {"deadline": None, "database": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("repeatable", derandomize=True, **SLOW)
settings.register_profile("explore", max_examples=1000, **SLOW)
settings.register_profile("night", max_examples=50_000, **SLOW)
settings.load_profile("repeatable")


HERE = Path(__file__).parent
# Longest first: whoever is done early takes the next, and at the end only short ones are left.
LONGEST = (
    "e2e/", "property/", "plugin/test_guard", "plugin/test_images", "plugin/test_takeover",
    "plugin/test_interleavings", "plugin/test_multisite", "plugin/", "contract/",
    "integration/test_states_and_actions", "unit/test_hostile", "integration/test_poisoned",
    "integration/test_sync_faults", "integration/test_weary", "integration/test_cleaning",
    "integration/test_faults", "integration/", "unit/test_poison",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones begin, so that nobody waits for them at the end."""
    items.sort(key=lambda item: _place(item.path.relative_to(HERE).as_posix()))


def pytest_collection_finish() -> None:
    """What was collected stays to the end: nobody looks for rubbish in it any more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 10, 10)


def _place(path: str) -> int:
    places = (place for place, start in enumerate(LONGEST) if path.startswith(start))
    return next(places, len(LONGEST))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Side by side by the file, in the order of collection."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


class ByFile(LoadScopeScheduling):
    """What a file shares is made once; all of e2e shares one stage, and so one process."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return "tests/e2e" if file.startswith("tests/e2e/") else file


@pytest.fixture
def world(rows_in_memory: bool) -> Iterator[World]:
    """The backend in process, with an empty stage."""
    with world_in_memory() if rows_in_memory else running_world() as made:
        yield made


@pytest.fixture
def rows_in_memory(request: pytest.FixtureRequest) -> bool:
    """Whether the rows, texts and queues of a test's world lie in memory: as it is marked, or not.

    Rules and use cases are shown there, in a tenth of the time; what DynamoDB has a part in is not.
    """
    marked = request.node.get_closest_marker("rows")
    return marked is not None and marked.args[0] == "memory"
