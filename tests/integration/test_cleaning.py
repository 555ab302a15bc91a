"""Deleting content: bounded at the time, and finished in the end, whatever fails on the way."""

from typing import Any

import pytest

from tests.support.aws_calls import FaultAt, intercepted, recorded_calls, stored_rows, stored_texts
from tests.support.steps import edit, sweep_and_work
from tests.support.world import HTML, World

REVISIONS = 60
CALLS = [
    "Query", "TransactWriteItems", "ListObjectsV2", "DeleteObjects", "Query", "TransactWriteItems",
]  # fmt: skip


def written(world: World, revisions: int) -> dict[str, Any]:
    content = world.content(world.connected_site())
    for number in range(revisions):
        edit(world, content, content_html=f"<p>{number}</p>")
    return content


def path(content: dict[str, Any]) -> str:
    return f"/api/v1/writer/content/{content['id']}/"


def left_of(content: dict[str, Any]) -> list[Any]:
    rows = stored_rows()["igny8-test-data"]
    mine = [row["sk"]["S"] for row in rows if row["pk"]["S"].endswith(f"#C#{content['id']}")]
    return mine + [text for text in stored_texts() if f"/{content['id']}/" in text]


def test_sixty_revisions_cost_as_many_calls_as_two(shared: World) -> None:
    for revisions in (2, REVISIONS):
        content = written(shared, revisions)
        with recorded_calls() as calls:
            assert shared.call("DELETE", path(content)).status == 200
        assert calls == CALLS
        sweep_and_work(shared, 2, minutes=6)
        assert left_of(content) == []


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("number", range(len(CALLS)))
def test_a_fault_at_any_call_leaves_nothing_in_the_end(
    shared: World, number: int, after_effect: bool
) -> None:
    content = written(shared, REVISIONS // 2)
    fault = FaultAt(number, after_effect=after_effect)
    with intercepted(fault):
        answer = shared.call("DELETE", path(content))
    assert fault.failed == CALLS[number]
    assert answer.status == (503 if number < 2 else 200)
    assert shared.call("DELETE", path(content)).status in {200, 404}
    sweep_and_work(shared, 2, minutes=6)
    assert left_of(content) == []


def test_a_sweep_that_fails_anywhere_is_followed_by_one_that_finishes(shared: World) -> None:
    for number in range(8 + 8):
        content = written(shared, 30)
        cleaner = shared.services.cleaner
        cleaner.step = lambda *_: False
        assert shared.call("DELETE", path(content)).status == 200
        del cleaner.step
        shared.clock.advance(minutes=6)
        with intercepted(FaultAt(number)):
            shared.sweep("clean")
        sweep_and_work(shared, 2, minutes=15)
        assert left_of(content) == []


def test_a_text_that_lost_a_race_goes_too(shared: World) -> None:
    """The edit began before the deletion, and puts its text after it."""
    content = written(shared, 1)
    put = shared.services.bodies.put

    def late(*arguments: Any) -> Any:
        assert shared.call("DELETE", path(content)).status == 200
        sweep_and_work(shared, minutes=1)
        return put(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(shared.services.bodies), "put", lambda _self, *a: late(*a))
        assert shared.call("PATCH", path(content), {"content_html": "<p>late</p>"}).status == 404
    assert [entry for entry in left_of(content) if entry.endswith(".gz")]
    sweep_and_work(shared, 2, minutes=6)
    assert left_of(content) == []


def test_a_sweep_stops_in_time_and_another_goes_on(shared: World) -> None:
    contents = [written(shared, 1) for _ in range(3)]
    for content in contents:
        shared.call("DELETE", path(content))
    shared.clock.advance(minutes=6)
    left = iter([55.0] * 6 + [20.0] * 100)  # one look at the shard, and two a content
    report = shared.services.clean_sweep.run(lambda: next(left))
    assert report.cleaned < 3
    assert report.left_over > 0
    sweep_and_work(shared, 3, minutes=15)
    assert [left_of(content) for content in contents] == [[], [], []]


def test_living_content_is_left_alone(shared: World) -> None:
    site = shared.connected_site()
    kept, gone = shared.content(site), shared.content(site)
    shared.call("DELETE", path(gone))
    sweep_and_work(shared, 2, minutes=6)
    assert shared.call("GET", path(kept)).data["content_html"] == HTML
