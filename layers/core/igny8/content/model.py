"""One piece of writing."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any


class EditorialStatus(StrEnum):
    """Where people have it; says nothing about delivery."""

    DRAFT = "draft"
    REVIEW = "review"
    APPROVED = "approved"
    PUBLISHED = "published"


class MadeBy(StrEnum):
    """Who made a revision: people here, people on the site, or both of them."""

    PERSON = "person"
    WORDPRESS = "wordpress"
    MERGED = "merged"


class Waiting(StrEnum):
    """What content waits for that automation may take."""

    APPROVAL = "approval"
    PUBLISHING = "publishing"


WAITING = {
    EditorialStatus.REVIEW: Waiting.APPROVAL,
    EditorialStatus.APPROVED: Waiting.PUBLISHING,
    EditorialStatus.PUBLISHED: Waiting.PUBLISHING,  # without a publication: nobody sent it
}


@dataclass(frozen=True, slots=True)
class BodyRef:
    """Where a revision's HTML is: an immutable gzip object. ``size`` is bytes of UTF-8."""

    key: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class RawRef:
    """Where a body is as its site has it, and its ranges: an immutable gzip object.

    ``sha256`` and ``size`` (bytes) are the body's, as the site tells them.
    """

    key: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A part of a site's text that is not shown here, in bytes of it.

    Its ``id`` comes of its bytes: where it did not change, it is the same after the next pull.
    """

    id: str
    name: str
    start: int
    end: int

    @property
    def bytes(self) -> int:
        """Its size."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Range:
    """A part of a site's text in bytes, and where it is shown here, in characters.

    ``apart``: it ends with a blank line, so that what follows is a paragraph of its own.
    """

    start: int
    end: int
    shown_start: int
    shown_end: int
    apart: bool = False


@dataclass(frozen=True, slots=True)
class TextIn:
    """A body that was taken in: as it is shown here, its kept parts, and where everything is."""

    html: str
    kept: tuple[Kept, ...]
    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Editorial:
    """Every field an editor writes, HTML aside. Text is plain; times are RFC 3339.

    What came from a site also knows what it is called there: the attachment of its featured image,
    and by taxonomy the terms, each ``{"id", "path"}``.
    """

    title: str
    excerpt: str = ""
    slug: str | None = None
    content_type: str = "post"
    post_type: str = "post"
    post_status: str = "publish"
    publish_at: str | None = None
    author: str | None = None
    seo_title: str | None = None
    seo_description: str | None = None
    canonical_url: str | None = None
    primary_keyword: str | None = None
    secondary_keywords: list[str] = field(default_factory=list)
    cluster: dict[str, Any] | None = None
    sector: dict[str, Any] | None = None
    categories: list[str | list[str]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    featured_image_url: str | None = None
    featured_image_alt: str | None = None
    gallery_images: list[dict[str, str]] = field(default_factory=list)
    featured_image_id: int | None = None
    site_terms: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Content:
    """A piece of writing at revision ``rev``; a revision is one text and never changes.

    ``version`` is raised by every write of the row, a change of the status included.
    ``taken_out`` says, in words, what sanitising took out of the text as it was sent last.
    ``was_sent``: somebody decided to publish it, or WordPress told of it. Automation lets it be.
    ``made_by`` is whose the revision is, ``made_from`` the one that was changed, ``revised_at``
    when, and ``site_rev`` the newest one in which there is something of WordPress's.
    ``raw`` is the text as the site had it when it was taken in last, and ``kept`` are the parts of
    it that are not shown here; those that are ``dropped`` are not in this revision.
    """

    id: int
    account_id: int
    site_id: int
    rev: int
    status: EditorialStatus
    editorial: Editorial
    body: BodyRef
    created_at: datetime
    updated_at: datetime
    source: str = "igny8"
    version: int = 1
    taken_out: list[str] = field(default_factory=list)
    was_sent: bool = False
    made_by: MadeBy = MadeBy.PERSON
    made_from: int | None = None
    revised_at: datetime | None = None
    site_rev: int = 0
    raw: RawRef | None = None
    kept: tuple[Kept, ...] = ()
    dropped: tuple[str, ...] = ()

    @property
    def kept_parts(self) -> list[Kept]:
        """Those that are in this revision."""
        return [one for one in self.kept if one.id not in self.dropped]

    @property
    def made_at(self) -> datetime:
        """When this revision was made."""
        if self.revised_at is not None:
            return self.revised_at
        return self.created_at if self.rev == 1 else self.updated_at

    def newer_than_seen(self, base_rev: int | None) -> int | None:
        """The revision of WordPress's that somebody does not know who changes ``base_rev``.

        Who names none knows the newest one that was made here, and the first.
        """
        if base_rev is None:
            base_rev = self.rev if self.made_by is MadeBy.PERSON else max(1, self.site_rev - 1)
        return self.site_rev if self.site_rev > base_rev else None

    @property
    def waits_for(self) -> "Waiting | None":
        """What automation may do with it, where its site wants that."""
        if self.was_sent or self.source != "igny8":
            return None
        return WAITING.get(self.status)

    @property
    def warnings(self) -> list[dict[str, str]]:
        """What its text lost, as warnings are answered."""
        return [
            {"code": "taken_out", "field": "content_html", "message": message}
            for message in self.taken_out
        ]

    def revised(
        self, editorial: Editorial, body: BodyRef, taken_out: list[str], now: datetime
    ) -> "Content":
        """The next revision if the text differs at all, else this one."""
        told = replace(self, taken_out=taken_out)
        if editorial == self.editorial and body.sha256 == self.body.sha256:
            return told
        return replace(
            told,
            rev=self.rev + 1,
            editorial=editorial,
            body=body,
            updated_at=now,
            revised_at=now,
            made_by=MadeBy.PERSON,
            made_from=self.rev,
        )
