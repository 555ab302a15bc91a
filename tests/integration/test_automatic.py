"""Content that goes on by itself: what is taken, and what is let be."""

from datetime import UTC, datetime
from typing import Any

import pytest
from igny8.core.errors import Invalid
from igny8.core.table import DATA, Path, update

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
)
from tests.support.site_events import published, seed_status
from tests.support.steps import edit
from tests.support.wordpress import refusal
from tests.support.world import ACCOUNT, World


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
    contents = cancelled, failed = approved(long, site, 2)
    long.publish(cancelled)
    assert long.call("POST", f"{content_path(cancelled)}cancel/", {}).status == 200
    long.publish(failed)
    long.wordpress.before.append(refusal(422, "invalid"))
    long.work()
    states = [long.publication(content)["publish_state"] for content in contents]
    assert states == ["cancelled", "failed"]
    for content in contents:
        edit(long, content, status="approved", title="Another")
    late(long)
    assert swept(long) == (0, 0, 0)
    assert [long.publication(content)["publish_state"] for content in contents] == states


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


@pytest.mark.parametrize("kind", ["META", "SITE", "SETTINGS", "SPENT", "CLICKS"])
def test_what_this_version_cannot_read_is_named_and_keeps_back_no_other(
    long: World, kind: str
) -> None:
    site, other = (automatic_site(long, auto_approval_enabled=True) for _ in range(2))
    ours, theirs = [[long.content(one, status="review")] for one in (site, other)]
    assert swept(long) == (2, 2, 0)
    assert long.publish(long.content(site)).status == 202
    ours += [long.content(site, status="review") for _ in range(2)]
    theirs += [long.content(other, status="review")]
    where = f"#C#{ours[1]['id']}" if kind == "META" else f"#S#{site['id']}"
    rows = long.services.tables.rows(DATA)  # type: ignore[attr-defined]
    (row,) = [
        one for one in rows
        if one["sk"]["S"].split("#")[0] == kind
        and one["pk"]["S"].removesuffix("#PACE").endswith(where)
    ]  # fmt: skip
    key = DATA.key_of(row)
    field = "d01" if kind == "CLICKS" else "version"
    long.services.commit([update("row", DATA, key, [Path(field).set({"S": "newer"})])])
    late(long)
    report = long.sweep("automatic")
    assert report["unreadable"] == (f"{key['pk']['S']} {key['sk']['S']}",)
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


def test_by_another_time_zone_a_slot_may_be_open_now(long: World) -> None:
    """Nobody waits for the look that was set by the one before."""
    long.clock.instant = datetime(2026, 1, 14, 5, 0, tzinfo=UTC)
    slots = [{"start": "09:00", "end": "10:00"}]
    site = automatic_site(long, publish_time_slots=slots)
    contents = approved(long, site)
    assert swept(long) == (0, 0, 0)
    long.clock.advance(minutes=5)
    moved = long.call("PATCH", f"/api/v1/sites/{site['id']}/", {"timezone": "Asia/Dubai"})
    assert moved.status == 200
    assert swept(long) == (0, 1, 0)
    assert len(on_its_way(long, contents)) == 1
