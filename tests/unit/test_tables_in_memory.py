"""Rows in memory do what DynamoDB does."""

import pytest

from tests.support.memory import MemoryTables
from tests.support.table_cases import CASES, Cases


@pytest.mark.parametrize("check", CASES, ids=lambda case: case.__name__)
def test_case(check) -> None:
    check(Cases(MemoryTables()))
