"""Publishing many at once: taken in at once, carried out as so many clicks, followed to its end."""

from collections import Counter
from typing import Any

import pytest
from igny8.batches.model import GIVEN_UP_AFTER, MOST_ITEMS, PAGE
from igny8.core.table import DATA

from tests.support.batches import (
    BATCHES,
    BULK,
    batch_of,
    begun,
    bulk,
    cancel,
    counts,
    items,
    on_sites,
    row_of,
)
from tests.support.loglines import logged
from tests.support.steps import bring_to, publication_row
from tests.support.world import ACCOUNT, OTHER_ACCOUNT, World

ABSENT = 123_456_789


def rows_of(world: World) -> list[Any]:
    return world.services.tables.rows(DATA)  # type: ignore[attr-defined]


def published_once(world: World, contents: list[Any]) -> None:
    posts = Counter(one["content_id"] for one in world.wordpress.sent())
    assert posts == {one["id"]: 1 for one in contents}
    assert world.wordpress.inserts == len(contents)


def test_a_batch_is_taken_in_carried_out_and_followed(long: World) -> None:
    contents = on_sites(long, sites=2, each=20)
    answer = bulk(long, contents)
    assert answer.status == 202
    batch_id = answer.data["batch_id"]
    assert answer.data["total"] == len(contents)
    assert answer.data["results"] == [
        {"content_id": one["id"], "result": "accepted"} for one in contents
    ]
    assert counts(long, batch_id) == {"pending": 40}
    assert long.messages() == []  # nothing is decided while somebody waits for the answer
    assert long.carry_on() == {"batchItemFailures": []}
    seen = batch_of(long, batch_id)
    assert (seen["state"], seen["counts"]) == ("done", {"queued": 40})
    assert [one["content_id"] for one in seen["items"]] == [one["id"] for one in contents]
    assert {(one["result"], one["intent"]) for one in seen["items"]} == {("accepted", 1)}
    long.work()
    assert counts(long, batch_id) == {"published": 40}
    published_once(long, contents)
    assert row_of(long, batch_id).wake_at is None


def test_its_items_come_by_the_page(long: World) -> None:
    contents = on_sites(long, sites=1, each=7)
    batch_id = begun(long, [*contents, ABSENT])
    pages = []
    query = "limit=3"
    while query:
        answer = long.call("GET", f"{BATCHES}/{batch_id}/?{query}")
        pages.append([one["content_id"] for one in answer.data["items"]])
        assert answer.data["counts"] == {"pending": 7, "refused": 1}
        cursor = answer.body["meta"]["next"]
        query = f"limit=3&cursor={cursor}" if cursor else ""
    assert [len(page) for page in pages] == [3, 3, 2]
    assert [one for page in pages for one in page] == [*(one["id"] for one in contents), ABSENT]


def test_what_is_not_there_or_comes_twice_is_said_at_once(long: World) -> None:
    (own,) = on_sites(long, sites=1, each=1)
    theirs = long.content(long.connected_site(account=OTHER_ACCOUNT), account=OTHER_ACCOUNT)
    answer = bulk(long, [own, theirs, ABSENT, own])
    assert [one["result"] for one in answer.data["results"]] == [
        "accepted", "not_found", "not_found", "duplicate",
    ]  # fmt: skip
    assert answer.data["total"] == 3
    long.carry_on()
    long.work()
    found = items(long, answer.data["batch_id"])
    foreign, absent = found[theirs["id"]], found[ABSENT]
    assert {**foreign, "content_id": 0} == {**absent, "content_id": 0}
    assert (foreign["state"], foreign["reason"]) == ("refused", "not_found")
    published_once(long, [own])


def test_a_batch_of_nothing_that_is_there_is_done_at_once(long: World) -> None:
    batch_id = begun(long, [ABSENT])
    assert batch_of(long, batch_id)["state"] == "done"
    assert long.messages("batch") == []
    long.clock.advance(hours=1)
    assert long.sweep("batch")["found"] == 0
    assert cancel(long, batch_id).status == 202
    long.carry_on()
    assert batch_of(long, batch_id)["state"] == "cancelled"
    assert row_of(long, batch_id).wake_at is None


