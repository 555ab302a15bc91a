"""Content that goes on by itself: what is taken, what is let be, and how many."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from igny8.core.errors import Invalid, Unavailable
from igny8.core.rows import Operation, Write
from igny8.core.table import DATA, Path, update

from tests.support.meeting import Meeting
from tests.support.pacing import (
    PUBLISHES,
    approved,
    automatic_site,
    choose,
    on_its_way,
    swept,
)
from tests.support.site_events import published, seed_status
from tests.support.steps import edit
from tests.support.world import ACCOUNT, OTHER_ACCOUNT, World


def content_path(content: dict[str, Any]) -> str:
    return f"/api/v1/writer/content/{content['id']}/"


def late(world: World) -> None:
    """So late in the day that whatever it may take has come due."""
    world.clock.instant = datetime(2026, 1, 14, 23, 59, tzinfo=UTC)  # a Wednesday


def choose_again(world: World, site: dict[str, Any]) -> None:
    """As an `automatic_site` has it; the next sweep looks."""
    choose(world, site, **PUBLISHES)


def row_of(world: World, content: dict[str, Any]) -> Any:
    rows = world.services.tables.rows(DATA)  # type: ignore[attr-defined]
    return next(
        row
        for row in rows
        if row["pk"]["S"].endswith(f"#C#{content['id']}") and row["sk"]["S"] == "META"
    )


def test_review_is_approved_and_goes_out(long: World) -> None:
    site = automatic_site(long, auto_approval_enabled=True)
    content = long.content(site, status="review")
    assert swept(long) == (1, 1, 0)
    assert long.publication(content)["publish_state"] == "queued"
    long.work()
    assert long.publication(content)["publish_state"] == "published"
    (event,) = [one for one in long.events(site) if one["description"].startswith("Queued")]
    assert (event["actor"], event["channel"]) == ("schedule:automatic", "sweep")
    assert event["action"] == "content_publish"


@pytest.mark.parametrize(
    ("approval", "publishing", "expected"),
    [
        (False, False, ["draft", "review", "approved"]),
        (True, False, ["draft", "approved", "approved"]),
        (False, True, ["draft", "review", "published"]),
        (True, True, ["draft", "published", "published"]),
    ],
)
def test_only_what_is_switched_on_happens(
    long: World, approval: bool, publishing: bool, expected: list[str]
) -> None:
    switches = {"auto_approval_enabled": approval, "auto_publish_enabled": publishing}
    site = automatic_site(long, **switches)
    contents = [long.content(site, status=one) for one in ("draft", "review", "approved")]
    late(long)
    swept(long)
    assert [long.call("GET", content_path(one)).data["status"] for one in contents] == expected
    choose(long, site)  # off again
    more = approved(long, site)
    long.clock.advance(days=1)
    assert swept(long) == (0, 0, 0)
    assert on_its_way(long, more) == []


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


def test_content_that_is_published_without_a_publication_is_taken(long: World) -> None:
    """The seeds' gap 8.1: a status that something else than the publish use case wrote."""
    site = automatic_site(long)
    (content,) = approved(long, site)
    row = row_of(long, content)
    changes = [Path("status").set({"S": "published"}), Path("version").add({"N": "1"})]
    long.services.commit([update("content", DATA, DATA.key_of(row), changes)])
    assert swept(long) == (0, 1, 0)
    long.work()
    assert long.publication(content)["publish_state"] == "published"


TAKEN_DOWN = ["draft", "pending", "future", "trash", "deleted"]


@pytest.mark.parametrize("status", TAKEN_DOWN)
@pytest.mark.parametrize("ours", [None, "review", "approved"])
def test_what_people_took_down_stays_down(long: World, status: str, ours: str | None) -> None:
    """Also where somebody approves the text anew here: that is no click."""
    site = automatic_site(long, auto_approval_enabled=True)
    _, content = published(long, site)
    post = int(long.publication(content)["external_id"])
    body = seed_status(content, post, status, site["url"])
    assert long.told(site, body).status == 200
    if ours is not None:
        long.call("PATCH", content_path(content), {"status": ours, "title": "Another"})
    sent = len(long.wordpress.calls)
    for _ in range(3):
        long.clock.advance(hours=13)
        assert swept(long)[:2] == (0, 0)
        long.work()
    assert len(long.wordpress.calls) == sent
    assert "due_integration" not in row_of(long, content)


