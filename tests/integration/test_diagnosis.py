"""Testing a connection: what stands in the way is named, with what to do; and the matrix in red."""

from typing import Any

import pytest
from igny8.core.http import NO_SUCH_NAME, TLS_FAILED

from tests.support.site_events import published
from tests.support.wordpress import not_sent, refusal, reply
from tests.support.world import OTHER_ACCOUNT, World

pytestmark = pytest.mark.rows("memory")

INTEGRATIONS = "/api/v1/integration/integrations"
REPORT: dict[str, Any] = {
    "bridge": {"version": "2.0.0"},
    "site": {"environment": "local"},
    "wordpress": "6.9",
    "php": "8.2",
    "database": {"charset": "utf8mb4"},
    "permalinks": {"pretty": True},
    "seo_plugins": ["yoast"],
    "cron": {"overdue_seconds": 0},
    "outbox": {"waiting": 0, "oldest_seconds": 0, "stopped": False},
    "time": "2026-01-10T12:00:05Z",
    "egress_blocked": False,
    "author_id": 1,
    "site_url_changed": False,
    "paused": False,
}


def examined(world: World, site: dict[str, Any], path: str = "test-connection", body: Any = None):
    answer = world.call("POST", f"{INTEGRATIONS}/{site['integration_id']}/{path}/", body)
    assert answer.status == 200, answer.body
    return answer.data


def said(world: World, **changes: Any) -> None:
    """What the bridge says of itself from now on."""
    world.wordpress.report = {**REPORT, **changes}


def findings(found: Any) -> dict[str, tuple[str, str]]:
    return {one["check"]: (one["verdict"], one["code"]) for one in found["findings"]}


def test_a_site_in_good_health_passes_every_check(shared: World) -> None:
    site, content = published(shared)
    said(shared)
    told = {"post_id": 101, "content_id": content["id"], "post_status": "publish"}
    shared.told(site, told)
    found = examined(shared, site)
    assert found["usable"] is True
    assert {verdict for verdict, _ in findings(found).values()} == {"pass"}
    assert len(found["findings"]) == 17
    assert found["site"]["wordpress"] == "6.9"
    event = shared.events(site)[0]
    assert (event["action"], event["success"]) == ("connection_check", True)
    assert event["actor"].startswith("user:")


PAGE = b"<html>a page</html>"
OBSTACLES = {
    "dns": (not_sent(NO_SUCH_NAME), "dns", "dns"),
    "tls": (not_sent(TLS_FAILED), "tls", "tls"),
    "timeout": (not_sent("ConnectTimeout"), "reachable", "unreachable"),
    "private address": (not_sent("address not allowed"), "reachable", "unreachable"),
    "redirect": (reply(301, b"", location="https://www.example.org/"), "address", "redirect"),
    "page": (reply(200, PAGE), "rest_reachable", "html_instead_of_json"),
    "plugin": (
        reply(404, {"code": "rest_no_route", "message": "no"}), "bridge_version", "plugin_missing",
    ),
    "permalinks": (reply(404, PAGE), "permalinks", "permalinks"),
    "key": (refusal(401, "invalid_api_key"), "key_to_site", "key_mismatch"),
    "not paired": (refusal(403, "not_paired"), "key_to_site", "not_paired"),
    "wall": (reply(403, PAGE), "rest_reachable", "rest_blocked"),
    "rest off": (
        reply(401, {"code": "rest_disabled", "message": "no"}), "rest_reachable", "rest_blocked",
    ),
    "maintenance": (reply(503, PAGE, **{"retry-after": "600"}), "reachable", "maintenance"),
    "fault": (reply(500, PAGE), "rest_reachable", "server_error"),
}  # fmt: skip


@pytest.mark.parametrize("name", OBSTACLES)
def test_what_stands_in_the_way_is_named(shared: World, name: str) -> None:
    answer, check, code = OBSTACLES[name]
    site = shared.connected_site()
    shared.wordpress.before = [answer] * 9
    found = examined(shared, site)
    assert found["usable"] is False
    last = found["findings"][-1]
    assert (last["check"], last["verdict"], last["code"]) == (check, "fail", code)
    assert last["action"]
    assert all(one["verdict"] == "pass" for one in found["findings"][:-1])
    if name == "redirect":
        assert "www.example.org" in last["message"]


