"""Sparse due indexes: a row stands on one while something is to be done about it, at its time."""

from collections.abc import Callable, Sequence
from typing import Any

from igny8.core.reading import Read, readable
from igny8.core.rows import ConditionLost, Operation, Query, Row, Table, Tables, Write

UNREADABLE_AGAIN_SECONDS = 3_600
"""A row that this version cannot read is looked at once an hour, and named each time."""
MOST_NAMED = 10


def due_keys(
    tables: Tables,
    table: Table,
    *,
    index: str,
    partition: tuple[str, str],
    until: Any,
    limit: int,
) -> list[Row]:
    """Keys of the rows of a partition of the index, longest due first; one query.

    ``until`` is the condition on the time at which a row is due.
    """
    rows = tables.query(
        Query(table=table, index=index, partition=partition, within=until, limit=limit)
    )
    return [table.key_of(row) for row in rows]


def keys_in_shard(tables: Tables, table: Table, shard: str, *, until: Any, limit: int) -> list[Row]:
    """Keys of what the sweep of all sites finds due in a shard, longest first; one query."""
    return due_keys(
        tables,
        table,
        index="due_by_shard",
        partition=("due_shard", shard),
        until=until,
        limit=limit,
    )


def read_due(
    tables: Tables, keys: Sequence[Row], table: Table, translate: Callable[[Row], Read]
) -> tuple[list[Read], list[Row]]:
    """What is due, read consistently in one batch; what is gone by now is left out.

    Also answers the keys of what this version cannot read.
    """
    found, unreadable = readable(translate, tables.get_many(table, keys, consistent=True))
    return found, [table.key_of(row) for row in unreadable]


def came_first(tables: Tables, write: Write) -> bool:
    """Commit a write that puts the next look off; false if somebody else was first."""
    try:
        tables.commit([write])
    except ConditionLost:
        return False
    return True


def postpone(tables: Tables, table: Table, key: Row, time: Any, at: int, now: int) -> None:
    """Move the next look at a due row on, by its attribute ``time``, and change nothing else."""
    put_off = Write(
        name="hint", operation=Operation.UPDATE, table=table, key=key, changes=[time.set(at)],
        condition=time <= now,
    )  # fmt: skip
    came_first(tables, put_off)
