"""What reads and writes cost in DynamoDB, by its own arithmetic: the local engines do not know.

A read unit is 4 KB read consistently, or 8 KB eventually; a query adds its rows up, a batch rounds
each up (AWS, "Read consumption"). A write unit is 1 KB of the row as it is then, two in a
transaction, where a condition alone costs as much.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from igny8.core.rows import Operation, Query, Row, Table, Tables, Write

from tests.support.aws_calls import intercepted

UNIT_BYTES = 4096
WRITE_UNIT_BYTES = 1024


@dataclass
class Spent:
    """The calls of a time, and the units that they took; ``written`` are those of writes alone."""

    calls: list[str] = field(default_factory=list)
    units: float = 0
    written: float = 0
    rows: int = 0

    def add(self, operation: str, parameters: Any, answer: Any) -> None:
        """One more call."""
        assert operation != "Scan"
        assert "FilterExpression" not in parameters, "what is filtered out is read and paid for"
        self.calls.append(operation)
        if operation == "Query":
            found = answer["Items"]
            assert answer["ScannedCount"] == len(found)
            self._count([sum(map(size, found))], parameters.get("ConsistentRead", False), found)
        elif operation == "GetItem":
            found = [answer["Item"]] if "Item" in answer else []
            self._count([sum(map(size, found))], parameters.get("ConsistentRead", False), found)
        elif operation == "BatchGetItem":
            for table, asked in parameters["RequestItems"].items():
                found = answer["Responses"][table]
                sizes = [size(row) for row in found] + [0] * (len(asked["Keys"]) - len(found))
                self._count(sizes, asked.get("ConsistentRead", False), found)

    def _count(self, sizes: list[int], consistent: bool, rows: list[Any]) -> None:
        each = (max(1, math.ceil(one / UNIT_BYTES)) for one in sizes)
        self.units += sum(each) * (1 if consistent else 0.5)
        self.rows += len(rows)


@contextmanager
def spending() -> Iterator[Spent]:
    """Add up what is read of DynamoDB."""
    spent = Spent()

    def record(operation: str, parameters: Any, proceed: Callable[[], Any]) -> Any:
        answer = proceed()
        spent.add(operation, parameters, answer)
        return answer

    with intercepted(record):
        yield spent


class Metered:
    """Rows of a world in memory, with what is asked of them told to ``spent``."""

    def __init__(self, inner: Tables) -> None:
        self._inner = inner
        self.spent = Spent()

    def get(self, table: Table, key: Row, *, consistent: bool = True) -> Row | None:
        row = self._inner.get(table, key, consistent=consistent)
        self._read("GetItem", [size(row or {})], [row] if row else [], consistent)
        return row

    def get_many(self, table: Table, keys: Sequence[Row], *, consistent: bool = False) -> list[Row]:
        rows = self._inner.get_many(table, keys, consistent=consistent)
        sizes = [*map(size, rows), *[0] * (len(keys) - len(rows))]
        self._read("BatchGetItem", sizes, rows, consistent)
        return rows

    def present(self, table: Table, keys: Sequence[Row]) -> list[Row]:
        self.get_many(table, keys, consistent=True)  # what is not sent is read all the same
        return self._inner.present(table, keys)

    def query(self, query: Query) -> list[Row]:
        assert query.limit is not None or query.index is None, "an index has no end"
        rows = self._inner.query(query)
        self._read("Query", [sum(map(size, rows))], rows, query.consistent)
        return rows

    def commit(self, writes: Sequence[Write]) -> None:
        self._inner.commit(writes)
        each = 1 if len(writes) == 1 else 2
        self.spent.calls.append("TransactWriteItems" if each > 1 else writes[0].operation.name)
        for write in writes:
            row = self._inner.get(write.table, write.key) or {}
            assert row or write.operation is Operation.DELETE
            taken = each * max(1, math.ceil(size(row) / WRITE_UNIT_BYTES))
            self.spent.units += taken
            self.spent.written += taken

    def _read(self, call: str, sizes: list[int], rows: list[Any], consistent: bool) -> None:
        self.spent.calls.append(call)
        self.spent._count(sizes, consistent, rows)


def size(row: Any) -> int:
    """Bytes of a row: its names and its values."""
    return sum(len(name) + _bytes(value) for name, value in row.items())


def _bytes(value: Any) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    return 1 if kind == "BOOL" else len(str(content)) // 2 + 1  # a number: two digits a byte
