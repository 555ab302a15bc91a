"""How a publication lies in DynamoDB: its item, its keys, and the way there and back."""

from dataclasses import astuple, replace
from typing import Any

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from igny8.core.reading import stored, translation
from igny8.core.rows import Row
from igny8.core.table import DATA, Utf8JSONAttribute, content_partition, integration_key
from igny8.publishing.model import Clash, Doubt, LastError, Publication, PublishState

PUBLICATION = "PUB"


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
    takes_down = BooleanAttribute(default=False)
    deletes_content = BooleanAttribute(default=False)
    cancel_requested = BooleanAttribute(default=False)
    overwrites = UnicodeAttribute(null=True)
    clash = Utf8JSONAttribute(null=True)
    applied_intent = NumberAttribute(default=0)
    reason = UnicodeAttribute(null=True)
    attempt = NumberAttribute(default=0)
    crashes = NumberAttribute(default=0)
    faulty_since = NumberAttribute(null=True)
    hints = NumberAttribute(default=0)
    unanswered = NumberAttribute(default=0)
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
    decided_at = NumberAttribute(null=True)
    version = NumberAttribute()


NUMBERS = (
    "account_id", "site_id", "integration_id", "content_id", "intent", "content_rev",
    "applied_intent", "attempt", "crashes", "hints", "unanswered", "heard_life",
    "heard_seq", "version",
)  # fmt: skip
OPTIONAL_NUMBERS = ("due_at", "wake_at", "lease_until", "external_id", "faulty_since", "decided_at")
AS_THEY_ARE = (
    "post_status", "recreate", "takes_down", "deletes_content", "cancel_requested", "overwrites",
    "reason", "lease_owner", "external_url", "home", "wordpress_status",
    "last_wp_sync", "fingerprint", "base_status", "site_fingerprint", "wp_metadata", "warnings",
    "altered", "request_id",
)  # fmt: skip


def publication_key(publication: Publication) -> Row:
    """Key of a publication."""
    return publication_id(
        publication.account_id, publication.content_id, publication.integration_id
    )


def publication_id(account_id: int, content_id: int, integration_id: int) -> Row:
    """The same, by its ids."""
    return DATA.key(content_partition(account_id, content_id), sort_key(integration_id))


def sort_key(integration_id: int) -> str:
    """Sort key of the publication on an integration, in its content's partition."""
    return f"{PUBLICATION}#{integration_id}"


def shard_key(number: int) -> str:
    """Partition of the due index of a shard."""
    return f"D#{number}"


def to_item(publication: Publication, *, shards: int) -> PublicationItem:
    """Render a publication as it is stored."""
    item = PublicationItem(
        content_partition(publication.account_id, publication.content_id),
        sort_key(publication.integration_id),
    )
    for name in (*NUMBERS, *OPTIONAL_NUMBERS, *AS_THEY_ARE):
        setattr(item, name, getattr(publication, name))
    item.state = str(publication.state)
    doubt, error, clash = publication.doubt, publication.last_error, publication.clash
    item.clash = list(astuple(clash)) if clash else None
    item.doubt = list(astuple(doubt)) if doubt else None
    item.last_error = [error.reason, error.message, error.http_status] if error else None
    if publication.due_at is not None:
        item.due_integration = integration_key(publication.integration_id)
    if publication.wake_at is not None:
        item.due_shard = shard_key(publication.content_id % shards)
    return item


def content_of(row: Row) -> int:
    """The content in whose partition a row or key lies."""
    return int(row["pk"]["S"].rpartition("#")[2])


def _to_doubt(*told: Any) -> Doubt:
    doubt = Doubt(*told)
    return replace(
        doubt, followed=tuple((int(intent), wanted) for intent, wanted in doubt.followed)
    )


@translation
def to_publication(row: Row) -> Publication:
    """Translate a stored publication."""
    item = stored(PublicationItem, row)
    values: dict[str, Any] = {name: int(getattr(item, name)) for name in NUMBERS}
    for name in OPTIONAL_NUMBERS:
        value = getattr(item, name)
        values[name] = None if value is None else int(value)
    values |= {name: getattr(item, name) for name in AS_THEY_ARE}
    return Publication(
        state=PublishState(item.state),
        doubt=_to_doubt(*item.doubt) if item.doubt else None,
        clash=Clash(*item.clash) if item.clash else None,
        last_error=LastError(*item.last_error) if item.last_error else None,
        **values,
    )
