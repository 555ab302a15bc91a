"""A post that WordPress names is ours from then on, whatever becomes of what was wanted of it."""

from typing import Any

import pytest

from tests.support.steps import bring_to, edit, sweep_and_work
from tests.support.wordpress import gone, lost, refusal, reply
from tests.support.world import World

pytestmark = pytest.mark.rows("memory")

CONTENT = "/api/v1/writer/content/"


def named(content: Any, **told: Any) -> Any:
    """An answer to the question what is there, which names a post of the first intent."""
    data = {
        "content_id": content["id"], "rev": 1, "post_id": 101, "state": "done",
        "post_url": "http://127.0.0.1:8080/post-101/", "post_status": "publish",
        "fingerprint": "f1", **told,
    }  # fmt: skip
    return reply(200, {"success": True, "data": data})


def newer_after_a_doubt(shared: World) -> Any:
    """The first intent may be there, the second is to be sent."""
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)
    shared.wordpress.after.append(lambda _answer: lost())
    shared.work()
    edit(shared, content, title="Newer")
    assert shared.publish(content).status == 202
    return {**content, "site": site}


def assert_known(shared: World, content: Any, state: str) -> None:
    told = shared.publication(content)
    assert (told["publish_state"], told["external_id"], told["applied_intent"]) == (state, "101", 1)
    for refused in (
        shared.call("DELETE", f"{CONTENT}{content['id']}/"),
        shared.call("PATCH", f"{CONTENT}{content['id']}/", {"status": "draft"}),
    ):
        assert (refused.status, refused.code) == (409, "published")


@pytest.mark.parametrize("state", ["done", "stale"])
def test_what_is_there_is_kept_though_the_newer_text_is_refused(shared: World, state: str) -> None:
    content = newer_after_a_doubt(shared)
    shared.wordpress.before += [named(content, state=state), refusal(422, "invalid")]
    sweep_and_work(shared, minutes=30)
    assert_known(shared, content, "failed")


@pytest.mark.parametrize("state", ["done", "stale"])
def test_what_is_there_is_kept_though_nothing_may_be_sent_any_more(
    shared: World, state: str
) -> None:
    content = newer_after_a_doubt(shared)
    for _ in range(3):
        shared.wordpress.before += [named(content, state=state), lost()]
        sweep_and_work(shared, minutes=30)
        assert shared.pair(content["site"], content["site"]["api_key"]).status == 200
    shared.wordpress.before.append(named(content, state=state))
    sweep_and_work(shared, minutes=30)
    assert_known(shared, content, "failed")
    message = shared.publication(content)["last_error"]["message"]
    assert "does not have it" not in message
    assert "older" in message


def test_what_the_bridge_is_still_at_work_on_is_known_from_the_first(shared: World) -> None:
    content = newer_after_a_doubt(shared)
    shared.wordpress.before.append(named(content, state="running"))
    sweep_and_work(shared, minutes=30)
    assert shared.publication(content)["external_id"] == "101"


def test_a_post_made_by_a_send_that_goes_on_is_known_though_it_ends_badly(shared: World) -> None:
    content = shared.content(shared.connected_site())
    shared.publish(content)
    running = named(content, state="running").body
    shared.wordpress.before += [reply(202, running), refusal(422, "invalid")]
    shared.work()
    told = shared.publication(content)
    assert (told["publish_state"], told["external_id"]) == ("failed", "101")
    assert shared.call("DELETE", f"{CONTENT}{content['id']}/").code == "published"


@pytest.mark.parametrize("post_id", [None, 0, -1, "101", True, 2**60])
def test_what_is_no_post_is_none(shared: World, post_id: Any) -> None:
    content = newer_after_a_doubt(shared)
    unnamed = named(content, state="stale", post_id=post_id, rev=0)
    shared.wordpress.before += [unnamed, refusal(422, "invalid")]
    sweep_and_work(shared, minutes=30)
    told = shared.publication(content)
    assert (told["publish_state"], told["external_id"], told["applied_intent"]) == (
        "failed", None, 0,
    )  # fmt: skip


