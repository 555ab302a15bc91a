"""Which AWS calls were made: exact, because botocore tells each one before it is sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient


@contextmanager
def recorded_calls() -> Iterator[list[str]]:
    """Record ``service.Operation`` of every call of every client, PynamoDB's included."""
    calls: list[str] = []
    make_api_call = BaseClient._make_api_call

    def record(client: BaseClient, operation: str, arguments: Any) -> Any:
        calls.append(f"{client.meta.service_model.service_name}.{operation}")
        return make_api_call(client, operation, arguments)

    with patch.object(BaseClient, "_make_api_call", record):
        yield calls
