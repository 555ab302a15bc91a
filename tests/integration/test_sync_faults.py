"""AWS fails at each call, or we die there: what sites tell is neither lost nor doubled."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from igny8.core.table import DATA

from tests.support.outbox import structure
from tests.support.site_events import seed_status
from tests.support.sync_stage import INTEGRATIONS, Stage, stage
from tests.support.trouble import Killed, Mode
from tests.support.world import ACCOUNT, SITE_URL

MOST_CALLS = 80
STATUSES = ("draft", "pending", "private", "publish", "trash")
OUTCOMES = {"applied", "duplicate", "stale", "queued"}


Act = Callable[[Stage], None]


def each_call(begin: Act, act: Act, end: Act, mode: Mode) -> int:
    """Begin anew, let one call more pass each time, heal, and look; answers how many there are."""
    for number in range(MOST_CALLS):
        with stage() as here:
            begin(here)
            here.trouble.arm(number, mode)
            with suppress(Killed):
                act(here)
            failed = here.trouble.failed
            here.heal()
            end(here)
            if failed is None:
                return number
    raise AssertionError("more calls than are tried")


def sync(direction: str | None = None) -> Act:
    def begin(here: Stage) -> None:
        path = f"{INTEGRATIONS}/{here.site['integration_id']}/sync/"
        body = {"direction": direction} if direction else None
        assert here.world.call("POST", path, body).status == 202

    return begin


# --- The sync worker -----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", Mode)
def test_a_pull(mode: Mode) -> None:
    def begin(here: Stage) -> None:
        for turn in range(101):
            here.change(turn % 2, STATUSES[turn % 5])
        sync("changes")(here)

    def end(here: Stage) -> None:
        here.at_rest()
        assert [here.seen(0), here.seen(1)] == [STATUSES[100 % 5], STATUSES[99 % 5]]
        assert len(here.events("sync_changes")) == 2, "the first, and this"

    assert each_call(begin, Stage.serve, end, mode) > 10


@pytest.mark.parametrize("mode", Mode)
def test_a_run(mode: Mode) -> None:
    def begin(here: Stage) -> None:
        for content, to in zip(here.contents, ("draft", "private"), strict=True):
            here.world.wordpress.posts[content["id"]].post_status = to
        sync()(here)

    def end(here: Stage) -> None:
        here.at_rest()
        assert [here.seen(0), here.seen(1)] == ["draft", "private"]
        assert len(here.events("status_update")) == 2
        assert len(here.events("sync_metadata")) == 1
        assert here.plan().run.done == 2

    assert each_call(begin, Stage.serve, end, mode) > 10


@pytest.mark.parametrize("mode", Mode)
def test_a_structure(mode: Mode) -> None:
    def begin(here: Stage) -> None:
        here.world.clock.advance(hours=27)
        here.world.sweep("sync")

    def end(here: Stage) -> None:
        here.at_rest()
        path = f"{INTEGRATIONS}/{here.site['integration_id']}/content-types/"
        assert set(here.world.call("GET", path).data["post_types"]) == {"post", "page"}
        assert len(here.events("structure_update")) == 1
        assert len(here.events("sync_changes")) == 2

    assert each_call(begin, Stage.serve, end, mode) > 10


@pytest.mark.parametrize("mode", Mode)
def test_posts_that_are_asked_about(mode: Mode) -> None:
    def begin(here: Stage) -> None:
        here.world.wordpress.posts[here.contents[0]["id"]].post_status = "trash"
        body = {"action": "post_updated", "post_id": here.posts[0], "site_url": SITE_URL}
        assert here.world.told(here.site, body, kind="").status == 200

    def end(here: Stage) -> None:
        here.at_rest()
        assert here.seen(0) == "trash"
        assert len(here.events("status_update")) == 1
        assert here.plan().asks == ()

    assert each_call(begin, Stage.serve, end, mode) > 4


@pytest.mark.parametrize("mode", Mode)
def test_events_that_were_lost_there(mode: Mode) -> None:
    def begin(here: Stage) -> None:
        here.world.wordpress.posts[here.contents[1]["id"]].post_status = "private"
        here.outbox.add(action="data_loss", post_id=None, content_id=None)
        sync("changes")(here)

    def end(here: Stage) -> None:
        here.at_rest()
        assert here.seen(1) == "private"
        assert len(here.events("status_update")) == 1

    assert each_call(begin, Stage.serve, end, mode) > 10


@pytest.mark.parametrize("mode", Mode)
def test_a_key_that_is_handed_over(mode: Mode) -> None:
    def begin(here: Stage) -> None:
        here.world.wordpress.accepted_key = here.site["api_key"]
        here.site["new_key"] = here.world.key(here.site)["api_key"]

    def end(here: Stage) -> None:
        here.at_rest()
        assert here.world.wordpress.next_key == here.site["new_key"]
        assert len(here.events("key_handover")) == 1
        assert here.plan().handover_at is None

    assert each_call(begin, Stage.serve, end, mode) > 4


@pytest.mark.parametrize("mode", Mode)
def test_a_farewell(mode: Mode) -> None:
    def begin(here: Stage) -> None:
        assert here.world.call("DELETE", f"/api/v1/sites/{here.site['id']}/").status == 200
        here.is_deleted = True

    def end(here: Stage) -> None:
        assert here.world.wordpress.disconnected
        own = f"A#{ACCOUNT}#I#{here.site['integration_id']}"
        assert [row for row in rows(here) if row["pk"]["S"] == own] == []

    assert each_call(begin, Stage.serve, end, mode) >= 3


@pytest.mark.parametrize("mode", Mode)
def test_a_restored_backup(mode: Mode) -> None:
    def begin(here: Stage) -> None:
        for _ in range(3):
            here.change(0, "private")
        sync("changes")(here)
        here.heal()
        here.outbox.head_seq = 1
        body = {"site_id": here.site["id"], "site_url": SITE_URL, **here.outbox.position,
                "events": [{"post_id": here.posts[0], "content_id": here.contents[0]["id"],
                            "post_status": "draft", "seq": 1, "event_id": "old"}]}  # fmt: skip
        assert here.world.told(here.site, body, kind="").code == "sync_frozen"

    def end(here: Stage) -> None:
        assert here.seen(0) == "private"
        assert len(here.events("sync_frozen")) == 1

    assert each_call(begin, Stage.serve, end, mode) > 3


def rows(here: Stage) -> list[Any]:
    return list(here.world.services.tables.rows(DATA))


# --- The webhooks --------------------------------------------------------------------------------


def again_and_again(call: Callable[[Stage], Any]) -> Act:
    """A bridge that sends until it is answered, and once more, as after a lost answer."""

    def act(here: Stage) -> None:
        answer = call(here)
        harmless = here.trouble.failed in {None, "send"}  # the sweep finds it
        assert answer.status == (200 if harmless else 503), answer.body

    return act


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("size", [1, 100])
def test_a_batch(mode: Mode, size: int) -> None:
    def begin(here: Stage) -> None:
        for turn in range(size):
            here.change(turn % 2, STATUSES[turn % 5])

    def send(here: Stage) -> Any:
        body = {"site_id": here.site["id"], "site_url": SITE_URL, **here.outbox.position,
                "events": here.outbox.made}  # fmt: skip
        return here.world.told(here.site, body, kind="")

    def end(here: Stage) -> None:
        for _ in range(2):
            results = {one["result"] for one in send(here).data["results"]}
            assert results <= OUTCOMES
        here.outbox.waiting.clear()
        here.at_rest()
        assert here.seen((size - 1) % 2) == STATUSES[(size - 1) % 5]

    assert each_call(begin, again_and_again(send), end, mode) >= 2


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("kind", ["status", "metadata", "", "update-structure"])
def test_a_single_call(mode: Mode, kind: str) -> None:
    def send(here: Stage) -> Any:
        body = seed_status(here.contents[0], here.posts[0], "draft", SITE_URL)
        if kind == "status":
            body |= {"seq": 1, "event_id": "event-1", **here.outbox.position}
        if kind == "metadata":
            body |= {"metadata": {"author": {"name": "Jane"}}, "seq": 1, **here.outbox.position}
        if kind == "":
            here.world.wordpress.posts[here.contents[0]["id"]].post_status = "draft"
            del body["post_status"]
        if kind == "update-structure":
            headers = {"X-IGNY8-API-KEY": here.site["api_key"]}
            path = f"{INTEGRATIONS}/{here.site['integration_id']}/update-structure/"
            return here.world.call("POST", path, structure(), account=None, headers=headers)
        return here.world.told(here.site, body, kind=kind)

    def end(here: Stage) -> None:
        for _ in range(2):
            assert send(here).status == 200
            here.heal()
        here.at_rest()
        told = here.events("status_update", "metadata_update")
        if kind == "update-structure":
            path = f"{INTEGRATIONS}/{here.site['integration_id']}/content-types/"
            assert set(here.world.call("GET", path).data["post_types"]) == {"post", "page"}
        else:
            assert len(told) == 1
            assert here.seen(0) == "draft"

    begin: Act = lambda here: here.outbox.__setattr__("head_seq", 1)  # noqa: E731
    assert each_call(begin, again_and_again(send), end, mode) >= 2
