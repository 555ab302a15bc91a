"""Publications in DynamoDB, in their content's partition; due ones are on two sparse indexes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from igny8.content.model import Content
from igny8.content.store import META, to_content
from igny8.core.due import came_first, due_keys, keys_in_shard, postpone, read_due
from igny8.core.errors import NotFound, Unreadable
from igny8.core.queue import Hint
from igny8.core.reading import readable
from igny8.core.rows import Query, Row, Tables, Write
from igny8.core.table import (
    DATA,
    MOST_KEYS_A_BATCH,
    check,
    content_partition,
    delete,
    difference,
    integration_key,
    put,
    update,
)
from igny8.publishing.items import (
    PUBLICATION,
    PublicationItem,
    content_of,
    publication_key,
    shard_key,
    sort_key,
    to_item,
    to_publication,
)
from igny8.publishing.model import Publication


@dataclass(frozen=True, slots=True)
class ContentBundle:
    """A content with its publications: one query.

    After a site's integration was made anew there are two, and the newer one has taken over.
    """

    content: Content
    publications: tuple[Publication, ...]

    @property
    def current(self) -> Publication | None:
        """The publication on the newest integration that the content has been on."""
        return max(self.publications, key=lambda one: one.integration_id, default=None)

    def known_on(self, integration_id: int) -> Publication | None:
        """The publication on one integration, or what that takes over from a former one."""
        own, current = self.on(integration_id), self.current
        if own is not None or current is None:
            return own
        return current.taken_over(integration_id)

    def on(self, integration_id: int) -> Publication | None:
        """The publication on one integration, if there ever was one."""
        return next(
            (one for one in self.publications if one.integration_id == integration_id), None
        )


class PublicationStore:
    """Reads and writes publications."""

    def __init__(self, tables: Tables, *, shards: int) -> None:
        self._tables = tables
        self._shards = shards

    def bundle(self, account_id: int, content_id: int) -> ContentBundle:
        """A content with its publications, consistently.

        Raises :class:`NotFound`, :class:`Unreadable`.
        """
        rows = self._tables.query(
            Query(
                table=DATA,
                partition=("pk", content_partition(account_id, content_id)),
                within=PublicationItem.sk.between(META, f"{PUBLICATION}#~"),
                consistent=True,
            )
        )
        found, unreadable = to_bundles(rows)
        if content_id in unreadable:
            raise Unreadable(f"content {content_id}")
        if content_id not in found:
            raise NotFound
        return found[content_id]

    def bundles(
        self,
        account_id: int,
        content_ids: Sequence[int],
        integration_ids: Sequence[int],
        *,
        consistent: bool = False,
    ) -> list[ContentBundle]:
        """Contents and publications in batch reads, in the order given.

        Left out are those that are absent, and those that this version cannot read.
        """
        keys = bundle_keys(account_id, content_ids, integration_ids)
        rows = self._tables.get_many(DATA, keys, consistent=consistent)
        found, _ = to_bundles(rows)
        return [found[number] for number in content_ids if number in found]

    def known(
        self, account_id: int, content_ids: Sequence[int], integration_ids: Sequence[int]
    ) -> tuple[dict[int, ContentBundle], frozenset[int]]:
        """The same, consistently, by content; and those that this version cannot read."""
        if not content_ids:
            return {}, frozenset()
        keys = bundle_keys(account_id, content_ids, integration_ids)
        found, strange = to_bundles(self._tables.get_many(DATA, keys, consistent=True))
        return found, frozenset(strange)

    def write(self, before: Publication | None, after: Publication) -> Write:
        """Store ``after`` if the row is still at ``before``: of an old row, only what differs.

        What others write beside it (facts that WordPress tells) is left as it is.
        """
        item = to_item(after, shards=self._shards)
        if before is None:
            missing = PublicationItem.pk.does_not_exist()
            return put("publication", DATA, item, missing, found=to_publication)
        changes = difference(to_item(before, shards=self._shards), item)
        unchanged = PublicationItem.version == before.version
        key = publication_key(after)
        return update("publication", DATA, key, changes, unchanged, found=to_publication)

    def deletion(self, publication: Publication) -> Write:
        """Delete a publication with its content, if it is the one seen."""
        unchanged = PublicationItem.version == publication.version
        name = f"publication {publication.integration_id}"
        return delete(name, DATA, publication_key(publication), unchanged)

    def due_on(self, integration_id: int, now: int, limit: int) -> list[int]:
        """Contents of the integration's due publications, longest due first; one query."""
        keys = self._due_keys(integration_id, PublicationItem.due_at <= now, limit)
        return [content_of(key) for key in keys]

    def waiting_on(self, integration_id: int, now: int, limit: int) -> list[Row]:
        """Keys of the integration's publications that are due later, soonest first; one query."""
        return self._due_keys(integration_id, PublicationItem.due_at > now, limit)

    def _due_keys(self, integration_id: int, when: Any, limit: int) -> list[Row]:
        return due_keys(
            self._tables,
            DATA,
            index="due_by_integration",
            partition=("due_integration", integration_key(integration_id)),
            until=when,
            limit=limit,
        )

    def due_in_shard(self, shard: int, now: int, limit: int) -> list[Row]:
        """Keys of publications that the sweep should look at, longest waiting first; one query."""
        return keys_in_shard(
            self._tables, DATA, shard_key(shard), until=PublicationItem.wake_at <= now, limit=limit
        )

    def one_due_on(self, integration_id: int, now: int) -> Publication | None:
        """One of those that are due longest there; a query, and a batch read where there are any.

        Twice that where this version can read none of the first ten. Raises :class:`Unreadable`
        if it can read none of a hundred: it is not that nothing is due.
        """
        keys: list[Row] = []
        for limit in (10, MOST_KEYS_A_BATCH):
            keys = self._due_keys(integration_id, PublicationItem.due_at <= now, limit)
            found = self.get_all(keys)[0] if keys else []
            if found or len(keys) < limit:
                break
        if keys and not found:
            raise Unreadable(f"what is due on {integration_key(integration_id)}")
        return next(iter(found), None)

    def get_all(self, keys: Sequence[Row]) -> tuple[list[Publication], list[Row]]:
        """Read publications consistently, in one batch; absent ones left out.

        Also answers the keys of those that this version cannot read.
        """
        return read_due(self._tables, keys, DATA, to_publication)

    def postpone(self, key: Row, wake_at: int, now: int) -> None:
        """Move the next look at a row on that cannot be read."""
        postpone(self._tables, DATA, key, PublicationItem.wake_at, wake_at, now)

    def orphan(self, account_id: int, content_id: int, integration_id: int) -> Publication | None:
        """The publication of a content that seems to be gone; ``None`` if it is gone, too."""
        partition = content_partition(account_id, content_id)
        row = self._tables.get(DATA, DATA.key(partition, sort_key(integration_id)))
        found, _ = readable(to_publication, [] if row is None else [row])
        return next(iter(found), None)

    def orphan_deletion(self, publication: Publication) -> list[Write]:
        """Delete a publication, if its content is gone."""
        partition = content_partition(publication.account_id, publication.content_id)
        absent = PublicationItem.pk.does_not_exist()
        gone = check("content", DATA, DATA.key(partition, META), absent)
        return [gone, self.deletion(publication)]

    def postpone_hint(self, publication: Publication, wake_at: int, now: int) -> bool:
        """Move the next look on; false if the row has changed or another sweep was first."""
        changes = [
            PublicationItem.wake_at.set(wake_at),
            PublicationItem.hints.set(publication.hints + 1),
        ]
        still_due = (PublicationItem.version == publication.version) & (
            PublicationItem.wake_at <= now
        )
        key = publication_key(publication)
        return came_first(self._tables, update("hint", DATA, key, changes, still_due))


