"""Batches in DynamoDB, a partition each: ``BATCH``, its ``IDS``, an ``ITEM#content`` once decided.

The ids lie in a row of their own, which is written once, so that a step costs no more for many.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from igny8.batches.model import LOOK_SECONDS, Batch, Item, Result
from igny8.content.store import META
from igny8.core.due import came_first, keys_in_shard, postpone, read_due
from igny8.core.errors import NotFound
from igny8.core.reading import readable, stored, translation
from igny8.core.rows import Query, Row, Tables, Write
from igny8.core.table import (
    DATA,
    Utf8JSONAttribute,
    batch_partition,
    check,
    content_partition,
    put,
    update,
)

BATCH = "BATCH"
IDS = "IDS"
ITEM = "ITEM"


class BatchItem(Model):
    """A batch. ``due_shard`` and ``wake_at`` put it on the sweep's index until it is at rest."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    due_shard = UnicodeAttribute(null=True)
    wake_at = NumberAttribute(null=True)
    account_id = NumberAttribute()
    batch_id = NumberAttribute()
    integration_id = NumberAttribute(null=True)
    actor = UnicodeAttribute()
    channel = UnicodeAttribute()
    request_id = UnicodeAttribute(null=True)
    created_at = NumberAttribute()
    position = NumberAttribute()
    cancelled_at = NumberAttribute(null=True)
    cancelled_by = UnicodeAttribute(null=True)
    hints = NumberAttribute(default=0)
    version = NumberAttribute()
    expires_at = NumberAttribute()


class IdsItem(Model):
    """The ids of a batch as they were sent, and those of them that were absent then."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    sent = Utf8JSONAttribute()
    absent = Utf8JSONAttribute()
    expires_at = NumberAttribute()


class DecidedItem(Model):
    """What a batch decided about one content: written with the decision, and never changed."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    content_id = NumberAttribute()
    result = UnicodeAttribute()
    integration_id = NumberAttribute(null=True)
    intent = NumberAttribute(null=True)
    code = UnicodeAttribute(null=True)
    message = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()