@pytest.mark.parametrize("status", ["pending", "future", "publish", "draft"])
def test_a_status_from_wordpress_makes_nothing_due(long: World, status: str) -> None:
    """Of content that was never sent from here; the seeds' webhook needs nothing else."""
    site = automatic_site(long, auto_approval_enabled=True)
    content = long.content(site)
    assert long.told(site, seed_status(content, 77, status, site["url"])).status == 200
    for _ in range(2):
        assert swept(long) == (0, 0, 0)
        long.clock.advance(hours=13)


def test_content_that_waits_is_let_be_once_wordpress_has_told_of_it(long: World) -> None:
    """The status was ``review`` before, and still is: only the publication says who was there."""
    site = automatic_site(long, auto_approval_enabled=True)
    content = long.content(site, status="approved")
    choose(long, site, auto_approval_enabled=True)
    long.told(site, seed_status(content, 77, "pending", site["url"]))
    long.call("PATCH", content_path(content), {"status": "approved"})
    choose_again(long, site)
    late(long)
    assert swept(long) == (0, 0, 0)
    assert "due_integration" not in row_of(long, content)


@pytest.mark.parametrize("status", ["pending", "future"])
def test_content_in_review_of_which_wordpress_tells_is_not_even_approved(
    long: World, status: str
) -> None:
    """That it is in review is no news then; that WordPress has it is."""
    site = automatic_site(long, auto_approval_enabled=True)
    content = long.content(site, status="review")
    updated = long.call("GET", content_path(content)).data["updated_at"]
    long.clock.advance(minutes=1)
    assert long.told(site, seed_status(content, 77, status, site["url"])).status == 200
    late(long)
    assert swept(long) == (0, 0, 0)
    found = long.call("GET", content_path(content)).data
    assert (found["status"], found["updated_at"]) == ("review", updated)


def test_content_that_nothing_says_was_sent_is_asked_about_and_let_be(long: World) -> None:
    """As a version wrote it that did not know the mark."""
    site = automatic_site(long, auto_approval_enabled=True)
    _, content = published(long, site)
    unmark = [Path("was_sent").remove(), Path("version").add({"N": "1"})]
    key = DATA.key_of(row_of(long, content))
    listed = [
        Path("due_integration").set({"S": f"A#{ACCOUNT}#S#{site['id']}#WAITS#publishing"}),
        Path("due_at").set({"N": "1"}),
    ]
    long.services.commit([update("content", DATA, key, [*unmark, *listed])])
    late(long)
    intent = long.publication(content)["intent"]
    assert swept(long) == (0, 0, 0)
    assert long.publication(content)["intent"] == intent
    assert "due_integration" not in row_of(long, content)
    long.services.commit([update("content", DATA, key, unmark)])
    edit(long, content, title="Another")  # which writes the row anew
    assert "due_integration" not in row_of(long, content)


def test_what_was_cancelled_or_failed_is_not_tried_again(long: World) -> None:
    site = automatic_site(long)
    contents = approved(long, site, 2)
    for content in contents:
        long.publish(content)
    cancelled, refused = contents
    assert long.call("POST", f"{content_path(cancelled)}cancel/", {}).status in {200, 404}
    long.call("PATCH", content_path(refused), {"status": "approved"})
    late(long)
    assert swept(long) == (0, 0, 0)


def with_commit(world: World, commit: Callable[[list[Write]], None]) -> None:
    """Let whatever decides and sweeps write so."""
    world.services.commit = commit  # type: ignore[assignment]
    for name in ("decisions", "automatic_publishing", "automatic_sweep"):
        world.services.__dict__.pop(name, None)


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
def test_schedulers_that_see_different_content_spend_no_limit_twice(
    long: World, sweeps: int
) -> None:
    """An index is behind, each time otherwise: then nothing but the counter is between them."""
    site = automatic_site(long)
    contents = approved(long, site, 5 * sweeps)
    ids = [one["id"] for one in contents]
    shares = iter([ids[start : start + 5] for start in range(0, len(ids), 5)])
    late(long)
    long.services.content_store.waiting = lambda *_: next(shares)  # type: ignore[method-assign]
    at_once(long, sweeps)
    assert len(on_its_way(long, contents)) == 5
    spent = long.services.pacing_store.pace(ACCOUNT, site["id"], long.clock.now().date()).spent
    assert sum(spent.automatic.values()) == 5


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