@pytest.mark.parametrize(
    "body",
    [
        {"ids": []},
        {"ids": [0]},
        {"ids": [-1]},
        {"ids": ["1"]},
        {"ids": [1.5]},
        {"ids": [True]},
        {"ids": [None]},
        {"ids": [[1]]},
        {"ids": [2**53]},
        {"ids": 1},
        {"ids": list(range(1, MOST_ITEMS + 2))},
        {"ids": None},
        {},
        {"ids": [1], "site_integration_id": "1"},
        {"ids": [1], "site_integration_id": 0},
        {"ids": [1], "all": True},
    ],
    ids=lambda body: str(body)[:40],
)
def test_what_cannot_be_meant_is_refused_whole(long: World, body: Any) -> None:
    long.content(long.connected_site())
    before = rows_of(long)
    answer = long.call("POST", BULK, body, headers={"Idempotency-Key": "k"})
    assert (answer.status, answer.code) == (422, "invalid")
    assert answer.body["error"]["fields"]
    assert rows_of(long) == before
    assert long.messages("batch") == []


def test_as_many_as_may_be_are_taken(long: World) -> None:
    long.connected_site()
    answer = bulk(long, list(range(1, MOST_ITEMS + 1)))
    assert answer.status == 202
    assert Counter(one["result"] for one in answer.data["results"]) == {"not_found": MOST_ITEMS}


def test_sent_again_it_is_the_same_batch(long: World) -> None:
    contents = on_sites(long, sites=1, each=3)
    named = {"Idempotency-Key": "publish-all"}
    first = bulk(long, [*contents, ABSENT, contents[0]], headers=named)
    long.carry_on()
    before = rows_of(long)
    again = bulk(long, [*contents, ABSENT, contents[0]], headers=named)
    assert (again.status, again.data) == (202, first.data)
    assert rows_of(long) == before
    assert long.messages("batch") == []
    other = bulk(long, contents[:1], headers=named)
    assert (other.status, other.code) == (422, "idempotency_key_reused")


def test_the_same_ids_again_are_so_many_double_clicks(long: World) -> None:
    contents = on_sites(long, sites=1, each=3)
    batches = [begun(long, contents) for _ in range(3)]
    long.carry_on()
    long.work()
    for batch_id in batches:
        assert counts(long, batch_id) == {"published": 3}
    results = [{one["result"] for one in items(long, number).values()} for number in batches]
    assert results == [{"accepted"}, {"already"}, {"already"}]
    published_once(long, contents)


def test_each_item_has_the_answer_of_a_click(long: World) -> None:
    site = long.connected_site()
    wanted = {"conflict": "conflict", "gone": "gone"}
    contents = {code: bring_to(long, state, site) for code, state in wanted.items()}
    contents["no_integration"] = long.content(long.site())
    contents["not_found"] = long.content(site)
    fine = long.content(site)
    batch_id = begun(long, [*contents.values(), fine])
    long.call("DELETE", f"/api/v1/writer/content/{contents['not_found']['id']}/")
    long.carry_on()
    found = items(long, batch_id)
    for code, content in contents.items():
        item = found[content["id"]]
        assert (item["state"], item["reason"]) == ("refused", code)
        if code != "not_found":
            click = long.publish(content)
            assert (click.code, click.body["error"]["message"]) == (code, item["message"])
    assert found[fine["id"]]["state"] == "queued"


def test_it_goes_to_the_integration_that_is_named_and_to_no_other(long: World) -> None:
    site, elsewhere = long.connected_site(), long.connected_site()
    here, there = long.content(site), long.content(elsewhere)
    batch_id = begun(long, [here, there], site_integration_id=site["integration_id"])
    long.carry_on()
    found = items(long, batch_id)
    assert found[here["id"]]["integration_id"] == site["integration_id"]
    assert (found[there["id"]]["state"], found[there["id"]]["reason"]) == ("refused", "not_found")


def test_anothers_integration_is_like_none(long: World) -> None:
    content = long.content(long.connected_site())
    theirs = long.connected_site(account=OTHER_ACCOUNT)["integration_id"]
    before = rows_of(long)
    answers = [bulk(long, [content], site_integration_id=one) for one in (theirs, ABSENT)]
    assert [(one.status, one.code) for one in answers] == [(404, "not_found")] * 2
    assert rows_of(long) == before


