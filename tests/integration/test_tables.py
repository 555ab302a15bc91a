"""DynamoTables against moto: the cases that rows in memory pass as well."""

import pytest

from tests.support.table_cases import CASES, Cases
from tests.support.world import World


@pytest.mark.parametrize("check", CASES, ids=lambda case: case.__name__)
def test_case(shared: World, check) -> None:
    check(Cases(shared.services.tables))
