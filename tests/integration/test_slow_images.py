"""Images that take more than one call: no attempt is used, and the post comes in the end."""

from dataclasses import replace
from typing import Any

import pytest
from igny8.core.http import Reply

from tests.support.steps import sweep_and_work
from tests.support.wordpress import lost, refusal, reply
from tests.support.world import World

pytestmark = pytest.mark.rows("memory")


def running(content: dict[str, Any], **more: Any) -> Reply:
    """What the bridge says after 20 s, when there are images left."""
    data = {"content_id": content["id"], "rev": 1, "state": "running", "post_id": 7}
    body = {"success": True, "data": data | {"images": {"total": 30, "done": 4}}}
    return replace(reply(202, body, **{"retry-after": "5"}), duration_ms=21_000, **more)


def test_slow_images_end_in_one_post_without_an_attempt_used(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)
    shared.wordpress.before += [running(content)] * 11
    now = int(shared.clock.now().timestamp())
    shared.work()
    row = shared.services.publication_store.bundle(4242, content["id"]).publications[0]
    # Told that there is more to do, not that it was lost: soon again, and without asking.
    assert (row.state, row.attempt, row.doubt, row.due_at) == ("waiting", 0, None, now + 5)
    for _ in range(5):
        assert shared.publication(content)["publish_state"] == "waiting"
        sweep_and_work(shared)
    publication = shared.publication(content)
    assert publication["publish_state"] == "published"
    assert {route for _, route, _ in shared.wordpress.calls} == {"publish"}
    assert len(shared.wordpress.sent()) == 12
    assert shared.wordpress.inserts == 1
    failures = [event for event in shared.events(site) if not event["success"]]
    assert failures == []


def test_a_call_lost_between_two_is_asked_about_and_gone_on_with(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)
    stale = {"content_id": content["id"], "rev": 0, "state": "stale", "post_id": 7,
             "post_status": "draft"}  # fmt: skip
    shared.wordpress.before += [running(content), lost()]
    shared.work()
    publication = shared.publication(content)
    assert (publication["publish_state"], publication["in_doubt"]) == ("unknown", True)
    shared.wordpress.before += [reply(200, {"success": True, "data": stale}), running(content)]
    sweep_and_work(shared)
    assert shared.publication(content)["publish_state"] == "published"
    assert shared.wordpress.inserts == 1


def test_an_editor_opened_between_two_calls_is_waited_for(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)
    shared.wordpress.before += [running(content), refusal(423, "locked")]
    shared.work()
    publication = shared.publication(content)
    assert (publication["reason"], publication["attempt"]) == ("locked", 0)
    sweep_and_work(shared)
    assert shared.publication(content)["publish_state"] == "published"


def test_a_newer_text_does_not_wait_for_the_images_of_the_older(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)
    shared.wordpress.before += [running(content)] * 2
    shared.work()
    path = f"/api/v1/writer/content/{content['id']}/"
    assert shared.call("PATCH", path, {"title": "Newer"}).status == 200
    shared.publish(content)
    shared.work()
    publication = shared.publication(content)
    assert publication["publish_state"] == "published"
    assert shared.wordpress.sent()[-1]["rev"] == 2
    assert shared.wordpress.posts[content["id"]].title == "Newer"
