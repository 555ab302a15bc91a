"""Content that goes on by itself: how much, and never more, however many look at once."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from igny8.core.errors import Unavailable
from igny8.core.rows import Operation, Write

from tests.support.meeting import Meeting
from tests.support.pacing import (
    PUBLISHES,
    approved,
    automatic_site,
    choose,
    choose_again,
    content_path,
    late,
    on_its_way,
    swept,
    with_commit,
)
from tests.support.steps import edit
from tests.support.world import ACCOUNT, OTHER_ACCOUNT, World

pytestmark = pytest.mark.rows("memory")


def test_the_oldest_go_first_and_no_more_than_the_day_may_take(long: World) -> None:
    site = automatic_site(long)
    contents = approved(long, site, 20)
    late(long)
    swept(long)
    assert [one["id"] for one in on_its_way(long, contents)] == [one["id"] for one in contents[:5]]
    for _ in range(3):
        long.clock.advance(seconds=10)
        assert swept(long)[1] == 0
    long.clock.advance(days=1)
    assert swept(long) == (0, 5, 0)


def test_clicks_count_and_are_never_refused(long: World) -> None:
    site = automatic_site(long)
    contents = approved(long, site, 10)
    late(long)
    for content in contents[7:]:
        assert long.publish(content).status == 202
    swept(long)
    assert len(on_its_way(long, contents)) == 5
    for content in contents[2:7]:
        assert long.publish(content).status == 202
    assert len(on_its_way(long, contents)) == 10
    long.clock.advance(minutes=4)
    assert swept(long) == (0, 0, 0)


@pytest.mark.parametrize("evening", [date(2026, 5, 31), date(2026, 5, 30), date(2026, 6, 10)])
def test_the_clicks_of_an_evening_count_after_midnight(long: World, evening: date) -> None:
    """Also on the first of a month that is a Monday: of that week and month the evening is none."""
    long.clock.instant = datetime.combine(evening, time(12), tzinfo=UTC)
    site = long.connected_site()
    contents = approved(long, site, 10)
    for content in contents[5:]:
        assert long.publish(content).status == 202
    evenings = [{"start": "22:00", "end": "02:00"}]
    choose(long, site, **{**PUBLISHES, "publish_time_slots": evenings})
    for hours in (11, 2):
        long.clock.advance(hours=hours)
        assert swept(long) == (0, 0, 0)
    assert len(on_its_way(long, contents)) == 5


def test_clicks_from_before_it_was_switched_on_count(long: World) -> None:
    site = long.connected_site()
    contents = approved(long, site, 10)
    late(long)
    for content in contents[6:]:
        long.publish(content)
    choose_again(long, site)
    assert swept(long) == (0, 1, 0)


def test_another_text_and_a_second_click_count_nothing(long: World) -> None:
    site = automatic_site(long)
    first = long.content(site)
    late(long)
    long.publish(first)
    long.publish(first)
    long.work()
    for number in range(6):
        edit(long, first, title=f"Title {number}")
        assert long.publish(first).status == 202
        long.work()
    contents = approved(long, site, 6)
    assert swept(long) == (0, 4, 0)
    assert len(on_its_way(long, contents)) == 4


def test_a_batch_counts_as_clicks_do(long: World) -> None:
    site = automatic_site(long)
    batch, rest = approved(long, site, 4), approved(long, site, 4)
    late(long)
    body = {"ids": [one["id"] for one in batch]}
    assert long.call("POST", "/api/v1/writer/content/bulk-publish/", body).status == 202
    long.carry_on()
    assert len(on_its_way(long, batch)) == 4
    assert swept(long) == (0, 1, 0)
    assert len(on_its_way(long, rest)) == 1


def at_once(world: World, sweeps: int) -> list[Any]:
    """Sweeps that have all read before the first of them writes; nobody lets another go first."""
    meeting = Meeting(world.services.tables.commit)
    with_commit(world, meeting.commit)
    pacing = world.services.pacing_store
    pacing.begin = lambda *_: True  # type: ignore[method-assign]
    return meeting.round([world.services.automatic_sweep.run] * sweeps)


@pytest.mark.parametrize("sweeps", [2, 3])
@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", date(2026, 3, 29)),
        ("Europe/Berlin", date(2026, 10, 25)),
        ("America/New_York", date(2026, 11, 1)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),
    ],
)
def test_schedulers_at_once_spend_no_limit_twice(
    long: World, sweeps: int, zone: str, day: date
) -> None:
    """All day long, on a day on which the clock changes: 20 due, a limit of 5, exactly 5."""
    site = automatic_site(long, timezone=zone, publish_days=["sun"])
    contents = approved(long, site, 20)
    first = datetime.combine(day, time(), UTC)
    for hour in range(-14, 38, 2):
        long.clock.instant = first + timedelta(hours=hour)
        at_once(long, sweeps)
    assert len(on_its_way(long, contents)) == 5
    pace = long.services.pacing_store.pace(ACCOUNT, site["id"], day)
    assert pace.spent.on(day) == 5


@pytest.mark.parametrize("sweeps", [2, 3])
@pytest.mark.parametrize("before", [0, 1])
def test_schedulers_that_see_different_content_spend_no_limit_twice(
    long: World, sweeps: int, before: int
) -> None:
    """An index is behind, each time otherwise: then nothing but the counter is between them."""
    site = automatic_site(long)
    late(long)
    first = approved(long, site, before)
    assert swept(long) == (0, before, 0)
    contents = approved(long, site, 5 * sweeps)
    ids = [one["id"] for one in contents]
    shares = iter([ids[start : start + 5] for start in range(0, len(ids), 5)])
    choose_again(long, site)
    long.services.content_store.waiting = lambda *_: next(shares)  # type: ignore[method-assign]
    at_once(long, sweeps)
    assert len(on_its_way(long, first + contents)) == 5
    spent = long.services.pacing_store.pace(ACCOUNT, site["id"], long.clock.now().date()).spent
    assert sum(spent.automatic.values()) == 5


def test_of_sweeps_at_once_one_looks_at_a_site(long: World) -> None:
    site = automatic_site(long)
    store = long.services.pacing_store
    seen = store.settings(ACCOUNT, site["id"])
    assert seen.wake_at is not None
    assert store.begin(seen, seen.wake_at + 240)
    assert not store.begin(seen, seen.wake_at + 240)
    choose_again(long, site)  # people choose anew meanwhile: the next look is at once
    assert not store.begin(replace(seen, wake_at=seen.wake_at + 240), seen.wake_at + 480)
    assert store.settings(ACCOUNT, site["id"]).wake_at == seen.wake_at


def test_a_click_and_a_sweep_at_once_publish_once(long: World) -> None:
    site = automatic_site(long)
    (content,) = approved(long, site)
    meeting = Meeting(long.services.tables.commit)
    with_commit(long, meeting.commit)
    long.services.pacing_store.begin = lambda *_: True  # type: ignore[method-assign]
    answers = meeting.round([long.services.automatic_sweep.run, lambda: long.publish(content)])
    assert answers[1].status in {200, 202}
    assert long.publication(content)["intent"] == 1
    spent = long.services.pacing_store.pace(ACCOUNT, site["id"], long.clock.now().date()).spent
    assert spent.on(long.clock.now().date()) == 1


def test_a_run_takes_fifty_of_a_site_and_says_that_there_are_more(long: World) -> None:
    site = automatic_site(
        long, auto_approval_enabled=True, daily_publish_limit=1_000,
        weekly_publish_limit=7_000, monthly_publish_limit=31_000,
    )  # fmt: skip
    for _ in range(60):
        long.content(site, status="review")
    late(long)
    assert swept(long) == (50, 50, 1)
    long.clock.advance(seconds=240)
    assert swept(long) == (10, 3, 0)  # three minutes after midnight, of a thousand a day


def test_one_account_spends_nothing_of_anothers(long: World) -> None:
    own, others = automatic_site(long), long.connected_site(account=OTHER_ACCOUNT)
    mine = approved(long, own, 6)
    theirs = [long.content(others, account=OTHER_ACCOUNT, status="approved") for _ in range(6)]
    late(long)
    for content in theirs[:5]:
        assert long.publish(content, account=OTHER_ACCOUNT).status == 202
    assert swept(long) == (0, 5, 0)
    assert len(on_its_way(long, mine)) == 5
    left = [
        long.call("GET", content_path(one), account=OTHER_ACCOUNT).data["publish_state"]
        for one in theirs
    ]
    assert left.count("not_published") == 1


@pytest.mark.parametrize("made", [False, True])
def test_a_write_without_an_answer_is_read_in_the_next_run_not_guessed(
    long: World, made: bool
) -> None:
    """Whether the transaction was made or not, the day comes to five."""
    site = automatic_site(long)
    contents = approved(long, site, 6)
    commit = long.services.tables.commit
    faults = [1]

    def faulty(writes: list[Write]) -> None:
        fails = bool(faults) and any(one.name == "spent" for one in writes)
        if fails:
            faults.pop()
        if made or not fails:
            commit(writes)
        if fails:
            raise Unavailable("dynamodb")

    with_commit(long, faulty)
    late(long)
    assert swept(long) == (0, 0, 1)
    assert len(on_its_way(long, contents)) == made
    choose_again(long, site)
    assert swept(long) == (0, 5 - made, 0)
    assert len(on_its_way(long, contents)) == 5


def test_every_click_of_many_is_counted(long: World) -> None:
    """None of them asks anything of the counter, and those of one content share a lane."""
    site = automatic_site(long, daily_publish_limit=100)
    contents = approved(long, site, 80)
    counted: list[Write] = []
    commit = long.services.tables.commit

    def noted(writes: list[Write]) -> None:
        counted.extend(one for one in writes if one.name == "clicks")
        commit(writes)

    with_commit(long, noted)
    for content in contents:
        long.publish(content)
    assert len(counted) == 80
    assert all(one.operation is Operation.UPDATE and one.condition is None for one in counted)
    assert 20 < len({one.key["sk"]["S"] for one in counted}) <= 32
    today = long.clock.now().date()
    assert long.services.pacing_store.pace(ACCOUNT, site["id"], today).spent.on(today) == 80
