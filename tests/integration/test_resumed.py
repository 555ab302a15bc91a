"""People say that a site is back: what waited for it goes on at once, not at its own time."""

from typing import Any

import pytest
from igny8.core.queue import Hint

from tests.support.aws_calls import recorded_calls
from tests.support.sync_stage import INTEGRATIONS
from tests.support.wordpress import lost, refusal, reply
from tests.support.world import ACCOUNT, World

SIX_HOURS = "21600"
ANSWERS = {
    "throttled": [reply(429, b"", **{"retry-after": SIX_HOURS})],
    "maintenance": [reply(503, b"", **{"retry-after": SIX_HOURS})],
    "database": [refusal(503, "database_unavailable", **{"retry-after": SIX_HOURS})],
}


def resume(world: World, site: Any) -> Any:
    answer = world.call("POST", f"{INTEGRATIONS}/{site['integration_id']}/resume/")
    assert answer.status == 200, answer.body
    return answer


def waiting(world: World, site: Any, number: int, answer: Any) -> list[Any]:
    """Contents that wait for hours, as their site has asked."""
    contents = [world.content(site, title=f"Article {n}") for n in range(number)]
    for content in contents:
        world.publish(content)
        world.wordpress.before = [answer]
        world.work()
    world.wordpress.before = []
    world.messages()
    return contents


def states(world: World, contents: list[Any]) -> set[str]:
    return {world.publication(content)["publish_state"] for content in contents}


@pytest.mark.parametrize("reason", ANSWERS)
def test_what_waits_as_the_site_has_asked_is_tried_at_once(long: World, reason: str) -> None:
    site = long.connected_site()
    contents = waiting(long, site, 2, ANSWERS[reason][0])
    assert states(long, contents) <= {"waiting", "blocked", "queued"}
    long.clock.advance(minutes=1)
    resume(long, site)
    long.work()
    assert states(long, contents) == {"published"}


def test_what_nobody_answered_about_is_asked_at_once(long: World) -> None:
    site = long.connected_site()
    content = long.content(site)
    long.publish(content)
    long.wordpress.after = [lambda _answer: lost()]
    long.work()
    challenge = reply(200, b"<html>one moment</html>")
    for _ in range(4):
        long.clock.advance(hours=7)
        long.sweep("due")
        long.wordpress.before = [challenge] * 6
        long.work()
    long.wordpress.before = []
    long.messages()
    assert long.publication(content)["publish_state"] in {"unknown", "blocked"}
    resume(long, site)
    long.work()
    assert long.publication(content)["publish_state"] == "published"
    assert long.wordpress.inserts == 1


def test_other_sites_and_locked_posts_wait_on(long: World) -> None:
    site, other = long.connected_site(), long.connected_site()
    (mine,) = waiting(long, site, 1, ANSWERS["throttled"][0])
    (theirs,) = waiting(long, other, 1, ANSWERS["throttled"][0])
    (locked,) = waiting(long, site, 1, refusal(423, "locked"))
    assert long.publication(locked)["reason"] == "locked"
    calls = len(long.wordpress.calls)
    resume(long, site)
    long.work()
    assert long.publication(mine)["publish_state"] == "published"
    assert states(long, [theirs, locked]) == {"waiting"}
    assert len(long.wordpress.calls) == calls + 1


def test_a_site_that_asks_for_the_same_again_is_left_in_peace(long: World) -> None:
    site = long.connected_site()
    (content,) = waiting(long, site, 1, ANSWERS["throttled"][0])
    resume(long, site)
    long.wordpress.before = [ANSWERS["throttled"][0]]
    long.work()
    calls = len(long.wordpress.calls)
    for _ in range(5 * 12):
        long.clock.advance(minutes=5)
        for kind in ("due", "blocked"):
            long.sweep(kind)
        long.work()
    assert len(long.wordpress.calls) == calls
    long.clock.advance(hours=1, minutes=10)
    long.sweep("due")
    long.work()
    assert long.publication(content)["publish_state"] == "published"


def test_many_go_on_in_as_many_goes_as_it_takes(
    long: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("igny8.publishing.hastening.MOST", 4)
    site = long.connected_site()
    contents = waiting(long, site, 10, ANSWERS["throttled"][0])
    resume(long, site)
    for _ in range(4):
        long.work()
    assert states(long, contents) == {"published"}
    assert long.messages() == []


def test_it_costs_a_query_and_a_write_for_each_row_that_waits(shared: World) -> None:
    site = shared.connected_site()
    contents = waiting(shared, site, 3, ANSWERS["throttled"][0])
    with recorded_calls() as calls:
        resume(shared, site)
    assert calls.count("SendMessage") == 2, "one for each worker"
    assert calls.count("UpdateItem") + calls.count("TransactWriteItems") == 0
    store = shared.services.publication_store
    records = shared.messages()
    with recorded_calls() as calls:
        hint = Hint(ACCOUNT, site["id"], site["integration_id"])
        assert shared.services.worker._hastening.hasten(hint, lambda: True)
    assert (calls.count("Query"), calls.count("BatchGetItem"), calls.count("UpdateItem")) == (
        1, 1, 3,
    )  # fmt: skip
    shared.work(records)
    assert states(shared, contents) == {"published"}
    assert store.due_on(site["integration_id"], 2**40, 10) == []