def test_a_post_of_a_former_address_can_be_published_anew(shared: World) -> None:
    """Also once the worker has found it, as it advises."""
    site = shared.connected_site()
    content = bring_to(shared, "published", site)
    edit(shared, content, title="Newer")
    shared.publish(content)
    hints = shared.messages()
    moved = shared.call("PATCH", f"/api/v1/sites/{site['id']}/", {"url": "http://localhost:8081"})
    assert shared.pair(moved.data, site["api_key"]).status == 200
    shared.work(hints)
    told = shared.publication(content)
    assert (told["publish_state"], told["reason"]) == ("conflict", "former_address")
    assert shared.publish(content).code == "conflict"
    shared.wordpress.posts.clear()  # the new site has never heard of it
    assert shared.publish(content, {"recreate": True}).status == 202
    shared.work()
    told = shared.publication(content)
    assert (told["publish_state"], told["external_id"]) == ("published", "102")
    sent = shared.wordpress.sent()[-1]
    assert (sent["post_id"], sent["base_fingerprint"], sent["base_post_status"]) == (None,) * 3


def test_a_conflict_about_a_text_is_not_decided_by_recreating(shared: World) -> None:
    content = bring_to(shared, "conflict")
    assert shared.publish(content, {"recreate": True}).code == "conflict"


def test_recreate_overwrites_nothing_on_a_post_that_is_there(shared: World) -> None:
    """What the clicker saw is compared all the same: a person may have taken it offline since."""
    content = bring_to(shared, "published")
    edit(shared, content, title="Newer")
    assert shared.publish(content, {"recreate": True}).status == 202
    shared.work()
    sent = shared.wordpress.sent()[-1]
    assert (sent["recreate"], sent["base_post_status"]) == (True, "publish")
    assert sent["base_fingerprint"]


def test_recreate_holds_for_a_deletion_that_nobody_here_has_heard_of(shared: World) -> None:
    content = bring_to(shared, "published")
    shared.wordpress.delete(content["id"])
    edit(shared, content, title="Newer")
    assert shared.publish(content, {"recreate": True}).status == 202
    shared.work()
    told = shared.publication(content)
    assert (told["publish_state"], told["external_id"]) == ("published", "102")


def test_recreating_is_asked_for_each_time(shared: World) -> None:
    content = bring_to(shared, "published")
    edit(shared, content, title="Newer")
    assert shared.publish(content, {"recreate": True}).status == 202
    shared.work()
    shared.wordpress.delete(content["id"])
    edit(shared, content, title="Newest")
    assert shared.publish(content).status == 202
    shared.work()
    assert shared.publication(content)["publish_state"] == "gone"


def test_a_doubt_of_a_former_address_is_published_once(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)
    shared.wordpress.after.append(lambda _answer: lost())
    shared.work()
    moved = shared.call("PATCH", f"/api/v1/sites/{site['id']}/", {"url": "http://localhost:8081"})
    assert shared.pair(moved.data, site["api_key"]).status == 200
    shared.wordpress.posts.clear()
    sweep_and_work(shared, 3, minutes=30)
    told = shared.publication(content)
    assert (told["publish_state"], told["reason"]) == ("conflict", "former_address")
    assert shared.wordpress.inserts == 1
    assert shared.publish(content).code == "conflict"
    assert shared.publish(content, {"recreate": True}).status == 202
    shared.work()
    assert shared.publication(content)["publish_state"] == "published"


@pytest.mark.parametrize(
    ("told", "status"),
    [(gone("deleted"), "deleted"), (gone("trash"), "trash"), (refusal(410, "gone"), "publish")],
    ids=["deleted", "trash", "who knows"],
)
def test_a_post_in_the_trash_is_not_forgotten(shared: World, told: Any, status: str) -> None:
    content = bring_to(shared, "published")
    edit(shared, content, title="Newer")
    shared.publish(content)
    shared.wordpress.before.append(told)
    shared.work()
    found = shared.publication(content)
    assert (found["publish_state"], found["wordpress_status"]) == ("gone", status)
    path = f"{CONTENT}{content['id']}/"
    deleted = status == "deleted"
    # It has become a draft where the post is down; where that may be live nobody makes it one so.
    assert shared.call("PATCH", path, {"status": "draft"}).status == (
        409 if status == "publish" else 200
    )
    assert shared.call("DELETE", path).status == (200 if deleted else 409)
    if not deleted:
        assert shared.publish(content).code == "gone"
        assert shared.publish(content, {"recreate": True}).status == 202
