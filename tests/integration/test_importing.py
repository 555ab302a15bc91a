"""Existing posts become content: once each, whole, and with nothing made due by it."""

from typing import Any

import pytest
from igny8.content.store import META, to_content
from igny8.core.table import DATA
from igny8.links.digest import digest_of
from igny8.links.model import Link

from tests.support.importing import Import, existing, links_of
from tests.support.pacing import automatic_site
from tests.support.steps import edit, publication_row
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
    assert set(real.outcomes().values()) == {"created", "twin"}
    posts.edit(1, title="Edited")
    again = Import(shared, site, dry_run=True).run()
    assert again.outcomes() == Import(shared, site).run().outcomes()
    assert again.outcomes()[1] == "pulled"


# --- What follows of it ---------------------------------------------------------------------------


def test_what_came_in_is_taken_by_no_automation_in_a_month(shared: World) -> None:
    site = automatic_site(shared, auto_approval_enabled=True)
    own = shared.content(site, status="review", title="Ours")
    posts = existing(shared)
    for status in ("draft", "pending", "future", "publish"):
        posts.add(2, status=status)
    done = Import(shared, site, filters={"status": "draft,pending,future,publish"}).run()
    assert set(done.outcomes().values()) == {"created"}
    made = [item.content_id for item in done.items]
    for _ in range(30 * 24):
        for kind in ("automatic", "due"):
            shared.sweep(kind)
        shared.work()
        shared.clock.advance(hours=1)
    sent = {
        call["content_id"] for method, route, call in shared.wordpress.calls if route == "publish"
    }
    assert sent == {own["id"]}
    rows = [publication_row(shared, {"id": number}) for number in made]
    assert {row.intent for row in rows} == {0}
    statuses = [read(shared, number)["status"] for number in made]
    assert statuses == ["draft"] * 2 + ["review"] * 4 + ["published"] * 2


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"title": ""}, {"title"}),
        ({"title": " &nbsp; "}, {"title"}),
        ({"text": ""}, {"content_html"}),
        ({"text": "<!-- wp:paragraph -->\n<p></p>\n<!-- /wp:paragraph -->"}, {"content_html"}),
        ({"title": "", "text": " \n"}, {"title", "content_html"}),
    ],
)
def test_what_is_empty_comes_in_and_does_not_go_out(
    shared: World, site: dict[str, Any], fields: dict[str, str], missing: set[str]
) -> None:
    (post_id,) = existing(shared).add(**fields)
    content = read(shared, Import(shared, site).run().of(post_id).content_id)
    answer = shared.publish(content)
    assert (answer.status, answer.code) == (422, "invalid")
    assert set(answer.body["error"]["fields"]) == missing
    edit(shared, content, title="A title", content_html="<p>Text.</p>", drop_kept=[])
    assert shared.publish(content).status == 202


def test_publishing_what_came_in_updates_that_very_post(
    shared: World, site: dict[str, Any]
) -> None:
    (post_id,) = existing(shared).add()
    content = read(shared, Import(shared, site).run().of(post_id).content_id)
    again = shared.publish(content)
    assert again.status == 200, "it is there already"
    edit(shared, content, title="Changed here")
    assert shared.publish(content).status == 202
    shared.work()
    (sent,) = [call for _, route, call in shared.wordpress.calls if route == "publish"]
    assert (sent["post_id"], sent["rev"], sent["source"]) == (post_id, 1, "wordpress")
    assert sent["base_fingerprint"] == existing(shared).fingerprint(post_id)
    assert sent["title"] == "Changed here"
    assert [one["action"] for one in shared.events(site)][:2] == ["content_update"] * 2


def test_an_update_of_what_is_there_counts_for_no_limit_a_draft_of_the_site_does(
    shared: World, site: dict[str, Any]
) -> None:
    live, draft = existing(shared).add(), existing(shared).add(status="draft")
    done = Import(shared, site, filters={"status": "publish,draft"}).run()
    tables: Any = shared.services.tables
    for (post_id,), counted in ((live, 0), (draft, 1)):
        content = {"id": done.of(post_id).content_id}
        edit(shared, content, title="Changed here")
        assert shared.publish(content).status == 202
        clicks = [row for row in tables.rows(DATA) if row["sk"]["S"].startswith("CLICKS#")]
        assert len(clicks) == counted


