"""A post as its site tells of it, and what became of it here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from igny8.terms.model import Term, TermId


class Outcome(StrEnum):
    """What a run made of a post."""

    CREATED = "created"
    LINKED = "linked"
    PULLED = "pulled"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    TWIN = "twin"
    SKIPPED = "skipped"
    FAILED = "failed"


class Twins(StrEnum):
    """What becomes of posts that look like content of ours: a person decides, or they come in."""

    HOLD = "hold"
    IMPORT = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTerm:
    """A term of a site. ``parent`` is another term's id, 0 for none; ``count`` is of its posts."""

    id: int
    name: str
    slug: str
    parent: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteImage:
    """An attachment of a site; its bytes stay there. Pixels are 0 where nobody knows them."""

    id: int
    url: str
    alt: str = ""
    caption: str = ""
    width: int = 0
    height: int = 0
    mime: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LightPost:
    """As little of a post as says whether it changed. ``content_id`` is what the bridge says."""

    id: int
    type: str
    status: str
    content_id: int | None
    fingerprint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePost(LightPost):
    """A post as it is stored there: names and texts as WordPress keeps them, times RFC 3339.

    ``text`` is the body without the bridge's own layout, ``None`` where it is too large to be told.
    ``builder`` names the page builder that keeps it; ``above`` are terms that its own are below.
    """

    title: str = ""
    excerpt: str = ""
    slug: str = ""
    url: str = ""
    text: str | None = ""
    text_sha256: str | None = None
    author: str = ""
    author_id: int = 0
    date_gmt: str | None = None
    modified_gmt: str | None = None
    password_protected: bool = False
    parent: int = 0
    page_template: str = ""
    builder: str | None = None
    terms: Mapping[str, Sequence[SiteTerm]] = field(default_factory=dict)
    above: Mapping[TermId, Term] = field(default_factory=dict)
    featured_image: SiteImage | None = None
    images: Sequence[SiteImage] = ()
    gallery: Sequence[int] = ()
    seo: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What became, or in a dry run would become, of one post. ``reason`` is for people."""

    external_id: int
    type: str
    title: str
    url: str
    outcome: Outcome
    content_id: int | None = None
    fields: Sequence[str] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which posts a run is of; empty means all. ``term`` is ``taxonomy:id``, dates are RFC 3339."""

    types: Sequence[str] = ()
    ids: Sequence[int] = ()
    status: Sequence[str] = ()
    author: int | None = None
    term: str | None = None
    date_after: str | None = None
    date_before: str | None = None
    modified_after: str | None = None
    limit: int | None = None

    def asked(self) -> dict[str, Any]:
        """As the bridge's route ``posts`` takes them."""
        named: dict[str, Any] = {
            "status": ",".join(self.status),
            "author": self.author,
            "term": self.term,
            "date_after": self.date_after,
            "date_before": self.date_before,
            "modified_after": self.modified_after,
        }
        return {name: value for name, value in named.items() if value}
