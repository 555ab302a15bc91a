"""Publications in DynamoDB, in their content's partition; due ones are on two sparse indexes."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from igny8.content.model import Content
from igny8.content.store import META, to_content
from igny8.core.errors import NotFound
from igny8.core.queue import Hint
from igny8.core.rows import ConditionLost, Query, Row, Tables, Write
from igny8.core.table import (
    DATA,
    Utf8JSONAttribute,
    check,
    content_partition,
    delete,
    difference,
    integration_key,
    put,
    update,
)
from igny8.publishing.model import Doubt, LastError, Publication, PublishState

PUBLICATION = "PUB"
STATES = frozenset(str(state) for state in PublishState)


class PublicationItem(Model):
    """State of one content on one integration.

    ``due_shard`` and ``due_integration`` put it on the sparse due indexes.
    """

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    due_shard = UnicodeAttribute(null=True)
    wake_at = NumberAttribute(null=True)
    due_integration = UnicodeAttribute(null=True)
    due_at = NumberAttribute(null=True)
    account_id = NumberAttribute()
    site_id = NumberAttribute()
    integration_id = NumberAttribute()
    content_id = NumberAttribute()
    intent = NumberAttribute()
    content_rev = NumberAttribute()
    post_status = UnicodeAttribute()
    state = UnicodeAttribute()
    recreate = BooleanAttribute(default=False)
    applied_intent = NumberAttribute(default=0)
    reason = UnicodeAttribute(null=True)
    attempt = NumberAttribute(default=0)
    crashes = NumberAttribute(default=0)
    faulty_since = NumberAttribute(null=True)
    hints = NumberAttribute(default=0)
    lease_owner = UnicodeAttribute(null=True)
    lease_until = NumberAttribute(null=True)
    doubt = Utf8JSONAttribute(null=True)
    external_id = NumberAttribute(null=True)
    external_url = UnicodeAttribute(null=True)
    home = UnicodeAttribute(null=True)
    wordpress_status = UnicodeAttribute(null=True)
    last_wp_sync = UnicodeAttribute(null=True)
    fingerprint = UnicodeAttribute(null=True)
    base_status = UnicodeAttribute(null=True)
    heard_life = NumberAttribute(default=0)
    heard_seq = NumberAttribute(default=0)
    site_fingerprint = UnicodeAttribute(null=True)
    wp_metadata = Utf8JSONAttribute(null=True)
    warnings = Utf8JSONAttribute()
    altered = Utf8JSONAttribute()
    last_error = Utf8JSONAttribute(null=True)
    request_id = UnicodeAttribute(null=True)
    version = NumberAttribute()


NUMBERS = (
    "account_id", "site_id", "integration_id", "content_id", "intent", "content_rev",
    "applied_intent", "attempt", "crashes", "hints", "heard_life", "heard_seq", "version",
)  # fmt: skip
OPTIONAL_NUMBERS = ("due_at", "wake_at", "lease_until", "external_id", "faulty_since")
AS_THEY_ARE = (
    "post_status", "recreate", "reason", "lease_owner", "external_url", "home", "wordpress_status",
    "last_wp_sync", "fingerprint", "base_status", "site_fingerprint", "wp_metadata", "warnings",
    "altered", "request_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ContentBundle:
    """A content with its publications: one query."""

    content: Content
    publications: tuple[Publication, ...]

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
        """A content with its publications, consistently. Raises :class:`NotFound`."""
        rows = self._tables.query(
            Query(
                table=DATA,
                partition=("pk", content_partition(account_id, content_id)),
                within=PublicationItem.sk.between(META, f"{PUBLICATION}#~"),
                consistent=True,
            )
        )
        found = to_bundles(rows)
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
        rows = self._tables.get_many(DATA, keys, consistent=consistent) if keys else []
        found = to_bundles([row for row in rows if _is_readable(row)])
        whole = found.keys() - {_content_of(row) for row in rows if not _is_readable(row)}
        return [found[number] for number in content_ids if number in whole]

    def write(self, before: Publication | None, after: Publication) -> Write:
        """Store ``after`` if the row is still at ``before``: of an old row, only what differs.

        What others write beside it (facts that WordPress tells) is left as it is.
        """
        item = self._to_item(after)
        if before is None:
            missing = PublicationItem.pk.does_not_exist()
            return put("publication", DATA, item, missing, found=_to_publication)
        changes = difference(self._to_item(before), item)
        unchanged = PublicationItem.version == before.version
        key = _key(after)
        return update("publication", DATA, key, changes, unchanged, found=_to_publication)

    def deletion(self, publication: Publication) -> Write:
        """Delete a publication with its content, if it is the one seen."""
        unchanged = PublicationItem.version == publication.version
        name = f"publication {publication.integration_id}"
        return delete(name, DATA, _key(publication), unchanged)

    def due_on(self, integration_id: int, now: int, limit: int) -> list[int]:
        """Contents of the integration's due publications, longest due first; one query."""
        keys = self._due_keys(integration_id, now, limit)
        return [_content_of(key) for key in keys]

    def _due_keys(self, integration_id: int, now: int, limit: int) -> list[Row]:
        rows = self._tables.query(
            Query(
                table=DATA,
                index="due_by_integration",
                partition=("due_integration", integration_key(integration_id)),
                within=PublicationItem.due_at <= now,
                limit=limit,
            )
        )
        return [DATA.key_of(row) for row in rows]

    def due_in_shard(self, shard: int, now: int, limit: int) -> list[Row]:
        """Keys of publications that the sweep should look at, longest waiting first; one query."""
        rows = self._tables.query(
            Query(
                table=DATA,
                index="due_by_shard",
                partition=("due_shard", _shard(shard)),
                within=PublicationItem.wake_at <= now,
                limit=limit,
            )
        )
        return [DATA.key_of(row) for row in rows]

    def one_due_on(self, integration_id: int, now: int) -> Publication | None:
        """One of the ten that are due longest there; a query, and a batch read where there are any.

        ``None`` also where this version can read none of them: the due sweep names them.
        """
        keys = self._due_keys(integration_id, now, 10)
        found = self.get_all(keys)[0] if keys else []
        return next(iter(found), None)

    def get_all(self, keys: Sequence[Row]) -> tuple[list[Publication], list[Row]]:
        """Read publications consistently, in one batch; absent ones left out.

        Also answers the keys of those that this version cannot read.
        """
        found, unreadable = [], []
        for row in self._tables.get_many(DATA, keys, consistent=True):
            if _is_readable(row):
                found.append(_to_publication(row))
            else:
                unreadable.append(DATA.key_of(row))
        return found, unreadable

    def postpone(self, key: Row, wake_at: int, now: int) -> None:
        """Move the next look at a row on that cannot be read."""
        changes, due = [PublicationItem.wake_at.set(wake_at)], PublicationItem.wake_at <= now
        with suppress(ConditionLost):
            self._tables.commit([update("hint", DATA, key, changes, due)])

    def orphan(self, account_id: int, content_id: int, integration_id: int) -> Publication | None:
        """The publication of a content that seems to be gone; ``None`` if it is gone, too."""
        partition = content_partition(account_id, content_id)
        row = self._tables.get(DATA, DATA.key(partition, _sk(integration_id)))
        return _to_publication(row) if row is not None and _is_readable(row) else None

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
        try:
            self._tables.commit([update("hint", DATA, _key(publication), changes, still_due)])
        except ConditionLost:
            return False
        return True

    def _to_item(self, publication: Publication) -> PublicationItem:
        item = PublicationItem(
            content_partition(publication.account_id, publication.content_id),
            _sk(publication.integration_id),
        )
        for name in (*NUMBERS, *OPTIONAL_NUMBERS, *AS_THEY_ARE):
            setattr(item, name, getattr(publication, name))
        item.state = str(publication.state)
        doubt, error = publication.doubt, publication.last_error
        item.doubt = [doubt.operation_id, doubt.intent, doubt.since] if doubt else None
        item.last_error = [error.reason, error.message, error.http_status] if error else None
        if publication.due_at is not None:
            item.due_integration = integration_key(publication.integration_id)
        if publication.wake_at is not None:
            item.due_shard = _shard(publication.content_id % self._shards)
        return item


