"""Content in DynamoDB: ``META`` is the newest revision, ``REV#n`` an earlier one."""

from dataclasses import asdict, astuple, replace

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from igny8.content.model import (
    BodyRef,
    Content,
    Editorial,
    EditorialStatus,
    Kept,
    MadeBy,
    RawRef,
    Waiting,
)
from igny8.core.clock import epoch, from_rfc3339, rfc3339
from igny8.core.cursor import Page, PageRequest, encode_cursor
from igny8.core.due import came_first, due_keys
from igny8.core.errors import NotFound
from igny8.core.reading import stored, translation
from igny8.core.rows import Query, Row, Tables, Write
from igny8.core.table import (
    DATA,
    Utf8JSONAttribute,
    check,
    content_partition,
    delete,
    put,
    site_partition,
    update,
)

META = "META"
REVISION = "REV"


class ContentItem(Model):
    """A revision. The newest also carries what lists it under its site and status.

    ``due_integration`` and ``due_at`` list what automation may take, by site and by what it waits
    for, on the sparse index of what is due for one site.
    """

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    site_key = UnicodeAttribute(null=True)
    status_key = UnicodeAttribute(null=True)
    sort_id = NumberAttribute(null=True)
    account_id = NumberAttribute()
    site_id = NumberAttribute()
    content_id = NumberAttribute()
    rev = NumberAttribute()
    status = UnicodeAttribute()
    editorial = Utf8JSONAttribute()
    body = Utf8JSONAttribute()
    source = UnicodeAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    version = NumberAttribute()
    taken_out = Utf8JSONAttribute(null=True)
    was_sent = BooleanAttribute(null=True)
    made_by = UnicodeAttribute(default=str(MadeBy.PERSON))
    made_from = NumberAttribute(null=True)
    revised_at = UnicodeAttribute(null=True)
    site_rev = NumberAttribute(null=True)
    raw = Utf8JSONAttribute(null=True)
    kept = Utf8JSONAttribute(null=True)
    dropped = Utf8JSONAttribute(null=True)
    due_integration = UnicodeAttribute(null=True)
    due_at = NumberAttribute(null=True)


class ContentStore:
    """Reads and writes content."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def creation(self, content: Content) -> Write:
        """Store a new content."""
        return _save(content, ContentItem.pk.does_not_exist())

    def revision(self, before: Content, after: Content) -> list[Write]:
        """Replace ``before`` with its next revision or status, unless another writer came first."""
        after = replace(_known_whose(before, after), version=before.version + 1)
        writes = [_save(after, ContentItem.version == before.version)]
        if after.rev != before.rev:
            writes.append(put("revision", DATA, _to_item(before, revision_sk(before.rev))))
        return writes

    def between(self, content: Content) -> Write:
        """Keep a revision that is not the newest one, nor was: what somebody wrote over."""
        return put("revision between", DATA, _to_item(content, revision_sk(content.rev)))

    def exists(self, content: Content) -> Write:
        """Require that the content is still there, without writing it."""
        key = DATA.key(content_partition(content.account_id, content.id), META)
        return check("content", DATA, key, ContentItem.pk.exists())

    def deletion(self, content: Content) -> Write:
        """Delete the newest revision; the earlier ones are leftovers (`igny8.cleaning`)."""
        key = DATA.key(content_partition(content.account_id, content.id), META)
        return delete("content", DATA, key, ContentItem.version == content.version)

    def waiting(
        self, account_id: int, site_id: int, waiting: Waiting, now: int, limit: int
    ) -> list[int]:
        """Ids of content that automation may take, longest there first; one query."""
        listed = _waiting_key(site_partition(account_id, site_id), waiting)
        keys = due_keys(
            self._tables,
            DATA,
            index="due_by_integration",
            partition=("due_integration", listed),
            until=ContentItem.due_at <= now,
            limit=limit,
        )
        return [int(key["pk"]["S"].rpartition("#")[2]) for key in keys]

    def get(self, account_id: int, content_id: int) -> Content:
        """Read a content alone, consistently. Raises :class:`NotFound`."""
        row = self._tables.get(DATA, DATA.key(content_partition(account_id, content_id), META))
        if row is None:
            raise NotFound
        return to_content(row)

    def put_off(self, account_id: int, content_id: int, due_at: int, now: int) -> None:
        """Have automation look at a content later; whatever is written of it ends that."""
        key = DATA.key(content_partition(account_id, content_id), META)
        changes, still = [ContentItem.due_at.set(due_at)], ContentItem.due_at <= now
        came_first(self._tables, update("content", DATA, key, changes, still))

    def get_revision(self, content: Content, rev: int) -> Content:
        """Read the revision that an intent pinned. Raises :class:`NotFound`."""
        if rev == content.rev:
            return content
        key = DATA.key(content_partition(content.account_id, content.id), revision_sk(rev))
        # Consistently: who does not find it gives its text up as lost.
        row = self._tables.get(DATA, key, consistent=True)
        if row is None:
            raise NotFound
        return to_content(row)

    def earlier(self, content: Content, request: PageRequest) -> list[Content]:
        """Revisions before this one, newest first, one more than asked for; one query."""
        before = content.rev if request.before is None else min(request.before, content.rev)
        if before <= 1:
            return []
        rows = self._tables.query(
            Query(
                table=DATA,
                partition=("pk", content_partition(content.account_id, content.id)),
                within=ContentItem.sk.between(revision_sk(1), revision_sk(before - 1)),
                newest_first=True,
                limit=request.limit + 1,
                consistent=True,
            )
        )
        return [to_content(row) for row in rows]

    def ids_of_site(
        self, account_id: int, site_id: int, status: EditorialStatus | None, request: PageRequest
    ) -> Page[int]:
        """Page through a site's content ids, newest first; one query."""
        site_key = site_partition(account_id, site_id)
        rows = self._tables.query(
            Query(
                table=DATA,
                index="by_status" if status else "by_site",
                partition=(
                    ("status_key", _status_key(site_key, status))
                    if status
                    else ("site_key", site_key)
                ),
                within=None if request.before is None else ContentItem.sort_id < request.before,
                newest_first=True,
                limit=request.limit + 1,
            )
        )
        ids = [int(row["sort_id"]["N"]) for row in rows]
        more = len(ids) > request.limit
        ids = ids[: request.limit]
        return Page(ids, encode_cursor(ids[-1]) if more else None)


