"""DynamoTables against the local cloud: the cases that rows in memory pass as well."""

import secrets

import pytest
from igny8.core.table import DynamoTables

from tests.e2e.conftest import Stage
from tests.support.table_cases import CASES, Cases


@pytest.mark.parametrize("check", CASES, ids=lambda case: case.__name__)
def test_case(stage: Stage, check) -> None:
    outputs = stage.facts["outputs"]
    names = {name: outputs[f"{name.title()}TableName"] for name in ("data", "gates", "events")}
    check(Cases(DynamoTables(stage.client("dynamodb"), names), run=secrets.token_hex(4)))
