"""What is sent to the bridge: every field of the content, and what the publication wants."""

import re
from collections.abc import Mapping
from typing import Any

from igny8.content.model import Content, RawRef
from igny8.content.text import as_stored
from igny8.content.words import make_excerpt
from igny8.publishing.bases import Base, fields_of
from igny8.publishing.model import DELETED, Publication
from igny8.sites.model import TermsPolicy


def build_payload(
    content: Content, html: str, publication: Publication, policy: TermsPolicy
) -> dict[str, Any]:
    """Build the body of ``POST publish``; ``rev`` is the intent, obeyed in order.

    Here, and nowhere else, plain text becomes the form that WordPress stores.
    """
    editorial = content.editorial
    return {
        "content_id": content.id,
        "rev": publication.intent,
        "decided_at": publication.decided_at,
        "title": as_stored(editorial.title),
        "content_html": html,
        "excerpt": as_stored(editorial.excerpt) or _made_excerpt(content, html),
        "post_type": editorial.post_type,
        "post_status": publication.post_status,
        "publish_at": editorial.publish_at,
        "slug": editorial.slug,
        "author": _stored(editorial.author),
        "seo_title": _stored(editorial.seo_title),
        "seo_description": _stored(editorial.seo_description),
        "canonical_url": editorial.canonical_url,
        "primary_keyword": _stored(editorial.primary_keyword),
        "secondary_keywords": [as_stored(word) for word in editorial.secondary_keywords],
        "featured_image_url": editorial.featured_image_url,
        "featured_image_alt": _stored(editorial.featured_image_alt),
        "gallery_images": [_image(image) for image in editorial.gallery_images],
        "categories": [_category(one) for one in _categories(content)],
        "tags": [as_stored(name) for name in _tags(content)],
        "cluster_id": (editorial.cluster or {}).get("id"),
        "cluster": _stored((editorial.cluster or {}).get("name")),
        "sector_id": (editorial.sector or {}).get("id"),
        "sector": _stored((editorial.sector or {}).get("name")),
        "post_id": publication.external_id,
        "base_fingerprint": publication.overwrites or publication.fingerprint,
        "base_post_status": _seen_status(publication),
        "recreate": publication.recreate,
        **_named(publication),
        "source": content.source,
        "terms_policy": str(policy),
    }


def _made_excerpt(content: Content, html: str) -> str:
    """The first words (seed 002, 3.2); a post that came without an excerpt goes without one."""
    return "" if content.source == "wordpress" else make_excerpt(html)


def base_of_theirs(
    content: Content,
    html: str,
    publication: Publication,
    policy: TermsPolicy,
    *,
    raw: RawRef | None,
    text_sha256: str | None,
    now: int,
) -> Base | None:
    """What both sides have where a revision was made of the post as it is there now.

    ``publication`` is the one that knows the post by its fingerprint; without one there is no base.
    ``now`` is in epoch seconds.
    """
    if publication.fingerprint is None:
        return None
    return Base(
        account_id=content.account_id,
        content_id=content.id,
        integration_id=publication.integration_id,
        rev=content.rev,
        fingerprint=publication.fingerprint,
        fields=fields_of(build_payload(content, html, publication, policy)),
        raw=raw,
        text_sha256=text_sha256,
        revised_at=now,
    )


def build_takedown(content: Content, publication: Publication) -> dict[str, Any]:
    """Build the body of ``POST publish`` that takes a post down, and leaves its text as it is.

    So it never fails over a text that the site refuses, or that we have lost.
    """
    return {
        "content_id": content.id,
        "rev": publication.intent,
        "decided_at": publication.decided_at,
        "title": as_stored(content.editorial.title),
        "take_down": True,
        "post_type": content.editorial.post_type,
        "post_status": publication.post_status,
        "post_id": publication.external_id,
        "base_fingerprint": publication.overwrites or publication.fingerprint,
        "base_post_status": _seen_status(publication),
        **_named(publication),
        "source": content.source,
    }


def _named(publication: Publication) -> dict[str, Any]:
    """Have a post written on that stood there before us, though its bridge may not know it.

    Only where both texts are known to be the same: by its number alone, after a restore, it might
    be anybody's.
    """
    known = publication.external_id is not None and publication.fingerprint is not None
    if not known or publication.applied_intent or publication.recreate:
        return {}
    return {"adopt": True}


def _seen_status(publication: Publication) -> str | None:
    """The status that the clicker saw; whoever makes a deleted post again has seen none."""
    return None if publication.base_status == DELETED else publication.base_status


def _stored(text: str | None) -> str | None:
    return None if text is None else as_stored(text)


def _image(image: Mapping[str, str]) -> dict[str, str]:
    return {**image, "alt": as_stored(image["alt"]), "caption": as_stored(image["caption"])}


def _category(path: str | list[str]) -> str | list[str]:
    return as_stored(path) if isinstance(path, str) else [as_stored(name) for name in path]


def _categories(content: Content) -> list[str | list[str]]:
    """The content's own categories, else the cluster's name (seed 002, 3.2)."""
    editorial = content.editorial
    if editorial.categories:
        return editorial.categories
    name = (editorial.cluster or {}).get("name")
    return [name] if name else []


def _tags(content: Content) -> list[str]:
    """The content's tags and its keywords, each once, whatever the case (seed 002, 3.2)."""
    editorial = content.editorial
    names = [*editorial.tags, editorial.primary_keyword or "", *editorial.secondary_keywords]
    unique: dict[str, str] = {}
    for name in names:
        if name:
            unique.setdefault(re.sub(r"\s+", " ", name).casefold(), name)
    return list(unique.values())
