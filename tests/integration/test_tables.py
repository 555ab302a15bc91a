"""DynamoTables against moto: the cases that rows in memory pass as well.

Asked straight, as in all worlds here, and by requests that are written, signed and read.
"""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from igny8.bootstrap.session import CLIENT_CONFIG, Session
from igny8.core.table import DynamoTables

from tests.support.table_cases import CASES, Cases
from tests.support.world import World

Case = Callable[[Cases], None]


@pytest.mark.parametrize("check", CASES, ids=lambda case: case.__name__)
def test_case(shared: World, check: Case) -> None:
    check(Cases(shared.services.tables))


@pytest.mark.parametrize("check", CASES, ids=lambda case: case.__name__)
def test_case_by_requests(shared: World, check: Case) -> None:
    tables: Any = shared.services.tables
    asks_itself = Session(CLIENT_CONFIG.merge(Config(parameter_validation=True)))
    sent: list[str] = []
    client = asks_itself.make("dynamodb")
    client.meta.events.register("before-send", lambda request, **_: sent.append(request.url))
    check(Cases(DynamoTables(client, tables._names, sleep=tables._sleep)))
    assert sent
