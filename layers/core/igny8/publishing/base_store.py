"""Bases, and what conflicts are about, in DynamoDB, outside what clicks and workers query whole.

They lie in their content's partition and go with it (`igny8.cleaning`).
"""

from dataclasses import asdict, astuple, fields

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from igny8.content.model import BodyRef, Editorial, Kept, RawRef
from igny8.core.errors import Unreadable
from igny8.core.reading import stored, translation
from igny8.core.rows import Row, Tables, Write
from igny8.core.table import DATA, Utf8JSONAttribute, content_partition, put
from igny8.publishing.bases import Base, Theirs

BASE, THEIRS = "BASE", "THEIRS"
WRITE = "base"


class BaseItem(Model):
    """What both sides last agreed on; two KB at most, whatever the content is."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    account_id = NumberAttribute()
    content_id = NumberAttribute()
    integration_id = NumberAttribute()
    rev = NumberAttribute()
    fingerprint = UnicodeAttribute()
    fields = Utf8JSONAttribute()
    raw = Utf8JSONAttribute(null=True)
    text_sha256 = UnicodeAttribute(null=True)
    revised_at = NumberAttribute()


class TheirsItem(Model):
    """A post as somebody has made it, whom it would be written over or taken over from."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    account_id = NumberAttribute()
    content_id = NumberAttribute()
    integration_id = NumberAttribute()
    fingerprint = UnicodeAttribute()
    editorial = Utf8JSONAttribute()
    body = Utf8JSONAttribute()
    fields = Utf8JSONAttribute()
    kept = Utf8JSONAttribute(null=True)
    raw = Utf8JSONAttribute(null=True)
    text_sha256 = UnicodeAttribute(null=True)
    found_at = NumberAttribute()


class BaseStore:
    """Reads and writes bases, and what conflicts are about."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def get(self, account_id: int, content_id: int, integration_id: int) -> Base | None:
        """Read a base, consistently; ``None`` also for one that this version cannot read.

        Without one everything is sent, and compared.
        """
        row = self._tables.get(DATA, base_key(account_id, content_id, integration_id))
        try:
            return None if row is None else to_base(row)
        except Unreadable:
            return None

    def theirs(self, account_id: int, content_id: int, integration_id: int) -> Theirs | None:
        """What somebody has made of a post that people are to decide about, consistently."""
        row = self._tables.get(DATA, theirs_key(account_id, content_id, integration_id))
        try:
            return None if row is None else to_theirs(row)
        except Unreadable:
            return None

    def keep(self, theirs: Theirs) -> Write:
        """Keep what somebody has made of a post, in the transaction that makes it a conflict."""
        key = theirs_key(theirs.account_id, theirs.content_id, theirs.integration_id)
        values = {field.name: getattr(theirs, field.name) for field in fields(theirs)}
        values |= {
            "editorial": asdict(theirs.editorial),
            "body": asdict(theirs.body),
            "fields": dict(theirs.fields),
            "kept": [astuple(one) for one in theirs.kept] or None,
            "raw": asdict(theirs.raw) if theirs.raw else None,
        }
        return put("theirs", DATA, TheirsItem(key["pk"]["S"], key["sk"]["S"], **values))

    def write(self, base: Base) -> Write:
        """Store a base, in the transaction that makes its publication have its fingerprint."""
        return put(WRITE, DATA, _to_item(base))


def base_key(account_id: int, content_id: int, integration_id: int) -> Row:
    """Key of a base."""
    return DATA.key(content_partition(account_id, content_id), f"{BASE}#{integration_id}")


def theirs_key(account_id: int, content_id: int, integration_id: int) -> Row:
    """Key of what a conflict is about."""
    return DATA.key(content_partition(account_id, content_id), f"{THEIRS}#{integration_id}")


def _to_item(base: Base) -> BaseItem:
    key = base_key(base.account_id, base.content_id, base.integration_id)
    return BaseItem(
        key["pk"]["S"],
        key["sk"]["S"],
        account_id=base.account_id,
        content_id=base.content_id,
        integration_id=base.integration_id,
        rev=base.rev,
        fingerprint=base.fingerprint,
        fields=dict(base.fields),
        raw=asdict(base.raw) if base.raw else None,
        text_sha256=base.text_sha256,
        revised_at=base.revised_at,
    )


@translation
def to_base(row: Row) -> Base:
    """Translate a stored base."""
    item = stored(BaseItem, row)
    return Base(
        account_id=int(item.account_id),
        content_id=int(item.content_id),
        integration_id=int(item.integration_id),
        rev=int(item.rev),
        fingerprint=item.fingerprint,
        fields=item.fields,
        raw=RawRef(**item.raw) if item.raw else None,
        text_sha256=item.text_sha256,
        revised_at=int(item.revised_at),
    )


@translation
def to_theirs(row: Row) -> Theirs:
    """Translate what somebody has made of a post."""
    item = stored(TheirsItem, row)
    return Theirs(
        account_id=int(item.account_id),
        content_id=int(item.content_id),
        integration_id=int(item.integration_id),
        fingerprint=item.fingerprint,
        editorial=Editorial(**item.editorial),
        body=BodyRef(**item.body),
        fields=item.fields,
        kept=tuple(Kept(*one) for one in item.kept or ()),
        raw=RawRef(**item.raw) if item.raw else None,
        text_sha256=item.text_sha256,
        found_at=int(item.found_at),
    )
