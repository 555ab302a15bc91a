"""The DynamoDB tables: one connection, reads, transactions, and what their failures mean.

Only this module and the features' stores know PynamoDB, whose models describe the rows and whose
expressions the conditions. The calls are botocore's own: PynamoDB's cost as much again.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.attributes import JSONAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Update
from pynamodb.models import Model

from igny8.core import jitter
from igny8.core.errors import Contended, Unavailable
from igny8.core.rows import ConditionLost, Operation, Query, Row, Table, Write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DATA = Table("data", ("pk", "S"), ("sk", "S"))
MOST_KEYS_A_BATCH = 100
CONFLICT_RETRIES = 5
CONFLICT_BASE_SECONDS = 0.05
CONDITION_FAILED = "ConditionalCheckFailed"
CONDITION_FAILED_ERROR = "ConditionalCheckFailedException"
TRANSACTION_CANCELLED = "TransactionCanceledException"
# The same contention: of a transaction, and of a single write against one.
CONFLICTS = frozenset({"TransactionConflict", "TransactionConflictException"})
SINGLE_CALLS = {
    Operation.PUT: "put_item",
    Operation.UPDATE: "update_item",
    Operation.DELETE: "delete_item",
}


class Utf8JSONAttribute(JSONAttribute):
    """JSON as UTF-8: PynamoDB's own escapes every letter beyond ASCII, up to six bytes for two.

    And writes ``Infinity``, which is no JSON; here that raises ValueError.
    """

    def serialize(self, value: Any) -> str:
        """Render compactly."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def put(
    name: str,
    table: Table,
    item: Model,
    condition: Condition | None = None,
    found: Callable[[Row], Any] | None = None,
) -> Write:
    """Store an item whole."""
    row: Row = item.serialize()
    return Write(
        name=name, operation=Operation.PUT, table=table, key=table.key_of(row), row=row,
        condition=condition, found=found,
    )  # fmt: skip


def update(
    name: str,
    table: Table,
    key: Row,
    changes: Sequence[Any],
    condition: Condition | None = None,
    found: Callable[[Row], Any] | None = None,
) -> Write:
    """Change attributes of a row; one that is absent is made."""
    return Write(
        name=name, operation=Operation.UPDATE, table=table, key=key, changes=changes,
        condition=condition, found=found,
    )  # fmt: skip


def difference(before: Model, after: Model) -> list[Any]:
    """The changes that make one item of the other, attribute by attribute."""
    old: Row = before.serialize()
    new: Row = after.serialize()
    changes: list[Any] = [
        Path(name).set(value) for name, value in new.items() if old.get(name) != value
    ]
    return changes + [Path(name).remove() for name in old if name not in new]


def delete(
    name: str,
    table: Table,
    key: Row,
    condition: Condition | None = None,
    found: Callable[[Row], Any] | None = None,
) -> Write:
    """Delete a row."""
    return Write(
        name=name, operation=Operation.DELETE, table=table, key=key, condition=condition,
        found=found,
    )  # fmt: skip


def check(
    name: str,
    table: Table,
    key: Row,
    condition: Condition,
    found: Callable[[Row], Any] | None = None,
) -> Write:
    """Require a condition of a row that is not written."""
    return Write(
        name=name, operation=Operation.CHECK, table=table, key=key, condition=condition,
        found=found,
    )  # fmt: skip


