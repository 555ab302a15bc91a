"""Synchronising as people start it and see it: what is begun, refused, shown, and for whom."""

from typing import Any

import pytest

from tests.support.aws_calls import Overtaken, intercepted, recorded_calls, stored_rows
from tests.support.site_events import Bridge, published
from tests.support.steps import bring_to
from tests.support.wordpress import not_sent
from tests.support.world import ACCOUNT, OTHER_ACCOUNT, Response, World

INTEGRATIONS = "/api/v1/integration/integrations"
SITE_SYNC = "/api/v1/integration/site-sync/"


def at(site: dict[str, Any], what: str) -> str:
    return f"{INTEGRATIONS}/{site['integration_id']}/{what}/"


def start(world: World, site: dict[str, Any], body: Any = None, **how: Any) -> Response:
    return world.call("POST", at(site, "sync"), body, **how)


def health(world: World, site: dict[str, Any]) -> Any:
    return world.call("GET", at(site, "sync-health")).data


def status(world: World, site: dict[str, Any]) -> Any:
    return world.call("GET", at(site, "sync-status")).data


@pytest.mark.parametrize("body", [None, {}, {"direction": "metadata"}])
def test_an_empty_body_refreshes_metadata(shared: World, body: Any) -> None:
    site = shared.connected_site()
    answer = start(shared, site, body)
    assert (answer.status, answer.data["status"]) == (202, "syncing")
    run = answer.data["run"]
    assert (run["direction"], run["state"], run["done"]) == ("metadata", "queued", 0)
    assert status(shared, site) == answer.data
    integration = shared.call("GET", f"{INTEGRATIONS}/{site['integration_id']}/").data
    assert integration["sync_status"] == "syncing"
    assert len({message["body"] for message in shared.messages("sync")}) == 1


def test_starting_is_three_reads_and_one_transaction(shared: World) -> None:
    site = shared.connected_site()
    with recorded_calls() as calls:
        assert start(shared, site).status == 202
    assert calls == ["GetItem", "Query", "GetItem", "TransactWriteItems", "SendMessage"]


def test_a_dry_run_is_refused_by_its_name(shared: World) -> None:
    """What is not built yet is not unknown."""
    site = shared.connected_site()
    path = f"/api/v1/integration/integrations/{site['integration_id']}/sync/"
    answer = shared.call("POST", path, {"dry_run": True})
    assert (answer.status, answer.code) == (422, "not_supported")
    assert shared.call("POST", path, {"dry_run": False}).status == 202


@pytest.mark.parametrize("direction", ["push", "both"])
@pytest.mark.parametrize("by_site", [False, True])
def test_what_is_not_there_yet_is_refused(shared: World, direction: str, by_site: bool) -> None:
    site = shared.connected_site()
    before = stored_rows()
    body = {"direction": direction}
    if by_site:
        answer = shared.call("POST", SITE_SYNC, {"site_id": site["id"], **body})
    else:
        answer = start(shared, site, body)
    assert (answer.status, answer.code) == (422, "not_supported")
    assert stored_rows() == before


@pytest.mark.parametrize(
    "body",
    [{"direction": "sideways"}, {"direction": None}, {"direction": 1}, {"dry_run": "x"}, []],
)
def test_what_is_no_direction_is_refused(shared: World, body: Any) -> None:
    assert start(shared, shared.connected_site(), body).code == "invalid"


def test_one_run_at_a_time(shared: World) -> None:
    site = shared.connected_site()
    first = start(shared, site, {"direction": "changes"})
    assert start(shared, site).code == "sync_running"
    assert shared.call("POST", SITE_SYNC, {"site_id": site["id"]}).code == "sync_running"
    assert status(shared, site)["run"] == first.data["run"]
    shared.synchronise()
    assert status(shared, site)["run"]["state"] == "done"
    assert start(shared, site).status == 202


def test_of_two_who_start_at_once_one_does(shared: World) -> None:
    site = shared.connected_site()
    overtaken = Overtaken(lambda: start(shared, site))
    with intercepted(overtaken):
        mine = start(shared, site, {"direction": "changes"})
    assert (mine.code, overtaken.answer.status) == ("sync_running", 202)


def test_by_site_it_is_the_same(shared: World) -> None:
    site = shared.connected_site()
    answer = shared.call("POST", SITE_SYNC, {"site_id": site["id"], "direction": "changes"})
    assert (answer.status, answer.data["run"]["direction"]) == (202, "changes")
    assert status(shared, site) == answer.data