RED = {
    "bridge_version": ({"bridge": {"version": "1.9.9"}}, "fail", "version_too_old"),
    "permalinks": ({"permalinks": {"pretty": False}}, "warn", "plain_permalinks"),
    "clock": ({"time": "2026-01-10T12:05:00Z"}, "warn", "clock_off"),
    "database_charset": ({"database": {"charset": "utf8mb3"}}, "warn", "charset_limited"),
    "author_may_publish": ({"author_id": 0}, "fail", "author_unavailable"),
    "seo_plugin": ({"seo_plugins": []}, "warn", "no_seo_plugin"),
    "cron": ({"cron": {"overdue_seconds": 90_000}}, "fail", "cron_late"),
    "outbox_lag": ({"outbox": {"oldest_seconds": 7200}}, "warn", "outbox_stuck"),
    "image_egress": ({"egress_blocked": True}, "warn", "egress_blocked"),
    "publishing_allowed": ({"paused": True}, "fail", "paused"),
    "tls": ({"site": {"environment": "production"}}, "fail", "no_https"),
    "key_from_site": ({}, "warn", "never_called"),
}


@pytest.mark.parametrize("check", RED)
def test_each_check_of_the_matrix_is_seen_red(shared: World, check: str) -> None:
    changes, verdict, code = RED[check]
    site = shared.connected_site()
    said(shared, **changes)
    found = examined(shared, site)
    assert findings(found)[check] == (verdict, code)
    assert next(one for one in found["findings"] if one["check"] == check)["action"]


@pytest.mark.parametrize(("header", "verdict"), [("Authorization", "warn"), ("both", "fail")])
def test_a_header_that_is_stripped_is_named(shared: World, header: str, verdict: str) -> None:
    site = shared.connected_site()
    said(shared)
    shared.wordpress.stripped = (
        {"Authorization", "X-IGNY8-API-KEY"} if header == "both" else {header}
    )
    shared.wordpress.strips_alone = True
    found = examined(shared, site)
    assert findings(found)["headers_survive"] == (verdict, "header_stripped")


def test_a_report_of_the_wrong_types_is_no_fault_of_ours(shared: World) -> None:
    site = shared.connected_site()
    wrong: dict[str, Any] = {name: ["x", 10**30, None] for name in REPORT}
    shared.wordpress.report = wrong | {"bridge": {"version": 7}}
    found = examined(shared, site)
    assert findings(found)["bridge_version"] == ("fail", "version_too_old")
    assert findings(found)["clock"] == ("unknown", "not_told")


def test_a_content_type_is_tested_too(shared: World) -> None:
    site = shared.connected_site()
    said(shared)
    path = "test-collection-connection"
    assert findings(examined(shared, site, path, {"post_type": "page"}))["post_type"][0] == "pass"
    found = examined(shared, site, path, {"post_type": "product"})
    assert findings(found)["post_type"] == ("fail", "no_such_type")


def test_a_passing_test_opens_a_gate_that_failures_closed(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)
    shared.wordpress.accepted_key = "another"
    shared.work()
    assert shared.publication(content)["publish_state"] == "blocked"
    shared.wordpress.accepted_key = None
    said(shared)
    assert examined(shared, site)["usable"] is True
    shared.work([shared.hint(content, site["integration_id"])])
    assert shared.publication(content)["publish_state"] == "published"


def test_a_site_that_never_connected_is_told_what_to_do(shared: World) -> None:
    site = shared.site()
    key = shared.key(site)
    found = examined(shared, site | {"integration_id": key["integration_id"]})
    assert [one["code"] for one in found["findings"]] == ["not_connected"]


def test_nobody_elses_site_is_called(shared: World) -> None:
    site = shared.connected_site()
    path = f"{INTEGRATIONS}/{site['integration_id']}/test-connection/"
    answer = shared.call("POST", path, account=OTHER_ACCOUNT)
    assert (answer.status, answer.code) == (404, "not_found")
    assert shared.wordpress.calls == []


def test_the_debug_page_shows_the_matrix_when_it_is_asked_for(shared: World) -> None:
    site = shared.connected_site()
    said(shared)
    path = f"{INTEGRATIONS}/{site['integration_id']}/debug-status/"
    assert "validation" not in shared.call("GET", path).data
    data = shared.call("GET", f"{path}?include_validation=true").data
    assert {one["check"] for one in data["validation"]} >= {"clock", "tls", "cron"}
