"""Posts that are somebody's already, or may be: linked, made anew in another's place, or held."""

from typing import Any

import pytest
from igny8.content.store import META, to_content
from igny8.core.errors import Conflict
from igny8.core.table import DATA
from igny8.imports.runs import Twins

from tests.support.importing import Import, existing, links_of
from tests.support.outbox import EPOCH, Outbox
from tests.support.steps import die_before_settling, edit, publication_row
from tests.support.wordpress import refusal
from tests.support.world import ACCOUNT, OTHER_ACCOUNT, World

pytestmark = pytest.mark.rows("memory")


@pytest.fixture
def site(shared: World) -> dict[str, Any]:
    return shared.connected_site()


def contents(world: World) -> list[Any]:
    rows: Any = world.services.tables
    return [to_content(row) for row in rows.rows(DATA) if row["sk"]["S"] == META]


def published(world: World, site: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Content of ours with a post that stands on the site, as the site tells of it too."""
    content: dict[str, Any] = world.content(site, **fields)
    assert world.publish(content).status == 202
    world.work()
    post_id = stands(world, content)
    posts = existing(world)
    told = {"post_id": post_id, "content_id": content["id"], "post_status": "publish",
            "fingerprint": posts.fingerprint(post_id), "site_url": site["url"]}  # fmt: skip
    assert world.told(site, told).data["result"] == "applied"
    return content | {"post_id": post_id}


def stands(world: World, content: dict[str, Any]) -> int:
    """Have the site tell of the post that it has made of a content."""
    post_id = publication_row(world, content).external_id
    assert post_id is not None
    posts = existing(world)
    (made,) = posts.add(title=content["title"])
    posts.written[post_id] = {**posts.written.pop(made), "id": post_id}
    posts.links[post_id] = content["id"]
    return post_id


# --- Ours -----------------------------------------------------------------------------------------


def test_our_own_posts_are_no_news(shared: World, site: dict[str, Any]) -> None:
    content = published(shared, site)
    tables: Any = shared.services.tables
    before = tables.back_up()
    done = Import(shared, site).run()
    assert done.outcomes() == {content["post_id"]: "unchanged"}
    assert tables.back_up() == before


def test_what_somebody_did_there_is_heard_once(shared: World, site: dict[str, Any]) -> None:
    content = published(shared, site)
    existing(shared).edit(content["post_id"], status="private", title="Changed")
    assert Import(shared, site).run().outcomes() == {content["post_id"]: "pulled"}
    assert publication_row(shared, content).wordpress_status == "private"
    lines = len(shared.events(site))
    assert Import(shared, site).run().outcomes() == {content["post_id"]: "unchanged"}
    assert len(shared.events(site)) == lines


def test_what_is_on_its_way_is_left_to_its_own_answer(shared: World, site: dict[str, Any]) -> None:
    content = published(shared, site)
    edit(shared, content, title="Second")
    assert shared.publish(content).status == 202
    existing(shared).edit(content["post_id"], status="private")
    before = publication_row(shared, content)
    assert Import(shared, site).run().outcomes() == {content["post_id"]: "skipped"}
    assert publication_row(shared, content) == before


def test_the_bridge_is_told_again_where_it_does_not_know(
    shared: World, site: dict[str, Any]
) -> None:
    content = published(shared, site)
    posts = existing(shared)
    del posts.links[content["post_id"]]
    assert Import(shared, site).run().outcomes() == {content["post_id"]: "unchanged"}
    assert posts.links == {content["post_id"]: content["id"]}
    posts.links[content["post_id"]] = 999
    assert Import(shared, site).run().outcomes() == {content["post_id"]: "unchanged"}
    assert posts.links == {content["post_id"]: content["id"]}
    assert posts.asked[-1][1]["items"][0]["instead_of"] == 999


# --- Restored tables, former integrations ---------------------------------------------------------


def test_what_the_tables_have_forgotten_is_linked_again_and_never_sent_unasked(
    shared: World, site: dict[str, Any]
) -> None:
    content = shared.content(site, status="approved")
    tables: Any = shared.services.tables
    backup = tables.back_up()
    shared.publish(content)
    shared.work()
    post_id = stands(shared, content)
    tables.restore(backup)
    assert set(links_of(shared, site)) == set()

    done = Import(shared, site, dry_run=True).run()
    assert done.outcomes() == {post_id: "linked"}
    assert Import(shared, site).run().outcomes() == {post_id: "linked"}
    assert links_of(shared, site)[post_id].content_id == content["id"]
    known = publication_row(shared, content)
    assert (known.external_id, known.wordpress_status) == (post_id, "publish")
    assert known.fingerprint == "lost", "no text of a person's is written over unasked"
    (stored,) = contents(shared)
    assert (stored.was_sent, str(stored.status)) == (True, "published")
    assert Import(shared, site).run().outcomes() == {post_id: "unchanged"}
    assert len(contents(shared)) == 1


def test_posts_of_a_former_integration_become_the_new_ones(
    shared: World, site: dict[str, Any]
) -> None:
    content = published(shared, site)
    path = f"/api/v1/integration/integrations/{site['integration_id']}/"
    assert shared.call("DELETE", path).status == 200
    shared.clock.advance(minutes=5)
    key = shared.key(site)
    assert shared.pair(site, key["api_key"]).status == 200
    now = site | {"integration_id": key["integration_id"], "api_key": key["api_key"]}
    assert now["integration_id"] != site["integration_id"]
    assert Import(shared, now).run().outcomes() == {content["post_id"]: "linked"}
    link = links_of(shared, now)[content["post_id"]]
    assert (link.content_id, link.integration_id) == (content["id"], now["integration_id"])
    assert Import(shared, now).run().outcomes() == {content["post_id"]: "unchanged"}
    calls = existing(shared).calls["posts"]
    Import(shared, now).run()
    assert existing(shared).calls["posts"] == calls + 1


def test_two_posts_that_name_one_content_are_one_and_a_stranger(
    shared: World, site: dict[str, Any]
) -> None:
    content = shared.content(site)
    posts = existing(shared)
    first, second = posts.add(2)
    posts.links = {first: content["id"], second: content["id"]}
    done = Import(shared, site).run()
    assert done.outcomes() == {first: "linked", second: "skipped"}
    assert Import(shared, site).run().outcomes() == {first: "unchanged", second: "skipped"}
    assert len(contents(shared)) == 1


# --- Content that is not this site's --------------------------------------------------------------


@pytest.mark.parametrize("whose", ["another's", "another site's", "nobody's"])
def test_a_number_that_is_not_this_sites_is_nobodys(
    shared: World, site: dict[str, Any], whose: str
) -> None:
    theirs = 12345
    if whose == "another's":
        other = shared.connected_site(account=OTHER_ACCOUNT)
        theirs = shared.content(other, account=OTHER_ACCOUNT)["id"]
    elif whose == "another site's":
        theirs = shared.content(shared.site(url="http://localhost:8081"))["id"]
    tables: Any = shared.services.tables
    before = [row for row in tables.rows(DATA) if f"#C#{theirs}" in row["pk"]["S"]]
    posts = existing(shared)
    (post_id,) = posts.add()
    posts.links[post_id] = theirs
    done = Import(shared, site).run()
    item = done.of(post_id)
    assert item.outcome == "created"
    assert item.content_id != theirs
    assert posts.links[post_id] == item.content_id
    assert [row for row in tables.rows(DATA) if f"#C#{theirs}" in row["pk"]["S"]] == before
    assert all(row["pk"]["S"].startswith(f"A#{ACCOUNT}#") for row in tables.rows(DATA)
               if str(item.content_id) in row["pk"]["S"])  # fmt: skip


def test_deleted_content_whose_post_stayed_is_made_anew(
    shared: World, site: dict[str, Any]
) -> None:
    content = published(shared, site)
    path = f"/api/v1/writer/content/{content['id']}/?unpublish=keep"
    assert shared.call("DELETE", path).status == 200
    item = Import(shared, site).run().of(content["post_id"])
    assert item.outcome == "created"
    assert [one.id for one in contents(shared)] == [item.content_id]


# --- Twins ----------------------------------------------------------------------------------------


def test_a_post_like_an_unpublished_content_is_held_for_a_person(
    shared: World, site: dict[str, Any]
) -> None:
    by_title = shared.content(site, title="Tea & cakes")
    by_slug = shared.content(site, title="Another", slug="coffee", status="approved")
    shared.content(site, title="Paged", post_type="page")
    posts = existing(shared)
    (tea,) = posts.add(title="Tea &amp; cakes")
    (coffee,) = posts.add(title="Kaffee", slug="coffee")
    (paged,) = posts.add(title="Paged")
    tables: Any = shared.services.tables
    done = Import(shared, site).run()
    assert done.outcomes() == {tea: "twin", coffee: "twin", paged: "created"}
    assert done.of(tea).content_id == by_title["id"]
    assert done.of(coffee).content_id == by_slug["id"]
    assert set(links_of(shared, site)) == {paged}
    before = tables.back_up()
    assert Import(shared, site).run().outcomes() == {
        tea: "twin",
        coffee: "twin",
        paged: "unchanged",
    }
    assert tables.back_up() == before
    brought_in = Import(shared, site, twins=Twins.IMPORT).run()
    assert brought_in.outcomes() == {tea: "created", coffee: "created", paged: "unchanged"}


def test_what_failed_or_was_cancelled_before_it_had_a_post_can_be_a_twin(
    shared: World, site: dict[str, Any]
) -> None:
    failed = shared.content(site, title="Failed")
    shared.publish(failed)
    shared.wordpress.before.append(refusal(422, "invalid"))
    shared.work()
    assert publication_row(shared, failed).state == "failed"
    shared.call("PATCH", f"/api/v1/writer/content/{failed['id']}/", {"status": "draft"})
    live = published(shared, site, title="Live")
    (post_id,) = existing(shared).add(title="Failed")
    (other,) = existing(shared).add(title="Live")
    done = Import(shared, site).run()
    assert done.outcomes() == {
        live["post_id"]: "unchanged", post_id: "twin", other: "created",
    }  # fmt: skip


def test_drafts_that_came_from_the_site_hide_none_of_ours(
    shared: World, site: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("igny8.imports.twins.MOST", 5)
    shared.content(site, title="Ours")
    posts = existing(shared)
    posts.add(12, status="draft")
    Import(shared, site, filters={"status": "draft"}).run()
    (twin,) = posts.add(title="Ours")
    assert Import(shared, site).run().of(twin).outcome == "twin"


# --- A site that is not believed ------------------------------------------------------------------


@pytest.mark.parametrize("epoch", ["f" * 32, EPOCH])
def test_nothing_is_taken_over_from_another_database(
    shared: World, site: dict[str, Any], epoch: str
) -> None:
    posts = existing(shared)
    shared.wordpress.outbox = Outbox(head_seq=7)
    path = f"/api/v1/integration/integrations/{site['integration_id']}/sync/"
    assert shared.call("POST", path, {"direction": "changes"}).status == 202
    shared.synchronise()
    posts.add(2)
    Import(shared, site).run()
    posts.add(2)
    shared.wordpress.outbox = Outbox(head_seq=3, epoch=epoch)
    for _ in range(2):
        with pytest.raises(Conflict, match="does not fit"):
            Import(shared, site).run()
    assert len(contents(shared)) == 2


def test_a_post_whose_content_is_told_after_it_was_listed_is_not_taken_from_it(
    shared: World, site: dict[str, Any]
) -> None:
    """The publish that made it comes to its end while the import looks at it."""
    content = shared.content(site)
    shared.publish(content)
    die_before_settling(shared, shared.messages())
    posts = existing(shared)
    (post_id,) = posts.add()

    def between(_route: str, number: int) -> None:
        if number == 1:  # it is listed, and read next
            posts.links[post_id] = content["id"]

    posts.before_call = between
    done = Import(shared, site).run()
    assert done.of(post_id).outcome == "skipped"
    assert posts.links == {post_id: content["id"]}
    assert [one.id for one in contents(shared)] == [content["id"]]


def test_a_post_of_ours_that_is_gone_by_then_is_gone_here(
    shared: World, site: dict[str, Any]
) -> None:
    posts = existing(shared)
    (post_id,) = posts.add()
    content = {"id": Import(shared, site).run().of(post_id).content_id}
    posts.edit(post_id, title="Edited")
    posts.before_call = lambda _route, number: posts.delete(post_id) if number == 4 else None
    assert Import(shared, site).run().outcomes() == {post_id: "skipped"}
    known = publication_row(shared, content)
    assert (str(known.state), known.wordpress_status) == ("gone", "deleted")


def test_a_site_that_has_lost_a_post_with_its_memory_of_it_is_heard(
    shared: World, site: dict[str, Any]
) -> None:
    """Its database was restored to what it was before the import: nothing tells of a deletion."""
    posts = existing(shared)
    kept, lost = posts.add(2)
    done = Import(shared, site).run()
    posts.delete(lost)
    posts.links.clear()
    path = f"/api/v1/integration/integrations/{site['integration_id']}/sync/"
    assert shared.call("POST", path).status == 202
    shared.synchronise()
    rows = [publication_row(shared, {"id": done.of(one).content_id}) for one in (kept, lost)]
    assert [str(row.state) for row in rows] == ["published", "gone"]
    assert posts.links == {kept: done.of(kept).content_id}, "it is told again"
