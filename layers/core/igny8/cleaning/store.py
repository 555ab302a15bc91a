"""Leftovers in DynamoDB: a row in the deleted content's partition, on the sparse index by shard."""

from collections.abc import Sequence

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from igny8.cleaning.model import Leftover
from igny8.core.due import came_first, keys_in_shard, postpone, read_due
from igny8.core.reading import stored, translation
from igny8.core.rows import Query, Row, Tables, Write
from igny8.core.table import DATA, content_partition, delete, put, site_partition, update

CLEAN = "CLEAN"
ALIVE = "META"
"""The row of a content that exists; see `igny8.content.store`."""


class LeftoverItem(Model):
    """Says that a content was deleted, and what it had may not all be gone."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    due_shard = UnicodeAttribute()
    wake_at = NumberAttribute()
    account_id = NumberAttribute()
    content_id = NumberAttribute()
    deleted_at = NumberAttribute()
    looks = NumberAttribute(default=0)
    site_id = NumberAttribute(null=True)


class LeftoverStore:
    """Reads and writes leftovers, and deletes the rows that they stand for."""

    def __init__(self, tables: Tables, *, shards: int) -> None:
        self._tables = tables
        self._shards = shards

    def noting(self, leftover: Leftover) -> Write:
        """Note it, in the transaction that deletes the content."""
        item = LeftoverItem(
            _partition(leftover),
            CLEAN,
            due_shard=_shard((leftover.content_id or leftover.site_id) % self._shards),
            wake_at=leftover.wake_at,
            account_id=leftover.account_id,
            content_id=leftover.content_id,
            deleted_at=leftover.deleted_at,
            looks=leftover.looks,
            site_id=leftover.site_id or None,
        )
        return put("leftover", DATA, item)

    def due_in_shard(self, shard: int, now: int, limit: int) -> tuple[list[Leftover], list[Row]]:
        """Leftovers to look at, longest waiting first; one query and one batch read.

        Also answers the keys of those that this version cannot read.
        """
        keys = keys_in_shard(
            self._tables, DATA, _shard(shard), until=LeftoverItem.wake_at <= now, limit=limit
        )
        return read_due(self._tables, keys, DATA, _to_leftover)

    def postpone(self, key: Row, wake_at: int, now: int) -> None:
        """Move the next look at a row on that cannot be read."""
        postpone(self._tables, DATA, key, LeftoverItem.wake_at, wake_at, now)

    def begin(self, leftover: Leftover, now: int) -> bool:
        """Put the next look off; false if another sweep was first."""
        changes = [
            LeftoverItem.wake_at.set(leftover.next_look(now)),
            LeftoverItem.looks.set(leftover.looks + 1),
        ]
        due = LeftoverItem.wake_at == leftover.wake_at
        key = _key(leftover)
        return came_first(self._tables, update("leftover", DATA, key, changes, due))

    def is_alive(self, leftover: Leftover) -> bool:
        """Whether there is such a content; one batch read."""
        partition = content_partition(leftover.account_id, leftover.content_id)
        return bool(self._tables.get_many(DATA, [DATA.key(partition, ALIVE)], consistent=True))

    def rows(self, leftover: Leftover, limit: int) -> list[Row]:
        """Keys of rows that the content had, whatever they are."""
        partition = content_partition(leftover.account_id, leftover.content_id)
        found = self._tables.query(
            Query(table=DATA, partition=("pk", partition), limit=limit + 1, consistent=True)
        )
        keys = [DATA.key_of(row) for row in found]
        return [key for key in keys if key != _key(leftover)][:limit]

    def delete(self, keys: Sequence[Row]) -> None:
        """Delete rows together."""
        self._tables.commit([
            delete(f"row {number}", DATA, key) for number, key in enumerate(keys)
        ])  # fmt: skip

    def forget(self, leftover: Leftover) -> None:
        """Nothing is left; unless something was deleted since it was begun."""
        same = LeftoverItem.looks == leftover.looks + 1
        came_first(self._tables, delete("leftover", DATA, _key(leftover), same))


def _partition(leftover: Leftover) -> str:
    if leftover.site_id:
        return site_partition(leftover.account_id, leftover.site_id)
    return content_partition(leftover.account_id, leftover.content_id)


def _key(leftover: Leftover) -> Row:
    return DATA.key(_partition(leftover), CLEAN)


def _shard(number: int) -> str:
    return f"C#{number}"


@translation
def _to_leftover(row: Row) -> Leftover:
    item = stored(LeftoverItem, row)
    return Leftover(
        account_id=int(item.account_id),
        content_id=int(item.content_id),
        deleted_at=int(item.deleted_at),
        wake_at=int(item.wake_at),
        looks=int(item.looks),
        site_id=int(item.site_id or 0),
    )
