"""What the API takes of a field at most, the bridge takes too, in whatever letters."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from content_api.schemas import CreateContent
from igny8.content.model import BodyRef, Content, EditorialStatus
from igny8.publishing.model import new_publication
from igny8.publishing.payload import build_payload
from igny8.sites.model import TermsPolicy

from .conftest import Bridge, new_id

HTML = "<p>Text of the article.</p>"
# One byte, two, three, four; and one that is five characters in the form that WordPress stores.
LETTERS = ["a", "ش", "茶", "𠮷", "&"]


def sent(**fields: Any) -> dict[str, Any]:
    """What the backend sends of a content that the API has taken."""
    given = {"site_id": 1, "title": "Long", "content_html": HTML, **fields}
    editorial = CreateContent.model_validate(given).editorial()
    now = datetime(2026, 1, 10, tzinfo=UTC)
    content = Content(
        id=new_id(),
        account_id=1,
        site_id=1,
        rev=1,
        status=EditorialStatus.PUBLISHED,
        editorial=editorial,
        body=BodyRef("key", "hash", len(HTML)),
        created_at=now,
        updated_at=now,
    )
    publication = new_publication(
        account_id=1,
        site_id=1,
        integration_id=1,
        content_id=content.id,
        content_rev=1,
        post_status=editorial.post_status,
        now=int(now.timestamp()),
    )
    return build_payload(content, HTML, publication, TermsPolicy.CREATE)


def longest(letter: str) -> dict[str, Any]:
    """Every text of a content as long as it may be."""
    name = letter * 200
    text = letter * 1000
    address = "https://example.com/"
    return {
        "title": text,
        "excerpt": letter * 5000,
        "slug": "a" * 200 if letter == "&" else name,
        "seo_title": text,
        "seo_description": text,
        "canonical_url": address + letter * (2048 - len(address)),
        "primary_keyword": text,
        "secondary_keywords": [name],
        "cluster": {"id": 1, "name": name},
        "sector": {"id": 2, "name": name},
        "categories": [name, ["Root", name]],
        "tags": [name],
        "author": text,
        "featured_image_alt": text,
        "gallery_images": [{"url": "https://127.0.0.2/" + letter * 2000, "alt": text}] * 2,
    }


@pytest.mark.parametrize("letter", LETTERS)
def test_the_longest_of_each_field_is_published(bridge: Bridge, letter: str):
    bodies = [sent(**{field: value}) for field, value in longest(letter).items()]
    answers = bridge.dispatch([json.dumps(body) for body in bodies])
    refused = {
        field: answer["error"]
        for field, (status, answer) in zip(longest(letter), answers, strict=True)
        if status != 201
    }
    assert refused == {}