class DynamoTables:
    """Implements `igny8.core.rows.Tables`.

    ``names`` gives each table its name in this stage; ``sleep`` takes seconds and ``uniform`` draws
    between two of them, for the pauses between conflicting transactions.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        names: Mapping[str, str],
        *,
        sleep: Callable[[float], None] = time.sleep,
        uniform: Callable[[float, float], float] = jitter.uniform,
    ) -> None:
        self._client: Any = client
        self._names = names
        self._sleep = sleep
        self._uniform = uniform

    def get(self, table: Table, key: Row, *, consistent: bool = True) -> Row | None:
        """Read one row."""
        answer = self._call(
            "get_item", TableName=self._names[table.name], Key=key, ConsistentRead=consistent
        )
        row: Row | None = answer.get("Item")
        return row

    def get_many(self, table: Table, keys: Sequence[Row], *, consistent: bool = False) -> list[Row]:
        """Read rows in no particular order; those that do not exist are left out."""
        return self._get_batches(table, keys, {"ConsistentRead": consistent})

    def present(self, table: Table, keys: Sequence[Row]) -> list[Row]:
        """The keys of those rows that exist, read consistently; nothing else of them is sent."""
        names = ", ".join(table.key_of(keys[0])) if keys else ""
        return self._get_batches(
            table, keys, {"ConsistentRead": True, "ProjectionExpression": names}
        )

    def _get_batches(self, table: Table, keys: Sequence[Row], how: dict[str, Any]) -> list[Row]:
        name = self._names[table.name]
        left = list(keys)
        rows: list[Row] = []
        while left:
            batch, left = left[:MOST_KEYS_A_BATCH], left[MOST_KEYS_A_BATCH:]
            wanted = {name: {"Keys": batch, **how}}
            answer = self._call("batch_get_item", RequestItems=wanted)
            rows += answer["Responses"].get(name, [])
            left += answer.get("UnprocessedKeys", {}).get(name, {}).get("Keys", [])
        return rows

    def query(self, query: Query) -> list[Row]:
        """Read a partition's rows in key order, as many as asked for."""
        arguments = self._query_arguments(query)
        rows: list[Row] = []
        while True:
            if query.limit is not None:
                arguments["Limit"] = query.limit - len(rows)
            answer = self._call("query", **arguments)
            rows += answer["Items"]
            last = answer.get("LastEvaluatedKey")
            if not last or (query.limit is not None and len(rows) >= query.limit):
                return rows
            arguments["ExclusiveStartKey"] = last

    def _query_arguments(self, query: Query) -> dict[str, Any]:
        attribute, value = query.partition
        names: dict[str, str] = {attribute: "#partition"}
        values: dict[str, Any] = {":partition": {"S": value}}
        condition = "#partition = :partition"
        if query.within is not None:
            condition += f" AND {query.within.serialize(names, values)}"
        arguments = {
            "TableName": self._names[query.table.name],
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": {alias: name for name, alias in names.items()},
            "ExpressionAttributeValues": values,
            "ScanIndexForward": not query.newest_first,
        }
        if query.index is not None:
            return arguments | {"IndexName": query.index}
        return arguments | {"ConsistentRead": query.consistent}

    def commit(self, writes: Sequence[Write]) -> None:
        """Commit all or none; one alone is sent as a plain write, at half a transaction's price.

        Raises :class:`ConditionLost` when a condition failed and :class:`Unavailable` when
        DynamoDB did not answer or other transactions held the rows for five retries.
        """
        for attempt in range(CONFLICT_RETRIES + 1):
            try:
                self._write(writes)
            except ClientError as error:
                codes, lost = _reasons(writes, error)
                if lost:
                    raise ConditionLost(lost) from error
                if not codes & CONFLICTS:
                    raise Unavailable("dynamodb") from error
                if attempt == CONFLICT_RETRIES:
                    raise Contended("dynamodb") from error
                self._sleep(self._uniform(0, CONFLICT_BASE_SECONDS * 2**attempt))
            except BotoCoreError as error:
                raise Unavailable("dynamodb") from error
            else:
                return

    def _write(self, writes: Sequence[Write]) -> None:
        if len(writes) == 1 and writes[0].operation in SINGLE_CALLS:
            call = getattr(self._client, SINGLE_CALLS[writes[0].operation])
            call(**self._arguments(writes[0]))
            return
        items = [{write.operation.value: self._arguments(write)} for write in writes]
        self._client.transact_write_items(TransactItems=items)

    def _arguments(self, write: Write) -> dict[str, Any]:
        names: dict[str, str] = {}
        values: dict[str, Any] = {}
        arguments: dict[str, Any] = {"TableName": self._names[write.table.name]}
        if write.operation is Operation.PUT:
            arguments["Item"] = write.row
        else:
            arguments["Key"] = write.key
        if write.changes:
            arguments["UpdateExpression"] = Update(*write.changes).serialize(names, values)
        if write.condition is not None:
            arguments["ConditionExpression"] = write.condition.serialize(names, values)
            if write.found is not None:
                arguments["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if names:
            arguments["ExpressionAttributeNames"] = {alias: name for name, alias in names.items()}
        if values:
            arguments["ExpressionAttributeValues"] = values
        return arguments

    def _call(self, operation: str, **arguments: Any) -> Any:
        try:
            return getattr(self._client, operation)(**arguments)
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("dynamodb") from error


def _reasons(writes: Sequence[Write], error: ClientError) -> tuple[set[str], dict[str, Any]]:
    """The codes of a failure, and by name the rows whose conditions were lost."""
    response: Any = error.response
    code = response["Error"]["Code"]
    if code == CONDITION_FAILED_ERROR:
        return {code}, {writes[0].name: _found(writes[0], response.get("Item"))}
    if code != TRANSACTION_CANCELLED:
        return {code}, {}
    reasons = response.get("CancellationReasons", [])
    lost = {
        write.name: _found(write, reason.get("Item"))
        for write, reason in zip(writes, reasons, strict=False)
        if reason.get("Code") == CONDITION_FAILED
    }
    return {str(reason.get("Code")) for reason in reasons}, lost


def _found(write: Write, row: Row | None) -> Any:
    return write.found(row) if write.found is not None and row else None


def account_partition(account_id: int) -> str:
    """Partition of an account's pointers."""
    return f"A#{account_id}"


def address_partition(address: str) -> str:
    """Partition of what came from a network address, whoever's it is."""
    return f"ADDRESS#{address}"


def site_partition(account_id: int, site_id: int) -> str:
    """Partition of a site: the site, its keys, its integrations."""
    return f"A#{account_id}#S#{site_id}"


def pacing_partition(account_id: int, site_id: int) -> str:
    """Partition of how fast a site's content may go out: settings and counters."""
    return f"{site_partition(account_id, site_id)}#PACE"


def content_partition(account_id: int, content_id: int) -> str:
    """Partition of a content: its fields, its publications, its earlier revisions."""
    return f"A#{account_id}#C#{content_id}"


def batch_partition(account_id: int, batch_id: int) -> str:
    """Partition of a batch: what was wanted, and what came of each of its items."""
    return f"A#{account_id}#B#{batch_id}"


def plugin_partition(slug: str) -> str:
    """Partition of a plugin's releases. They are nobody's in particular."""
    return f"PLUGIN#{slug}"


def integration_partition(account_id: int, integration_id: int) -> str:
    """Partition of what an integration keeps besides: structure, counts, inbox, sync runs.

    Neither a click nor a delivery reads it.
    """
    return f"A#{account_id}#I#{integration_id}"


def integration_key(integration_id: int) -> str:
    """Key of an integration's gate and of its events."""
    return f"I#{integration_id}"
