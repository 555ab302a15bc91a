"""What of an update is sent: what changed here since both sides last agreed, and nothing else."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from igny8.content.model import BodyRef, Content, Editorial, EditorialStatus
from igny8.publishing.bases import FIELDS, Base, changed_since, fields_of
from igny8.publishing.model import new_publication
from igny8.publishing.payload import build_payload
from igny8.sites.model import TermsPolicy

THEN = datetime(2026, 1, 10, tzinfo=UTC)
PUBLICATION = new_publication(
    account_id=1, site_id=2, integration_id=3, content_id=4, content_rev=5, post_status="publish",
    now=0,
)  # fmt: skip
HTML = "<p>The first words of a text.</p>"
BEFORE = Editorial(
    "A title", slug="a-title", author="Jane", seo_title="S", seo_description="D",
    canonical_url="https://e.example/a", primary_keyword="tea", secondary_keywords=["pot"],
    cluster={"id": 1, "name": "Drinks"}, sector={"id": 2, "name": "Home"}, tags=["green"],
    featured_image_url="https://e.example/i.jpg", featured_image_alt="A pot",
    gallery_images=[{"url": "https://e.example/g.jpg", "alt": "", "caption": ""}],
)  # fmt: skip


def order(
    editorial: Editorial = BEFORE, html: str = HTML, policy: TermsPolicy = TermsPolicy.CREATE,
    status: str = "publish",
) -> dict[str, Any]:  # fmt: skip
    content = Content(
        4, 1, 2, 5, EditorialStatus.PUBLISHED, editorial, BodyRef("k", "s", 1), THEN, THEN
    )
    return build_payload(content, html, replace(PUBLICATION, post_status=status), policy)


def base(of: Mapping[str, Any], *refused: str) -> Base:
    return Base(
        account_id=1, content_id=4, integration_id=3, rev=5, fingerprint="f",
        fields=fields_of(of, refused),
    )  # fmt: skip


ALWAYS = set(order()) - set(FIELDS)


def named(now: Mapping[str, Any], then: Mapping[str, Any] | None = None, *refused: str) -> set[str]:
    """The fields that are sent beside what an order always says."""
    return set(changed_since(base(then or order(), *refused), now)) - ALWAYS


def test_of_a_text_that_nobody_changed_nothing_is_sent_but_what_is_wanted_of_it() -> None:
    assert named(order()) == set()
    assert set(changed_since(base(order()), order())) == ALWAYS


@pytest.mark.parametrize(
    ("changes", "sent"),
    [
        ({"title": "Another"}, {"title"}),
        ({"excerpt": "Given"}, {"excerpt"}),
        ({"slug": "other"}, {"slug"}),
        ({"slug": None}, {"slug"}),
        ({"author": "Joe"}, {"author"}),
        ({"publish_at": "2027-01-01T00:00:00Z"}, {"publish_at"}),
        ({"seo_title": None}, {"seo_title"}),
        ({"seo_description": "E"}, {"seo_description"}),
        ({"canonical_url": None}, {"canonical_url"}),
        ({"primary_keyword": "cha"}, {"primary_keyword", "secondary_keywords", "tags"}),
        ({"secondary_keywords": []}, {"primary_keyword", "secondary_keywords", "tags"}),
        ({"tags": ["green", "black"]}, {"tags"}),
        ({"tags": ["green", "TEA"]}, {"tags"}),
        ({"categories": ["News"]}, {"categories"}),
        ({"cluster": {"id": 1, "name": "Tea"}}, {"cluster_id", "cluster", "categories"}),
        ({"sector": None}, {"sector_id", "sector"}),
        ({"featured_image_alt": "Tea"}, {"featured_image_url", "featured_image_alt"}),
        ({"gallery_images": []}, {"content_html", "gallery_images"}),
    ],
)
def test_what_was_changed_is_sent_and_what_is_made_of_it(
    changes: dict[str, Any], sent: set[str]
) -> None:
    assert named(order(replace(BEFORE, **changes))) == sent


@pytest.mark.parametrize(
    "changes",
    [
        {"excerpt": "The first words of a text."},  # what was made of the text before
        {"categories": ["Drinks"]},  # what the cluster's name was before
        {"tags": ["green", "tea", "pot"]},  # what the keywords had made of them
        {"content_type": "page"},  # is not sent at all
    ],
)
def test_what_would_be_sent_is_compared_and_not_what_is_kept(changes: dict[str, Any]) -> None:
    assert named(order(replace(BEFORE, **changes))) == set()


def test_a_text_goes_with_its_pictures_and_with_the_excerpt_that_is_made_of_it() -> None:
    assert named(order(html="<p>Other words.</p>")) == {"content_html", "gallery_images", "excerpt"}
    given = replace(BEFORE, excerpt="Given")
    assert named(order(given, "<p>Other words.</p>"), order(given)) == {
        "content_html", "gallery_images",
    }  # fmt: skip


def test_a_post_that_is_to_be_scheduled_is_told_when() -> None:
    dated = replace(BEFORE, publish_at="2027-01-01T00:00:00Z")
    assert named(order(dated), order(dated)) == set()
    assert named(order(dated, status="future"), order(dated)) == {"publish_at"}


def test_terms_are_sent_again_under_another_policy() -> None:
    assert named(order(), order(policy=TermsPolicy.NONE)) == {"categories", "tags"}


@pytest.mark.parametrize(
    ("refused", "sent"),
    [
        ("content_html", {"content_html", "gallery_images"}),
        ("featured_image_url", {"featured_image_url", "featured_image_alt"}),
        ("tags", {"tags"}),
        ("post_status", set()),
        ("", set(FIELDS)),
        (
            "seo_title",
            {"seo_title", "seo_description", "canonical_url", "primary_keyword",
             "secondary_keywords"},
        ),
    ],
)  # fmt: skip
def test_what_the_site_could_not_take_is_sent_again(refused: str, sent: set[str]) -> None:
    assert named(order(), None, refused) == sent


def test_a_field_that_a_base_does_not_know_of_is_sent() -> None:
    older = order()
    del older["canonical_url"]
    assert named(order(), older) == {"canonical_url"}
