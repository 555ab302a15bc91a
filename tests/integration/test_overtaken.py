"""Answers about posts that somebody changed before they arrived: the later word is true."""

import json
from typing import Any

import pytest
from igny8.sites.model import KeyOwner

from tests.support.people_site import PeoplesWordPress
from tests.support.site_events import Bridge, read, seen
from tests.support.steps import edit
from tests.support.wordpress import lost, reply
from tests.support.world import ACCOUNT, World

pytestmark = pytest.mark.rows("memory")

STATES = {
    "trash": ("draft", "trash", "unpublished"),
    "draft": ("draft", "draft", "unpublished"),
    "private": ("published", "private", "published"),
}


def begun(world: World) -> tuple[Any, Any]:
    site = world.connected_site()
    content = world.content(site, status="review")
    assert world.publish(content).status == 202
    return site, content


@pytest.mark.parametrize("status", STATES)
def test_what_somebody_does_before_our_answer_arrives_stays(shared: World, status: str) -> None:
    """The post went live and was changed, while the answer that it went live was on its way."""
    site, content = begun(shared)

    def meanwhile(answer: Any) -> Any:
        bridge = Bridge(shared, site, head_seq=3)
        told = bridge.send(bridge.event(content, status, post_id=101))
        assert told.data["results"][0]["result"] == "applied"
        return answer

    shared.wordpress.after = [meanwhile]
    shared.work()
    assert seen(shared, content) == STATES[status]


def test_a_post_that_is_deleted_before_our_answer_arrives_is_gone(shared: World) -> None:
    site, content = begun(shared)
    shared.work()
    shared.call("PATCH", f"/api/v1/writer/content/{content['id']}/", {"title": "Newer"})
    assert shared.publish(content).status == 202

    def meanwhile(answer: Any) -> Any:
        bridge = Bridge(shared, site, head_seq=3)
        bridge.send(bridge.event(content, "deleted", post_id=101))
        return answer

    shared.wordpress.after = [meanwhile]
    shared.work()
    assert seen(shared, content)[1:] == ("deleted", "gone")


@pytest.mark.parametrize("status", ["trash", "draft"])
def test_the_same_of_an_answer_to_a_question(shared: World, status: str) -> None:
    site, content = begun(shared)
    shared.wordpress.after = [lambda _answer: lost()]
    shared.work()
    bridge = Bridge(shared, site, head_seq=3)

    def meanwhile(answer: Any) -> Any:
        bridge.send(bridge.event(content, status, post_id=101))
        return answer

    shared.wordpress.after = [meanwhile]
    shared.clock.advance(minutes=10)
    shared.sweep("due")
    shared.work()
    assert seen(shared, content) == STATES[status]
    assert read(shared, content)["external_id"] == "101"


def test_an_answer_after_the_event_is_the_newer_word(shared: World) -> None:
    """Somebody's change came first, and we published over what was decided before."""
    site, content = begun(shared)

    def meanwhile(answer: Any) -> Any:
        shared.wordpress.outbox.head_seq = 9
        bridge = Bridge(shared, site, head_seq=3)
        bridge.send(bridge.event(content, "draft", post_id=101))
        return reply(201, json.loads(answer.body) | {"meta": shared.wordpress.outbox.position})

    shared.wordpress.after = [meanwhile]
    shared.work()
    assert seen(shared, content)[1:] == ("publish", "published")


# --- The first post of a content, deleted for good: its id is in nobody's hands yet ---------------


def deleted(world: World, site: Any, content: Any, **fields: Any) -> str:
    bridge = Bridge(world, site, head_seq=world.wordpress.outbox.head_seq + 2)
    world.wordpress.delete(content["id"])
    (result,) = bridge.results(bridge.event(content, "deleted", post_id=101, **fields))
    return result


def before_the_answer(world: World, site: Any, content: Any) -> None:
    world.wordpress.after = [lambda answer: (deleted(world, site, content), answer)[1]]
    world.work()


def while_the_answer_is_written_down(world: World, site: Any, content: Any) -> None:
    store = world.services.publication_store
    write, raced = store.write, []

    def race(before: Any, after: Any) -> Any:
        made = write(before, after)
        if after.state == "published" and not raced:
            raced.append(deleted(world, site, content))
        return made

    store.write = race  # type: ignore[method-assign]
    world.work()
    store.write = write  # type: ignore[method-assign]
    assert raced == ["applied"]


