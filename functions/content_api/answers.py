"""What goes out of the writers' API."""

from datetime import UTC, datetime
from typing import Annotated, Any, cast

from igny8.content.model import Content, EditorialStatus, MadeBy
from igny8.core.clock import rfc3339
from igny8.entrypoint.shapes import Moment, one_of
from igny8.publishing.model import BLOCKED, NOT_PUBLISHED, Publication, PublishState
from igny8.publishing.views import ContentView, PublicationView
from typing_extensions import TypedDict

Maker = Annotated[str, one_of(MadeBy)]
Source = Annotated[str, one_of(["igny8", "wordpress"])]
State = Annotated[str, one_of([NOT_PUBLISHED, BLOCKED, *PublishState])]
PostStatus = Annotated[str, one_of(["publish", "draft", "pending", "private", "future"])]


class GroupOut(TypedDict):
    """A cluster or a sector."""

    id: int
    name: str


class ImageOut(TypedDict):
    """A gallery image."""

    url: str
    alt: str
    caption: str


class MetadataOut(TypedDict):
    """What WordPress told of the post."""

    wordpress_status: str | None
    last_wp_sync: Moment | None
    wp_metadata: dict[str, Any] | None


class EditorialOut(TypedDict):
    """What an editor writes, HTML aside."""

    title: str
    excerpt: str
    slug: str | None
    content_type: str
    post_type: str
    post_status: PostStatus
    publish_at: Moment | None
    author: str | None
    seo_title: str | None
    seo_description: str | None
    canonical_url: str | None
    primary_keyword: str | None
    secondary_keywords: list[str]
    cluster: GroupOut | None
    sector: GroupOut | None
    categories: list[str | list[str]]
    tags: list[str]
    featured_image_url: str | None
    featured_image_alt: str | None
    gallery_images: list[ImageOut]


class KeptPartOut(TypedDict):
    """A part of the text that its site keeps; a comment stands for it. ``bytes`` is its size."""

    id: str
    name: str
    bytes: int


class ListedContentOut(EditorialOut):
    """A content without its text."""

    id: int
    site_id: int
    rev: int
    made_by: Maker
    source: Source
    site_changed: bool
    status: EditorialStatus
    external_id: str | None
    external_url: str | None
    metadata: MetadataOut
    publish_state: State
    created_at: Moment
    updated_at: Moment


class WarningOut(TypedDict):
    """Something that was done otherwise than it was asked for."""

    code: str
    field: str
    message: str


class ContentOut(ListedContentOut):
    """A content with its text."""

    content_html: str
    kept_parts: list[KeptPartOut]


class WrittenContentOut(ContentOut):
    """A content that was just written; ``warnings`` say what sanitising took out."""

    warnings: list[WarningOut]


ErrorOut = TypedDict("ErrorOut", {"class": str, "message": str, "http_status": int | None})
"""Why the last attempt failed."""


class ClashOut(TypedDict):
    """What a conflict is about: what the site had when it was seen last, and what it has."""

    base_fingerprint: str | None
    current_fingerprint: str | None
    base_post_status: str | None
    post_status: str | None


class PublicationOut(TypedDict):
    """Where one publication is, and why."""

    content_id: int
    integration_id: int
    publish_state: State
    reason: str | None
    reason_detail: str | None
    intent: int
    applied_intent: int
    attempt: int
    wake_at: Moment | None
    operation_id: str | None
    external_id: str | None
    external_url: str | None
    wordpress_status: str | None
    warnings: list[Any]
    altered: list[Any]
    in_doubt: bool
    cancel_requested: bool
    takes_down: bool
    deletes_content: bool
    site_changed: bool
    conflict: ClashOut | None
    last_error: ErrorOut | None


class ClickOut(PublicationOut):
    """The publication after a click, and the editorial status that the click set."""

    status: EditorialStatus


class RemovedOut(TypedDict):
    """What is gone; ``deleted`` is false while its post is being taken down first."""

    id: int
    deleted: bool


def content_out(view: ContentView) -> ContentOut:
    """A content as people see it."""
    return {
        **listed_content_out(view),
        "content_html": view.html or "",
        "kept_parts": kept_parts_out(view.content),
    }


def kept_parts_out(content: Content) -> list[KeptPartOut]:
    """The parts of a text that its site keeps."""
    return [{"id": one.id, "name": one.name, "bytes": one.bytes} for one in content.kept_parts]


def written_content_out(view: ContentView, sent: str | None) -> WrittenContentOut:
    """A content that was just written, with a warning of whatever its text lost, if it had one."""
    warnings = view.content.warnings if sent is not None else []
    return {**content_out(view), "warnings": cast("list[WarningOut]", warnings)}


def listed_content_out(view: ContentView) -> ListedContentOut:
    """A content as people see it in lists."""
    content = view.content
    publication = view.publication.row if view.publication else None
    return {
        "id": content.id,
        "site_id": content.site_id,
        "rev": content.rev,
        "made_by": content.made_by,
        "source": content.source,
        "site_changed": publication.site_changed if publication else False,
        **editorial_out(content),
        "status": content.status,
        "external_id": _external_id(publication),
        "external_url": publication.external_url if publication else None,
        "metadata": {
            "wordpress_status": publication.wordpress_status if publication else None,
            "last_wp_sync": publication.last_wp_sync if publication else None,
            "wp_metadata": publication.wp_metadata if publication else None,
        },
        "publish_state": view.publish_state,
        "created_at": rfc3339(content.created_at),
        "updated_at": rfc3339(content.updated_at),
    }


def editorial_out(content: Content) -> EditorialOut:
    """What an editor writes, HTML aside."""
    fields = {name: getattr(content.editorial, name) for name in EditorialOut.__annotations__}
    return cast("EditorialOut", fields)


def publication_out(view: PublicationView) -> PublicationOut:
    """A publication as people see it."""
    publication = view.row
    error = publication.last_error
    return {
        "content_id": publication.content_id,
        "integration_id": publication.integration_id,
        "publish_state": view.publish_state,
        "reason": view.reason,
        "reason_detail": view.detail or (error.message if error else None),
        "intent": publication.intent,
        "applied_intent": publication.applied_intent,
        "attempt": publication.attempt,
        "wake_at": _time(publication.due_at),
        "operation_id": publication.operation_id,
        "external_id": _external_id(publication),
        "external_url": publication.external_url,
        "wordpress_status": publication.wordpress_status,
        "warnings": publication.warnings,
        "altered": publication.altered,
        "in_doubt": publication.doubt is not None,
        "cancel_requested": publication.cancel_requested,
        "takes_down": publication.takes_down,
        "deletes_content": publication.deletes_content,
        "site_changed": publication.site_changed,
        "conflict": (
            {
                "base_fingerprint": publication.fingerprint,
                "current_fingerprint": publication.clash.fingerprint,
                "base_post_status": publication.base_status,
                "post_status": publication.clash.post_status,
            }
            if publication.clash
            else None
        ),
        "last_error": (
            {"class": error.reason, "message": error.message, "http_status": error.http_status}
            if error
            else None
        ),
    }


def _external_id(publication: Publication | None) -> str | None:
    return str(publication.external_id) if publication and publication.external_id else None


def _time(moment: int | None) -> str | None:
    return None if moment is None else rfc3339(datetime.fromtimestamp(moment, UTC))