def _known_whose(before: Content, after: Content) -> Content:
    """Which revision is the newest in which there is something of WordPress's."""
    if after.rev == before.rev or after.made_by is MadeBy.PERSON:
        return replace(after, site_rev=before.site_rev)
    return replace(after, site_rev=after.rev)


def _save(content: Content, condition: Condition) -> Write:
    item = _to_item(content, META)
    item.site_key = site_partition(content.account_id, content.site_id)
    item.status_key = _status_key(item.site_key, content.status)
    item.sort_id = content.id
    if content.waits_for is not None:
        item.due_integration = _waiting_key(item.site_key, content.waits_for)
        item.due_at = epoch(content.created_at)
    return put("content", DATA, item, condition, found=to_content)


def revision_sk(rev: int) -> str:
    """Sort key of an earlier revision."""
    return f"{REVISION}#{rev:08d}"


def _status_key(site_key: str, status: EditorialStatus) -> str:
    return f"{site_key}#{status}"


def _waiting_key(site_key: str, waiting: Waiting) -> str:
    return f"{site_key}#WAITS#{waiting}"


def _to_item(content: Content, sk: str) -> ContentItem:
    return ContentItem(
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
        version=content.version,
        taken_out=content.taken_out or None,
        was_sent=content.was_sent or None,
        made_by=str(content.made_by),
        made_from=content.made_from,
        revised_at=None if content.revised_at is None else rfc3339(content.revised_at),
        site_rev=content.site_rev or None,
        raw=None if content.raw is None else asdict(content.raw),
        kept=[astuple(one) for one in content.kept] or None,
        dropped=list(content.dropped) or None,
    )


@translation
def to_content(row: Row) -> Content:
    """Translate a stored content or revision."""
    item = stored(ContentItem, row)
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
        version=int(item.version),
        taken_out=item.taken_out or [],
        was_sent=bool(item.was_sent),
        made_by=MadeBy(item.made_by),
        made_from=None if item.made_from is None else int(item.made_from),
        revised_at=None if item.revised_at is None else from_rfc3339(item.revised_at),
        site_rev=int(item.site_rev or 0),
        raw=None if item.raw is None else RawRef(**item.raw),
        kept=tuple(Kept(*one) for one in item.kept or []),
        dropped=tuple(item.dropped or []),
    )
