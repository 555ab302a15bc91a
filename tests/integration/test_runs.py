"""Runs that import a site's posts: begun, gone on with, seen and ended."""

from collections.abc import Iterator
from typing import Any

import pytest
from igny8.admission.store import GATES_TABLE
from igny8.core.table import DATA
from igny8.journal.store import EVENTS_TABLE

from tests.support.loglines import logged
from tests.support.pulling import Importing, importing
from tests.support.wordpress import refusal, reply
from tests.support.world import OTHER_ACCOUNT

pytestmark = pytest.mark.rows("memory")
FIVE_MINUTES = 300


@pytest.fixture
def here() -> Iterator[Importing]:
    with importing() as made:
        yield made


def test_all_posts_of_enabled_types_come_in_page_by_page(here: Importing) -> None:
    pages, posts = here.posts.add(3, type="page"), here.posts.add(230)
    here.posts.add(5, status="draft")
    run = here.begin()
    assert (run["state"], run["direction"], run["done"]) == ("queued", "pull", 0)
    assert run["total"] == 24, "what the site's structure says"
    assert run["type"] == "post"
    assert run["filters"]["status"] == ["publish", "future", "private"]
    assert here.serve() == 4, "a message a page"
    assert here.importer.pages == [posts[:100], posts[100:200], posts[200:], pages]
    run = here.run(run)
    assert (run["state"], run["done"], run["total"]) == ("done", 233, 233)
    assert run["counts"] == {"created": 233}
    assert (run["changed"], run["failed"], run["type"]) == (233, 0, None)
    assert run["finished_at"]
    assert len(here.items(run)) == 233
    assert here.call("GET", "").data["sync_status"] == "completed"
    told = [one["details"].get("counts") for one in here.imported()]
    assert told == [{"created": 100}, {"created": 100}, {"created": 30}, {"created": 3}, None]


def test_a_second_run_finds_them_unchanged_and_tells_little(here: Importing) -> None:
    here.posts.add(150)
    here.begin()
    here.serve()
    before = len(here.imported())
    run = here.begin()
    here.serve()
    assert here.run(run)["counts"] == {"unchanged": 150}
    assert len(here.imported()) == before + 1


def test_what_is_not_enabled_here_and_there_is_not_imported(here: Importing) -> None:
    here.tell_structure(movie={"label": "Movies", "enabled": False, "count": 9})
    for types, told in (
        (["movie"], "not enabled on the site"), (["secret"], "no post type"), (["post", "x"], "x"),
    ):  # fmt: skip
        answer = here.call("POST", "sync/", {"direction": "pull", "types": types})
        assert (answer.status, answer.code) == (422, "invalid")
        assert told in str(answer.body["error"]["fields"]["types"])
    choice = {"post_types": {"page": {"enabled": False}}}
    assert here.call("PATCH", "content-types/", choice).status == 200
    answer = here.call("POST", "sync/", {"direction": "pull", "types": ["page"]})
    assert "not enabled here" in str(answer.body["error"]["fields"]["types"])
    here.posts.add(2, type="page")
    run = here.begin()
    here.serve()
    assert here.run(run)["done"] == 0
    choice = {"post_types": {"post": {"enabled": False}}}
    assert here.call("PATCH", "content-types/", choice).status == 200
    assert here.call("POST", "sync/", {"direction": "pull"}).status == 422