class BatchStore:
    """Reads and writes batches."""

    def __init__(self, tables: Tables, *, shards: int, retention_days: int) -> None:
        self._tables = tables
        self._shards = shards
        self._retention_seconds = retention_days * 86_400

    def present(self, account_id: int, content_ids: Sequence[int]) -> set[int]:
        """Which of these contents the account has; one batch read for each hundred."""
        keys = [DATA.key(content_partition(account_id, number), META) for number in content_ids]
        rows = self._tables.present(DATA, keys)
        return {int(row["pk"]["S"].rpartition("#")[2]) for row in rows}

    def creation(self, batch: Batch) -> list[Write]:
        """Store a new batch with its ids. Loses ``batch``."""
        ids = IdsItem(
            batch_partition(batch.account_id, batch.id),
            IDS,
            sent=list(batch.sent),
            absent=sorted(batch.absent),
            expires_at=self._expiry(batch),
        )
        missing = BatchItem.pk.does_not_exist()
        return [put("batch", DATA, self._to_item(batch), missing), put("ids", DATA, ids)]

    def get(self, account_id: int, batch_id: int) -> Batch:
        """A batch, consistently; one batch read. Raises :class:`NotFound`."""
        keys = [_key(account_id, batch_id, sk) for sk in (BATCH, IDS)]
        return _to_batch(self._tables.get_many(DATA, keys, consistent=True))

    def whole(self, account_id: int, batch_id: int) -> tuple[Batch, dict[int, Item]]:
        """A batch and what it decided, by content; one query. Raises :class:`NotFound`.

        Without decisions that this version cannot read.
        """
        partition = ("pk", batch_partition(account_id, batch_id))
        rows = self._tables.query(Query(table=DATA, partition=partition, consistent=True))
        decided = [row for row in rows if row["sk"]["S"].startswith(f"{ITEM}#")]
        items, _ = readable(_to_decided, decided)
        return _to_batch(rows), {item.content_id: item for item in items}

    def decided(
        self, batch: Batch, content_ids: Sequence[int]
    ) -> tuple[dict[int, Item], frozenset[int]]:
        """What it decided about these contents, consistently; one batch read.

        Also answers those about which this version cannot read what was decided.
        """
        keys = [_item_key(batch, number) for number in content_ids]
        rows = self._tables.get_many(DATA, keys, consistent=True)
        items, unreadable = readable(_to_decided, rows)
        strange = frozenset(int(row["sk"]["S"].rpartition("#")[2]) for row in unreadable)
        return {item.content_id: item for item in items}, strange

    def deciding(self, batch: Batch, item: Item) -> list[Write]:
        """Write down what is decided about an item: once, and not after it was cancelled.

        Loses ``decided`` or ``batch``.
        """
        row = DecidedItem(
            batch_partition(batch.account_id, batch.id),
            f"{ITEM}#{item.content_id}",
            content_id=item.content_id,
            result=str(item.result),
            integration_id=item.integration_id,
            intent=item.intent,
            code=item.code,
            message=item.message,
            expires_at=self._expiry(batch),
        )
        going_on = BatchItem.pk.exists() & BatchItem.cancelled_at.does_not_exist()
        return [
            put("decided", DATA, row, DecidedItem.pk.does_not_exist()),
            check("batch", DATA, _key(batch.account_id, batch.id, BATCH), going_on),
        ]

    def moved_on(self, batch: Batch, position: int, now: int) -> bool:
        """Say how far it is; false if another worker, or somebody who cancels, was first."""
        changes = [
            BatchItem.position.set(position),
            BatchItem.hints.set(0),
            BatchItem.version.add(1),
        ]
        if position < len(batch.items):
            changes.append(BatchItem.wake_at.set(now + LOOK_SECONDS))
        else:
            changes += [BatchItem.wake_at.remove(), BatchItem.due_shard.remove()]
        return self._changed(batch, changes)

    def cancelled(self, batch: Batch, by: str, now: int) -> bool:
        """Cancel it, and begin to undo what it did; false if it has changed meanwhile."""
        changes = [
            BatchItem.cancelled_at.set(now),
            BatchItem.cancelled_by.set(by),
            BatchItem.position.set(0),
            BatchItem.hints.set(0),
            BatchItem.wake_at.set(now + LOOK_SECONDS),
            BatchItem.due_shard.set(self._shard_of(batch)),
            BatchItem.version.add(1),
        ]
        return self._changed(batch, changes)

    def due_in_shard(self, shard: int, now: int, limit: int) -> list[Row]:
        """Keys of batches that stand still, longest first; one query."""
        return keys_in_shard(
            self._tables, DATA, _shard(shard), until=BatchItem.wake_at <= now, limit=limit
        )

    def get_all(self, keys: Sequence[Row]) -> tuple[list[Batch], list[Row]]:
        """Batches without their ids, consistently, in one batch read; absent ones left out.

        Also answers the keys of those that this version cannot read.
        """
        return read_due(self._tables, keys, DATA, _without_ids)

    def postpone(self, key: Row, wake_at: int, now: int) -> None:
        """Move the next look at a row on that cannot be read."""
        postpone(self._tables, DATA, key, BatchItem.wake_at, wake_at, now)

    def postpone_hint(self, batch: Batch, wake_at: int) -> bool:
        """Move the next look on; false if the batch has moved, or another sweep was first."""
        changes = [BatchItem.wake_at.set(wake_at), BatchItem.hints.set(batch.hints + 1)]
        return self._changed(batch, changes, BatchItem.wake_at == batch.wake_at)

    def _changed(self, batch: Batch, changes: list[Any], also: Condition | None = None) -> bool:
        same = BatchItem.version == batch.version
        key = _key(batch.account_id, batch.id, BATCH)
        condition = same if also is None else same & also
        return came_first(self._tables, update("batch", DATA, key, changes, condition))

    def _to_item(self, batch: Batch) -> BatchItem:
        item = BatchItem(batch_partition(batch.account_id, batch.id), BATCH)
        for name in (*NUMBERS, *OPTIONAL_NUMBERS, *WORDS):
            setattr(item, name, getattr(batch, name))
        item.batch_id = batch.id
        item.expires_at = self._expiry(batch)
        if batch.wake_at is not None:
            item.due_shard = self._shard_of(batch)
        return item

    def _shard_of(self, batch: Batch) -> str:
        return _shard(batch.id % self._shards)

    def _expiry(self, batch: Batch) -> int:
        return batch.created_at + self._retention_seconds


NUMBERS = ("account_id", "created_at", "position", "hints", "version")
OPTIONAL_NUMBERS = ("integration_id", "cancelled_at", "wake_at")
WORDS = ("actor", "channel", "request_id", "cancelled_by")


def _shard(number: int) -> str:
    return f"B#{number}"


def _key(account_id: int, batch_id: int, sk: str) -> Row:
    return DATA.key(batch_partition(account_id, batch_id), sk)


def _item_key(batch: Batch, content_id: int) -> Row:
    return _key(batch.account_id, batch.id, f"{ITEM}#{content_id}")


def _to_batch(rows: Sequence[Row]) -> Batch:
    by_kind = {row["sk"]["S"]: row for row in rows}
    if BATCH not in by_kind or IDS not in by_kind:
        raise NotFound
    sent, absent = _to_ids(by_kind[IDS])
    return replace(_without_ids(by_kind[BATCH]), sent=sent, absent=absent)


@translation
def _to_ids(row: Row) -> tuple[tuple[int, ...], frozenset[int]]:
    ids = stored(IdsItem, row)
    return tuple(ids.sent), frozenset(ids.absent)


@translation
def _without_ids(row: Row) -> Batch:
    item = stored(BatchItem, row)
    values: dict[str, Any] = {name: int(getattr(item, name)) for name in NUMBERS}
    values |= {name: _number(getattr(item, name)) for name in OPTIONAL_NUMBERS}
    values |= {name: getattr(item, name) for name in WORDS}
    return Batch(id=int(item.batch_id), sent=(), absent=frozenset(), **values)


@translation
def _to_decided(row: Row) -> Item:
    item = stored(DecidedItem, row)
    return Item(
        content_id=int(item.content_id),
        result=Result(item.result),
        integration_id=_number(item.integration_id),
        intent=_number(item.intent),
        code=item.code,
        message=item.message,
    )


def _number(value: object) -> int | None:
    return None if value is None else int(str(value))
