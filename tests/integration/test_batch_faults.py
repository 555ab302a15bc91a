"""Batches while AWS fails, or processes die, at each call: all is decided, and nothing twice."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from igny8.batches.store import BATCH
from igny8.core.table import DATA, batch_partition
from igny8.publishing.model import PublishState

from tests.support.batches import batch_of, begun, bulk, cancel, counts, on_sites
from tests.support.fail_points import watch
from tests.support.steps import publication_row
from tests.support.trouble import Killed, Mode, Trouble
from tests.support.world import ACCOUNT, Response, World, world_in_memory

Story = Callable[[World, Trouble, list[Any], str], int]


def insisting(send: Callable[[], Response]) -> Response:
    """As a client does: sent again until there is an answer."""
    for _ in range(3):
        try:
            answer = send()
        except Killed:
            continue
        if answer.status < 500:
            return answer
    raise AssertionError("no answer")


def deliver(world: World) -> None:
    """Let their worker have the messages; whoever dies gives them back."""
    taken = world.messages("batch")
    try:
        world.carry_on(taken)
    except Killed:
        world.carry_on(taken)


def until_quiet(world: World) -> None:
    for _ in range(3):
        world.clock.advance(minutes=2)
        for kind in ("batch", "due"):
            world.sweep(kind)
        world.carry_on()
        world.work()


def begin_and_carry_out(world: World, trouble: Trouble, contents: list[Any], name: str) -> int:
    headers = {"Idempotency-Key": name}
    answer = insisting(lambda: bulk(world, contents, headers=headers))
    batch_id: int = answer.data["batch_id"]
    deliver(world)
    trouble.disarm()
    until_quiet(world)
    assert batch_of(world, batch_id)["state"] == "done"
    assert counts(world, batch_id) == {"published": len(contents)}
    return batch_id


def cancel_and_undo(world: World, trouble: Trouble, contents: list[Any], name: str) -> int:
    number, trouble.number = trouble.number, None
    batch_id = begun(world, contents, headers={"Idempotency-Key": name})
    world.carry_on()
    world.messages()
    assert number is not None
    trouble.arm(number, trouble.mode)
    insisting(lambda: cancel(world, batch_id))
    deliver(world)
    trouble.disarm()
    until_quiet(world)
    assert batch_of(world, batch_id)["state"] == "cancelled"
    assert counts(world, batch_id) == {"cancelled": len(contents)}
    assert {publication_row(world, one).state for one in contents} == {PublishState.CANCELLED}
    return batch_id


STORIES: dict[Story, dict[str, int]] = {
    begin_and_carry_out: {"content_publish pending": 2, "content_publish success": 1},
    cancel_and_undo: {"content_publish pending": 1, "content_cancel success": 1},
}
"""Each with what history has to tell of each content: queued, being sent, and how it ended."""


def batches_there(world: World) -> set[str]:
    rows = world.services.tables.rows(DATA)
    return {row["pk"]["S"] for row in rows if row["sk"]["S"] == BATCH}


def told(world: World, content: Any) -> Counter[str]:
    site = world.services.integration_store.bundle(ACCOUNT, content["site_id"])
    path = f"/api/v1/integration/integrations/{site.integrations[0].id}/events/"
    events = world.call("GET", f"{path}?content_id={content['id']}").data
    return Counter(f"{one['action']} {one['status']}" for one in events)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("story", STORIES)
def test_whatever_fails_each_item_is_decided_once(story: Story, mode: Mode) -> None:
    failed = Counter[str]()
    with world_in_memory() as world:
        trouble = Trouble()
        watch(world.services, trouble)
        contents = on_sites(world, sites=2, each=30)
        for number in range(30):
            some = contents[number * 2 : number * 2 + 2]
            before, posts = batches_there(world), len(world.wordpress.posts)
            trouble.arm(number, mode)
            batch_id = story(world, trouble, some, f"{number}")
            assert batches_there(world) - before == {batch_partition(ACCOUNT, batch_id)}
            assert [told(world, one) for one in some] == [STORIES[story]] * 2, number
            made = 2 if story is begin_and_carry_out else 0
            assert len(world.wordpress.posts) == posts + made
            assert {publication_row(world, one).intent for one in some} == {1}
            if trouble.failed is None:
                break
            failed[trouble.failed] += 1
    assert trouble.failed is None, "there are more calls than were tried"
    assert {"tables.get_many", "tables.commit", "batch_hints.send"} <= failed.keys()
    assert failed["tables.commit"] >= 4, failed
