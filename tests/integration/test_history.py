"""The history of an integration: newest first, filtered by keys, at one price whatever there is."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from igny8.core.errors import Malformed
from igny8.journal.model import SYNC_WORKER, Action, Actor, Channel, Status
from igny8.journal.store import MOST_QUERIES
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from tests.support.aws import REGION
from tests.support.aws_calls import recorded_calls, stored_rows
from tests.support.capacity import spending
from tests.support.world import ACCOUNT, OTHER_ACCOUNT, Response, World, running_world

INTEGRATIONS = "/api/v1/integration/integrations"
ONE, TWO = 5001, 5002  # contents
# Of each in turn, so that every filter has to leave something out.
KINDS: list[tuple[Action, Status, int | None]] = [
    (Action.CONTENT_PUBLISH, Status.PENDING, ONE),
    (Action.CONTENT_PUBLISH, Status.SUCCESS, ONE),
    (Action.STATUS_UPDATE, Status.SUCCESS, TWO),
    (Action.STATUS_UPDATE, Status.FAILED, TWO),
    (Action.SYNC_CHANGES, Status.SUCCESS, None),
    (Action.BREAKER_OPEN, Status.FAILED, None),
]


def put_events(
    world: World, integration_id: int, number: int, *, account: int = ACCOUNT, of: int = 0
) -> None:
    """Events of all kinds in turn, a second apart; straight into the table, for there are many."""
    table = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables["igny8-test-events"]
    journal = world.services.journal
    for count in range(number):
        action, status, content_id = KINDS[count % len(KINDS)]
        write = journal.record(
            account,
            integration_id,
            action,
            status,
            f"Number {count}",
            actor=SYNC_WORKER,
            content_id=content_id and content_id + of,
            error_message="No." if status is Status.FAILED else None,
        )
        table.put_item(write.row)
        world.clock.advance(seconds=1)


@pytest.fixture(scope="module")
def stage() -> Iterator[tuple[World, dict[str, Any]]]:
    """An integration with some events, beside another of the same account; nobody writes."""
    with running_world() as world:
        site, other = world.connected_site(), world.connected_site()
        put_events(world, other["integration_id"], 12)
        put_events(world, site["integration_id"], 60)
        yield world, site


def history(stage: tuple[World, dict[str, Any]], **query: Any) -> Response:
    world, site = stage
    path = f"{INTEGRATIONS}/{site['integration_id']}/events/"
    return world.call("GET", f"{path}?{urlencode(query)}" if query else path)


def all_pages(stage: tuple[World, dict[str, Any]], **query: Any) -> list[Any]:
    """Everything, page by page."""
    found: list[Any] = []
    asked = dict(query)
    for _ in range(100):
        page = history(stage, **asked)
        assert page.status == 200, page.body
        assert len(page.data) <= query.get("limit", 25)
        found += page.data
        if page.body["meta"]["next"] is None:
            return found
        asked["cursor"] = page.body["meta"]["next"]
    raise AssertionError("it never ends")


def expected(stage: tuple[World, dict[str, Any]], **query: Any) -> list[int]:
    """The ids that fit, of everything that there is."""
    world, site = stage
    events = world.services.event_store.newest(site["integration_id"], 1000)
    return [
        event.id
        for event in events
        if query.get("type") in {None, event.type}
        and query.get("success") in {None, str(event.success).lower()}
        and query.get("content_id") in {None, event.content_id}
        and event.id < query.get("before", 2**53)
    ]


FILTERS: list[dict[str, Any]] = [
    {},
    {"type": "publish"},
    {"type": "webhook"},
    {"type": "error"},
    {"type": "metadata_sync"},
    {"success": "true"},
    {"success": "false"},
    {"content_id": ONE},
    {"content_id": TWO},
    {"content_id": TWO, "success": "false"},
    {"content_id": TWO, "success": "true"},
    {"content_id": ONE, "type": "webhook"},
    {"type": "webhook", "success": "false"},
    {"type": "test", "success": "true"},
    {"content_id": 7},
]


@pytest.mark.parametrize("limit", [1, 4, 7, 100])
@pytest.mark.parametrize("query", FILTERS, ids=str)
def test_pages_hold_what_fits_once_and_newest_first(stage: Any, query: Any, limit: int) -> None:
    found = [event["id"] for event in all_pages(stage, **query, limit=limit)]
    assert found == expected(stage, **query)
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize("query", FILTERS[:8], ids=str)
def test_what_came_before_an_event(stage: Any, query: Any) -> None:
    middle = expected(stage)[20]
    found = [one["id"] for one in all_pages(stage, **query, before=middle, limit=5)]
    assert found == expected(stage, **query, before=middle)
    assert middle not in found


def test_a_filter_is_a_key_and_costs_one_query(stage: Any) -> None:
    one, batched = ["GetItem", "Query"], ["GetItem", "Query", "BatchGetItem"]
    for query, calls in (
        ({}, one),
        ({"before": expected(stage)[3]}, one),
        ({"type": "publish"}, batched),
        ({"success": "false"}, batched),
        ({"content_id": ONE}, batched),
        ({"content_id": ONE, "success": "true"}, batched),
    ):
        with spending() as spent:
            assert len(history(stage, **query, limit=4).data) == 4
        assert spent.calls == calls, query


def test_what_no_key_tells_apart_is_passed_over_a_few_times(stage: Any) -> None:
    """Then the page is short, and says where the next one begins."""
    with spending() as spent:
        page = history(stage, type="sync", success="false", limit=1)
    assert (page.data, page.body["meta"]["next"] is None) == ([], False)
    assert spent.calls.count("Query") <= MOST_QUERIES
    assert all_pages(stage, type="sync", success="false", limit=5) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"type": "everything"}, "type"),
        ({"success": "maybe"}, "success"),
        ({"content_id": "x"}, "content_id"),
        ({"content_id": "0"}, "content_id"),
        ({"content_id": "9" * 30}, "content_id"),
        ({"content_id": "٤٢"}, "content_id"),
        ({"before": "-1"}, "before"),
        ({"before": "1e3"}, "before"),
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"action": "conflict"}, "action"),
    ],
)
def test_what_cannot_be_asked_for(stage: Any, query: Mapping[str, str], field: str) -> None:
    answer = history(stage, **query)
    assert (answer.status, answer.code) == (422, "invalid")
    assert list(answer.body["error"]["fields"]) == [field]


def test_a_cursor_that_was_not_given_out(stage: Any) -> None:
    assert history(stage, cursor="bm8").code == Malformed("bad_cursor", "").code


def test_an_integration_of_another_account_is_not_found(stage: Any) -> None:
    world, site = stage
    path = f"{INTEGRATIONS}/{site['integration_id']}/events/?content_id={ONE}"
    assert world.call("GET", path, account=OTHER_ACCOUNT).code == "not_found"


def test_of_another_accounts_content_nothing_is_told(stage: Any) -> None:
    """Their events lie under a key of their account, whatever id is asked for."""
    world, _ = stage
    theirs = world.connected_site(account=OTHER_ACCOUNT)
    put_events(world, theirs["integration_id"], 12, account=OTHER_ACCOUNT)
    path = f"{INTEGRATIONS}/{theirs['integration_id']}/events/?content_id={ONE}"
    found = world.call("GET", path, account=OTHER_ACCOUNT).data
    assert len(found) == 4
    assert not {one["id"] for one in found} & {one["id"] for one in history(stage).data}


def test_history_ends_after_its_time(stage: Any) -> None:
    world, _ = stage
    site = world.connected_site()
    key = f"I#{site['integration_id']}"
    ends = {
        int(row["expires_at"]["N"])
        for row in stored_rows()["igny8-test-events"]
        if row["integration_key"]["S"] == key
    }
    days = timedelta(days=world.services.settings.event_retention_days)
    assert ends == {int((world.clock.now() + days).timestamp())}


def test_events_of_one_millisecond_are_all_there(stage: Any) -> None:
    world, _ = stage
    site = world.connected_site()
    journal, commit = world.services.journal, world.services.commit
    actor = Actor("system", Channel.SYNC)
    for number in range(30):
        commit([
            journal.record(ACCOUNT, site["integration_id"], Action.SYNC_CHANGES, Status.SUCCESS,
                           f"{number}", actor=actor),
        ])  # fmt: skip
    found = all_pages((world, site), type="sync", limit=7)
    assert {one["description"] for one in found} == {str(number) for number in range(30)}
    with recorded_calls() as calls:
        all_pages((world, site), limit=100)
    assert calls == ["GetItem", "Query"]


def test_a_great_many_events_cost_what_a_few_do(stage: Any) -> None:
    world, _ = stage
    few, many = world.connected_site(), world.connected_site()
    put_events(world, few["integration_id"], 120, of=10)
    put_events(world, many["integration_id"], 20_000, of=20)
    for path in (
        "debug-status/",
        "debug-status/?event_limit=100",
        "events/",
        "events/?type=publish",
        "events/?success=false",
        "events/?content_id={content}&limit=10",
    ):
        spent = []
        for site, content in ((few, ONE + 10), (many, ONE + 20)):
            url = f"{INTEGRATIONS}/{site['integration_id']}/{path.format(content=content)}"
            with spending() as one:
                assert world.call("GET", url).status == 200
            spent.append((one.calls, one.units, one.rows))
        assert spent[0] == spent[1], path
