"""DynamoTables against moto: the cases that rows in memory pass as well.

Asked straight, as in all worlds here, and by requests that are written, signed and read.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.config import Config
from igny8.bootstrap.session import CLIENT_CONFIG, Session
from igny8.core.table import DynamoTables

from tests.support.aws import client
from tests.support.table_cases import CASES, Cases
from tests.support.world import World

Case = Callable[[Cases], None]


@pytest.mark.parametrize("check", CASES, ids=lambda case: case.__name__)
def test_case(shared: World, check: Case) -> None:
    with requests_of(client("dynamodb")) as sent:
        check(Cases(shared.services.tables))
    assert set(sent) <= {400}, "only what is refused is asked for by a request"


@pytest.mark.parametrize("check", CASES, ids=lambda case: case.__name__)
def test_case_by_requests(shared: World, check: Case) -> None:
    tables: Any = shared.services.tables
    asks_itself = Session(CLIENT_CONFIG.merge(Config(parameter_validation=True))).make("dynamodb")
    with requests_of(asks_itself) as sent:
        check(Cases(DynamoTables(asks_itself, tables._names, sleep=tables._sleep)))
    assert 200 in sent


@contextmanager
def requests_of(asking: Any) -> Iterator[list[int]]:
    """The status of each answer to a request of this client."""
    answers: list[int] = []

    def note(http_response: Any, **_: Any) -> None:
        answers.append(http_response.status_code)

    asking.meta.events.register("after-call.dynamodb", note)
    try:
        yield answers
    finally:
        asking.meta.events.unregister("after-call.dynamodb", note)
