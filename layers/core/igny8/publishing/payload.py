"""What is sent to the bridge: every field of the content, and what the publication wants."""

import re
from typing import Any

from igny8.content.model import Content
from igny8.content.sanitise import make_excerpt
from igny8.publishing.model import Publication
from igny8.sites.model import TermsPolicy


def build_payload(
    content: Content, html: str, publication: Publication, policy: TermsPolicy
) -> dict[str, Any]:
    """Build the body of ``POST publish``; ``rev`` is the intent, obeyed in order."""
    editorial = content.editorial
    return {
        "content_id": content.id,
        "rev": publication.intent,
        "title": editorial.title,
        "content_html": html,
        "excerpt": editorial.excerpt or make_excerpt(html),
        "post_type": editorial.post_type,
        "post_status": publication.post_status,
        "publish_at": editorial.publish_at,
        "slug": editorial.slug,
        "author": editorial.author,
        "seo_title": editorial.seo_title,
        "seo_description": editorial.seo_description,
        "canonical_url": editorial.canonical_url,
        "primary_keyword": editorial.primary_keyword,
        "secondary_keywords": editorial.secondary_keywords,
        "featured_image_url": editorial.featured_image_url,
        "featured_image_alt": editorial.featured_image_alt,
        "gallery_images": editorial.gallery_images,
        "categories": _categories(content),
        "tags": _tags(content),
        "cluster_id": (editorial.cluster or {}).get("id"),
        "cluster": (editorial.cluster or {}).get("name"),
        "sector_id": (editorial.sector or {}).get("id"),
        "sector": (editorial.sector or {}).get("name"),
        "post_id": publication.external_id,
        "base_fingerprint": publication.fingerprint,
        "recreate": publication.recreate,
        "source": content.source,
        "terms_policy": str(policy),
    }


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