def hint_for(publication: Publication) -> Hint:
    """The hint that names a publication."""
    return Hint(
        account_id=publication.account_id,
        site_id=publication.site_id,
        integration_id=publication.integration_id,
        content_id=publication.content_id,
        correlation_id=publication.correlation_id,
    )


def _key(publication: Publication) -> Row:
    partition = content_partition(publication.account_id, publication.content_id)
    return DATA.key(partition, _sk(publication.integration_id))


def _sk(integration_id: int) -> str:
    return f"{PUBLICATION}#{integration_id}"


def _shard(number: int) -> str:
    return f"D#{number}"


def bundle_keys(
    account_id: int, content_ids: Sequence[int], integration_ids: Sequence[int]
) -> list[Row]:
    """Keys of contents and of their publications on these integrations."""
    keys = []
    for content_id in content_ids:
        partition = content_partition(account_id, content_id)
        keys.append(DATA.key(partition, META))
        keys += [DATA.key(partition, _sk(number)) for number in integration_ids]
    return keys


def to_bundles(rows: Sequence[Row]) -> dict[int, ContentBundle]:
    """Contents by id, each with those of its publications that were read."""
    found: dict[int, list[Publication]] = {}
    for row in rows:
        if row["sk"]["S"] != META:
            found.setdefault(int(row["content_id"]["N"]), []).append(_to_publication(row))
    contents = [to_content(row) for row in rows if row["sk"]["S"] == META]
    return {one.id: ContentBundle(one, tuple(found.get(one.id, ()))) for one in contents}


def _content_of(row: Row) -> int:
    return int(row["pk"]["S"].rpartition("#")[2])


def _is_readable(row: Row) -> bool:
    """Whether this version knows the row's state."""
    return row["sk"]["S"] == META or row["state"]["S"] in STATES


def _to_publication(row: Row) -> Publication:
    item = PublicationItem.from_raw_data(dict(row))
    values: dict[str, Any] = {name: int(getattr(item, name)) for name in NUMBERS}
    for name in OPTIONAL_NUMBERS:
        value = getattr(item, name)
        values[name] = None if value is None else int(value)
    values |= {name: getattr(item, name) for name in AS_THEY_ARE}
    return Publication(
        state=PublishState(item.state),
        doubt=Doubt(*item.doubt) if item.doubt else None,
        last_error=LastError(*item.last_error) if item.last_error else None,
        **values,
    )
