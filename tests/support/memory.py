"""The tables in memory: the same rows, conditions and transactions, thousands of times as fast.

Held to DynamoDB by the cases of `tests.support.table_cases`, which run against this, moto and the
local cloud.
"""

import copy
import hashlib
import threading
from collections.abc import Sequence
from typing import Any

from igny8.content.model import BodyRef, Range, RawRef
from igny8.core.clock import Clock, epoch
from igny8.core.queue import Message
from igny8.core.rows import ConditionLost, Operation, Query, Row, Table, Write
from pynamodb.expressions.operand import Path, Value
from pynamodb.expressions.update import AddAction, RemoveAction, SetAction

Key = tuple[Any, ...]
Rows = dict[str, dict[Any, dict[Key, Row]]]


class MemoryTables:
    """Implements `igny8.core.rows.Tables`."""

    def __init__(self) -> None:
        self._rows: Rows = {}  # of a table and a partition
        self._indexed: dict[tuple[str, str, str], dict[Key, Row]] = {}  # of an index's partition
        self._lock = threading.RLock()

    def forget(self) -> None:
        """Empty every table."""
        self._rows.clear()
        self._indexed.clear()

    def back_up(self) -> Any:
        """Everything as it is now, for :meth:`restore`."""
        return copy.deepcopy((self._rows, self._indexed))

    def restore(self, backup: Any) -> None:
        """Every table as it was then."""
        self._rows, self._indexed = copy.deepcopy(backup)

    def rows(self, table: Table) -> list[Row]:
        """Every row of a table."""
        partitions = list(self._rows.get(table.name, {}).values())
        return [row for partition in partitions for row in list(partition.values())]

    def get(self, table: Table, key: Row, *, consistent: bool = True) -> Row | None:
        place = _key(table, key)
        found = self._partition(table, place[0]).get(place)
        return found and _copied(found)

    def _partition(self, table: Table, value: Any) -> dict[Key, Row]:
        return self._rows.get(table.name, {}).get(value, {})

    def get_many(self, table: Table, keys: Sequence[Row], *, consistent: bool = False) -> list[Row]:
        found = (self.get(table, key) for key in keys)
        return [row for row in found if row is not None]

    def present(self, table: Table, keys: Sequence[Row]) -> list[Row]:
        return [table.key_of(row) for row in self.get_many(table, keys)]

    def query(self, query: Query) -> list[Row]:
        attribute, partition = query.partition
        assert query.index is None or attribute in INDEXED, query
        there = (
            self._indexed.get((query.table.name, attribute, partition), {})
            if query.index is not None
            else self._partition(query.table, partition)
        )
        rows = [
            row
            for row in list(there.values())
            if all(name in row for name in _paths(query)) and _holds(query.within, row)
        ]
        rows.sort(key=lambda row: _order(query, row), reverse=query.newest_first)
        rows = rows[: query.limit]
        if query.index is not None:
            kept = {*query.table.key_of(rows[0]), attribute, *_paths(query)} if rows else set()
            rows = [{name: row[name] for name in kept} for row in rows]
        return [_copied(row) for row in rows]

    def commit(self, writes: Sequence[Write]) -> None:
        with self._lock:
            places = [(write.table, _key(write.table, write.key)) for write in writes]
            assert len(set(places)) == len(places) <= 100, "a transaction: 100 rows, each once"
            lost = {}
            for write, (table, key) in zip(writes, places, strict=True):
                row = self._partition(table, key[0]).get(key)
                if not _holds(write.condition, row or {}):
                    lost[write.name] = write.found(row) if write.found and row else None
            if lost:
                raise ConditionLost(lost)
            for write, (table, key) in zip(writes, places, strict=True):
                partitions = self._rows.setdefault(table.name, {})
                rows = partitions.setdefault(key[0], {})
                self._index(table, key, rows.get(key, {}), there=False)
                self._apply(write, rows, key)
                self._index(table, key, rows.get(key, {}), there=True)

    def _index(self, table: Table, key: Key, row: Row, *, there: bool) -> None:
        """Have a row found by what it has of the indexes' partitions, or found there no more."""
        for attribute in INDEXED & row.keys():
            place = (table.name, attribute, _plain(row[attribute]))
            if there:
                self._indexed.setdefault(place, {})[key] = row
            else:
                self._indexed[place].pop(key)

    def _apply(self, write: Write, rows: dict[Key, Row], key: Key) -> None:
        if write.operation is Operation.PUT:
            assert write.row is not None
            rows[key] = _copied(write.row)
        elif write.operation is Operation.DELETE:
            rows.pop(key, None)
        elif write.operation is Operation.UPDATE:
            rows[key] = _changed(rows.get(key, write.key), write.changes)