def test_content_that_cannot_be_published_keeps_back_no_other(long: World) -> None:
    site = automatic_site(long)
    bad, *good = approved(long, site, 3)
    publish = long.services.decisions.publish

    def picky(account_id: int, content_id: int, **options: Any) -> Any:
        if content_id == bad["id"]:
            raise Invalid({"publish_at": ["It is not what it was."]})
        return publish(account_id, content_id, **options)

    long.services.decisions.publish = picky  # type: ignore[method-assign]
    late(long)
    assert swept(long) == (0, 2, 0)
    assert len(on_its_way(long, good)) == 2
    tried = []
    long.services.decisions.publish = lambda *ids, **_: tried.append(ids[1])  # type: ignore[method-assign,assignment]
    long.clock.advance(minutes=30)
    swept(long)
    assert tried == []
    long.clock.instant = datetime(2026, 1, 15, 23, 59, tzinfo=UTC)
    swept(long)
    assert tried == [bad["id"]]


@pytest.mark.parametrize("kind", ["META", "SITE", "SETTINGS", "SPENT"])
def test_what_this_version_cannot_read_is_named_and_keeps_back_no_other(
    long: World, kind: str
) -> None:
    site, other = (automatic_site(long, auto_approval_enabled=True) for _ in range(2))
    ours, theirs = [[long.content(one, status="review")] for one in (site, other)]
    assert swept(long) == (2, 2, 0)
    ours += [long.content(site, status="review") for _ in range(2)]
    theirs += [long.content(other, status="review")]
    where = f"#C#{ours[1]['id']}" if kind == "META" else f"#S#{site['id']}"
    rows = long.services.tables.rows(DATA)  # type: ignore[attr-defined]
    (row,) = [
        one for one in rows
        if one["sk"]["S"] == kind and one["pk"]["S"].removesuffix("#PACE").endswith(where)
    ]  # fmt: skip
    key = DATA.key_of(row)
    long.services.commit([update("row", DATA, key, [Path("version").set({"S": "newer"})])])
    late(long)
    report = long.sweep("automatic")
    assert report["unreadable"] == (f"{key['pk']['S']} {kind}",)
    assert report["left_over"] == 0
    assert len(on_its_way(long, theirs)) == 2
    if kind == "META":
        assert len(on_its_way(long, [ours[0], ours[2]])) == 2
    long.clock.advance(minutes=5)
    assert long.sweep("automatic")["unreadable"] == ()  # it is looked at again an hour later


def test_what_we_crash_at_keeps_back_no_other(
    long: World, caplog: pytest.LogCaptureFixture
) -> None:
    site = automatic_site(long, auto_approval_enabled=True)
    bad, good = (long.content(site, status="review") for _ in range(2))
    get = long.services.content_store.get

    def crashing(account_id: int, content_id: int) -> Any:
        if content_id == bad["id"]:
            raise ZeroDivisionError
        return get(account_id, content_id)

    long.services.content_store.get = crashing  # type: ignore[method-assign]
    late(long)
    assert swept(long) == (1, 1, 0)
    assert on_its_way(long, [good])
    (told,) = [one for one in caplog.records if one.message == "crashed"]
    assert told.__dict__["content_id"] == bad["id"]


def test_a_site_that_is_not_connected_publishes_nothing_and_approves(long: World) -> None:
    site = long.site()
    choose(long, site, auto_approval_enabled=True, **PUBLISHES)
    content = long.content(site, status="review")
    late(long)
    assert swept(long) == (1, 0, 0)
    assert long.call("GET", content_path(content)).data["status"] == "approved"
    long.pair(site, long.key(site)["api_key"])
    long.clock.advance(minutes=5)
    long.clock.instant = datetime(2026, 1, 15, 23, 59, tzinfo=UTC)
    assert swept(long) == (0, 1, 0)


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
