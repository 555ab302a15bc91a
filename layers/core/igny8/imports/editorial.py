"""What a post of a site is here: its fields in plain text, its status, its first publication."""

from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from igny8.content.model import Content, Editorial, EditorialStatus
from igny8.content.text import as_typed
from igny8.imports.ancestors import term_of
from igny8.imports.model import SitePost
from igny8.inbound.told import taken
from igny8.publishing.model import Publication, PublishState
from igny8.publishing.seen import EDITORIAL, state_by
from igny8.terms.model import Term, path_of

CATEGORY, TAG = "category", "post_tag"
WANTED = {"private": "private", "future": "future"}
"""The status that the next publish asks for, where it is not ``publish``."""
SEO = {
    "title": "seo_title",
    "description": "seo_description",
    "canonical_url": "canonical_url",
    "primary_keyword": "primary_keyword",
}


def editorial_of(post: SitePost) -> Editorial:
    """The fields of a post as an editor would write them."""
    image = post.featured_image
    wanted = WANTED.get(post.status, "publish")
    if wanted == "future" and post.date_gmt is None:
        wanted = "publish"
    terms = {name: _described(post, name) for name in post.terms}
    seo: dict[str, Any] = {
        SEO[name]: as_typed(text) for name, text in post.seo.items() if name in SEO and text
    }
    return Editorial(
        title=as_typed(post.title),
        excerpt=as_typed(post.excerpt),
        slug=unquote(post.slug) or None,
        content_type=post.type,
        post_type=post.type,
        post_status=wanted,
        publish_at=post.date_gmt if wanted == "future" else None,
        author=as_typed(post.author) or None,
        categories=[_as_sent(term["path"]) for term in terms.get(CATEGORY, [])],
        tags=[term["path"][-1] for term in terms.get(TAG, [])],
        featured_image_url=image.url if image else None,
        featured_image_alt=(as_typed(image.alt) or None) if image else None,
        featured_image_id=image.id if image else None,
        site_terms={name: found for name, found in terms.items() if found},
        **seo,
    )


def status_of(post: SitePost) -> EditorialStatus:
    """Where people have it, by the map of what WordPress says."""
    return EDITORIAL.get(post.status, EditorialStatus.DRAFT)


def metadata_of(post: SitePost) -> dict[str, Any] | None:
    """What is told of a post beside its text, as an event tells it."""
    named = {name: [as_typed(term.name) for term in found] for name, found in post.terms.items()}
    return taken({
        "categories": named.get(CATEGORY, []),
        "tags": named.get(TAG, []),
        "author": {"id": post.author_id or None, "name": as_typed(post.author) or None},
        **({"modified_date": post.modified_gmt} if post.modified_gmt else {}),
    })  # fmt: skip


def publication_of(
    post: SitePost, content: Content, integration_id: int, *, home: str, now_text: str
) -> Publication:
    """What is known of a post that has just become content: nothing was decided about it here.

    The text that is here is the one that is there, so its fingerprint is what the first publish is
    compared with.
    """
    known = Publication(
        account_id=content.account_id,
        site_id=content.site_id,
        integration_id=integration_id,
        content_id=content.id,
        intent=0,
        content_rev=content.rev,
        post_status=content.editorial.post_status,
        state=PublishState.UNPUBLISHED,
        external_id=post.id,
        external_url=post.url or None,
        home=home,
        wordpress_status=post.status,
        base_status=post.status,
        last_wp_sync=now_text,
        fingerprint=post.fingerprint,
        site_fingerprint=post.fingerprint,
        wp_metadata=metadata_of(post),
        version=1,
    )
    # Some plugin's own status is not published: nobody knows what it means.
    return replace(known, state=state_by(known, post.status) or known.state)


def _described(post: SitePost, taxonomy: str) -> list[dict[str, Any]]:
    """Terms by id with their names from the root on, as far as those above them are known."""
    own = [term_of(taxonomy, term) for term in post.terms[taxonomy]]
    known = {**post.above, **{one.id: _below(one, post.above.get(one.id)) for one in own}}
    return [{"id": one.wordpress_id, "path": path_of(known[one.id], known)} for one in own]


def _below(term: Term, kept: Term | None) -> Term:
    """A term, as a root where the one that it is told to be below is not above it."""
    return term if kept is None or kept.told != term.told else replace(term, parent=kept.parent)


def _as_sent(path: list[str]) -> str | list[str]:
    return path if len(path) > 1 else path[0]
