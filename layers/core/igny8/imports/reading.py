"""Pages of posts and terms as a site tells them, read without trusting a word of it.

A post that cannot be what it is said to be is an item that ``failed``, and the page goes on. A page
whose ids or cursor are not what was asked for is a lie about where the list goes on: nobody could
say that it ever ends, so :class:`SiteRepeatsItself`.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from igny8.imports.model import Item, LightPost, Outcome, SiteImage, SitePost, SiteTerm
from igny8.imports.values import (
    Unusable,
    address,
    an_id,
    boolean,
    inflated,
    maybe_id,
    maybe_word,
    moment,
    number,
    text,
    word,
)
from igny8.wordpress.response import BridgeResponse, is_count

LIGHT_FIELDS = ("id", "type", "status", "content_id", "fingerprint")
FULL_FIELDS = (
    *LIGHT_FIELDS, "title", "excerpt", "slug", "url", "text", "text_sha256", "text_gz", "author",
    "author_id", "date_gmt", "modified_gmt", "password_protected", "parent", "page_template",
    "builder", "terms", "featured_image", "images", "gallery", "seo",
)  # fmt: skip
TITLE_MAX = 20_000
EXCERPT_MAX = 100_000
LINE_MAX = 1_000
NAME_MAX = 255
FINGERPRINT_MAX = 255
SEO_MAX = 10_000
MOST_TERMS = 1_000
MOST_TAXONOMIES = 100
MOST_IMAGES = 1_000
MOST_SEO = 50
TYPE_MAX = 20
"""Columns ``post_type`` and ``post_status`` (wp-admin/includes/schema.php)."""
TITLE_SHOWN = 200
Read = TypeVar("Read")


class SiteRepeatsItself(Exception):
    """A page that is not what was asked for, so that asking on may never end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a page was asked for: posts of a type above an id, or these ids.

    ``full``: more than as little as says whether they changed. ``site_url`` completes addresses.
    """

    type: str | None = None
    after: int = 0
    limit: int = 100
    ids: Sequence[int] = ()
    full: bool = False
    site_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPage:
    """What a page told. ``listed`` are all ids that it names, those of what failed included.

    ``next_after`` is where to go on, if there is more; ``total`` comes with the first page.
    """

    posts: Sequence[LightPost] = ()
    failed: Sequence[Item] = ()
    listed: Sequence[int] = ()
    gone: Sequence[int] = ()
    next_after: int | None = None
    total: int | None = None

    @property
    def full(self) -> list[SitePost]:
        """The posts of a page that was asked for whole ones."""
        return [post for post in self.posts if isinstance(post, SitePost)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermPage:
    """Terms of a taxonomy, and how many of the page could not be read.

    ``listed`` are all ids that it names, those of what failed included.
    """

    terms: Sequence[SiteTerm] = ()
    listed: Sequence[int] = ()
    failed: int = 0
    next_after: int | None = None


def read_page(answer: BridgeResponse, asked: Asked) -> PostPage:
    """Read an answer to ``posts``. Raises :class:`SiteRepeatsItself`."""
    entries = _entries(answer.data)
    listed = [_id_of(entry) for entry in entries]
    _check_order(listed, asked.after, len(asked.ids) or asked.limit)
    gone = _gone(answer.data, asked, listed)
    posts: list[LightPost] = []
    failed: list[Item] = []
    for post_id, entry in zip(listed, entries, strict=True):
        try:
            post = _full(entry, asked.site_url) if asked.full else LightPost(**_light(entry))
        except Unusable as reason:
            failed.append(_failed(post_id, entry, asked, str(reason)))
            continue
        if asked.type is not None and post.type != asked.type:
            raise SiteRepeatsItself
        posts.append(post)
    total = answer.data.get("total")
    return PostPage(
        posts=posts,
        failed=failed,
        listed=listed,
        gone=gone,
        next_after=None if asked.ids else _next_after(answer.data, asked.after, listed),
        total=total if is_count(total) else None,
    )


def read_terms(answer: BridgeResponse, *, after: int, limit: int) -> TermPage:
    """Read an answer to ``terms``. Raises :class:`SiteRepeatsItself`."""
    entries = _entries(answer.data)
    listed = [_id_of(entry) for entry in entries]
    _check_order(listed, after, limit)
    terms: list[SiteTerm] = []
    for entry in entries:
        try:
            terms.append(_term(entry))
        except Unusable:
            continue
    return TermPage(
        terms=terms,
        listed=listed,
        failed=len(entries) - len(terms),
        next_after=_next_after(answer.data, after, listed),
    )


def read_links(answer: BridgeResponse, post_ids: Sequence[int]) -> dict[int, str]:
    """What the site made of links, by post: ``linked``, ``taken``, ``gone``, ``not_allowed``.

    Of posts that nobody asked about, and in words that are none, nothing is heard.
    """
    words = {"linked", "taken", "gone", "not_allowed"}
    asked = set(post_ids)
    found: dict[int, str] = {}
    for entry in _entries(answer.data)[: len(post_ids)]:
        post_id, said = entry.get("post_id"), entry.get("outcome")
        if is_count(post_id) and post_id in asked and isinstance(said, str) and said in words:
            found[post_id] = said
    return found


# --- Where the list goes on -----------------------------------------------------------------


def _entries(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    items = data.get("items")
    if not isinstance(items, list) or not all(isinstance(entry, dict) for entry in items):
        raise SiteRepeatsItself
    return items


def _id_of(entry: Mapping[str, Any]) -> int:
    found = entry.get("id")
    if not is_count(found):
        raise SiteRepeatsItself
    return found


def _check_order(listed: Sequence[int], after: int, most: int) -> None:
    before = [after, *listed]
    if len(listed) > most or any(a >= b for a, b in zip(before, listed, strict=False)):
        raise SiteRepeatsItself


def _gone(data: Mapping[str, Any], asked: Asked, listed: Sequence[int]) -> list[int]:
    """Of the posts that were asked for by id, those that are not there."""
    if not asked.ids:
        return []
    wanted, told = set(asked.ids), data.get("gone")
    absent = told if isinstance(told, list) else []
    gone = sorted({one for one in absent if is_count(one) and one in wanted})
    if not wanted.issuperset(listed) or set(gone).intersection(listed):
        raise SiteRepeatsItself
    return gone


def _next_after(data: Mapping[str, Any], after: int, listed: Sequence[int]) -> int | None:
    if not data.get("more"):
        return None
    following = data.get("next_after")
    if not is_count(following) or following <= after or following < max(listed, default=0):
        raise SiteRepeatsItself
    return following


# --- One post -------------------------------------------------------------------------------


def _light(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": an_id(entry, "id"),
        "type": word(entry, "type", TYPE_MAX),
        "status": word(entry, "status", TYPE_MAX),
        "content_id": maybe_id(entry, "content_id"),
        "fingerprint": maybe_word(entry, "fingerprint", FINGERPRINT_MAX),
    }


def _full(entry: Mapping[str, Any], site_url: str) -> SitePost:
    body = _body(entry)
    told = maybe_word(entry, "text_sha256", 64)
    if body is not None and told is not None and told != hashlib.sha256(body.encode()).hexdigest():
        raise Unusable("text is not the one that its text_sha256 is of.")
    image = entry.get("featured_image")
    return SitePost(
        **_light(entry),
        title=text(entry, "title", TITLE_MAX),
        excerpt=text(entry, "excerpt", EXCERPT_MAX),
        slug=text(entry, "slug", LINE_MAX),
        url=address(entry, "url", site_url),
        text=body,
        text_sha256=told,
        author=text(entry, "author", LINE_MAX),
        author_id=number(entry, "author_id"),
        date_gmt=moment(entry, "date_gmt"),
        modified_gmt=moment(entry, "modified_gmt"),
        password_protected=boolean(entry, "password_protected"),
        parent=number(entry, "parent"),
        page_template=text(entry, "page_template", LINE_MAX),
        builder=maybe_word(entry, "builder", NAME_MAX),
        terms=_terms(entry),
        featured_image=next(iter(_images([image] if image else [], site_url)), None),
        images=_images(entry.get("images"), site_url),
        gallery=_gallery(entry),
        seo=_seo(entry),
    )


def _body(entry: Mapping[str, Any]) -> str | None:
    packed = entry.get("text_gz")
    body = entry.get("text") if packed is None else inflated(packed)
    if body is None:
        return None
    return text({"text": body}, "text", len(body) if isinstance(body, str) else 0)


def _terms(entry: Mapping[str, Any]) -> dict[str, tuple[SiteTerm, ...]]:
    told = _mapping(entry.get("terms") or {}, "terms")
    if len(told) > MOST_TAXONOMIES:
        raise Unusable(f"It has terms of more than {MOST_TAXONOMIES} taxonomies.")
    lists = {name: told[name] or [] for name in told}
    if sum(len(one) for one in lists.values() if isinstance(one, list)) > MOST_TERMS:
        raise Unusable(f"It has more than {MOST_TERMS} terms.")
    return {
        word({"taxonomy": name}, "taxonomy", NAME_MAX): _each(one, "terms", MOST_TERMS, _term)
        for name, one in lists.items()
    }


def _term(entry: Mapping[str, Any]) -> SiteTerm:
    return SiteTerm(
        id=an_id(entry, "id"),
        name=text(entry, "name", LINE_MAX),
        slug=text(entry, "slug", LINE_MAX),
        parent=number(entry, "parent"),
        count=number(entry, "count"),
    )


def _image(entry: Mapping[str, Any], site_url: str) -> SiteImage:
    return SiteImage(
        id=number(entry, "id"),
        url=address(entry, "url", site_url),
        alt=text(entry, "alt", TITLE_MAX),
        caption=text(entry, "caption", TITLE_MAX),
        width=number(entry, "width"),
        height=number(entry, "height"),
        mime=text(entry, "mime", NAME_MAX),
    )


def _images(told: Any, site_url: str) -> tuple[SiteImage, ...]:
    return _each(told, "images", MOST_IMAGES, partial(_image, site_url=site_url))


def _gallery(entry: Mapping[str, Any]) -> tuple[int, ...]:
    told = entry.get("gallery") or []
    if not isinstance(told, list) or len(told) > MOST_IMAGES:
        raise Unusable("gallery is not a list of images, or too long.")
    return tuple(an_id({"gallery": one}, "gallery") for one in told)


def _seo(entry: Mapping[str, Any]) -> dict[str, str]:
    told = _mapping(entry.get("seo") or {}, "seo")
    if len(told) > MOST_SEO:
        raise Unusable("seo has too many fields.")
    return {word({"seo": name}, "seo", NAME_MAX): text(told, name, SEO_MAX) for name in told}


def _each(
    value: Any, name: str, most: int, read: Callable[[Mapping[str, Any]], Read]
) -> tuple[Read, ...]:
    return tuple(read(one) for one in _mappings(value, name, most))


def _mappings(value: Any, name: str, most: int) -> list[Mapping[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > most:
        raise Unusable(f"{name} is not a list, or longer than {most}.")
    return [_mapping(one, name) for one in value]


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    """An object; PHP writes an empty one as a list."""
    if value == []:
        return {}
    if not isinstance(value, dict):
        raise Unusable(f"{name} is not what it should be.")
    return value


def _failed(post_id: int, entry: Mapping[str, Any], asked: Asked, reason: str) -> Item:
    """What can be shown of a post that could not be read."""
    return Item(
        external_id=post_id,
        type=asked.type or _shown(word, entry, "type", TYPE_MAX),
        title=_shown(text, entry, "title", TITLE_MAX)[:TITLE_SHOWN],
        url=_shown(address, entry, "url", asked.site_url),
        outcome=Outcome.FAILED,
        reason=f"What the site says of this post cannot be taken over: {reason}",
    )


def _shown(read: Callable[..., str], *args: Any) -> str:
    try:
        return read(*args)
    except Unusable:
        return ""