class MemoryQueue:
    """A queue of hints, as `igny8.core.queue.HintQueue` fills it; late ones come by the clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[tuple[int, str]] = []

    def send(self, hint: Message, *, delay_seconds: int = 0) -> None:
        self._waiting.append((epoch(self._clock.now()) + max(delay_seconds, 0), hint.body()))

    def send_all(self, hints: Sequence[Message]) -> int:
        for hint in hints:
            self.send(hint)
        return len(hints)

    def take(self) -> list[str]:
        """Every message that is visible by now."""
        now = epoch(self._clock.now())
        taken = [body for at, body in self._waiting if at <= now]
        self._waiting = [entry for entry in self._waiting if entry[0] > now]
        return taken


class MemoryBodies:
    """Implements `igny8.content.service.Bodies`."""

    def __init__(self) -> None:
        self._texts: dict[str, Any] = {}

    def put(self, account_id: int, content_id: int, html: str) -> BodyRef:
        sha256 = hashlib.sha256(html.encode()).hexdigest()
        key = f"content/{account_id}/{content_id}/{sha256}"
        self._texts[key] = html
        return BodyRef(key, sha256, len(html.encode()))

    def get(self, ref: BodyRef) -> str:
        html: str = self._texts[ref.key]
        return html

    def put_raw(
        self,
        account_id: int,
        content_id: int,
        raw: str,
        ranges: Sequence[Range],
        shown: str | None = None,
    ) -> RawRef:
        sha256 = hashlib.sha256(raw.encode()).hexdigest()
        key = f"content/{account_id}/{content_id}/{hash((tuple(ranges), shown))}{sha256}.raw"
        self._texts[key] = raw, tuple(ranges), shown
        return RawRef(key, sha256, len(raw.encode()))

    def get_raw(self, ref: RawRef) -> tuple[str, tuple[Range, ...]]:
        raw, ranges, _ = self.get_shown(ref)
        return raw, ranges

    def get_shown(self, ref: RawRef) -> tuple[str, tuple[Range, ...], str | None]:
        raw, ranges, shown = self._texts[ref.key]
        return raw, ranges, shown

    def delete_some(self, account_id: int, content_id: int, most: int) -> int:
        prefix = f"content/{account_id}/{content_id}/"
        keys = [key for key in self._texts if key.startswith(prefix)][:most]
        for key in keys:
            del self._texts[key]
        return len(keys)

    def delete(self, key: str) -> None:
        self._texts.pop(key, None)


class MemoryVault:
    """Encrypts for show; a key of another site cannot be read."""

    def encrypt(self, key: str, account_id: int, site_id: int) -> str:
        return f"{account_id}:{site_id}:{key}"

    def decrypt(self, ciphertext: str, account_id: int, site_id: int) -> str:
        owner, _, key = ciphertext.rpartition(":")
        assert owner == f"{account_id}:{site_id}"
        return key


class MemoryLinks:
    """Implements `igny8.distribution.downloads.Links`."""

    def link(self, key: str, filename: str) -> str:
        return f"https://zips.example/{key}?as={filename}"


SIMPLE = {"S", "N", "B", "BOOL", "NULL"}
SORT_KEYS = {
    "by_site": "sort_id",
    "by_status": "sort_id",
    "due_by_shard": "wake_at",
    "due_by_integration": "due_at",
    "waiting_by_shard": "look_at",
    "by_content": "event_id",
    "failures": "event_id",
    "by_type": "event_id",
}
INDEXED = {
    "site_key",
    "status_key",
    "due_shard",
    "due_integration",
    "look_shard",
    "content_key",
    "failure_key",
    "type_key",
}


def _paths(query: Query) -> list[str]:
    return [SORT_KEYS[query.index]] if query.index else []


def _order(query: Query, row: Row) -> tuple[Any, ...]:
    table = query.table
    name = _paths(query)[0] if query.index else table.range_key[0] if table.range_key else None
    own = tuple(_plain(value) for value in table.key_of(row).values())
    return (_plain(row[name]), *own) if name else own


def _copied(row: Row) -> Row:
    """A row that shares nothing that changes: values are texts and numbers, but for documents."""
    return {name: _copied_value(value) for name, value in row.items()}


def _copied_value(value: Any) -> Any:
    return dict(value) if value.keys() <= SIMPLE else copy.deepcopy(value)


def _key(table: Table, row: Row) -> Key:
    return tuple(_plain(value) for value in table.key_of(row).values())


def _plain(value: Any) -> Any:
    ((kind, content),) = value.items()
    return float(content) if kind == "N" else content


def _changed(row: Row, changes: Sequence[Any]) -> Row:
    after: dict[str, Any] = dict(_copied(row))
    for change in changes:
        name = change.values[0].path[0]
        if isinstance(change, RemoveAction):
            after.pop(name, None)
            continue
        value = change.values[1].value
        if isinstance(change, SetAction):
            after[name] = copy.deepcopy(value)
        else:
            assert isinstance(change, AddAction), change
            before = int(after.get(name, {"N": "0"})["N"])
            after[name] = {"N": str(before + int(value["N"]))}
    return after


OF_A_VALUE = {
    "=": lambda own, other: own == other,
    "<>": lambda own, other: own != other,
    "<": lambda own, other: own < other,
    "<=": lambda own, other: own <= other,
    ">": lambda own, other: own > other,
    ">=": lambda own, other: own >= other,
    "BETWEEN": lambda own, low, high: low <= own <= high,
    "begins_with": lambda own, start: own.startswith(start),
}
OF_CONDITIONS = {
    "AND": all,
    "OR": any,
    "NOT": lambda parts: not any(parts),
}


def _holds(condition: Any, row: Row) -> bool:
    """Evaluate one of PynamoDB's conditions as DynamoDB does: the absent compares to nothing."""
    if condition is None:
        return True
    operator, values = condition.operator, condition.values
    if operator in OF_CONDITIONS:
        return bool(OF_CONDITIONS[operator](_holds(part, row) for part in values))
    found = row.get(values[0].path[0])
    if operator.startswith("attribute_"):
        return (found is None) == (operator == "attribute_not_exists")
    others = [_operand(value, row) for value in values[1:]]
    return found is not None and bool(OF_A_VALUE[operator](_plain(found), *others))


def _operand(value: Any, row: Row) -> Any:
    assert isinstance(value, (Path, Value))
    return _plain(row[value.path[0]] if isinstance(value, Path) else value.value)
