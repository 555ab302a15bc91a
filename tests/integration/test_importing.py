"""Existing posts become content: once each, whole, and with nothing made due by it."""

from typing import Any

import pytest
from igny8.content.store import META, to_content
from igny8.core.table import DATA
from igny8.links.digest import digest_of
from igny8.links.model import Link

from tests.support.importing import Import, existing, links_of
from tests.support.steps import publication_row
from tests.support.world import World

pytestmark = pytest.mark.rows("memory")


@pytest.fixture
def site(shared: World) -> dict[str, Any]:
    return shared.connected_site()


def contents(world: World) -> list[Any]:
    rows: Any = world.services.tables
    return [to_content(row) for row in rows.rows(DATA) if row["sk"]["S"] == META]


def read(world: World, content_id: int) -> Any:
    return world.call("GET", f"/api/v1/writer/content/{content_id}/").data


def test_a_post_becomes_content_with_its_link_and_its_first_publication(
    shared: World, site: dict[str, Any]
) -> None:
    (post_id,) = existing(shared).add(
        title="Tea &amp; &lt;Cakes&gt;", excerpt="Short &amp; sweet", slug="t%c3%a4",
        text="<!-- wp:paragraph -->\n<p>Words &amp; more.</p>\n<!-- /wp:paragraph -->",
        author="Jane &amp; Joe",
        terms={
            "category": [{"id": 3, "name": "Drinks", "slug": "drinks", "parent": 0},
                         {"id": 4, "name": "Hot &amp; cold", "slug": "hot", "parent": 3}],
            "post_tag": [{"id": 9, "name": "C++", "slug": "c", "parent": 0}],
        },
        featured_image={"id": 77, "url": "http://127.0.0.1:8080/a.jpg", "alt": "A &amp; B"},
    )  # fmt: skip
    done = Import(shared, site).run()
    item = done.of(post_id)
    assert (item.outcome, item.title) == ("created", "Tea & <Cakes>")
    content = read(shared, item.content_id)
    assert content["title"] == "Tea & <Cakes>"
    assert content["excerpt"] == "Short & sweet"
    assert content["slug"] == "tä"
    assert content["author"] == "Jane & Joe"
    assert content["categories"] == ["Drinks", ["Drinks", "Hot & cold"]]
    assert content["tags"] == ["C++"]
    assert content["content_html"] == existing(shared).post(post_id)["text"]
    assert content["featured_image_alt"] == "A & B"
    assert (content["status"], content["publish_state"], content["rev"]) == (
        "published", "published", 1,
    )  # fmt: skip
    assert content["external_id"] == str(post_id)
    (stored,) = contents(shared)
    assert (stored.source, stored.was_sent) == ("wordpress", True)
    assert stored.editorial.site_terms["category"] == [
        {"id": 3, "path": ["Drinks"]}, {"id": 4, "path": ["Drinks", "Hot & cold"]},
    ]  # fmt: skip
    assert stored.editorial.featured_image_id == 77
    known = publication_row(shared, content)
    fingerprint = existing(shared).fingerprint(post_id)
    assert (known.intent, known.fingerprint, known.external_id) == (0, fingerprint, post_id)
    digest = digest_of(post_id, "publish", fingerprint)
    made_by = done.context.run_id
    assert links_of(shared, site) == {
        post_id: Link(content["id"], site["integration_id"], "post", digest, made_by)
    }
    assert existing(shared).links == {post_id: content["id"]}


@pytest.mark.parametrize(
    ("status", "editorial", "state", "wanted"),
    [
        ("publish", "published", "published", "publish"),
        ("private", "published", "published", "private"),
        ("future", "review", "published", "future"),
        ("draft", "draft", "unpublished", "publish"),
        ("pending", "review", "unpublished", "publish"),
        ("acf-disabled", "draft", "unpublished", "publish"),
    ],
)
def test_a_status_means_here_what_the_map_says(
    shared: World, site: dict[str, Any], status: str, editorial: str, state: str, wanted: str
) -> None:
    (post_id,) = existing(shared).add(status=status)
    done = Import(shared, site, filters={"status": status}).run()
    content = read(shared, done.of(post_id).content_id)
    found = content["status"], content["publish_state"], content["post_status"]
    assert found == (editorial, state, wanted)
    assert content["metadata"]["wordpress_status"] == status


def test_a_second_run_changes_nothing_and_asks_for_the_list_alone(
    shared: World, site: dict[str, Any]
) -> None:
    ids = existing(shared).add(120)
    first = Import(shared, site).run()
    assert set(first.outcomes().values()) == {"created"}
    tables: Any = shared.services.tables
    before, calls = tables.back_up(), existing(shared).calls.copy()
    second = Import(shared, site).run()
    assert second.outcomes() == dict.fromkeys(ids, "unchanged")
    assert tables.back_up() == before
    assert existing(shared).calls - calls == {"posts": 2}


def test_a_dry_run_decides_the_same_and_writes_nothing(shared: World, site: dict[str, Any]) -> None:
    posts = existing(shared)
    shared.content(site, title="Post 2")
    posts.add(3)
    posts.add(text="<p>a</p><script>b</script>")
    posts.add(status="draft")
    tables: Any = shared.services.tables
    before = tables.back_up()
    dry = Import(shared, site, dry_run=True).run()
    assert tables.back_up() == before
    assert posts.links == {}
    assert posts.calls["links"] == 0
    real = Import(shared, site).run()
    assert dry.outcomes() == real.outcomes()
    assert set(real.outcomes().values()) == {"created", "twin", "skipped"}
    posts.edit(1, title="Edited")
    again = Import(shared, site, dry_run=True).run()
    assert again.outcomes() == Import(shared, site).run().outcomes()
    assert again.outcomes()[1] == "pulled"
