"""What comes of an edit that somebody made on a site, by what was changed here: pure rules.

| changed since both sides last agreed | then |
|---|---|
| there alone, or other fields here | theirs come over; what was changed here stays so |
| the same fields on both sides, differently | a person decides about all of it |
| nothing that anybody would see | nothing |

A field is changed there where the fingerprint says so **and** it is not what we would send now: a
site stores words in its own way, which is nobody's edit. Without a base all of ours is changed,
unless it is the very revision that the site had last.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from igny8.content.model import Content, Editorial
from igny8.imports.editorial import CATEGORY, SEO, TAG, editorial_of
from igny8.imports.model import SitePost
from igny8.inbound.rules import LOST_TEXT
from igny8.publishing.bases import AS_ONE, FIELDS, NEVER_AGREED, Base, fields_of
from igny8.publishing.fingerprints import differing
from igny8.publishing.model import Publication
from igny8.publishing.payload import build_payload
from igny8.sites.model import TermsPolicy

FIELDS_OF: dict[str, tuple[str, ...]] = {
    "title": ("title",),
    "body": ("content_html",),
    "excerpt": ("excerpt",),
    "slug": ("slug",),
    "terms": ("categories", "tags"),
    "thumbnail": ("featured_image_url", "featured_image_alt"),
    "meta": (),
    "seo": ("seo_title", "seo_description", "canonical_url", "primary_keyword"),
}
"""The fields of an order that each group of a fingerprint is about."""
TOLD = frozenset(name for names in FIELDS_OF.values() for name in names)
TAKEN_ALONG = {"categories": ("site_terms",), "featured_image_url": ("featured_image_id",)}
"""What is known of a field by what it is called on the site."""
TAXONOMIES = {"categories": CATEGORY, "tags": TAG}
SETS = frozenset({"categories", "tags"})


@dataclass(frozen=True, slots=True)
class Side:
    """A text with its fields, and what would be sent of it."""

    editorial: Editorial
    html: str
    order: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Met:
    """What comes of both sides. ``taken`` and ``clash`` are fields of an order.

    ``merged`` is ours with what was ``taken`` of theirs, ``theirs`` what the post is as it stands;
    of both the digests, which a base keeps. ``is_ours``: something was changed here as well.
    """

    taken: frozenset[str]
    clash: frozenset[str]
    is_ours: bool
    ours: Side
    merged: Side
    theirs: Side
    merged_fields: Mapping[str, str]
    theirs_fields: Mapping[str, str]


def met(
    content: Content,
    html: str,
    post: SitePost,
    post_html: str,
    *,
    publication: Publication,
    base: Base | None,
    policy: TermsPolicy,
) -> Met:
    """Bring a post as it is now (``post_html``: its text as it is shown here) to our newest text.

    ``base`` is believed: it is of the post as the publication knows it.
    """

    def sent(editorial: Editorial, text: str) -> Side:
        of_it = replace(content, editorial=editorial)
        return Side(editorial, text, build_payload(of_it, text, publication, policy))

    ours = sent(content.editorial, html)
    there = editorial_of(post)
    told = _told(post, there, post_html, sent(there, post_html).order)
    moved = differing(publication.fingerprint, post.fingerprint)
    differ = {name for name in told if not _same(name, ours.order[name], told[name])}
    theirs_moved = differ & {name for group in moved for name in FIELDS_OF[group]}
    changed = _changed_here(content, ours.order, publication, base)
    clash = _together(theirs_moved) & _together(changed) & (theirs_moved | changed)
    taken = theirs_moved - _together(clash)

    def with_theirs(names: set[str]) -> Side:
        text = post_html if "content_html" in names else html
        return sent(_taking(content.editorial, there, names), text)

    merged = with_theirs(taken)
    theirs = with_theirs(theirs_moved | (differ & changed))
    return Met(
        taken=frozenset(taken),
        clash=frozenset(clash),
        is_ours=bool(changed),
        ours=ours,
        merged=merged,
        theirs=theirs,
        merged_fields=_agreed(merged, base, changed - taken),
        theirs_fields=_agreed(theirs, base, changed - TOLD),
    )


def _told(post: SitePost, there: Editorial, html: str, order: Mapping[str, Any]) -> dict[str, Any]:
    """What the site has in each field that it tells of, without what we would make of others.

    A type without tags tells of none, and so does a site of an SEO field that it has no place for.
    """
    silent = {name for name, taxonomy in TAXONOMIES.items() if taxonomy not in post.terms}
    silent |= {field for name, field in SEO.items() if name not in post.seo}
    told = {name: order[name] for name in TOLD - silent} | {"content_html": html}
    if not there.excerpt:
        told["excerpt"] = ""
    if not there.categories and "categories" in told:
        told["categories"] = []
    return told


def _changed_here(
    content: Content, order: Mapping[str, Any], publication: Publication, base: Base | None
) -> set[str]:
    """The fields that would be sent otherwise than they were; of a post nobody knows it is all."""
    if base is None:
        is_known = publication.fingerprint not in {None, LOST_TEXT}
        return set() if is_known and content.rev == publication.content_rev else set(FIELDS)
    now = fields_of(order)
    known = base.fields
    return {name for name in now if known.get(name, NEVER_AGREED) not in {now[name], NEVER_AGREED}}


def _together(names: set[str]) -> set[str]:
    """Fields, and those that are sent with them."""
    return names | {one for row in AS_ONE if names & set(row) for one in row}


def _taking(ours: Editorial, theirs: Editorial, names: set[str]) -> Editorial:
    """Our fields, with some of theirs."""
    fields = [name for name in names if name != "content_html"]
    fields += [along for name in fields for along in TAKEN_ALONG.get(name, ())]
    return replace(ours, **{name: getattr(theirs, name) for name in fields})


def _agreed(side: Side, base: Base | None, but: set[str]) -> dict[str, str]:
    """Digests of a side, but for fields of ours that the site does not have: those as it knows."""
    now = fields_of(side.order)
    known = base.fields if base is not None else {}
    kept = {name: known.get(name, NEVER_AGREED) for name in now if name in but}
    never = {name: NEVER_AGREED for name in now if known.get(name) == NEVER_AGREED}
    return now | never | kept


def _same(name: str, ours: Any, theirs: Any) -> bool:
    """Whether two values of a field are one: nobody orders terms, or spells their letters' case."""
    if name in SETS:
        return sorted(map(_folded, ours)) == sorted(map(_folded, theirs))
    return (ours or "") == (theirs or "")


def _folded(term: str | list[str]) -> str:
    path = [term] if isinstance(term, str) else term
    return " > ".join(path).casefold()