def while_the_event_is_written_down(world: World, site: Any, content: Any) -> None:
    """The event was judged by what was known before, and our answer is written down first."""
    inboxes = world.services.inbox_store
    read_all, before = inboxes.read, []
    owner = KeyOwner(ACCOUNT, site["id"], site["integration_id"], "")
    world.wordpress.after = [
        lambda answer: (before.append(read_all(owner, [content["id"]])), answer)[1]
    ]
    world.work()
    (docket,) = before
    assert docket.bundles[content["id"]].current.state == "sending"
    inboxes.read = lambda *named: before.pop() if before else read_all(*named)  # type: ignore[assignment]
    assert deleted(world, site, content) == "applied"
    inboxes.read = read_all  # type: ignore[method-assign]
    assert before == []


def after_the_answer(world: World, site: Any, content: Any) -> None:
    world.work()
    assert deleted(world, site, content) == "applied"


def while_it_is_not_known_whether_it_is_there(world: World, site: Any, content: Any) -> None:
    world.wordpress.after = [lambda _answer: lost()]
    world.work()
    assert deleted(world, site, content) == "applied"
    world.clock.advance(minutes=10)
    world.sweep("due")
    world.work()


def before_an_older_answer_to_a_question(world: World, site: Any, content: Any) -> None:
    world.wordpress.after = [lambda _answer: lost()]
    world.work()
    world.wordpress.after = [lambda answer: (deleted(world, site, content), answer)[1]]
    world.clock.advance(minutes=10)
    world.sweep("due")
    world.work()


@pytest.mark.parametrize(
    "order",
    [
        before_the_answer,
        while_the_answer_is_written_down,
        while_the_event_is_written_down,
        after_the_answer,
        while_it_is_not_known_whether_it_is_there,
        before_an_older_answer_to_a_question,
    ],
)
def test_a_first_post_that_is_deleted_for_good_is_gone_in_whatever_order(
    long: World, order: Any
) -> None:
    site, content = begun(long)
    order(long, site, content)
    assert seen(long, content)[1:] == ("deleted", "gone")
    assert long.wordpress.inserts == 1, "nobody made it again"
    found = read(long, content)
    assert found["external_id"] == "101"
    long.clock.advance(minutes=60)
    long.sweep("due")
    long.work()
    assert seen(long, content)[1:] == ("deleted", "gone")


def test_another_post_that_was_deleted_meanwhile_is_not_the_one_that_was_made(long: World) -> None:
    """A half-made post is cleared away, and the same operation makes another."""
    site, content = begun(long)

    def meanwhile(answer: Any) -> Any:
        bridge = Bridge(long, site, head_seq=3)
        bridge.send(bridge.event(content, "deleted", post_id=99))
        return answer

    long.wordpress.after = [meanwhile]
    long.work()
    assert seen(long, content)[1:] == ("publish", "published")
    assert read(long, content)["external_id"] == "101"
    assert "post-101" in read(long, content)["external_url"]
    bridge = Bridge(long, site, head_seq=5)
    by_post = bridge.event(content, "draft", post_id=101) | {"content_id": None}
    assert bridge.results(by_post) == ["applied"], "the link is the right one's"


def test_a_deleted_post_of_what_was_never_sent_stays_nobodys(long: World) -> None:
    site, content = begun(long)
    assert deleted_unsent(long, site, content) == "ignored"
    long.work()
    assert seen(long, content)[1:] == ("publish", "published")


def deleted_unsent(world: World, site: Any, content: Any) -> str:
    bridge = Bridge(world, site, head_seq=3)
    (result,) = bridge.results(bridge.event(content, "deleted", post_id=77))
    return result


# --- Several intents in doubt ---------------------------------------------------------------------


def test_a_draft_that_somebody_made_of_a_later_intent_in_doubt_stays_one(world: World) -> None:
    """What was in doubt was not there when asked about; what was sent then is in doubt as well."""
    world.services.http = wordpress = PeoplesWordPress()
    _, content = begun(world)
    wordpress.before = [lost()]
    world.work()

    def draft_meanwhile(_answer: Any) -> Any:
        wordpress.set_status(content["id"], "draft")
        return lost()

    wordpress.after = [lambda answer: answer, draft_meanwhile]
    for title in ("Newer", "Newest"):
        edit(world, content, title=title)
        assert world.publish(content).status == 202
        world.clock.advance(minutes=10)
        world.sweep("due")
        world.work()
    sent = [payload["base_post_status"] for payload in wordpress.sent()]
    assert sent == [None, None, "publish"]
    assert (wordpress.posts[content["id"]].post_status, wordpress.trampled) == ("draft", [])
    assert world.publication(content)["publish_state"] == "conflict"