WRONG: dict[str, Any] = {
    "types": [[], ["x" * 21], "post", [7], [""]],
    "ids": [[], [0], [-1], [2**63], ["5"], list(range(1, 102)), 5],
    "status": [[], ["trash"], "publish", ["publish", None]],
    "author": [0, -1, "1", 2**63],
    "term": ["category", "category:", "category:0", "category:x", "a b:1", "secret:1", 5],
    "date_after": ["yesterday", "0000-01-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01", 5],
    "date_before": ["2026-01-01T00:00:00"],
    "modified_after": ["2026-01-01T25:00:00Z"],
    "limit": [0, -1, 1_000_001, "5", 1.5],
    "from": ["middle", 5],
    "twins": ["both", True],
    "deep": [True],
    "dry_run": ["yes"],
    "unknown": [1],
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_filter_is_named_and_no_run_begins(here: Importing, name: str) -> None:
    for value in WRONG[name]:
        answer = here.call("POST", "sync/", {"direction": "pull", name: value})
        assert answer.status == 422, (name, value, answer.body)
        assert name in str(answer.body["error"]["fields"]), value
    assert here.run() is None or here.run()["direction"] != "pull"
    assert here.call("GET", "runs/").data == []
    assert here.world.messages("sync") == []


def test_filters_that_exclude_each_other_are_refused(here: Importing) -> None:
    for body in (
        {"ids": [5], "types": ["post"]},
        {"ids": [5], "limit": 3},
        {"date_after": "2026-01-02T00:00:00Z", "date_before": "2026-01-01T00:00:00Z"},
    ):
        assert here.call("POST", "sync/", {"direction": "pull", **body}).status == 422
    for body in ({"types": ["post"]}, {"ids": [5]}, {"twins": "hold"}, {"from": "start"}):
        answer = here.call("POST", "sync/", body)
        assert answer.status == 422, body
        assert set(answer.body["error"]["fields"]) == set(body)
    assert here.call("POST", "sync/", {"dry_run": True}).code == "not_supported"


def test_filters_reach_the_site_and_leave_out_what_they_should(here: Importing) -> None:
    here.posts.add(1, author_id=2)
    term = {"id": 8, "name": "Tea", "slug": "tea", "parent": 0}
    [meant] = here.posts.add(1, terms={"category": [term]}, status="draft", author_id=2)
    here.posts.add(1, terms={"category": [term]}, status="draft", author_id=3)
    run = here.begin(
        types=["post"], status=["draft"], author=2, term="category:8",
        date_after="2025-06-01T13:00:00+02:00", date_before="2025-06-01T12:00:00.5Z",
    )  # fmt: skip
    here.serve()
    assert here.importer.pages == []
    assert here.run(run)["filters"]["date_after"] == "2025-06-01T11:00:00.000Z"
    run = here.begin(types=["post"], status=["draft"], author=2, term="category:8")
    here.serve()
    assert here.importer.pages[-1] == [meant]
    asked = here.posts.asked[-3][1]
    assert (asked["status"], asked["author"], asked["term"]) == ("draft", "2", "category:8")


def test_named_posts_come_in_and_others_are_said_to_be_none(here: Importing) -> None:
    here.tell_structure(movie={"label": "Movies", "enabled": False, "count": 9})
    [draft], [movie] = here.posts.add(1, status="draft"), here.posts.add(1, type="movie")
    here.posts.add(3)
    run = here.begin(ids=[draft, movie, 999, draft])
    here.serve()
    assert here.importer.pages == [[draft]]
    assert here.run(run)["counts"] == {"created": 1, "skipped": 2}
    told = {one["external_id"]: one["reason"] for one in here.items(run)}
    assert told[str(draft)] is None
    assert "content-types" in told[str(movie)]
    assert "no post" in told["999"]
    assert here.plan().positions == {}


def test_a_fetch_limit_ends_a_type_s_share_and_the_next_run_goes_on_there(here: Importing) -> None:
    ids = here.posts.add(250)
    here.tell_structure(post={"fetch_limit": 120})
    for taken in (ids[:120], ids[120:240], ids[240:], ids[:120]):
        here.importer.pages.clear()
        run = here.begin()
        here.serve()
        assert here.importer.posts == taken
        assert here.run(run)["total"] == len(taken)
    here.importer.pages.clear()
    here.begin(**{"from": "start", "limit": 3})
    here.serve()
    assert here.importer.pages == [ids[:3]]
    here.begin(author=1)  # of other posts it has not been anywhere
    here.serve()
    assert here.importer.pages[1][0] == ids[0]


def test_an_import_is_one_at_a_time_and_needs_a_bridge_that_can(here: Importing) -> None:
    here.posts.add(1)
    here.begin()
    for body in ({"direction": "pull"}, {"direction": "changes"}, {}):
        assert here.call("POST", "sync/", body).code == "sync_running"
    here.serve()
    assert here.world.pair(here.site, here.site["api_key"], bridge="2.0.9").status == 200
    answer = here.call("POST", "sync/", {"direction": "pull"})
    assert (answer.status, answer.code) == (409, "bridge_too_old")


def test_by_site_too(here: Importing) -> None:
    here.posts.add(2)
    body = {"site_id": here.site["id"], "direction": "pull", "limit": 1}
    answer = here.world.call("POST", "/api/v1/integration/site-sync/", body)
    assert answer.status == 202
    here.serve()
    assert here.run(answer.data["run"])["done"] == 1


def test_a_bridge_that_turns_out_too_old_ends_the_run(here: Importing) -> None:
    here.posts.add(1)
    here.posts.always = lambda data: {k: v for k, v in data.items() if k != "bridge"}
    run = here.begin()
    here.serve()
    run = here.run(run)
    assert (run["state"], run["reason"]) == ("failed", "bridge_too_old")
    assert here.call("GET", "").data["sync_status"] == "error"


@pytest.mark.parametrize(
    "lie",
    [
        lambda data: {**data, "more": True, "next_after": 0},
        lambda data: {**data, "more": True, "next_after": 1},
        lambda data: {**data, "items": data["items"][::-1]},
        lambda data: {**data, "items": [{**data["items"][0], "id": -1}]},
        lambda data: {**data, "items": [{**data["items"][0], "id": 2**63}]},
        lambda data: {**data, "items": [{**data["items"][0], "type": "page"}]},
        lambda data: {**data, "items": data["items"] * 60},
    ],
)
def test_a_site_that_lies_about_its_list_ends_the_run_at_once(here: Importing, lie: Any) -> None:
    here.posts.add(3)
    here.posts.always = lie
    run = here.begin()
    assert here.serve() <= 2
    run = here.run(run)
    assert (run["state"], run["reason"]) == ("failed", "site_repeats_itself")
    assert here.posts.served <= 2


def test_a_cursor_that_only_ever_moves_by_one_ends_by_the_limit(here: Importing) -> None:
    """A site that has always more is asked no more often than it may be asked for posts."""
    here.posts.always = lambda data: {
        **data, "items": [], "more": True,
        "next_after": int(here.posts.asked[-1][1]["after"]) + 1,
    }  # fmt: skip
    run = here.begin(types=["post"], limit=5)
    here.serve(most=2_000)
    run = here.run(run)
    assert (run["state"], run["reason"]) == ("failed", "site_repeats_itself")
    assert here.posts.served < 1_100


@pytest.mark.parametrize("body", [b"<html>", b'{"success": true, "data": {"items": ['])
def test_an_answer_that_is_none_makes_the_run_wait(here: Importing, body: bytes) -> None:
    here.posts.add(1)
    here.posts.always = lambda _data: body
    run = here.begin()
    here.serve()
    assert here.run(run)["state"] == "waiting"


def test_what_the_bridge_refuses_for_good_ends_the_run(here: Importing) -> None:
    here.world.wordpress.after = [lambda _answer: refusal(422, "invalid", "No such term.")]
    run = here.begin()
    here.serve()
    run = here.run(run)
    assert (run["state"], run["reason"]) == ("failed", "invalid: No such term.")


def test_what_was_done_before_the_bridge_refused_for_good_is_counted() -> None:
    with importing(plain=False) as here:
        here.posts.add(80)
        no = reply(422, {"success": False, "error": {"code": "invalid", "message": "No."}})
        same = [lambda answer: answer] * 2
        here.world.wordpress.after = [*same, lambda _answer: no]  # the second fifty
        run = here.begin()
        here.serve()
        run = here.run(run)
        assert (run["state"], run["reason"]) == ("failed", "invalid: No.")
        assert run["counts"] == {"created": 50}
        assert len(here.items(run)) == 50


def test_a_post_that_cannot_be_fails_alone(here: Importing) -> None:
    ids = here.posts.add(3)
    here.posts.edit(ids[1], status=7)
    here.posts.edit(ids[2], title="half \ud83d")
    here.posts._is_meant = lambda post, query: post["type"] == query["type"]  # type: ignore[method-assign]
    run = here.begin()
    here.serve()
    assert here.run(run)["counts"] == {"created": 1, "failed": 2}
    assert here.run(run)["failed"] == 2
    told = here.items(run, "&outcome=failed")
    assert [one["external_id"] for one in told] == [str(ids[1]), str(ids[2])]
    assert all("cannot be taken over" in one["reason"] for one in told)


def test_what_posts_say_is_in_no_log_and_no_history() -> None:
    secret = "Bearer abc.def eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig"
    with importing(plain=False) as here, logged() as lines:
        here.posts.add(2, text=f"<p>Zebrafish {secret}</p>", title="Zebrafish", slug="zebrafish")
        here.posts.edit(2, title="Zebrafish \ud83d")
        run = here.begin()
        here.serve()
        assert here.run(run)["counts"] == {"created": 1, "failed": 1}
        [item] = here.items(run, "&outcome=created")
        path = f"/api/v1/writer/content/{item['content_id']}/"
        assert secret in here.world.call("GET", path).data["content_html"]
        assert "Zebrafish" not in str(here.world.events(here.site))
        told = lines.read()
        assert "synchronised" in {line["message"] for line in told}
        assert "ebrafish" not in str(told)


# --- Ended, waiting, going on --------------------------------------------------------------------


def test_a_run_that_is_cancelled_keeps_what_is_in(here: Importing) -> None:
    here.posts.add(250)
    run = here.begin()
    here.serve(most=1)
    answer = here.call("POST", f"runs/{run['id']}/cancel/")
    assert (answer.status, answer.data["state"]) == (202, "cancelled")
    here.settle()
    run = here.run(run)
    assert (run["state"], run["done"], run["counts"]) == ("cancelled", 100, {"created": 100})
    assert len(here.items(run)) == 100
    assert here.call("POST", f"runs/{run['id']}/cancel/").status == 200
    assert here.call("GET", "").data["sync_status"] == "completed"
    here.begin()
    here.serve()
    assert here.run()["done"] == 150, "it goes on where that one was"


def test_a_run_that_is_cancelled_in_the_middle_of_a_page_counts_that_page(here: Importing) -> None:
    here.posts.add(250)
    run = here.begin()

    def cancel(route: str, number: int) -> None:
        if number == 1:
            assert here.call("POST", f"runs/{run['id']}/cancel/").status == 202
            assert here.call("POST", "sync/", {"direction": "pull"}).code == "sync_running"

    here.posts.before_call = cancel
    here.settle()
    run = here.run(run)
    assert (run["state"], run["counts"]) == ("cancelled", {"created": 100})
    assert len(here.items(run)) == 100
    [listed] = here.call("GET", "runs/").data
    assert (listed["state"], listed["done"]) == ("cancelled", 100)
    assert len(here.importer.pages) == 1


@pytest.mark.parametrize("direction", ["changes", "metadata"])
def test_any_run_that_is_cancelled_in_the_middle_ends_there(
    here: Importing, direction: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = here.call("POST", "sync/", {"direction": direction}).data["run"]
    request = here.world.wordpress.request

    def cancelling(method: str, url: str, **sent: Any) -> Any:
        if here.plan().has_run:
            assert here.call("POST", f"runs/{run['id']}/cancel/").status == 202
            before = len(here.world.wordpress.calls)
            calls.append(before)
        return request(method, url, **sent)

    calls: list[int] = []
    monkeypatch.setattr(here.world.wordpress, "request", cancelling)
    here.settle()
    assert len(calls) == 1
    found = here.run(run)
    assert found["finished_at"]
    assert found["state"] in {"cancelled", "done"}, "done where that call was its last"
    assert (found["state"] == "cancelled") == (direction == "metadata")
    assert not here.plan().has_run


def test_a_run_waits_at_a_closed_gate_and_goes_on_at_its_cursor(here: Importing) -> None:
    ids = here.posts.add(250)
    run = here.begin()
    here.serve(most=1)
    here.world.wordpress.accepted_key = "another"
    here.serve()
    assert here.run(run)["state"] == "waiting"
    assert here.run(run)["done"] == 100
    before = len(here.world.wordpress.calls)
    for _ in range(6):
        here.settle()
    assert len(here.world.wordpress.calls) - before <= 1
    here.world.wordpress.accepted_key = None
    answer = here.world.call("POST", f"{here.path}/resume/")
    assert answer.status == 200
    here.serve()
    assert here.run(run)["state"] == "done"
    assert here.importer.posts == ids


def test_a_site_that_dies_in_the_middle_costs_three_calls_and_goes_on(here: Importing) -> None:
    ids = here.posts.add(250)
    run = here.begin()
    here.serve(most=1)
    here.world.wordpress.up = False
    calls = len(here.world.wordpress.calls)
    begun = here.world.clock.now()
    while (here.world.clock.now() - begun).total_seconds() < 3_600:
        here.settle()
    assert len(here.world.wordpress.calls) - calls <= 3 + 3, "and three probes of its gate"
    assert here.run(run)["state"] == "waiting"
    assert here.call("GET", "sync-status/").data["status"] == "syncing"
    here.world.wordpress.up = True
    for _ in range(80):
        here.settle()
    run = here.run(run)
    assert (run["state"], run["counts"]) == ("done", {"created": 250})
    assert sorted({one for page in here.importer.pages for one in page}) == ids


def test_the_same_wish_wakes_a_run_that_waits_and_another_is_told_that_it_runs(
    here: Importing,
) -> None:
    here.posts.add(1)
    here.world.wordpress.up = False
    run = here.begin(types=["post"])
    here.serve()
    assert here.run(run)["state"] == "waiting"
    assert here.begin(types=["post"])["id"] == run["id"]
    answer = here.call("POST", "sync/", {"direction": "pull", "types": ["page"]})
    assert answer.code == "sync_running"
    answer = here.call("POST", "sync/", {"direction": "pull", "types": ["post"], "dry_run": True})
    assert answer.code == "sync_running"


def test_no_call_is_made_while_both_slots_are_at_work(here: Importing) -> None:
    here.posts.add(120)
    run = here.begin()
    store = here.world.services.gate_store

    def take(_route: str, number: int) -> None:
        if number == 1:  # while the first 50 are read
            now = int(here.world.clock.now().timestamp())
            for _ in range(2):
                gate = store.get(here.site["integration_id"])
                slot = gate.free_slot(now)
                assert slot is not None
                here.world.services.commit([store.take(gate, slot, "a publish", now, now + 150)])

    here.posts.before_call = take
    here.serve()
    assert here.posts.served == 3, "the page, 50 posts, and that they are linked"
    run = here.run(run)
    assert (run["done"], run["state"]) == (50, "waiting")
    here.settle()
    assert here.run(run)["counts"] == {"created": 120}


def test_a_page_that_the_time_does_not_suffice_for_goes_on_where_it_stopped(
    here: Importing,
) -> None:
    ids = here.posts.add(30)
    here.importer.stops_after = 12
    run = here.begin()
    here.serve()
    assert here.importer.pages == [ids, ids[12:], ids[24:]]
    assert here.run(run)["counts"] == {"created": 30}
    assert [one["external_id"] for one in here.items(run)] == [str(one) for one in ids]


def test_a_page_at_which_our_code_always_crashes_ends_the_run_loudly(here: Importing) -> None:
    here.posts.add(3)
    here.importer.crashes = True
    run = here.begin()
    for _ in range(40):
        here.serve()
        here.world.clock.advance(minutes=30)
        here.world.sweep("sync")
    run = here.run(run)
    assert (run["state"], run["reason"]) == ("failed", "our_fault")
    assert len(here.importer.pages) <= 6


def test_a_lost_message_is_sent_again(here: Importing) -> None:
    here.posts.add(250)
    run = here.begin()
    here.serve(most=1)
    here.world.messages("sync")  # lost
    here.settle()
    assert here.run(run)["counts"] == {"created": 250}


def test_a_message_five_times_is_one_page_and_late_ones_are_none(here: Importing) -> None:
    ids = here.posts.add(150)
    run = here.begin()
    records = here.world.messages("sync")
    here.world.synchronise(records * 5)
    assert here.run(run)["done"] == 100
    here.serve()
    here.world.synchronise(records)
    assert here.run(run)["counts"] == {"created": 150}
    assert here.importer.posts == ids
    assert len(here.items(run)) == 150


def test_a_database_that_is_another_one_stops_the_run(here: Importing) -> None:
    here.posts.add(250)
    run = here.begin()
    here.serve(most=1)
    here.world.wordpress.outbox.epoch = "f" * 32
    here.serve()
    for _ in range(3):
        here.settle()
    run = here.run(run)
    assert run["state"] == "failed"
    assert "restored" in run["reason"]
    assert run["done"] == 100


def test_a_database_that_was_paired_meanwhile_is_another_run_s(here: Importing) -> None:
    here.posts.add(250)
    here.tell_structure(post={"fetch_limit": 120})
    here.begin()
    here.serve()
    assert here.plan().positions["post"].after == 120
    run = here.begin()
    here.serve(most=1)
    inboxes = here.world.services.inbox_store
    inbox = inboxes.get(here.account, here.site["integration_id"])
    integration = here.world.services.integrations.get(here.account, inbox.integration_id)
    life = here.world.services.listening.paired(integration, epoch="f" * 32, head_seq=0)
    here.world.services.commit(life)
    here.world.wordpress.outbox.epoch = "f" * 32
    here.settle()
    run = here.run(run)
    assert (run["state"], run["done"]) == ("failed", 100)
    assert "another database" in run["reason"]
    assert here.plan().positions == {}


def test_a_site_that_never_says_what_became_of_a_link_ends_the_run() -> None:
    with importing(plain=False) as here:
        ids = here.posts.add(10)
        here.posts.refuses = {ids[4]: "hmm"}
        run = here.begin()
        for _ in range(10):
            here.settle()
        run = here.run(run)
        assert (run["state"], run["reason"]) == ("failed", "site_repeats_itself")
        assert run["counts"] == {"created": 4}
        assert here.posts.served < 30


# --- Looked at -----------------------------------------------------------------------------------


def test_runs_are_listed_newest_first_and_by_the_page(here: Importing) -> None:
    made = []
    for number in range(5):
        made.append(here.begin(limit=number + 1)["id"])
        here.serve()
    first = here.call("GET", "runs/?limit=3")
    assert [one["id"] for one in first.data] == made[:1:-1]
    cursor = first.body["meta"]["next"]
    rest = here.call("GET", f"runs/?limit=3&cursor={cursor}")
    assert [one["id"] for one in rest.data] == made[1::-1]
    assert rest.body["meta"]["next"] is None
    body = {"direction": "changes"}
    other = here.call("POST", "sync/", body).data["run"]
    here.serve()
    newest = here.call("GET", "runs/").data[0]
    assert (newest["id"], newest["state"], newest["filters"]) == (other["id"], "done", None)


def test_items_are_told_by_outcome_and_by_the_page(here: Importing) -> None:
    ids = here.posts.add(250)
    for post_id in ids[::50]:
        here.posts.edit(post_id, title="\0")
    run = here.begin()
    here.serve()
    failed = here.items(run, "&outcome=failed")
    assert [one["external_id"] for one in failed] == [str(one) for one in ids[::50]]
    assert here.call("GET", f"runs/{run['id']}/items/?outcome=eaten").status == 422
    seen, cursor = [], ""
    while True:
        answer = here.call("GET", f"runs/{run['id']}/items/?limit=7{cursor}")
        assert len(answer.data) <= 7
        seen += [one["external_id"] for one in answer.data]
        if answer.body["meta"]["next"] is None:
            break
        cursor = f"&cursor={answer.body['meta']['next']}"
    assert seen == [str(one) for one in ids]


def test_another_account_learns_nothing_of_a_run(here: Importing) -> None:
    here.posts.add(1)
    run = here.begin()
    here.serve()
    mine = here.path
    for method, path in (
        ("GET", "runs/"), ("GET", f"runs/{run['id']}/"), ("GET", f"runs/{run['id']}/items/"),
        ("POST", f"runs/{run['id']}/cancel/"),
    ):  # fmt: skip
        answer = here.world.call(method, f"{mine}/{path}", account=OTHER_ACCOUNT)
        assert answer.status == 404, path
    other = here.world.connected_site(account=OTHER_ACCOUNT)
    theirs = f"/api/v1/integration/integrations/{other['integration_id']}"
    for path in (f"runs/{run['id']}/", f"runs/{run['id']}/items/"):
        answer = here.world.call("GET", f"{theirs}/{path}", account=OTHER_ACCOUNT)
        assert (answer.status, answer.code) == (404, "not_found")
    assert here.call("GET", "runs/457/").status == 404
    assert here.call("POST", "runs/457/cancel/").status == 404


def test_a_dry_run_writes_nothing_but_its_own_rows(here: Importing) -> None:
    here.posts.add(150)

    def rows() -> dict[str, Any]:
        tables = here.world.services.tables
        return {
            str(table.key_of(row)): row
            for table in (DATA, EVENTS_TABLE, GATES_TABLE)
            for row in tables.rows(table)
            if "RUN#" not in str(table.key_of(row)) and row.get("sk") != {"S": "SYNC"}
        }

    before = rows()
    run = here.begin(dry_run=True)
    here.serve()
    assert rows() == before
    dry = here.run(run)
    assert (dry["state"], dry["dry_run"], dry["counts"]) == ("done", True, {"created": 150})
    assert here.plan().positions == {}
    assert here.posts.calls["links"] == 0
    real = here.begin()
    here.serve()
    assert here.run(real)["counts"] == dry["counts"]
    told = [{**one, "content_id": None} for one in here.items(real)]
    assert told == here.items(dry)


def test_rows_of_runs_go_with_time(here: Importing) -> None:
    here.posts.add(1)
    now = int(here.world.clock.now().timestamp())
    for dry_run, days in ((True, 7), (False, 30)):
        run = here.begin(dry_run=dry_run)
        here.serve()
        ends = {
            row["sk"]["S"]: round((int(row["expires_at"]["N"]) - now) / 86_400)
            for row in here.world.services.tables.rows(DATA)
            if f"{run['id']}" in row["pk"]["S"] + row["sk"]["S"]
        }
        assert ends == {f"RUN#{run['id']:016d}": 90, "PAGE#00000000": days}
