"""Structure, choices and counts in DynamoDB: rows of their own, read in one query.

What the site tells and what people choose are different rows, so that neither overwrites the other;
counts move with the link of each post.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from igny8.core.errors import NotFound, Unreadable
from igny8.core.reading import stored, translation
from igny8.core.rows import Query, Row, Tables, Write
from igny8.core.table import DATA, Utf8JSONAttribute, integration_partition, put, update
from igny8.integrations.model import Integration
from igny8.integrations.store import item_key, to_integration
from igny8.structure.model import Choice, Choices, ContentTypes, Kind, Structure, Synced

STRUCTURE = "TYPES#STRUCTURE"
CHOICES = "TYPES#CHOICES"
COUNT = "TYPES#COUNT#"
SYNCED = "TYPES#SYNCED"


class StructureItem(Model):
    """What the site told last."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    told = Utf8JSONAttribute()
    fetched_at = UnicodeAttribute()


class ChoicesItem(Model):
    """What people chose, by group and name."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    chosen = Utf8JSONAttribute()
    version = NumberAttribute()


class CountItem(Model):
    """How many posts of a type are connected with content here."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    posts = NumberAttribute(default=0)
    last_at = UnicodeAttribute(null=True)


class SyncedItem(Model):
    """When a run last ended well: then all posts here were as they are there."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    last_at = UnicodeAttribute()


class StructureStore:
    """Reads and writes what is known of an integration's types."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def get(self, account_id: int, integration_id: int) -> tuple[ContentTypes, int]:
        """Everything, and the version of the choices; one query."""
        rows = self._tables.query(
            Query(
                table=DATA,
                partition=("pk", integration_partition(account_id, integration_id)),
                within=StructureItem.sk.startswith("TYPES#"),
                consistent=True,
            )
        )
        by_key = {row["sk"]["S"]: row for row in rows}
        chosen, version = _to_choices(by_key.get(CHOICES, {}))
        ended = by_key.get(SYNCED, {}).get("last_at", {}).get("S")
        known = ContentTypes(
            structure=_to_structure(by_key.get(STRUCTURE, {})),
            choices=chosen,
            synced={
                key.removeprefix(COUNT): _to_synced(*_to_count(row), ended)
                for key, row in by_key.items()
                if key.startswith(COUNT)
            },
        )
        return known, version

    def with_integration(
        self, account_id: int, site_id: int, integration_id: int
    ) -> tuple[Integration, ContentTypes]:
        """An integration, and what its site told and people chose; one batch read, no counts.

        Raises :class:`NotFound`.
        """
        partition = integration_partition(account_id, integration_id)
        keys = [
            item_key(account_id, site_id, integration_id),
            DATA.key(partition, STRUCTURE),
            DATA.key(partition, CHOICES),
        ]
        rows = self._tables.get_many(DATA, keys, consistent=True)
        by_kind = {row["sk"]["S"]: row for row in rows}
        structure, choices = by_kind.pop(STRUCTURE, {}), by_kind.pop(CHOICES, {})
        if not by_kind:
            raise NotFound
        known = ContentTypes(structure=_to_structure(structure), choices=_to_choices(choices)[0])
        return to_integration(next(iter(by_kind.values()))), known

    def uncounted(self, account_id: int, integration_id: int) -> ContentTypes:
        """What the site told and people chose, no counts; one batch read."""
        partition = integration_partition(account_id, integration_id)
        keys = [DATA.key(partition, STRUCTURE), DATA.key(partition, CHOICES)]
        rows = self._tables.get_many(DATA, keys, consistent=True)
        by_kind = {row["sk"]["S"]: row for row in rows}
        return ContentTypes(
            structure=_to_structure(by_kind.get(STRUCTURE, {})),
            choices=_to_choices(by_kind.get(CHOICES, {}))[0],
        )

    def is_two_way(self, account_id: int, integration_id: int) -> bool:
        """Whether the texts of people come over by themselves, as the site told last; one read."""
        row = self._tables.get(DATA, structure_key(account_id, integration_id), consistent=False)
        return row is not None and says_two_way(row)

    def told(self, account_id: int, integration_id: int, structure: Structure) -> Write:
        """Store what the site told; the last word counts."""
        told = asdict(structure)
        fetched_at = told.pop("fetched_at")
        pk = integration_partition(account_id, integration_id)
        item = StructureItem(pk, STRUCTURE, told=told, fetched_at=fetched_at)
        return put("structure", DATA, item)

    def chosen(self, account_id: int, integration_id: int, choices: Choices, version: int) -> Write:
        """Store people's choices unless somebody else chose since. Loses ``choices``."""
        pk = integration_partition(account_id, integration_id)
        values = {
            group: {name: asdict(choice) for name, choice in chosen.items()}
            for group, chosen in choices.items()
        }
        item = ChoicesItem(pk, CHOICES, chosen=values, version=version + 1)
        unchanged = (
            ChoicesItem.pk.does_not_exist() if version == 0 else ChoicesItem.version == version
        )
        return put("choices", DATA, item, unchanged)

    def synced(self, account_id: int, integration_id: int, now_text: str) -> Write:
        """A run has just made true what is known of every post."""
        pk = integration_partition(account_id, integration_id)
        return put("synced", DATA, SyncedItem(pk, SYNCED, last_at=now_text))

    def counted(
        self,
        name: str,
        account_id: int,
        integration_id: int,
        post_type: str,
        by: int,
        now_text: str,
    ) -> Write:
        """So many posts of a type more that are content's, or less; never less than none.

        Loses ``name`` where there are not so many.
        """
        key = DATA.key(integration_partition(account_id, integration_id), f"{COUNT}{post_type}")
        changes: list[Any] = [CountItem.posts.add(by)]
        if by > 0:
            changes.append(CountItem.last_at.set(now_text))
            return update(name, DATA, key, changes)
        return update(name, DATA, key, changes, CountItem.posts >= -by)


def structure_key(account_id: int, integration_id: int) -> Row:
    """Key of what a site told."""
    return DATA.key(integration_partition(account_id, integration_id), STRUCTURE)


def says_two_way(row: Row) -> bool:
    """Whether two-way sync is on by what a site told; what cannot be read says no."""
    try:
        return _to_structure(row).two_way_sync_enabled
    except Unreadable:
        return False


@translation
def _to_structure(row: Row) -> Structure:
    if not row:
        return Structure()
    item = stored(StructureItem, row)
    told = item.told
    return Structure(
        post_types=_to_kinds(told["post_types"]),
        taxonomies=_to_kinds(told["taxonomies"]),
        plugin_connection_enabled=told["plugin_connection_enabled"],
        two_way_sync_enabled=told["two_way_sync_enabled"],
        fetched_at=item.fetched_at,
    )


def _to_kinds(stored: Mapping[str, Any]) -> dict[str, Kind]:
    return {name: Kind(**values) for name, values in stored.items()}


@translation
def _to_choices(row: Row) -> tuple[dict[str, dict[str, Choice]], int]:
    if not row:
        return {}, 0
    item = stored(ChoicesItem, row)
    choices = {
        group: {name: Choice(**values) for name, values in chosen.items()}
        for group, chosen in item.chosen.items()
    }
    return choices, int(item.version)


@translation
def _to_count(row: Row) -> tuple[int, str | None]:
    item = stored(CountItem, row)
    return max(int(item.posts), 0), item.last_at


def _to_synced(count: int, last_at: str | None, ended: str | None) -> Synced:
    times = [last_at, ended if count else None]
    return Synced(count=count, last_at=max((time for time in times if time), default=None))
