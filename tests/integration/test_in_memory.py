"""Where a test's world lies: in memory, if it says so, and then nobody takes that for AWS."""

import pytest

from tests.support.aws import client
from tests.support.aws_calls import everything_stored, recorded_calls
from tests.support.memory import MemoryTables
from tests.support.world import World

pytestmark = pytest.mark.rows("memory")


def refuses_looks() -> None:
    with pytest.raises(AssertionError, match="lies in memory"), recorded_calls():
        pass
    with pytest.raises(AssertionError, match="lies in memory"):
        client("sqs")
    with pytest.raises(AssertionError, match="lies in memory"):
        everything_stored()


def test_a_world_in_memory_has_no_calls_to_look_at(world: World) -> None:
    assert isinstance(world.services.tables, MemoryTables)
    refuses_looks()


@pytest.mark.rows("dynamodb")
def test_a_test_has_its_own_mark(shared: World) -> None:
    assert not isinstance(shared.services.tables, MemoryTables)
    with recorded_calls() as calls:
        shared.site()
    assert calls


@pytest.mark.usefixtures("_module_world")
def test_nor_has_it_any_beside_a_world_of_the_module_that_has(shared: World) -> None:
    assert isinstance(shared.services.tables, MemoryTables)
    refuses_looks()
