"""Answers about posts that somebody changed before they arrived: the later word is true."""

import json
from typing import Any

import pytest

from tests.support.site_events import Bridge, read, seen
from tests.support.wordpress import lost, reply
from tests.support.world import World

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
