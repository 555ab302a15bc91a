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


@dataclass(frozen=True, slots=True)
class BodyRef:
    """Where a revision's HTML is: an immutable gzip object. ``size`` is bytes of UTF-8."""

    key: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Editorial:
    """Every field an editor writes, HTML aside. Text is plain; times are RFC 3339."""

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


@dataclass(frozen=True, slots=True)
class Content:
    """A piece of writing at revision ``rev``; a revision is one text and never changes.

    ``version`` is raised by every write of the row, a change of the status included.
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

    def revised(self, editorial: Editorial, body: BodyRef, now: datetime) -> "Content":
        """The next revision if the text differs at all, else itself."""
        if editorial == self.editorial and body.sha256 == self.body.sha256:
            return self
        return replace(self, rev=self.rev + 1, editorial=editorial, body=body, updated_at=now)
