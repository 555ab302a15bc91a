"""What the code asks of AWS: recorded, failed on purpose, and what it left behind."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.support.aws import NO_AWS, TABLES, client, is_there

Intercept = Callable[[str, dict[str, Any], Callable[[], Any]], Any]


@contextmanager
def intercepted(intercept: Intercept) -> Iterator[None]:
    """Let ``intercept(operation, parameters, proceed)`` stand between the code and every service.

    PynamoDB and boto3 both end in this one method of botocore.
    """

    assert is_there(), NO_AWS
    proceed = BaseClient._make_api_call

    def call(self: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        return intercept(operation, parameters, lambda: proceed(self, operation, parameters))

    with patch.object(BaseClient, "_make_api_call", call):
        yield


@contextmanager
def recorded_calls() -> Iterator[list[str]]:
    """Record the operations in their order."""
    calls: list[str] = []

    def record(operation: str, _parameters: dict[str, Any], proceed: Callable[[], Any]) -> Any:
        calls.append(operation)
        return proceed()

    with intercepted(record):
        yield calls


class FaultAt:
    """Fails the ``number``-th call (from 0), before it has an effect or after it had one."""

    def __init__(self, number: int, *, after_effect: bool = False) -> None:
        self.number = number
        self.after_effect = after_effect
        self.failed: str | None = None
        self._seen = -1

    def __call__(self, operation: str, _parameters: Any, proceed: Callable[[], Any]) -> Any:
        self._seen += 1
        if self._seen != self.number:
            return proceed()
        self.failed = operation
        if self.after_effect:
            proceed()
        raise fault(operation)


class Conflicts:
    """Cancels the first ``times`` transactions (or single writes) as DynamoDB does on contention.

    ``skip`` transactions pass first. The local engines never raise this.
    """

    def __init__(self, times: int, *, skip: int = 0) -> None:
        self.left = times
        self.skip = skip
        self.tried = 0

    def __call__(self, operation: str, parameters: Any, proceed: Callable[[], Any]) -> Any:
        if operation not in {"TransactWriteItems", "UpdateItem", "PutItem"}:
            return proceed()
        if self.skip:
            self.skip -= 1
            return proceed()
        self.tried += 1
        if not self.left:
            return proceed()
        self.left -= 1
        if operation != "TransactWriteItems":
            raise fault(operation, "TransactionConflictException")
        raise _cancelled(len(parameters["TransactItems"]))


def fault(operation: str, code: str = "InternalServerError") -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "made to fail"},
        "ResponseMetadata": {"HTTPStatusCode": 500, "RequestId": "fake"},
    }
    return ClientError(response, operation)


def _cancelled(writes: int) -> ClientError:
    reasons: list[dict[str, str]] = [{"Code": "None"} for _ in range(writes)]
    reasons[-1] = {"Code": "TransactionConflict", "Message": "Transaction is ongoing"}
    response: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
        "CancellationReasons": reasons,
        "ResponseMetadata": {"HTTPStatusCode": 400, "RequestId": "fake"},
    }
    return ClientError(response, "TransactWriteItems")


def stored_rows() -> dict[str, list[Any]]:
    """Every row of every table."""
    dynamodb = client("dynamodb")
    return {
        table["TableName"]: sorted(
            dynamodb.scan(TableName=table["TableName"], ConsistentRead=True)["Items"], key=repr
        )
        for table in TABLES
    }


def stored_texts() -> list[str]:
    """The name of every object in the bucket."""
    listing = client("s3").list_objects_v2(Bucket="igny8-test-content")
    return [entry["Key"] for entry in listing.get("Contents", [])]


def everything_stored() -> tuple[dict[str, list[Any]], list[str]]:
    return stored_rows(), stored_texts()


WRITES = frozenset({"TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem"})


class Overtaken:
    """Lets ``act`` run between what the next use case reads and what it first writes.

    ``skip`` writes pass before. What ``act`` itself asks of AWS passes; ``answer`` is what it gave.
    """

    def __init__(self, act: Callable[[], Any], *, skip: int = 0) -> None:
        self._act: Callable[[], Any] | None = act
        self._skip = skip
        self.answer: Any = None

    def __call__(self, operation: str, _parameters: Any, proceed: Callable[[], Any]) -> Any:
        if operation in WRITES and self._skip:
            self._skip -= 1
        elif operation in WRITES and self._act is not None:
            act, self._act = self._act, None
            self.answer = act()
        return proceed()