def test_anothers_batch_is_like_none(long: World) -> None:
    batch_id = begun(long, on_sites(long, sites=1, each=1))
    before = rows_of(long)
    for method, rest in (("GET", ""), ("POST", "cancel/")):
        path = f"{BATCHES}/{{}}/{rest}"
        foreign, absent = (
            long.call(method, path.format(number), account=account)
            for number, account in ((batch_id, OTHER_ACCOUNT), (ABSENT, ACCOUNT))
        )
        assert (foreign.status, absent.status) == (404, 404)
        assert foreign.body == absent.body
    assert rows_of(long) == before


def test_what_becomes_of_an_item_later_is_told(long: World) -> None:
    contents = on_sites(long, sites=1, each=3)
    batch_id = begun(long, contents)
    long.carry_on()
    long.work()
    edited, deleted, _ = contents
    path = "/api/v1/writer/content/{}/"
    long.call("PATCH", path.format(edited["id"]), {"title": "Another", "status": "published"})
    long.call("DELETE", path.format(deleted["id"]) + "?unpublish=keep")
    assert counts(long, batch_id) == {"deleted": 1, "published": 1, "queued": 1}
    found = items(long, batch_id)
    assert [found[one["id"]]["overtaken"] for one in contents] == [True, False, False]


def test_what_a_closed_gate_keeps_is_blocked(long: World) -> None:
    contents = on_sites(long, sites=1, each=2)
    batch_id = begun(long, contents)
    long.carry_on()
    long.wordpress.up = False
    for _ in range(3):
        long.work()
        long.clock.advance(seconds=1)
        long.sweep()
        long.clock.advance(minutes=1)
        long.sweep()
    assert counts(long, batch_id) == {"blocked": 2}
    assert {one["reason"] for one in items(long, batch_id).values()} == {"unreachable"}


def test_a_lost_message_is_sent_by_the_sweep(long: World) -> None:
    contents = on_sites(long, sites=1, each=2)
    batch_id = begun(long, contents)
    long.messages("batch")
    assert long.sweep("batch")["found"] == 0  # it has had no time to stand still
    long.clock.advance(minutes=1)
    assert long.sweep("batch") == {
        "found": 1, "hinted": 1, "left_over": 0, "oldest_due_seconds": 0, "unreadable": (),
    }  # fmt: skip
    assert long.sweep("batch")["found"] == 0, "it looks again later"
    long.carry_on()
    assert counts(long, batch_id) == {"queued": 2}
    long.clock.advance(hours=1)
    assert long.sweep("batch")["found"] == 0


def test_a_doubled_message_decides_nothing_twice(long: World) -> None:
    contents = on_sites(long, sites=1, each=3)
    begun(long, contents)
    records = long.messages("batch")
    for _ in range(3):
        assert long.carry_on(records * 2) == {"batchItemFailures": []}
    assert {publication_row(long, one).intent for one in contents} == {1}
    long.work()
    published_once(long, contents)


def test_it_does_not_decide_again_what_people_decided_since(long: World) -> None:
    """The worker dies after it has decided, before it says how far it is; somebody edits."""
    contents = on_sites(long, sites=1, each=2)
    batch_id = begun(long, contents)
    records = long.messages("batch")
    store = long.services.batch_store
    store.moved_on = lambda *_: False  # type: ignore[method-assign]
    long.services.batch_worker._store = store
    served: list[int] = []
    decided = store.decided

    def twice(batch: Any, page: Any) -> Any:
        if served:
            raise RuntimeError("died")
        served.append(1)
        return decided(batch, page)

    store.decided = twice  # type: ignore[method-assign]
    assert long.carry_on(records)["batchItemFailures"]
    del store.moved_on, store.decided
    long.work()
    first = contents[0]
    long.call("PATCH", f"/api/v1/writer/content/{first['id']}/", {"title": "Not to be out yet"})
    assert long.carry_on(records) == {"batchItemFailures": []}
    assert publication_row(long, first).intent == 1
    assert batch_of(long, batch_id)["state"] == "done"
    published_once(long, contents)


