"""Fixtures of the whole suite."""

from collections.abc import Iterator

import pytest

from tests.support.world import World, running_world


@pytest.fixture
def world() -> Iterator[World]:
    """The backend in process, with an empty stage."""
    with running_world() as made:
        yield made
