"""Whose a post of a site is: the table, as pure rules. The first that matches decides.

| whose post is it | then |
|---|---|
| a link here names it | the same as known: nothing; else it is looked at as an event's would be |
| the bridge names content of this site that has no post here (restored tables) | it is linked |
| the bridge names content that is not this site's (deleted, another connection's) | made instead |
| it looks like content that nobody has published yet | a person decides |
| nobody's | made |

What is told of a content is told by a site: a number that is another account's is nobody's. Nothing
is decided about a content of which something is under way: the answer to that decides.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal
from urllib.parse import unquote

from igny8.content.model import Content
from igny8.imports.model import LightPost, SitePost
from igny8.links.digest import digest_of
from igny8.links.model import Link
from igny8.publishing.model import PENDING_STATES, Publication
from igny8.publishing.store import ContentBundle

NEVER_MADE = frozenset({"trash", "auto-draft", "inherit"})
"""Statuses of what nobody keeps, or what is a part of another post."""

UNDER_WAY = "Something of ours is on its way to this post; what comes of it decides."
ANOTHER_POST = "This post names content that has another post already. Two posts cannot be one."
NOT_KEPT = "A post in the trash, or one that was never saved, is not taken over."
UNREADABLE_HERE = "What is known of this post cannot be read by this version."
LOOKS_LIKE = "Content that was not published yet has the same title or address. Decide what it is."


class Whose(StrEnum):
    """What a post is to us."""

    SAME = "same"
    OURS = "ours"
    LOST = "lost"
    NOBODYS = "nobodys"
    TWIN = "twin"
    LEFT = "left"
    UNREADABLE = "unreadable"


Unreadable = Literal["unreadable"]
"""In place of what is there, and cannot be read."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whose it is. ``content_id`` is ours, or the one that it looks like.

    ``instead_of`` is the content that the bridge names in its place; ``unknown_there``: the bridge
    does not know yet whose it is. ``reason`` is for people, why it is left alone.
    """

    whose: Whose
    content_id: int | None = None
    instead_of: int | None = None
    unknown_there: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known here of the contents that posts of a page are said to be.

    ``bundles`` are this site's; a content that is in neither of both is not this site's.
    ``claims`` are contents that a post of this run has become, which nobody has read anew.
    """

    bundles: Mapping[int, ContentBundle]
    unreadable: frozenset[int] = frozenset()
    claims: Mapping[int, int] | None = None


def is_same(post: LightPost, link: Link | None, integration_id: int) -> bool:
    """Whether it is ours, as we know it, and both sides say so: nothing has to be read for it."""
    return (
        link is not None
        and link.integration_id == integration_id
        and post.content_id == link.content_id
        and _is_as_known(post, link)
    )


def named_in(post: LightPost, link: Link | None) -> list[int]:
    """The contents that have to be known before it can be said whose a post is."""
    named = [link.content_id] if link is not None else []
    return named if post.content_id in {None, *named} else [*named, post.content_id or 0]


def whose(
    post: LightPost,
    link: Link | Unreadable | None,
    known: Known,
    integration_id: int,
    twin: int | None = None,
) -> Verdict:
    """Whose a post is. ``twin`` is a content that looks like it, if anybody has looked."""
    if isinstance(link, str):
        return Verdict(Whose.UNREADABLE, reason=UNREADABLE_HERE)
    if link is not None:
        return _ours(post, link, known, integration_id)
    named = post.content_id
    if named is not None and named in known.unreadable:
        return Verdict(Whose.UNREADABLE, named, reason=UNREADABLE_HERE)
    if named is not None and named in known.bundles:
        return _named(post, known.bundles[named], known, integration_id)
    return _nobodys(post, twin)


def _nobodys(post: LightPost, twin: int | None) -> Verdict:
    """Of a post that no content of this site is."""
    if post.status in NEVER_MADE:
        return Verdict(Whose.LEFT, reason=NOT_KEPT)
    if post.content_id is not None:
        return Verdict(Whose.NOBODYS, instead_of=post.content_id)
    if twin is not None:
        return Verdict(Whose.TWIN, twin, reason=LOOKS_LIKE)
    return Verdict(Whose.NOBODYS)


def _ours(post: LightPost, link: Link, known: Known, integration_id: int) -> Verdict:
    content_id = link.content_id
    bundle = known.bundles.get(content_id)
    if bundle is None:
        return Verdict(Whose.UNREADABLE, content_id, reason=UNREADABLE_HERE)
    here = link.integration_id == integration_id
    named = post.content_id
    other = named if named not in {None, content_id} else None
    if other is not None and (other in known.bundles or other in known.unreadable):
        # The bridge gives no post of this site's content away; people find both in the check.
        return Verdict(Whose.LEFT, content_id, reason=ANOTHER_POST)
    if here and _is_as_known(post, link):
        return Verdict(Whose.SAME, content_id, other, unknown_there=named != content_id)
    if _is_under_way(bundle.known_on(integration_id)):
        return Verdict(Whose.LEFT, content_id, reason=UNDER_WAY)
    return Verdict(Whose.OURS, content_id, other, unknown_there=named != content_id)


def _named(post: LightPost, bundle: ContentBundle, known: Known, integration_id: int) -> Verdict:
    """Of a post that has no link here, and is said to be this site's content."""
    content_id, publication = bundle.content.id, bundle.known_on(integration_id)
    claimed = (known.claims or {}).get(content_id)
    had = publication.external_id if publication is not None else None
    if {claimed, had} - {None, post.id}:
        return Verdict(Whose.LEFT, content_id, reason=ANOTHER_POST)
    if _is_under_way(publication):
        return Verdict(Whose.LEFT, content_id, reason=UNDER_WAY)
    return Verdict(Whose.LOST, content_id)


def _is_under_way(publication: Publication | None) -> bool:
    if publication is None:
        return False
    return publication.doubt is not None or publication.state in PENDING_STATES


def _is_as_known(post: LightPost, link: Link) -> bool:
    if post.fingerprint is None or link.digest is None:
        return False
    return digest_of(post.id, post.status, post.fingerprint) == link.digest


# --- What looks like a post -----------------------------------------------------------------------


Marks = Sequence[tuple[str, str, str]]
"""What a post could share with a content: of its type, the address or the title."""


class Lookalikes:
    """Contents that nobody has published yet, by what a post could share with them."""

    def __init__(self, contents: Iterable[tuple[int, Marks]]) -> None:
        self._found: dict[tuple[str, str, str], int] = {}
        for content_id, marks in contents:
            for mark in marks:
                self._found.setdefault(mark, content_id)

    def of(self, post: SitePost, title: str) -> int | None:
        """The newest content of its type with its slug or ``title``, in plain text."""
        marks = _marks(post.type, post.slug, title)
        return max((self._found[mark] for mark in marks if mark in self._found), default=None)


def marks_of(content: Content) -> Marks:
    """By what a content is known again; no more of it is kept in memory."""
    editorial = content.editorial
    return _marks(editorial.post_type, editorial.slug or "", editorial.title)


def _marks(post_type: str, slug: str, title: str) -> Marks:
    told = {"slug": unquote(slug).strip().casefold(), "title": " ".join(title.split()).casefold()}
    return [(post_type, name, value) for name, value in told.items() if value]
