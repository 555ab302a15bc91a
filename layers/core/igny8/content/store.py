"""Content in DynamoDB: ``META`` is the newest revision, ``REV#n`` an earlier one."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from igny8.content.model import BodyRef, Content, Editorial, EditorialStatus
from igny8.core.clock import from_rfc3339, rfc3339
from igny8.core.cursor import Page, PageRequest, encode_cursor
from igny8.core.errors import NotFound
from igny8.core.table import (
    DataItem,
    IndexedItem,
    Utf8JSONAttribute,
    content_partition,
    site_partition,
    storage,
)
from igny8.core.writes import Write

META = "META"
REVISION = "REV"


class _ContentFields(DataItem):
    account_id = NumberAttribute()
    site_id = NumberAttribute()
    content_id = NumberAttribute()
    rev = NumberAttribute()
    status = UnicodeAttribute()
    editorial = Utf8JSONAttribute()
    body = JSONAttribute()
    source = UnicodeAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()


class ContentItem(_ContentFields, discriminator="content"):
    """The newest revision, listed by its site."""


class RevisionItem(_ContentFields, discriminator="revision"):
    """An earlier revision, kept because a publication may have pinned it."""


class ContentStore:
    """Reads and writes content."""

    def creation(self, content: Content) -> Write:
        """Store a new content."""
        return self._save(content, ContentItem.pk.does_not_exist())

    def revision(self, before: Content, after: Content) -> list[Write]:
        """Replace ``before`` with its next revision (or status), unless another came first."""
        unchanged = (ContentItem.rev == before.rev) & (ContentItem.status == str(before.status))
        writes = [self._save(after, unchanged)]
        if after.rev != before.rev:
            earlier = _to_item(RevisionItem, before, revision_sk(before.rev))
            writes.append(Write("revision", lambda tx: tx.save("revision", earlier)))
        return writes

    def deletion(self, content: Content) -> Write:
        """Delete the newest revision; the earlier ones go with :meth:`forget_revisions`."""
        item = ContentItem(content_partition(content.account_id, content.id), META)
        condition = ContentItem.rev == content.rev
        return Write("content", lambda tx: tx.delete("content", item, condition))

    def get_revision(self, content: Content, rev: int) -> Content:
        """Read the revision that an intent pinned. Raises :class:`NotFound`."""
        if rev == content.rev:
            return content
        with storage():
            try:
                item = RevisionItem.get(
                    content_partition(content.account_id, content.id), revision_sk(rev)
                )
            except RevisionItem.DoesNotExist as error:
                raise NotFound from error
        return to_content(item)

    def forget_revisions(self, content: Content) -> list[BodyRef]:
        """Delete earlier revisions of a deleted content; answer the texts nobody names any more."""
        texts = {content.body.key: content.body}
        with storage():
            for item in DataItem.query(
                content_partition(content.account_id, content.id),
                DataItem.sk.startswith(f"{REVISION}#"),
            ):
                earlier = to_content(item)
                texts[earlier.body.key] = earlier.body
                item.delete()
        return list(texts.values())

    def ids_of_site(
        self, account_id: int, site_id: int, status: EditorialStatus | None, request: PageRequest
    ) -> Page[int]:
        """Page through a site's content ids, newest first; one query."""
        site_key = site_partition(account_id, site_id)
        index: Any = IndexedItem.by_status if status else IndexedItem.by_site
        key = _status_key(site_key, status) if status else site_key
        below = None if request.before is None else IndexedItem.sort_id < request.before
        with storage():
            items = list(index.query(key, below, scan_index_forward=False, limit=request.limit + 1))
        ids = [int(item.sort_id) for item in items]
        more = len(ids) > request.limit
        ids = ids[: request.limit]
        return Page(ids, encode_cursor(ids[-1]) if more else None)

    def _save(self, content: Content, condition: Condition) -> Write:
        item = _to_item(ContentItem, content, META)
        item.site_key = site_partition(content.account_id, content.site_id)
        item.status_key = _status_key(item.site_key, content.status)
        item.sort_id = content.id
        return Write("content", lambda tx: tx.save("content", item, condition))


def revision_sk(rev: int) -> str:
    """Sort key of an earlier revision."""
    return f"{REVISION}#{rev:08d}"


def _status_key(site_key: str, status: EditorialStatus) -> str:
    return f"{site_key}#{status}"


def _to_item(kind: type[Any], content: Content, sk: str) -> Any:
    return kind(
        content_partition(content.account_id, content.id),
        sk,
        account_id=content.account_id,
        site_id=content.site_id,
        content_id=content.id,
        rev=content.rev,
        status=str(content.status),
        editorial=asdict(content.editorial),
        body=asdict(content.body),
        source=content.source,
        created_at=rfc3339(content.created_at),
        updated_at=rfc3339(content.updated_at),
    )


def to_content(item: Any) -> Content:
    """Translate a stored content or revision."""
    return Content(
        id=int(item.content_id),
        account_id=int(item.account_id),
        site_id=int(item.site_id),
        rev=int(item.rev),
        status=EditorialStatus(item.status),
        editorial=Editorial(**item.editorial),
        body=BodyRef(**item.body),
        source=item.source,
        created_at=from_rfc3339(item.created_at),
        updated_at=from_rfc3339(item.updated_at),
    )


def read_contents(items: Sequence[DataItem]) -> Content | None:
    """Pick the newest revision out of a partition's items."""
    return next((to_content(item) for item in items if isinstance(item, ContentItem)), None)
