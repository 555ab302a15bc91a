"""What stores say to a database of rows, without knowing which: reads, and writes as data.

`igny8.core.table.DynamoTables` is the real one. A row is a mapping of attribute names to values as
DynamoDB spells them (``{"S": "…"}``, ``{"N": "1"}``); conditions and changes are PynamoDB's
expressions, which are data as well, so that rules and use cases run against rows in memory too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

Row = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table by its name in the stage's settings, and its key attributes with their types."""

    name: str
    hash_key: tuple[str, str]
    range_key: tuple[str, str] | None = None

    def key(self, hash_value: str, range_value: str | int | None = None) -> Row:
        """The key of one row."""
        name, kind = self.hash_key
        key = {name: {kind: hash_value}}
        if self.range_key is not None:
            name, kind = self.range_key
            key[name] = {kind: str(range_value)}
        return key

    def key_of(self, row: Row) -> Row:
        """The key attributes of a row."""
        names = [self.hash_key[0], *([self.range_key[0]] if self.range_key else [])]
        return {name: row[name] for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Rows of one partition in key order; ``within`` is a condition on the sort key.

    With ``index`` the partition is the index's, and the rows are keys alone, not consistent.
    """

    table: Table
    partition: tuple[str, str]
    within: Any = None
    index: str | None = None
    newest_first: bool = False
    limit: int | None = None
    consistent: bool = False


class Operation(Enum):
    """What a write does."""

    PUT = "Put"
    UPDATE = "Update"
    DELETE = "Delete"
    CHECK = "ConditionCheck"


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One conditional write, made by the store that owns the row.

    ``name`` says in a lost transaction which condition was lost; ``found`` translates the row that
    made it fail. ``row`` is what a put stores, ``changes`` what an update does.
    """

    name: str
    operation: Operation
    table: Table
    key: Row
    row: Row | None = None
    changes: Sequence[Any] = ()
    condition: Any = None
    found: Callable[[Row], Any] | None = None


class ConditionLost(Exception):
    """A transaction was cancelled because rows were not as expected.

    ``rows`` holds, by the name of the write, the row that was found instead, already translated
    by the write's owner where it asked for it, else ``None``.
    """

    def __init__(self, rows: Mapping[str, Any]) -> None:
        super().__init__(f"condition lost: {', '.join(sorted(rows))}")
        self.rows = dict(rows)


Commit = Callable[[Sequence[Write]], None]
"""Commits writes together, all or none; see `igny8.core.table.DynamoTables.commit`."""


class Tables(Protocol):
    """The stage's tables. Every call raises :class:`Unavailable` when there is no answer."""

    def get(self, table: Table, key: Row, *, consistent: bool = True) -> Row | None: ...
    def get_many(
        self, table: Table, keys: Sequence[Row], *, consistent: bool = False
    ) -> list[Row]: ...
    def present(self, table: Table, keys: Sequence[Row]) -> list[Row]: ...
    def query(self, query: Query) -> list[Row]: ...
    def commit(self, writes: Sequence[Write]) -> None: ...
