"""Fixtures of the whole suite."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.world import World, running_world

# The same examples in every run; `--hypothesis-profile explore` looks for new ones.
SLOW = {"deadline": None, "database": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("repeatable", derandomize=True, **SLOW)
settings.register_profile("explore", max_examples=1000, **SLOW)
settings.load_profile("repeatable")


@pytest.fixture
def world() -> Iterator[World]:
    """The backend in process, with an empty stage."""
    with running_world() as made:
        yield made