def test_a_worker_without_time_hands_over_to_the_next(long: World) -> None:
    contents = on_sites(long, sites=1, each=PAGE * 2 + 1)
    batch_id = begun(long, contents)
    (record,) = long.messages("batch")
    from igny8.batches.model import BatchHint

    hint = BatchHint.parse(record["body"])
    for pages in (1, 2):
        progress = long.services.batch_worker.serve(hint, lambda: 1.0)
        assert progress is not None
        assert progress.position == pages * PAGE
        assert long.messages("batch") == [{"messageId": "m0", "body": hint.body()}]
    progress = long.services.batch_worker.serve(hint, lambda: 1.0)
    assert progress is not None
    assert (progress.state, progress.position) == ("done", len(contents))
    assert long.messages("batch") == []
    assert counts(long, batch_id) == {"queued": len(contents)}


def test_an_item_that_our_code_crashes_at_keeps_back_no_other(long: World) -> None:
    contents = on_sites(long, sites=1, each=PAGE + 2)
    bad = contents[1]["id"]
    decisions = long.services.batch_worker._decisions
    publish = decisions.publish

    def crash(account_id: int, content_id: int, **how: Any) -> Any:
        if content_id == bad:
            raise RuntimeError("ours")
        return publish(account_id, content_id, **how)

    decisions.publish = crash  # type: ignore[method-assign]
    batch_id = begun(long, contents)
    assert long.carry_on() == {"batchItemFailures": []}
    assert counts(long, batch_id) == {"pending": 3, "queued": PAGE - 1}
    for look in range(GIVEN_UP_AFTER):
        assert counts(long, batch_id)["pending"] == 3
        long.clock.advance(minutes=2**look)
        assert long.sweep("batch")["hinted"] == 1
        long.carry_on()
    assert counts(long, batch_id) == {"queued": PAGE + 1, "refused": 1}
    item = items(long, batch_id)[bad]
    assert item["reason"] == "our_fault"
    assert "publish it again" in item["message"]
    assert batch_of(long, batch_id)["state"] == "done"


def test_of_one_site_no_more_hints_are_sent_than_can_serve_it(long: World) -> None:
    contents = on_sites(long, sites=3, each=8)
    begun(long, contents)
    long.carry_on()
    sites = Counter(record["body"].split('"integration_id":')[1][:18] for record in long.messages())
    assert sorted(sites.values()) == [2, 2, 2]


def test_what_is_no_message_of_ours_is_dropped(long: World) -> None:
    for body in ("", "[]", "1", "{}", '{"account_id":1}', '{"account_id":"x","batch_id":1}', "["):
        assert long.carry_on([{"messageId": "m", "body": body}]) == {"batchItemFailures": []}
    absent = f'{{"account_id":{ACCOUNT},"batch_id":{ABSENT}}}'
    assert long.carry_on([{"messageId": "m", "body": absent}]) == {"batchItemFailures": []}


def test_its_history_names_who_began_it_and_its_request(long: World) -> None:
    site = long.connected_site()
    content = long.content(site)
    begun(long, [content])
    long.carry_on()
    event = long.events(site)[0]
    assert (event["action"], event["actor"], event["channel"]) == (
        "content_publish", "user:u1", "api",
    )  # fmt: skip
    assert publication_row(long, content).request_id == "r-batch"


def test_all_of_it_goes_after_its_time(long: World) -> None:
    batch_id = begun(long, [*on_sites(long, sites=1, each=2), ABSENT])
    created = row_of(long, batch_id).created_at
    long.carry_on()
    rows = [row for row in rows_of(long) if f"#B#{batch_id}" in row["pk"]["S"]]
    assert sorted(row["sk"]["S"].partition("#")[0] for row in rows) == [
        "BATCH", "IDS", "ITEM", "ITEM",
    ]  # fmt: skip
    days = long.services.settings.event_retention_days
    assert {int(row["expires_at"]["N"]) for row in rows} == {created + days * 86_400}


def test_every_line_about_it_can_be_found_by_its_request(long: World) -> None:
    batch_id = begun(long, [*on_sites(long, sites=1, each=2), ABSENT])
    with logged() as lines:
        long.carry_on()
        long.work()
    told = lines.read()
    assert {one["correlation_id"] for one in told} == {"r-batch"}
    (progress,) = [one for one in told if one["message"] == "carried on"]
    assert (progress["batch_id"], progress["state"], progress["position"]) == (batch_id, "done", 2)
