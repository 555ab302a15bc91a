"""Sites of which nothing waits: hardly ever looked at, and at once when something does."""

from collections import Counter
from typing import Any

import pytest
from igny8.content.model import Waiting
from igny8.core.errors import Unavailable

from tests.support.aws_calls import recorded_calls
from tests.support.pacing import approved, automatic_site, choose_again, content_path, on_its_way
from tests.support.pacing import swept as swept_once
from tests.support.world import ACCOUNT, World

LISTS = {"auto_approval_enabled": True}


def runs(world: World, number: int) -> list[int]:
    """How many sites each of so many runs of the sweep looked at."""
    found = []
    for _ in range(number):
        found.append(world.sweep("automatic")["found"])
        world.clock.advance(minutes=5)
    return found


def asleep(world: World, **choices: Any) -> dict[str, Any]:
    """A site that was found idle twice."""
    site = automatic_site(world, **choices)
    assert runs(world, 3) == [1, 1, 0]
    return site


@pytest.mark.parametrize("choices", [{}, LISTS, {**LISTS, "auto_publish_enabled": False}])
def test_where_nothing_waits_it_looks_once_an_hour(long: World, choices: dict[str, Any]) -> None:
    automatic_site(long, **choices)
    assert runs(long, 27) == [1, 1] + [0] * 11 + [1] + [0] * 11 + [1, 0]


def test_a_run_over_sites_that_sleep_costs_its_queries_and_nothing_else(world: World) -> None:
    for _ in range(3):
        automatic_site(world)
    assert runs(world, 2) == [3, 3]
    with recorded_calls() as calls:
        assert runs(world, 1) == [0]
    assert calls == ["Query"] * 8


def test_what_is_written_is_seen_by_the_next_run(long: World) -> None:
    site = asleep(long)
    contents = approved(long, site)
    long.clock.advance(hours=10)  # its turn within the slot
    assert swept_once(long)[1] == 1
    assert on_its_way(long, contents) != []


def test_so_is_what_is_approved(long: World) -> None:
    site = asleep(long)
    content = long.content(site)
    assert runs(long, 1) == [0], "a draft waits for nothing"
    assert long.call("PATCH", content_path(content), {"status": "review"}).status == 200
    assert runs(long, 1) == [0], "nor does this where approving is a person's"
    assert long.call("PATCH", content_path(content), {"status": "approved"}).status == 200
    assert runs(long, 1) == [1]


def test_so_is_what_people_choose(long: World) -> None:
    site = asleep(long)
    choose_again(long, site)
    assert runs(long, 1) == [1]


def test_another_text_of_what_waits_already_wakes_nobody(world: World) -> None:
    site = automatic_site(world)
    (content,) = approved(world, site)
    with recorded_calls() as calls:
        world.call("PATCH", content_path(content), {"title": "Another"})
    assert calls.count("UpdateItem") == 0


@pytest.mark.parametrize(("status", "more"), [("draft", 0), ("review", 1), ("approved", 1)])
def test_only_what_waits_costs_a_call_more(world: World, status: str, more: int) -> None:
    site = world.connected_site()
    with recorded_calls() as calls:
        world.content(site, status=status)
    assert Counter(calls)["UpdateItem"] == more


def test_an_index_that_is_behind_does_not_make_it_sleep(
    long: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written a moment ago is not on the list yet: it is looked at again soon."""
    site = asleep(long)
    contents = approved(long, site)
    store = long.services.content_store
    waiting = store.waiting

    def behind(*arguments: Any) -> list[int]:
        monkeypatch.setattr(store, "waiting", waiting)
        return []

    long.clock.advance(hours=10)
    monkeypatch.setattr(store, "waiting", behind)
    assert swept_once(long)[1] == 0
    long.clock.advance(minutes=5)
    assert swept_once(long)[1] == 1
    assert on_its_way(long, contents) != []


def test_what_is_written_while_it_looks_is_not_slept_over(
    long: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = asleep(long)
    long.clock.advance(hours=10)
    store = long.services.content_store
    waiting = store.waiting

    def written(account: int, site_id: int, kind: Waiting, now: int, limit: int) -> list[int]:
        found = waiting(account, site_id, kind, now, limit)
        monkeypatch.setattr(store, "waiting", waiting)
        approved(long, site)
        return found

    monkeypatch.setattr(store, "waiting", written)
    assert swept_once(long)[1] == 0
    long.clock.advance(minutes=5)
    assert swept_once(long)[1] == 1


def test_who_dies_before_waking_it_delays_it_by_an_hour(long: World) -> None:
    site = asleep(long)
    pacing: Any = long.services.pacing_store

    def dies(*_: object, **_more: object) -> None:
        raise Unavailable("dynamodb")

    pacing.wake = dies
    (content,) = approved(long, site)
    del pacing.wake
    assert runs(long, 13).count(1) >= 1
    long.clock.advance(hours=10)
    swept_once(long)
    assert on_its_way(long, [content]) != []


def test_where_something_waits_for_its_turn_it_goes_on_looking(long: World) -> None:
    site = automatic_site(long, daily_publish_limit=1)
    approved(long, site, 3)
    assert set(runs(long, 8)) == {1}
    assert long.services.pacing_store.settings(ACCOUNT, site["id"]).idle_since is None
