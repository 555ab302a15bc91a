"""A backup of the local stage's tables: everything in them at one moment, and the way back.

On AWS that is point-in-time recovery (docs/restoring.md); the local cloud has none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from local.cloud import Cloud

Item = dict[str, Any]
RESTORED = ("DataTableName", "GatesTableName", "EventsTableName")
"""Outputs that name what is restored. The keys stay: one that was revoked would live again."""
BATCH = 25


@dataclass(frozen=True)
class Backup:
    """The items of each table, by its name."""

    items: dict[str, list[Item]]


def back_up(where: Cloud, outputs: dict[str, str]) -> Backup:
    """Keep every item as it is now."""
    client = where.client("dynamodb")
    return Backup({outputs[name]: list(_items(client, outputs[name])) for name in RESTORED})


def restore(where: Cloud, backup: Backup) -> int:
    """Make the tables what they were: newer items go, older ones come back. Answers how many."""
    client = where.client("dynamodb")
    changed = 0
    for table, kept in backup.items.items():
        names = [part["AttributeName"] for part in _about(client, table)["KeySchema"]]
        wanted = {_key(item, names): item for item in kept}
        there = {_key(item, names): item for item in _items(client, table)}
        requests: list[Item] = [
            {"DeleteRequest": {"Key": {name: item[name] for name in names}}}
            for key, item in there.items()
            if key not in wanted
        ]
        requests += [
            {"PutRequest": {"Item": item}} for key, item in wanted.items() if there.get(key) != item
        ]
        for start in range(0, len(requests), BATCH):
            left = {table: requests[start : start + BATCH]}
            while left:
                left = client.batch_write_item(RequestItems=left).get("UnprocessedItems") or {}
        changed += len(requests)
    return changed


@contextmanager
def standing_still(where: Cloud) -> Iterator[None]:
    """While nobody takes hints off the queues: nothing is written but what is asked for."""
    functions = where.client("lambda")
    mappings = functions.list_event_source_mappings()["EventSourceMappings"]
    for mapping in mappings:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        for mapping in mappings:
            functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


def _about(client: Any, table: str) -> Any:
    return client.describe_table(TableName=table)["Table"]


def _items(client: Any, table: str) -> Iterator[Item]:
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def _key(item: Item, names: list[str]) -> str:
    return repr([item[name] for name in names])
