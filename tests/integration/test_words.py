"""Text fields are plain text in and out: what was sent is what is answered, everywhere."""

from typing import Any

import pytest
from content_api.schemas import ChangeContent, CreateContent
from integrations_api.schemas import ChangeSite, CreateSite

from tests.support.world import SITE_URL, World

WORDS = 'Tea & <Coffee> "now"'
CONTENT = "/api/v1/writer/content/"
SITES = "/api/v1/sites/"
# Every text field there is, and the words in it.
TEXTS: dict[str, Any] = {
    "title": WORDS,
    "excerpt": WORDS,
    "author": WORDS,
    "seo_title": WORDS,
    "seo_description": WORDS,
    "primary_keyword": WORDS,
    "secondary_keywords": [WORDS, f"{WORDS} again"],
    "cluster": {"id": 7, "name": WORDS},
    "sector": {"id": 8, "name": WORDS},
    "categories": [WORDS, ["Drinks", WORDS]],
    "tags": [WORDS, "R&D", "&amp; as it is"],
    "featured_image_alt": WORDS,
    "gallery_images": [
        {"url": "https://app.igny8.com/images/2.png?a=1&b=2", "alt": WORDS, "caption": WORDS}
    ],
}
# What else people send: addresses, words for machines, HTML, ids, times.
NO_TEXTS = {
    "site_id", "content_html", "slug", "status", "content_type", "post_type", "post_status",
    "publish_at", "canonical_url", "featured_image_url",
}  # fmt: skip
OF_A_SITE = {"url", "hosting_type", "timezone", "terms_policy"}


def test_every_text_field_is_tried() -> None:
    assert CreateContent.model_fields.keys() == TEXTS.keys() | NO_TEXTS
    more = {"drop_kept", "base_rev"}
    assert (
        ChangeContent.model_fields.keys() == CreateContent.model_fields.keys() - {"site_id"} | more
    )
    assert CreateSite.model_fields.keys() == ChangeSite.model_fields.keys() == OF_A_SITE | {"name"}


def told(answer: Any) -> dict[str, Any]:
    return {name: answer[name] for name in TEXTS}


def test_words_of_content_come_back_as_sent(shared: World) -> None:
    site = shared.connected_site()
    made = shared.content(site, **TEXTS)
    path = f"{CONTENT}{made['id']}/"
    assert told(made) == TEXTS
    assert made["warnings"] == []
    assert told(shared.call("GET", path).data) == TEXTS
    (listed,) = shared.call("GET", f"{CONTENT}?site={site['id']}").data
    assert told(listed) == TEXTS


@pytest.mark.parametrize("field", TEXTS)
def test_words_that_change_come_back_as_sent(shared: World, field: str) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    path = f"{CONTENT}{content['id']}/"
    changed = shared.call("PATCH", path, {field: TEXTS[field]})
    assert changed.status == 200
    assert changed.data[field] == TEXTS[field]
    assert changed.data["rev"] == 2
    assert shared.call("GET", path).data[field] == TEXTS[field]
    assert shared.call("PATCH", path, {field: TEXTS[field]}).data["rev"] == 2, "it is the same"


def test_words_come_back_once_they_are_published(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site, **TEXTS)
    assert shared.publish(content).status == 202
    shared.work()
    assert shared.publication(content)["publish_state"] == "published"
    assert told(shared.call("GET", f"{CONTENT}{content['id']}/").data) == TEXTS


def test_words_of_sites_come_back_as_sent(shared: World) -> None:
    made = shared.call("POST", SITES, {"name": WORDS, "url": SITE_URL})
    assert made.data["name"] == WORDS
    path = f"{SITES}{made.data['id']}/"
    assert shared.call("GET", path).data["name"] == WORDS
    assert [one["name"] for one in shared.call("GET", SITES).data] == [WORDS]
    again = f"{WORDS} & again"
    assert shared.call("PATCH", path, {"name": again}).data["name"] == again
    assert shared.call("GET", path).data["name"] == again
