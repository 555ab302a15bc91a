"""What both sides last agreed on about a post, and what of an order has changed since then.

An update names only what changed here, so that edits of different fields never meet: what somebody
has made of the rest on the site is neither compared nor touched.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from igny8.content.model import BodyRef, Editorial, Kept, RawRef

UPDATES_OF_SINGLE_FIELDS = (2, 1)
"""The first version of the bridge that leaves alone what an update does not name."""
AS_ONE: tuple[tuple[str, ...], ...] = (
    ("title",),
    ("content_html", "gallery_images"),  # the bridge lays pictures out within the text
    ("excerpt",),
    ("slug",),
    ("author",),
    ("publish_at",),
    ("seo_title",),
    ("seo_description",),
    ("canonical_url",),
    ("primary_keyword", "secondary_keywords"),
    ("featured_image_url", "featured_image_alt"),
    ("categories",),
    ("tags",),
    ("cluster_id", "cluster"),
    ("sector_id", "sector"),
)
"""The fields of an order that say what the post is to be; those of a row are sent together."""
SEO = frozenset({"seo_title", "seo_description", "canonical_url", "primary_keyword"})
"""What a site stores in one place: where that refuses one of them it may have refused all."""
TERMS = frozenset({"categories", "tags"})
FIELDS = tuple(name for together in AS_ONE for name in together)
NEVER_AGREED = "?"
"""As digest: no value has it, so that the field is sent whatever it is."""
DIGEST_CHARACTERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What both sides last agreed on: our revision ``rev``, and the post that it was then.

    ``fields`` are digests of what was sent, or would have been, by the field's name in an order:
    what is compared is what WordPress is sent, not what is kept here. ``raw`` is the text as the
    site stores it, where that is known here, and ``text_sha256`` its SHA-256. ``revised_at`` is an
    epoch second.

    A base speaks only of the post that has its ``fingerprint``: one of which something is known
    that the base does not know of (an older worker, an answer that was learnt from an event) is
    sent whole.
    """

    account_id: int
    content_id: int
    integration_id: int
    rev: int
    fingerprint: str
    fields: Mapping[str, str] = field(default_factory=dict)
    raw: RawRef | None = None
    text_sha256: str | None = None
    revised_at: int = 0

    def is_of(self, fingerprint: str | None) -> bool:
        """Whether it is what is known of a post with this fingerprint."""
        return bool(fingerprint) and self.fingerprint == fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """A post as somebody has made it, kept here before anything may write over it.

    It is what a revision of theirs would be: ``editorial``, ``body`` and its ``kept`` parts;
    ``fields`` are what a base would say of it then. ``raw`` and ``text_sha256`` are the text as the
    site stores it.
    """

    account_id: int
    content_id: int
    integration_id: int
    fingerprint: str
    editorial: Editorial
    body: BodyRef
    fields: Mapping[str, str]
    kept: tuple[Kept, ...] = ()
    raw: RawRef | None = None
    text_sha256: str | None = None
    found_at: int = 0

    def as_base(self, rev: int) -> Base:
        """What both sides have where a revision ``rev`` is made of it, or written over it."""
        return Base(
            account_id=self.account_id,
            content_id=self.content_id,
            integration_id=self.integration_id,
            rev=rev,
            fingerprint=self.fingerprint,
            fields=self.fields,
            raw=self.raw,
            text_sha256=self.text_sha256,
            revised_at=self.found_at,
        )


def fields_of(order: Mapping[str, Any], refused: Iterable[str] = ()) -> dict[str, str]:
    """The digests of what an order says that the post is to be.

    ``refused`` are fields that the site could not take now: they are sent again with the next
    update, an image that could not be fetched above all. One without a name may be any.

    >>> fields_of({"title": "Tea", "rev": 3})
    {'title': '5058a3f2249d23af'}
    >>> fields_of({"title": "Tea", "seo_title": "Tea"}, ["canonical_url"])
    {'title': '5058a3f2249d23af', 'seo_title': '?'}
    """
    never = set(refused)
    if "" in never:
        never = set(FIELDS)
    if never & SEO:
        never |= SEO
    return {
        name: NEVER_AGREED if name in never else _digest(order, name)
        for name in FIELDS
        if name in order
    }


def changed_since(base: Base, order: Mapping[str, Any]) -> dict[str, Any]:
    """The order without what the post is already, by the base; absent means to leave it alone.

    A date goes along wherever the post is to be scheduled: WordPress dates a draft anew.
    """
    left_out: set[str] = set()
    for together in AS_ONE:
        named = [name for name in together if name in order]
        if all(base.fields.get(name) == _digest(order, name) for name in named):
            left_out.update(together)
    if order.get("post_status") == "future":
        left_out.discard("publish_at")
    return {name: value for name, value in order.items() if name not in left_out}


def _digest(order: Mapping[str, Any], name: str) -> str:
    """Of one field; terms are another order where the site's policy for them is another."""
    value = order[name]
    if name in TERMS:
        value = [value, order.get("terms_policy")]
    told = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()[:DIGEST_CHARACTERS]