# --- What goes wrong ------------------------------------------------------------------------------


def test_what_may_not_be_shown_is_kept_where_it_is(shared: World, site: dict[str, Any]) -> None:
    posts = existing(shared)
    (scripted,) = posts.add(text="<p>a</p><script>b</script>")
    (built,) = posts.add(text="<p>a</p>", builder="elementor")
    (whole,) = posts.add()
    done = Import(shared, site).run()
    assert set(done.outcomes().values()) == {"created"}
    read_back = {post: read(shared, done.of(post).content_id) for post in (scripted, built, whole)}
    kept = {post: [one["name"] for one in told["kept_parts"]] for post, told in read_back.items()}
    assert kept == {scripted: ["script"], built: ["elementor"], whole: []}
    assert "<script>" not in read_back[scripted]["content_html"]
    assert all(told["made_by"] == "wordpress" for told in read_back.values())


def test_a_post_that_is_deleted_meanwhile_is_nobodys(shared: World, site: dict[str, Any]) -> None:
    posts = existing(shared)
    ids = posts.add(4)
    at: dict[int, Any] = {1: lambda: posts.delete(ids[1]), 2: lambda: posts.delete(ids[2])}
    posts.before_call = lambda _route, number: at.get(number, lambda: None)()
    done = Import(shared, site).run()
    assert done.outcomes() == dict(
        zip(ids, ["created", "skipped", "skipped", "created"], strict=True)
    )
    assert {one.id for one in contents(shared)} == set(posts.links.values())
    assert set(links_of(shared, site)) == {ids[0], ids[3]}
    assert counted(shared, site) == 2


@pytest.mark.parametrize("word", ["taken", "not_allowed", "gone"])
def test_a_post_that_the_bridge_does_not_give_is_taken_back(
    shared: World, site: dict[str, Any], word: str
) -> None:
    posts = existing(shared)
    kept, refused = posts.add(2)
    posts.refuses[refused] = word
    done = Import(shared, site).run()
    assert done.outcomes() == {kept: "created", refused: "skipped"}
    assert done.of(refused).content_id is None
    assert done.of(refused).reason
    assert [one.id for one in contents(shared)] == [done.of(kept).content_id]
    assert set(links_of(shared, site)) == {kept}
    assert counted(shared, site) == 1
    shared.clock.advance(hours=2)
    shared.sweep("clean")
    bodies: Any = shared.services.bodies
    assert {int(key.split("/")[2]) for key in bodies._texts} == {done.of(kept).content_id}


def test_what_the_site_did_not_hear_of_comes_again_and_counts_as_made(
    shared: World, site: dict[str, Any]
) -> None:
    posts = existing(shared)
    ids = posts.add(3)
    left = [True, False]
    run = Import(shared, site, may_go_on=lambda: left.pop(0) if left else True)
    assert run.step()
    assert run.items == [], "the time was up before the site was told"
    assert len(contents(shared)) == 3
    run.run()
    assert run.outcomes() == dict.fromkeys(ids, "created")
    assert len(contents(shared)) == 3
    assert set(posts.links) == set(ids)


def counted(world: World, site: dict[str, Any]) -> int:
    tables: Any = world.services.tables
    rows = [row for row in tables.rows(DATA) if row["sk"]["S"].startswith("TYPES#COUNT#")]
    assert all(f"#I#{site['integration_id']}" in row["pk"]["S"] for row in rows)
    return sum(int(row["posts"]["N"]) for row in rows)


def test_a_bridge_that_was_not_told_whose_a_post_is_has_not_lost_it(
    shared: World, site: dict[str, Any]
) -> None:
    """Whoever looks at every post before it is told finds nothing of its content there."""
    (post_id,) = existing(shared).add()
    content = read(shared, Import(shared, site).run().of(post_id).content_id)
    before = publication_row(shared, content)
    path = f"/api/v1/integration/integrations/{site['integration_id']}/sync/"
    assert shared.call("POST", path).status == 202
    shared.synchronise()
    assert publication_row(shared, content) == before
    edit(shared, content, title="Changed here")
    assert shared.publish(content).status == 202
    shared.work()
    (sent,) = [call for _, route, call in shared.wordpress.calls if route == "publish"]
    assert sent["adopt"] is True