def test_a_site_whose_bridge_never_came_has_nothing_to_synchronise(shared: World) -> None:
    site = shared.site()
    assert shared.call("POST", SITE_SYNC, {"site_id": site["id"]}).code == "no_integration"
    pending = {**site, "integration_id": shared.key(site)["integration_id"]}
    assert start(shared, pending).code == "no_integration"
    assert shared.call("POST", SITE_SYNC, {"site_id": site["id"]}).code == "no_integration"
    assert status(shared, pending) == {
        "status": "idle", "run": None, "last_sync_at": None, "sync_error": None,
    }  # fmt: skip
    assert health(shared, pending)["bridge"] == {
        "version": None, "status": "never_seen", "last_seen": None,
    }  # fmt: skip
    assert shared.messages("sync") == []


def test_health_of_a_site_that_is_well(shared: World) -> None:
    site, content = published(shared)
    Bridge(shared, site).event(content, "draft")
    start(shared, site)
    shared.synchronise()
    found = health(shared, site)
    now = "2026-01-10T12:00:00.000Z"
    assert found == {
        "total_synced": found["total_synced"],
        "last_success_at": now,
        "failed_count": 0,
        "pending_count": 0,
        "blocked_count": 0,
        "outbox_lag_seconds": 0,
        "bridge": {"version": "2.0.0", "status": "active", "last_seen": now},
        "installation": None,
        "drift": None,
    }


def test_what_waits_and_what_is_blocked_is_counted(shared: World) -> None:
    site = shared.connected_site()
    for _ in range(3):
        bring_to(shared, "queued", site)
    found = health(shared, site)
    assert (found["pending_count"], found["blocked_count"], found["failed_count"]) == (3, 0, 0)
    shared.wordpress.before += [not_sent()] * 3
    hint = {"id": 0, "site_id": site["id"]}
    shared.work([shared.hint(hint, site["integration_id"])])
    found = health(shared, site)
    assert (found["pending_count"], found["blocked_count"]) == (3, 3)
    assert found["failed_count"] == 4  # of each delivery one, and that the breaker opened
    shared.clock.advance(days=8)
    assert health(shared, site)["failed_count"] == 0  # of a week


def test_a_bridge_that_is_silent_for_long_is_inactive(shared: World) -> None:
    site = shared.connected_site()
    assert health(shared, site)["bridge"]["status"] == "active"
    shared.clock.advance(seconds=shared.services.settings.stale_seconds + 1)
    assert health(shared, site)["bridge"]["status"] == "inactive"
    content = shared.content(site)
    told = {"post_id": 7, "content_id": content["id"], "post_status": "draft"}
    assert shared.told(site, told).status == 200
    assert health(shared, site)["bridge"]["status"] == "active"


def test_a_site_that_cannot_be_served_waits_and_says_for_how_long(shared: World) -> None:
    site = shared.connected_site()
    start(shared, site, {"direction": "changes"})
    shared.wordpress.before.append(not_sent())
    shared.synchronise()
    run = status(shared, site)["run"]
    assert (run["state"], run["reason"] is None) == ("waiting", False)
    shared.clock.advance(minutes=2)
    assert health(shared, site)["outbox_lag_seconds"] >= 120
    assert start(shared, site).code == "sync_running"


@pytest.mark.parametrize("what", ["sync", "sync-status", "sync-health"])
def test_another_accounts_site_is_not_there(shared: World, what: str) -> None:
    theirs = shared.connected_site(account=OTHER_ACCOUNT)
    before = stored_rows()
    method = "POST" if what == "sync" else "GET"
    assert shared.call(method, at(theirs, what)).code == "not_found"
    assert shared.call("POST", SITE_SYNC, {"site_id": theirs["id"]}).code == "not_found"
    assert stored_rows() == before
    assert shared.messages("sync") == []
    assert shared.call(method, at(theirs, what), account=OTHER_ACCOUNT).status < 300


def test_the_integration_says_how_the_run_went(shared: World) -> None:
    site = shared.connected_site()
    start(shared, site)
    shared.synchronise()
    found = shared.call("GET", f"{INTEGRATIONS}/{site['integration_id']}/").data
    assert (found["sync_status"], found["sync_error"]) == ("completed", None)
    assert found["last_sync_at"] == "2026-01-10T12:00:00.000Z"
    assert found["account_id"] == ACCOUNT
