"""Batches that are cancelled, and workers and people who come between one another."""

from typing import Any

import pytest
from igny8.batches.model import PAGE
from igny8.publishing.model import PublishState

from tests.support.batches import (
    batch_of,
    begun,
    bulk,
    cancel,
    counts,
    items,
    on_sites,
    row_of,
)
from tests.support.meeting import Meeting
from tests.support.steps import die_before_settling, publication_row
from tests.support.wordpress import lost, reply
from tests.support.world import World

pytestmark = pytest.mark.rows("memory")

CONTENT = "/api/v1/writer/content"


@pytest.fixture
def meeting(long: World) -> Meeting:
    tables: Any = long.services.tables
    made = Meeting(tables.commit)
    tables.commit = made.commit  # before anybody knows another
    return made


def sent(world: World) -> list[int]:
    return [one["content_id"] for one in world.wordpress.sent()]


def test_cancelled_before_its_turn_nothing_of_it_is_decided(long: World) -> None:
    contents = on_sites(long, sites=1, each=3)
    batch_id = begun(long, contents)
    answer = cancel(long, batch_id)
    assert (answer.status, answer.data["state"]) == (202, "cancelling")
    assert counts(long, batch_id) == {"skipped": 3}
    long.carry_on()
    seen = batch_of(long, batch_id)
    assert (seen["state"], seen["counts"]) == ("cancelled", {"skipped": 3})
    assert seen["cancelled_at"] is not None
    assert row_of(long, batch_id).wake_at is None
    assert {long.publish(one).status for one in contents} == {202}, "each is as it was"


def test_cancelled_after_it_was_decided_what_waits_is_cancelled(long: World) -> None:
    site = long.connected_site()
    states = ("published", "waiting", "queued")
    contents = {state: long.content(site) for state in states}
    batch_id = begun(long, [*contents.values()])
    long.carry_on()
    long.messages()
    for state in ("published", "waiting"):
        if state == "waiting":
            long.wordpress.before.append(reply(429, b"", **{"retry-after": "90"}))
        serve_alone(long, site, contents[state])
    before = {state: publication_row(long, one).state for state, one in contents.items()}
    assert before == {state: PublishState(state) for state in states}
    assert cancel(long, batch_id).status == 202
    long.carry_on()
    assert counts(long, batch_id) == {"cancelled": 2, "published": 1}
    event = long.events(site)[0]
    assert (event["action"], event["actor"]) == ("content_cancel", "user:u1")
    for _ in range(3):
        long.clock.advance(hours=1)
        long.sweep()
        long.work()
    assert sent(long) == [contents["published"]["id"], contents["waiting"]["id"]]
    assert publication_row(long, contents["queued"]).due_at is None


def serve_alone(world: World, site: Any, content: Any) -> None:
    """Serve one content and not what else is due there."""
    store = world.services.publication_store
    store.due_on = lambda *_: []  # type: ignore[method-assign]
    try:
        world.work([world.hint(content, site["integration_id"])])
    finally:
        del store.due_on
    world.messages()


def test_what_is_under_way_or_in_doubt_ends_as_wordpress_says(long: World) -> None:
    contents = on_sites(long, sites=3, each=1)
    batch_id = begun(long, contents)
    long.carry_on()
    hints = long.messages()
    long.wordpress.before.append(lost())  # it never got there
    long.work(hints[:1])
    long.wordpress.after.append(lambda _answer: lost())
    long.work(hints[1:2])
    die_before_settling(long, hints[2:])
    states = [publication_row(long, one).state for one in contents]
    assert states == [PublishState.UNKNOWN, PublishState.UNKNOWN, PublishState.SENDING]
    cancel(long, batch_id)
    long.carry_on()
    for _ in range(3):
        long.clock.advance(minutes=10)
        long.sweep()
        long.work()
    assert counts(long, batch_id) == {"cancelled": 1, "published": 2}
    assert long.wordpress.inserts == 2


def test_what_somebody_decided_since_stays(long: World) -> None:
    mine, theirs = on_sites(long, sites=1, each=2)
    batch_id = begun(long, [mine, theirs])
    long.carry_on()
    path = f"{CONTENT}/{mine['id']}/"
    long.call("PATCH", path, {"title": "Another", "status": "published"}, request_id="r-2")
    cancel(long, batch_id)
    long.carry_on()
    long.work()
    assert counts(long, batch_id) == {"cancelled": 1, "published": 1}
    assert sent(long) == [mine["id"]]


