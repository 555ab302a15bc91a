"""Comparing both sides: what no event told of is found and repaired, and nothing is sent."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from igny8.links.model import NOTHING_SEEN, Link
from igny8.links.store import unlink

from tests.support.pulling import Importing, importing
from tests.support.wordpress import Post
from tests.support.world import OTHER_ACCOUNT

pytestmark = pytest.mark.rows("memory")


@pytest.fixture
def here() -> Iterator[Importing]:
    """A site of which 20 posts are content here, and five are not."""
    with importing(plain=False) as made:
        made.posts.add(20)
        made.begin()
        made.serve()
        made.posts.add(5, status="draft")
        made.posts.calls.clear()
        yield made


def checked(here: Importing, **more: Any) -> Any:
    run = here.begin(direction="check", **more)
    here.serve()
    return here.run(run)


def content_of(here: Importing, post_id: int) -> Any:
    content_id = here.posts.links[post_id]
    return here.world.call("GET", f"/api/v1/writer/content/{content_id}/").data


def links(here: Importing) -> dict[int, Link]:
    store = here.world.services.link_store
    owner = here.owner
    found: dict[int, Link] = {}
    for page in store.between(owner.account_id, owner.site_id):
        found |= page
    return found


def spoil(here: Importing, post_id: int) -> None:
    """Our side loses what it knew of a post."""
    owner = here.owner
    known = links(here)[post_id]
    change = here.world.services.links.kept(
        owner.account_id, owner.site_id, post_id, replace(known, digest=(1, 1)), NOTHING_SEEN
    )
    here.world.services.commit(change.writes)


def test_equal_sides_are_two_questions(here: Importing) -> None:
    before = links(here)
    told = checked(here)
    assert (told["state"], told["direction"], told["done"]) == ("done", "check", 0)
    assert here.posts.calls == {"digests": 2}, "the site looks at its own, then adds up"
    assert links(here) == before
    assert here.call("GET", "sync-health/").data["drift"]["found"] == 0


def test_what_a_check_of_equal_sides_costs(here: Importing) -> None:
    here.begin(direction="check")
    before = here.trouble.seen.copy()
    here.serve()
    told = here.trouble.seen - before
    assert told["http.request"] == 3, "the outbox, the look at its own, the sums"
    assert told["tables.get_many"] == 0
    assert told["tables.query"] == 3 + 1, "site, key and integration a message; the links"
    assert told["tables.commit"] == 5


def test_what_was_changed_past_all_events_is_heard_of(here: Importing) -> None:
    here.posts.edit(7, status="draft")
    here.posts.edit(9, title="Another")
    told = checked(here)
    assert (told["done"], told["changed"], told["failed"]) == (2, 2, 0)
    assert told["counts"] == {"pulled": 2}
    assert [one["external_id"] for one in here.items(told)] == ["7", "9"]
    content = content_of(here, 7)
    assert (content["status"], content["metadata"]["wordpress_status"]) == ("draft", "draft")
    assert here.world.publication(content)["publish_state"] == "unpublished"
    health = here.call("GET", "sync-health/").data["drift"]
    assert (health["found"], health["left"]) == (2, 0)
    here.posts.calls.clear()
    assert checked(here)["done"] == 0, "it is repaired"
    assert here.posts.calls == {"digests": 2}
    actions = [one["action"] for one in here.call("GET", "events/?type=sync&limit=100").data]
    assert actions.count("drift_repair") == 1
    assert actions.count("drift_check") == 2


def test_a_post_that_is_deleted_past_all_events_is_gone(here: Importing) -> None:
    content = content_of(here, 11)
    here.posts.delete(11)
    post = Post(11, content["id"], 0, "Post 11", "", "deleted", "")
    here.world.wordpress.deleted[content["id"]] = post
    told = checked(here)
    assert told["counts"] == {"pulled": 1}
    assert here.world.publication(content)["publish_state"] == "gone"
    assert checked(here)["done"] == 0


def test_a_link_that_says_something_else_is_put_right(here: Importing) -> None:
    before = links(here)
    spoil(here, 13)
    told = checked(here)
    assert told["counts"] == {"linked": 1}
    assert links(here) == before
    assert here.posts.calls["posts"] <= 2


def test_a_link_that_our_tables_have_lost_is_found_by_the_sites_word(here: Importing) -> None:
    owner, before = here.owner, links(here)
    lost = unlink(owner.account_id, owner.site_id, 15, before[15])
    here.world.services.commit([lost])
    told = checked(here)
    assert told["done"] == 1
    assert links(here)[15].content_id == before[15].content_id
    assert checked(here)["done"] == 0


def test_what_the_bridge_has_forgotten_it_is_told_again(here: Importing) -> None:
    content_id = here.posts.links.pop(17)
    assert checked(here)["done"] == 1
    assert here.posts.links[17] == content_id
    assert checked(here)["done"] == 0


def test_nobodys_posts_do_not_come_in(here: Importing) -> None:
    here.posts.links[23] = 424_242  # a content that never was one of this site
    told = checked(here)
    assert told["counts"] == {"skipped": 1}
    path = f"/api/v1/writer/content/?site={here.site['id']}&limit=100"
    assert len(here.world.call("GET", path).data) == 20


def test_what_is_on_its_way_is_left_alone(here: Importing) -> None:
    content = content_of(here, 19)
    path = f"/api/v1/writer/content/{content['id']}/"
    assert here.world.call("PATCH", path, {"title": "Ours"}).status == 200
    assert here.world.publish(content).status == 202
    here.posts.edit(19, title="Theirs")
    before = here.world.publication(content)
    assert checked(here)["done"] == 0
    assert here.world.publication(content) == before


def test_a_dry_run_names_what_differs_and_leaves_it(here: Importing) -> None:
    here.posts.edit(7, status="draft")
    here.posts.links.pop(9)
    here.world.wordpress.outbox.add(
        action="post_updated", post_id=7, content_id=here.posts.links[7], origin="wordpress",
        post_status="draft",
    )  # fmt: skip
    before = links(here)
    told = checked(here, dry_run=True)
    assert here.posts.calls["digests"] == 1
    assert len(here.world.wordpress.outbox.waiting) == 1
    assert (told["dry_run"], told["done"]) == (True, 2)
    assert [one["external_id"] for one in here.items(told)] == ["7", "9"]
    assert links(here) == before
    assert content_of(here, 7)["metadata"]["wordpress_status"] == "publish"


def test_a_deep_check_has_every_post_looked_at(here: Importing) -> None:
    left = iter([True, True, False])

    def scrubs(data: dict[str, Any]) -> dict[str, Any]:
        if "ranges" not in data:
            return data
        more = next(left, False)
        return {**data, "scrub": {"at": 77, "checked": 200, "moved": 0, "more": more}}

    here.posts.always = scrubs
    told = checked(here, deep=True)
    assert told["state"] == "done"
    asked = [body for route, body in here.posts.asked if route == "digests"]
    assert [bool(body["bounds"]) for body in asked] == [False, False, False, True]
    assert [body.get("checked_before") for body in asked] == [None, 77, 77, None]
    assert here.call("GET", "sync-health/").data["drift"]["scrubbed"] == 600


def test_a_thirtieth_of_the_posts_is_enough_for_a_day(here: Importing) -> None:
    here.posts.always = lambda data: {
        **data, "scrub": {"at": 77, "checked": 1, "moved": 0, "more": True},
    }  # fmt: skip
    assert checked(here)["state"] == "done"
    assert here.posts.calls["digests"] == 2, "one of twenty, and the sums"


def test_what_the_site_finds_itself_is_heard_of_before_both_sides_are_compared(
    here: Importing,
) -> None:
    def finds(data: dict[str, Any]) -> dict[str, Any]:
        here.posts.always = None
        here.posts.edit(7, status="draft")
        here.world.wordpress.outbox.add(
            action="post_updated", post_id=7, content_id=here.posts.links[7], origin="wordpress",
            post_status="draft", channel="check", fingerprint=here.posts.fingerprint(7),
        )  # fmt: skip
        return {**data, "scrub": {"at": 77, "checked": 20, "moved": 1, "more": False}}

    here.posts.always = finds
    told = checked(here)
    assert (told["state"], told["done"]) == ("done", 0), "the event has told of it"
    assert content_of(here, 7)["status"] == "draft"
    assert here.call("GET", "sync-health/").data["drift"]["found"] == 1
    said = here.world.events(here.site)[0]["description"]
    assert said == "Compared both sides: 1 posts differed, 1 were put right"


def test_a_site_that_lies_ends_it(here: Importing) -> None:
    here.posts.always = lambda data: {**data, "ranges": {"post": [[1, 2]]}}
    told = checked(here)
    assert (told["state"], told["reason"]) == ("failed", "site_repeats_itself")


def test_a_site_that_dies_in_the_middle_waits_and_goes_on(here: Importing) -> None:
    here.posts.edit(7, status="draft")
    here.posts.lies = {here.posts.served + 1: lambda _data: b"<html>No</html>"}
    run = here.begin(direction="check")
    here.serve()
    assert here.run(run)["state"] == "waiting"
    for _ in range(12):
        here.settle()
    assert here.run(run)["counts"] == {"pulled": 1}


def test_it_is_done_each_day_by_itself(here: Importing) -> None:
    here.posts.edit(7, status="draft")
    for _ in range(30):
        here.world.clock.advance(hours=1)
        here.world.sweep("sync")
        here.serve()
    assert content_of(here, 7)["status"] == "draft"
    assert here.call("GET", "sync-health/").data["drift"]["found"] == 1


@pytest.mark.parametrize("body", [
    {"direction": "check", "types": ["post"]}, {"direction": "check", "limit": 4},
    {"direction": "pull", "deep": True}, {"direction": "changes", "deep": True},
    {"direction": "check", "deep": True, "dry_run": True},
])  # fmt: skip
def test_what_is_not_for_a_check_is_refused(here: Importing, body: dict[str, Any]) -> None:
    assert here.call("POST", "sync/", body).status == 422
    assert here.run() is None or here.run()["state"] == "done"


def test_another_account_learns_nothing(here: Importing) -> None:
    path = f"/api/v1/integration/integrations/{here.site['integration_id']}/sync/"
    body = {"direction": "check"}
    assert here.world.call("POST", path, body, account=OTHER_ACCOUNT).status == 404
