"""Releases in DynamoDB: a row each, and one row that says of all what sites are asked about.

That row, the catalogue, is written with each release and read alone when a site checks for an
update: one item, however many versions there are.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from igny8.core.errors import NotFound
from igny8.core.reading import readable, stored, translation
from igny8.core.rows import Query, Row, Tables, Write
from igny8.core.table import DATA, Utf8JSONAttribute, plugin_partition, put
from igny8.distribution.model import Advisory, Catalogue, Entry, Release, State
from igny8.distribution.versions import Version

INDEX = "INDEX"
RELEASE = "RELEASE#"
RELEASE_WRITE, INDEX_WRITE = "release", "index"
"""What writes are called, where their conditions are lost."""


class ReleaseItem(Model):
    """A version."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    release = Utf8JSONAttribute()
    row_version = NumberAttribute()


class IndexItem(Model):
    """What is known of all versions, newest first; of each what differs from nothing."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    entries = Utf8JSONAttribute()
    row_version = NumberAttribute()


class ReleaseStore:
    """Reads and writes releases."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def catalogue(self, slug: str, *, consistent: bool = False) -> Catalogue:
        """What is known of all versions; one read."""
        key = DATA.key(plugin_partition(slug), INDEX)
        row = self._tables.get(DATA, key, consistent=consistent)
        return _to_catalogue(row) if row is not None else Catalogue()

    def get(self, slug: str, version: Version) -> Release:
        """A version with everything; one read. Raises :class:`NotFound`."""
        row = self._tables.get(DATA, DATA.key(plugin_partition(slug), f"{RELEASE}{version}"))
        if row is None:
            raise NotFound
        return to_release(row)

    def all(self, slug: str) -> list[Release]:
        """Every version that can be read, newest first; one query."""
        query = Query(
            table=DATA,
            partition=("pk", plugin_partition(slug)),
            within=ReleaseItem.sk.startswith(RELEASE),
            consistent=True,
        )
        found, _ = readable(to_release, self._tables.query(query))
        return sorted(found, key=lambda release: release.version, reverse=True)

    def put_new(self, slug: str, release: Release, catalogue: Catalogue) -> list[Write]:
        """Store a version that there was never one of. Loses ``release``, ``index``."""
        item = _release_item(slug, release, 1)
        absent = ReleaseItem.pk.does_not_exist()
        return [put(RELEASE_WRITE, DATA, item, absent), _listed(slug, release, catalogue)]

    def change(self, slug: str, release: Release, catalogue: Catalogue) -> list[Write]:
        """Store a version anew, as it was changed since it was read. Loses ``release``, ``index``.

        What it consists of never changes: the caller changes nothing but its state and what is
        said of it.
        """
        item = _release_item(slug, release, release.row_version + 1)
        unchanged = ReleaseItem.row_version == release.row_version
        return [put(RELEASE_WRITE, DATA, item, unchanged), _listed(slug, release, catalogue)]


def _release_item(slug: str, release: Release, row_version: int) -> ReleaseItem:
    said = _said(asdict(release)) | {"version": str(release.version)}
    said.pop("row_version", None)
    return ReleaseItem(
        plugin_partition(slug),
        f"{RELEASE}{release.version}",
        release=said,
        row_version=row_version,
    )


def _listed(slug: str, release: Release, catalogue: Catalogue) -> Write:
    entries = [
        _said(asdict(one)) | {"version": str(one.version)}
        for one in catalogue.with_release(release).entries
    ]
    item = IndexItem(
        plugin_partition(slug), INDEX, entries=entries, row_version=catalogue.row_version + 1
    )
    unchanged = (
        IndexItem.row_version == catalogue.row_version
        if catalogue.row_version
        else IndexItem.pk.does_not_exist()
    )
    return put(INDEX_WRITE, DATA, item, unchanged)


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields without those that say nothing, and versions as text."""
    oldest = fields["min_from_version"]
    fields["min_from_version"] = oldest and str(Version(**oldest))
    defaults = Release.__dataclass_fields__
    return {name: value for name, value in fields.items() if value != defaults[name].default}


@translation
def to_release(row: Row) -> Release:
    """A version as it is stored."""
    item = stored(ReleaseItem, row)
    fields = _fields(Release, item.release)
    fields["linted_with"] = tuple(fields.get("linted_with", ()))
    return Release(**fields, row_version=int(item.row_version))


@translation
def _to_catalogue(row: Row) -> Catalogue:
    item = stored(IndexItem, row)
    entries = tuple(Entry(**_fields(Entry, one)) for one in item.entries)
    return Catalogue(entries=entries, row_version=int(item.row_version))


def _fields(kind: type[Entry], said: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored as the model has it; what a newer version says besides is left out."""
    known = kind.__dataclass_fields__
    oldest, advisory = said.get("min_from_version"), said.get("advisory")
    return {
        **{name: value for name, value in said.items() if name in known},
        "version": Version.parse(said["version"]),
        "state": State(said["state"]),
        "min_from_version": oldest and Version.parse(oldest),
        "advisory": advisory and Advisory(**advisory),
    }
