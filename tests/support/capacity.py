"""What reads cost in DynamoDB, by its own arithmetic: the local engines do not know.

A read unit is 4 KB read consistently, or 8 KB eventually; a query adds its rows up, a batch rounds
each up (AWS, "Read consumption").
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.aws_calls import intercepted

UNIT_BYTES = 4096


@dataclass
class Spent:
    """The calls of a time, and the read units that they took."""

    calls: list[str] = field(default_factory=list)
    units: float = 0
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


def size(row: Any) -> int:
    """Bytes of a row: its names and its values."""
    return sum(len(name) + _bytes(value) for name, value in row.items())


def _bytes(value: Any) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    return 1 if kind == "BOOL" else len(str(content)) // 2 + 1  # a number: two digits a byte