def hint_for(publication: Publication) -> Hint:
    """The hint that names a publication."""
    return Hint(
        account_id=publication.account_id,
        site_id=publication.site_id,
        integration_id=publication.integration_id,
        content_id=publication.content_id,
        correlation_id=publication.correlation_id,
    )


def bundle_keys(
    account_id: int, content_ids: Sequence[int], integration_ids: Sequence[int]
) -> list[Row]:
    """Keys of contents and of their publications on these integrations."""
    keys = []
    for content_id in content_ids:
        partition = content_partition(account_id, content_id)
        keys.append(DATA.key(partition, META))
        keys += [DATA.key(partition, sort_key(number)) for number in integration_ids]
    return keys


def to_bundles(rows: Sequence[Row]) -> tuple[dict[int, ContentBundle], set[int]]:
    """Contents by id, each with those of its publications that were read.

    Left out, and named by their ids, are those of which this version cannot read a row.
    """
    contents, strange = readable(to_content, [row for row in rows if row["sk"]["S"] == META])
    publications, more = readable(to_publication, [row for row in rows if row["sk"]["S"] != META])
    unreadable = {content_of(row) for row in (*strange, *more)}
    found: dict[int, list[Publication]] = {}
    for one in publications:
        found.setdefault(one.content_id, []).append(one)
    bundles = {
        one.id: ContentBundle(one, tuple(found.get(one.id, ())))
        for one in contents
        if one.id not in unreadable
    }
    return bundles, unreadable
