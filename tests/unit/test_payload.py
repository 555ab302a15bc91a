"""What the bridge is sent."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from igny8.content.model import BodyRef, Content, Editorial, EditorialStatus
from igny8.publishing.model import new_publication
from igny8.publishing.payload import build_payload, build_takedown
from igny8.sites.model import TermsPolicy

THEN = datetime(2026, 1, 10, tzinfo=UTC)
PUBLICATION = new_publication(
    account_id=1,
    site_id=2,
    integration_id=3,
    content_id=4,
    content_rev=5,
    post_status="draft",
    now=0,
)
HTML = "<p>" + "word " * 60 + "</p>"


def payload(html: str = HTML, policy: TermsPolicy = TermsPolicy.CREATE, **fields: Any) -> Any:
    content = Content(
        4, 1, 2, 5, EditorialStatus.PUBLISHED, Editorial(**{"title": "T", **fields}),
        BodyRef("k", "s", 1), THEN, THEN,
    )  # fmt: skip
    return build_payload(content, html, PUBLICATION, policy)


def test_every_documented_field_is_sent_and_no_other() -> None:
    assert set(payload()) == {
        "content_id", "rev", "decided_at", "title", "content_html", "excerpt", "post_type",
        "post_status",
        "publish_at", "slug", "author", "seo_title", "seo_description", "canonical_url",
        "primary_keyword", "secondary_keywords", "featured_image_url", "featured_image_alt",
        "gallery_images", "categories", "tags", "cluster_id", "cluster", "sector_id", "sector",
        "post_id", "base_fingerprint", "base_post_status", "recreate", "source", "terms_policy",
    }  # fmt: skip


def test_the_publication_decides_what_it_pins() -> None:
    pinned = replace(PUBLICATION, intent=7, external_id=99, fingerprint="f", recreate=True)
    content = Content(
        4, 1, 2, 5, EditorialStatus.DRAFT, Editorial("T", post_status="publish"),
        BodyRef("k", "s", 1), THEN, THEN,
    )  # fmt: skip
    sent = build_payload(content, HTML, pinned, TermsPolicy.EXISTING_ONLY)
    assert (sent["content_id"], sent["rev"], sent["post_status"]) == (4, 7, "draft")
    assert (sent["post_id"], sent["base_fingerprint"], sent["recreate"]) == (99, "f", True)
    assert (sent["source"], sent["terms_policy"]) == ("igny8", "existing_only")


@pytest.mark.parametrize(
    ("known", "adopts"),
    [
        ({"external_id": 9, "fingerprint": "f"}, True),
        ({"external_id": 9, "fingerprint": None}, False),
        ({"external_id": None, "fingerprint": "f"}, False),
        ({"external_id": 9, "fingerprint": "f", "applied_intent": 1}, False),
        ({"external_id": 9, "fingerprint": "f", "recreate": True}, False),
    ],
)
def test_a_post_that_was_there_before_us_is_named_as_such(
    known: dict[str, Any], adopts: bool
) -> None:
    content = Content(
        4, 1, 2, 5, EditorialStatus.DRAFT, Editorial("T"), BodyRef("k", "s", 1), THEN, THEN
    )
    publication = replace(PUBLICATION, **known)
    sent = build_payload(content, HTML, publication, TermsPolicy.CREATE)
    down = build_takedown(content, publication)
    assert ("adopt" in sent, "adopt" in down) == (adopts, adopts)


CLUSTER = {"id": 6, "name": "Gardening"}


@pytest.mark.parametrize(
    ("fields", "categories"),
    [
        ({}, []),
        ({"cluster": CLUSTER}, ["Gardening"]),
        ({"cluster": CLUSTER, "categories": ["News"]}, ["News"]),
        ({"categories": ["A", ["Root", "Leaf"]]}, ["A", ["Root", "Leaf"]]),
    ],
)
def test_categories_are_the_contents_own_else_the_clusters(
    fields: dict[str, Any], categories: list[Any]
) -> None:
    assert payload(**fields)["categories"] == categories


def test_cluster_and_sector_are_sent_as_id_and_name() -> None:
    sent = payload(cluster=CLUSTER, sector={"id": 8, "name": "Home"})
    assert (sent["cluster_id"], sent["cluster"]) == (6, "Gardening")
    assert (sent["sector_id"], sent["sector"]) == (8, "Home")
    assert payload()["cluster_id"] is None


def test_tags_are_terms_and_keywords_each_once() -> None:
    sent = payload(
        tags=["Roses", "soil"], primary_keyword="ROSES", secondary_keywords=["Soil", "water  can",
        "Water Can", "straße", "STRASSE"],
    )  # fmt: skip
    assert sent["tags"] == ["Roses", "soil", "water  can", "straße"]
    assert payload()["tags"] == []


def test_the_excerpt_is_the_given_one_or_the_beginning() -> None:
    assert payload(excerpt="Given")["excerpt"] == "Given"
    assert payload()["excerpt"] == " ".join(["word"] * 30)


WORDS = 'Tea & <Coffee> "now"'
STORED = 'Tea &amp; &lt;Coffee&gt; "now"'


def test_every_text_is_sent_as_wordpress_stores_it() -> None:
    group = {"id": 6, "name": WORDS}
    one_line = (
        "title", "excerpt", "author", "seo_title", "seo_description", "primary_keyword",
        "featured_image_alt",
    )  # fmt: skip
    sent = payload(
        **dict.fromkeys(one_line, WORDS),
        secondary_keywords=[WORDS, "two"],
        cluster=group,
        sector=group,
        categories=[WORDS, ["Root & more", WORDS]],
        tags=[WORDS],
        gallery_images=[{"url": "https://e.example/?a=1&b=2", "alt": WORDS, "caption": WORDS}],
    )
    assert {name: sent[name] for name in one_line} == dict.fromkeys(one_line, STORED)
    assert (sent["cluster"], sent["sector"]) == (STORED, STORED)
    assert sent["secondary_keywords"] == [STORED, "two"]
    assert sent["categories"] == [STORED, ["Root &amp; more", STORED]]
    assert sent["tags"] == [STORED, "two"], "one word, however often it is given"
    (image,) = sent["gallery_images"]
    assert image == {"url": "https://e.example/?a=1&b=2", "alt": STORED, "caption": STORED}


def test_whoever_makes_a_post_again_has_seen_no_status() -> None:
    content = Content(
        4, 1, 2, 5, EditorialStatus.DRAFT, Editorial("T"), BodyRef("k", "s", 1), THEN, THEN
    )
    seen = replace(PUBLICATION, base_status="private")
    told = [
        build_payload(content, HTML, publication, TermsPolicy.CREATE)["base_post_status"]
        for publication in (
            seen,
            replace(seen, base_status="deleted"),
            replace(seen, base_status=None, recreate=True),
            replace(seen, recreate=True),
        )
    ]
    assert told == ["private", None, None, "private"], "it overwrites nothing that is there"