def test_what_others_had_decided_before_stays(long: World) -> None:
    contents = on_sites(long, sites=1, each=2)
    assert long.publish(contents[0]).status == 202
    batch_id = begun(long, contents)
    long.carry_on()
    cancel(long, batch_id)
    long.carry_on()
    found = items(long, batch_id)
    assert [(found[one["id"]]["result"], found[one["id"]]["state"]) for one in contents] == [
        ("already", "queued"), ("accepted", "cancelled"),
    ]  # fmt: skip


def test_cancelled_again_it_is_as_it_was(long: World) -> None:
    batch_id = begun(long, on_sites(long, sites=1, each=1))
    assert [cancel(long, batch_id).status for _ in range(2)] == [202, 200]
    long.carry_on()
    before = row_of(long, batch_id)
    answer = cancel(long, batch_id)
    assert (answer.status, answer.data["state"]) == (200, "cancelled")
    assert row_of(long, batch_id) == before
    assert long.messages("batch") == []


def test_a_cancelled_batch_can_be_sent_again_as_another(long: World) -> None:
    contents = on_sites(long, sites=1, each=2)
    first = begun(long, contents)
    long.carry_on()
    cancel(long, first)
    long.carry_on()
    second = begun(long, contents)
    long.carry_on()
    long.work()
    assert counts(long, second) == {"published": 2}
    assert sorted(sent(long)) == sorted(one["id"] for one in contents)
    assert long.wordpress.inserts == 2


def test_cancelling_comes_before_the_item_that_is_just_being_decided(
    long: World, meeting: Meeting
) -> None:
    contents = on_sites(long, sites=1, each=2)
    batch_id = begun(long, contents)
    meeting.late(long.carry_on, lambda: cancel(long, batch_id))
    long.carry_on()
    assert counts(long, batch_id) == {"skipped": 2}
    long.work()
    assert sent(long) == []


def test_cancelling_comes_after_the_items_that_were_decided(long: World, meeting: Meeting) -> None:
    contents = on_sites(long, sites=1, each=PAGE + 5)
    batch_id = begun(long, contents)
    records = long.messages("batch")
    answer = meeting.late(lambda: cancel(long, batch_id), lambda: long.carry_on(records))
    assert answer.status == 202
    long.carry_on()
    long.work()
    assert counts(long, batch_id) == {"cancelled": PAGE + 5}
    assert sent(long) == []


def test_two_workers_at_one_batch_decide_each_item_once(long: World, meeting: Meeting) -> None:
    contents = on_sites(long, sites=2, each=20)
    batch_id = begun(long, contents)
    records = long.messages("batch")
    meeting.late(lambda: long.carry_on(records), lambda: long.carry_on(records))
    assert counts(long, batch_id) == {"queued": 40}
    assert {one["result"] for one in items(long, batch_id).values()} == {"accepted"}
    assert {publication_row(long, one).intent for one in contents} == {1}
    answers = meeting.round([lambda: long.carry_on(records)] * 4)
    assert answers == [{"batchItemFailures": []}] * 4
    long.work()
    assert sorted(sent(long)) == sorted(one["id"] for one in contents)


def test_two_batches_with_the_same_items_at_once(long: World, meeting: Meeting) -> None:
    contents = on_sites(long, sites=1, each=5)
    batches = [begun(long, contents) for _ in range(2)]
    first, second = ([one] for one in long.messages("batch"))
    meeting.late(lambda: long.carry_on(first), lambda: long.carry_on(second))
    results = [[one["result"] for one in items(long, number).values()] for number in batches]
    assert results == [["already"] * 5, ["accepted"] * 5]
    assert {publication_row(long, one).intent for one in contents} == {1}


def test_a_click_between_is_the_one_that_counts(long: World, meeting: Meeting) -> None:
    contents = on_sites(long, sites=1, each=2)
    batch_id = begun(long, contents)
    meeting.late(long.carry_on, lambda: long.publish(contents[0]))
    found = items(long, batch_id)
    assert [found[one["id"]]["result"] for one in contents] == ["already", "accepted"]
    assert publication_row(long, contents[0]).intent == 1


def test_twenty_times_the_same_request_at_once_is_one_batch(long: World, meeting: Meeting) -> None:
    contents = on_sites(long, sites=1, each=2)
    named = {"Idempotency-Key": "once"}
    answers = meeting.round([lambda: bulk(long, contents, headers=named)] * 20)
    assert {one.status for one in answers} == {202}
    assert len({one.data["batch_id"] for one in answers}) == 1
    assert len(long.messages("batch")) == 1
