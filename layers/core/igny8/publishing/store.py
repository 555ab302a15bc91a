"""Publications in DynamoDB, in their content's partition; due ones are on two sparse indexes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from igny8.content.model import Content
from igny8.content.store import META, ContentItem, read_contents, to_content
from igny8.core.errors import NotFound
from igny8.core.queue import Hint
from igny8.core.table import (
    DataItem,
    IndexedItem,
    conditional,
    content_partition,
    integration_key,
    site_partition,
    storage,
)
from igny8.core.writes import ConditionLost, Write
from igny8.publishing.model import Doubt, LastError, Publication, PublishState

PUBLICATION = "PUB"
LINK = "LINK"
MOST_SERVED = 5


class PublicationItem(DataItem, discriminator="publication"):
    """State of one content on one integration."""

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
    hints = NumberAttribute(default=0)
    lease_owner = UnicodeAttribute(null=True)
    lease_until = NumberAttribute(null=True)
    doubt = JSONAttribute(null=True)
    external_id = NumberAttribute(null=True)
    external_url = UnicodeAttribute(null=True)
    wordpress_status = UnicodeAttribute(null=True)
    last_wp_sync = UnicodeAttribute(null=True)
    fingerprint = UnicodeAttribute(null=True)
    warnings = JSONAttribute()
    altered = JSONAttribute()
    last_error = JSONAttribute(null=True)
    version = NumberAttribute()


class PostLinkItem(DataItem, discriminator="post_link"):
    """Which content a WordPress post belongs to; written with the publication."""

    content_id = NumberAttribute()
    integration_id = NumberAttribute()


NUMBERS = (
    "account_id", "site_id", "integration_id", "content_id", "intent", "content_rev",
    "applied_intent", "attempt", "hints", "version",
)  # fmt: skip
OPTIONAL_NUMBERS = ("due_at", "wake_at", "lease_until", "external_id")
AS_THEY_ARE = (
    "post_status", "recreate", "reason", "lease_owner", "external_url", "wordpress_status",
    "last_wp_sync", "fingerprint", "warnings", "altered",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Desk:
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

    def __init__(self, shards: int) -> None:
        self._shards = shards

    def desk(self, account_id: int, content_id: int, *, consistent: bool = True) -> Desk:
        """A content with its publications. Raises :class:`NotFound`."""
        with storage():
            items = list(
                DataItem.query(
                    content_partition(account_id, content_id),
                    DataItem.sk.between(META, f"{PUBLICATION}#~"),
                    consistent_read=consistent,
                )
            )
        content = read_contents(items)
        if content is None:
            raise NotFound
        return Desk(
            content, tuple(_to_publication(i) for i in items if isinstance(i, PublicationItem))
        )

    def desks(
        self, account_id: int, content_ids: Sequence[int], integration_ids: Sequence[int]
    ) -> list[Desk]:
        """Content and publications of a page of a list, in batch reads, in the order given."""
        keys = []
        for content_id in content_ids:
            partition = content_partition(account_id, content_id)
            keys.append((partition, META))
            keys += [(partition, _sk(number)) for number in integration_ids]
        with storage():
            items = list(DataItem.batch_get(keys)) if keys else []
        contents = {int(i.content_id): to_content(i) for i in items if isinstance(i, ContentItem)}
        found: dict[int, list[Publication]] = {}
        for item in items:
            if isinstance(item, PublicationItem):
                found.setdefault(int(item.content_id), []).append(_to_publication(item))
        return [
            Desk(contents[number], tuple(found.get(number, ())))
            for number in content_ids
            if number in contents
        ]

    def write(self, before: Publication | None, after: Publication) -> Write:
        """Store ``after`` if the row is still at ``before``."""
        item = self._to_item(after)
        condition = (
            PublicationItem.pk.does_not_exist()
            if before is None
            else PublicationItem.version == before.version
        )
        return Write(
            "publication",
            lambda tx: tx.save("publication", item, condition, found=_found_publication),
        )

    def deletion(self, publication: Publication) -> Write:
        """Delete a publication with its content, if it is still the one that was seen."""
        item = PublicationItem(_pk(publication), _sk(publication.integration_id))
        condition = PublicationItem.version == publication.version
        name = f"publication {publication.integration_id}"
        return Write(name, lambda tx: tx.delete(name, item, condition))

    def link(self, publication: Publication, post_id: int) -> Write:
        """Note which content a post belongs to."""
        item = PostLinkItem(
            f"{site_partition(publication.account_id, publication.site_id)}#P#{post_id}",
            LINK,
            content_id=publication.content_id,
            integration_id=publication.integration_id,
        )
        return Write("link", lambda tx: tx.save("link", item))

    def next_due(
        self, integration_id: int, now: int, passed: frozenset[int] = frozenset()
    ) -> int | None:
        """The content of the integration's longest-due publication, except those passed over."""
        with storage():
            items = IndexedItem.due_by_integration.query(
                integration_key(integration_id),
                IndexedItem.due_at <= now,
                limit=len(passed) + MOST_SERVED,
            )
            for item in items:
                content_id = int(item.pk.rpartition("#")[2])
                if content_id not in passed:
                    return content_id
        return None

    def due_in_shard(self, shard: int, now: int, limit: int) -> list[tuple[str, str]]:
        """Keys of publications that the sweep should look at, longest waiting first; one query."""
        with storage():
            items = IndexedItem.due_by_shard.query(
                _shard(shard), IndexedItem.wake_at <= now, limit=limit
            )
            return [(item.pk, item.sk) for item in items]

    def get(self, keys: tuple[str, str]) -> Publication | None:
        """Read one publication consistently."""
        with storage():
            try:
                item = PublicationItem.get(*keys, consistent_read=True)
            except DoesNotExist:
                return None
        return _to_publication(item)

    def postpone_hint(self, publication: Publication, wake_at: int, now: int) -> bool:
        """Move the next look on; false if the row has changed or another sweep was first."""
        try:
            with conditional("publication"):
                PublicationItem(_pk(publication), _sk(publication.integration_id)).update(
                    actions=[
                        PublicationItem.wake_at.set(wake_at),
                        PublicationItem.hints.set(publication.hints + 1),
                    ],
                    condition=(PublicationItem.version == publication.version)
                    & (PublicationItem.wake_at <= now),
                )
        except ConditionLost:
            return False
        return True

    def _to_item(self, publication: Publication) -> PublicationItem:
        item = PublicationItem(_pk(publication), _sk(publication.integration_id))
        for name in (*NUMBERS, *OPTIONAL_NUMBERS, *AS_THEY_ARE):
            setattr(item, name, getattr(publication, name))
        item.state = str(publication.state)
        doubt, error = publication.doubt, publication.last_error
        item.doubt = [doubt.operation_id, doubt.intent, doubt.since] if doubt else None
        item.last_error = [error.kind, error.message, error.http_status] if error else None
        if publication.due_at is not None:
            item.due_integration = integration_key(publication.integration_id)
        if publication.wake_at is not None:
            item.due_shard = _shard(publication.content_id % self._shards)
        return item


def hint_for(publication: Publication) -> Hint:
    """The hint that names a publication."""
    return Hint(
        publication.account_id, publication.site_id, publication.integration_id,
        publication.content_id,
    )  # fmt: skip


def _pk(publication: Publication) -> str:
    return content_partition(publication.account_id, publication.content_id)


def _sk(integration_id: int) -> str:
    return f"{PUBLICATION}#{integration_id}"


def _shard(number: int) -> str:
    return f"D#{number}"


def _found_publication(raw: Any) -> Publication:
    return _to_publication(PublicationItem.from_raw_data(raw))


def _to_publication(item: PublicationItem) -> Publication:
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
