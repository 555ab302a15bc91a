"""What comes in to the writers' API."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from igny8.batches.model import MOST_ITEMS
from igny8.content.kept import MOST_KEPT
from igny8.content.model import Editorial, EditorialStatus
from igny8.content.service import Changes
from igny8.content.text import is_blank, plain_line
from igny8.core.clock import rfc3339
from igny8.core.errors import Invalid, NotSupported
from igny8.core.ids import MAX_ID
from igny8.entrypoint.queries import PageQuery
from igny8.entrypoint.rows import as_id
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

URL_MAX = 2048
YEARS = range(1002, 9998)


def _required(text: str) -> str:
    if is_blank(text):
        raise ValueError("This must not be empty.")
    return text


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or " " in text:
        raise ValueError("Give an address that starts with https:// or http://.")
    return text


def _whole(keep: Any) -> Any:
    if isinstance(keep, dict):
        raise NotSupported("keep")
    return keep


def _what_becomes(text: str) -> str:
    if text not in {"draft", "trash", "keep"}:
        raise ValueError("Say draft, trash or keep.")
    return text


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("Give the time with its offset, such as 2026-01-10T12:00:00Z.")
    # On the other side of midnight, in a site's own time zone, databases hold no others.
    if moment.year not in YEARS:
        raise ValueError("Give a time that a calendar can hold.")
    return moment.astimezone(UTC)


Text = Annotated[str, StringConstraints(max_length=1000), AfterValidator(plain_line)]
Title = Annotated[Text, AfterValidator(_required)]
Excerpt = Annotated[str, StringConstraints(max_length=5000), AfterValidator(plain_line)]
Name = Annotated[
    str, StringConstraints(max_length=200), AfterValidator(plain_line), AfterValidator(_required)
]
Slug = Annotated[str, StringConstraints(pattern=r"^[\w-]{1,200}$")]
Machine = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,20}$")]
Url = Annotated[str, StringConstraints(max_length=URL_MAX), AfterValidator(_web_address)]
KeptId = Annotated[str, StringConstraints(max_length=20)]
Id = Annotated[int, Field(gt=0, le=MAX_ID)]


class Strict(BaseModel):
    """Types are what they are, and unknown fields are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", defer_build=True)


class Group(Strict):
    """A cluster or a sector."""

    id: Id
    name: Name


class Image(Strict):
    """A gallery image."""

    url: Url
    alt: Text = ""
    caption: Text = ""


class EditorialFields(Strict):
    """Fields an editor writes; those that are ``None`` here were not given."""

    title: Title = ""
    excerpt: Excerpt = ""
    slug: Slug | None = None
    content_type: Machine = "post"
    post_type: Machine = "post"
    post_status: Literal["publish", "draft", "pending", "private", "future"] = "publish"
    publish_at: Annotated[datetime, AfterValidator(_aware)] | None = None
    author: Text | None = None
    seo_title: Text | None = None
    seo_description: Text | None = None
    canonical_url: Url | None = None
    primary_keyword: Text | None = None
    secondary_keywords: Annotated[list[Name], Field(max_length=50)] = []
    cluster: Group | None = None
    sector: Group | None = None
    categories: Annotated[
        list[Name | Annotated[list[Name], Field(min_length=1, max_length=10)]],
        Field(max_length=50),
    ] = []
    tags: Annotated[list[Name], Field(max_length=100)] = []
    featured_image_url: Url | None = None
    featured_image_alt: Text | None = None
    gallery_images: Annotated[list[Image], Field(max_length=50)] = []

    def given(self) -> dict[str, Any]:
        """The editorial fields that were given, as the domain keeps them."""
        names = set(Editorial.__dataclass_fields__) & self.model_fields_set
        return {
            name: _plain(getattr(self, name)) for name in Editorial.__dataclass_fields__
            if name in names
        }  # fmt: skip


class CreateContent(EditorialFields):
    """Body of ``POST /content/``."""

    site_id: Id
    title: Title
    content_html: str
    status: Literal["draft", "review", "approved"] = "draft"

    def editorial(self) -> Editorial:
        """The new content's fields."""
        return Editorial(**self.given())


class ChangeContent(EditorialFields):
    """Body of ``PATCH /content/{id}/``; only what is given changes."""

    content_html: str = ""
    status: Literal["draft", "review", "approved", "published"] = "draft"
    drop_kept: Annotated[list[KeptId], Field(max_length=MOST_KEPT)] | None = None
    base_rev: Annotated[int, Field(gt=0, le=MAX_ID)] | None = None

    def changes(self) -> Changes:
        """What was asked for."""
        given = self.model_fields_set
        return Changes(
            self.given(),
            self.content_html if "content_html" in given else None,
            EditorialStatus(self.status) if "status" in given else None,
            self.drop_kept,
            self.base_rev,
        )


class Publish(Strict):
    """Body of ``POST /content/{id}/publish/``."""

    site_integration_id: Id | None = None
    recreate: bool = False


class BulkPublish(Strict):
    """Body of ``POST /content/bulk-publish/``."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_ITEMS)]
    site_integration_id: Id | None = None


class Act(Strict):
    """Body of ``POST /content/{id}/cancel/`` and ``retry/``."""

    site_integration_id: Id | None = None


class Unpublish(Act):
    """Body of ``POST /content/{id}/unpublish/``."""

    to: Literal["draft", "trash"]


class Link(Act):
    """Body of ``POST /content/{id}/link/``."""

    external_id: Id | Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,14}$")]

    @property
    def post_id(self) -> int:
        """The post; a number, or in digits, as answers say it."""
        return int(self.external_id)


class Resolve(Act):
    """Body of ``POST /content/{id}/resolve-conflict/``: the whole post, not field by field."""

    keep: Annotated[Literal["ours", "theirs"], BeforeValidator(_whole)]


class ListQuery(PageQuery):
    """Query of ``GET /content/``."""

    site: str | None = None
    status: str | None = None

    @property
    def site_id(self) -> int:
        """The site, which has to be named. Raises :class:`Invalid`."""
        if self.site is None:
            raise Invalid({"site": ["Name the site whose content you want."]})
        number = as_id(self.site)
        if number is None:
            raise Invalid({"site": ["This is not an id."]})
        return number

    @property
    def editorial_status(self) -> EditorialStatus | None:
        """The status to filter by, if any. Raises :class:`Invalid`."""
        if self.status is None:
            return None
        try:
            return EditorialStatus(self.status)
        except ValueError as error:
            known = ", ".join(EditorialStatus)
            raise Invalid({"status": [f"Give one of {known}."]}) from error


class DeleteQuery(BaseModel):
    """Query of ``DELETE /content/{id}/``: what becomes of the post."""

    model_config = ConfigDict(defer_build=True)

    unpublish: Annotated[str, AfterValidator(_what_becomes)] | None = None

    @property
    def to(self) -> str | None:
        """Where the post is to be put before the content goes; ``None``: it stays."""
        return None if self.unpublish == "keep" else self.unpublish


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, BaseModel):
        return value.model_dump()
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return value
