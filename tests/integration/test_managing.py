"""Integrations as people manage them: made once, changed, resumed, deleted; their posts stay."""

import json
from typing import Any

import pytest
from igny8.core.rows import ConditionLost

from tests.integration.test_structure import SEED, choose, push
from tests.support.capacity import spending
from tests.support.steps import edit, gate_of
from tests.support.wordpress import refusal
from tests.support.world import OTHER_ACCOUNT, Response, World

pytestmark = pytest.mark.rows("memory")

INTEGRATIONS = "/api/v1/integration/integrations/"


def one(site: dict[str, Any], action: str = "") -> str:
    return f"{INTEGRATIONS}{site['integration_id']}/{action}"


def make(world: World, site: dict[str, Any], **how: Any) -> Response:
    return world.call("POST", INTEGRATIONS, {"site_id": site["id"]}, **how)


def actions(world: World, site: dict[str, Any]) -> list[str]:
    return [event["action"] for event in world.events(site)]


def test_site_has_one_integration_and_its_key_joins_it(shared: World) -> None:
    site = shared.site()
    made = make(shared, site)
    assert (made.status, made.data["connection_status"]) == (201, "pending")
    assert made.data["external_site_url"] == site["url"]
    assert (make(shared, site).status, make(shared, site).code) == (409, "already_there")
    assert shared.key(site)["integration_id"] == made.data["id"]
    listed = shared.call("GET", f"{INTEGRATIONS}?site={site['id']}").data
    assert [each["id"] for each in listed] == [made.data["id"]]


def test_made_again_with_the_same_idempotency_key_is_the_same(shared: World) -> None:
    site, headers = shared.site(), {"Idempotency-Key": "make-once"}
    first = make(shared, site, headers=headers)
    again = make(shared, site, headers=headers)
    assert (first.status, again.status) == (201, 201)
    assert first.data["id"] == again.data["id"]


def test_key_made_in_the_same_moment_leaves_one_integration(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, commit = shared.site(), shared.services.managing._commit
    keys: list[dict[str, Any]] = []

    def overtaken(writes: Any) -> None:
        if not keys:
            keys.append(shared.key(site))
        commit(writes)

    monkeypatch.setattr(shared.services.managing, "_commit", overtaken)
    assert make(shared, site).code == "already_there"
    listed = shared.call("GET", f"{INTEGRATIONS}?site={site['id']}").data
    assert [each["id"] for each in listed] == [keys[0]["integration_id"]]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid"),
        ({"site_id": 1, "platform": "joomla"}, 422, "invalid"),
        ({"site_id": 1, "credentials_json": {}}, 422, "invalid"),
        ({"site_id": 987654321}, 404, "not_found"),
        ({"site_id": 1, "platform": "shopify"}, 422, "not_supported"),
    ],
)
def test_what_cannot_be_made_is_refused(
    shared: World, body: dict[str, Any], status: int, code: str
) -> None:
    answer = shared.call("POST", INTEGRATIONS, body)
    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_switch_set_by_people_is_read_back_and_told_once(shared: World, method: str) -> None:
    site = shared.connected_site()
    body = {"sync_enabled": False, "is_active": True}
    for _ in range(2):  # the second changes nothing
        changed = shared.call(method, one(site), body)
        assert (changed.status, changed.data["sync_enabled"]) == (200, False)
    read = shared.call("GET", one(site)).data
    assert (read["sync_enabled"], read["is_active"]) == (False, True)
    assert actions(shared, site).count("integration_updated") == 1


@pytest.mark.rows("dynamodb")
def test_it_is_read_with_its_types_in_two_calls(shared: World) -> None:
    site = shared.connected_site()
    plain = shared.call("GET", one(site)).data["config_json"]
    push(shared, site, SEED)
    choose(shared, site, post_types={"page": {"enabled": False, "fetch_limit": 7}})
    for _ in range(3):
        shared.publish(shared.content(site))
    shared.work()
    with spending() as spent:
        read = shared.call("GET", one(site)).data
    assert spent.calls == ["GetItem", "BatchGetItem"]
    wanted = json.loads(json.dumps(SEED))
    wanted["post_types"]["page"] |= {"enabled": False, "fetch_limit": 7}
    assert read["config_json"] == {
        **plain,
        "content_types": {name: wanted[name] for name in ("post_types", "taxonomies")},
        "last_structure_fetch": "2026-01-10T12:00:00.000Z",
        "plugin_connection_enabled": True,
        "two_way_sync_enabled": True,
    }
    changed = shared.call("PATCH", one(site), {"debug_enabled": True}).data
    assert changed["credentials_json"]["debug_enabled"] is True
    assert changed["config_json"] == read["config_json"]
    assert shared.call("POST", one(site, "resume/")).data == changed


def test_put_wants_everything_and_patch_what_changes(shared: World) -> None:
    site = shared.connected_site()
    assert shared.call("PUT", one(site), {"sync_enabled": True}).code == "invalid"
    for body in ({"sync_enabled": None}, {"sync_enabled": "perhaps"}, {"id": 5}):
        assert shared.call("PATCH", one(site), body).code == "invalid", body
    assert shared.call("PATCH", one(site), {}).status == 200
    assert "integration_updated" not in actions(shared, site)


def test_inactive_integration_takes_no_publish_until_it_is_active(shared: World) -> None:
    site = shared.connected_site()
    assert shared.call("PATCH", one(site), {"is_active": False}).status == 200
    assert shared.publish(shared.content(site)).code == "no_integration"
    assert shared.call("PATCH", one(site), {"is_active": True}).status == 200
    assert shared.publish(shared.content(site)).status == 202


def test_integration_never_connected_is_not_switched_on_or_resumed(shared: World) -> None:
    site = shared.site()
    site["integration_id"] = make(shared, site).data["id"]
    shared.call("PATCH", one(site), {"is_active": False})
    assert shared.call("PATCH", one(site), {"is_active": True}).code == "no_integration"
    assert shared.call("POST", one(site, "resume/")).code == "no_api_key"


def test_resumed_site_gets_what_waited_for_it(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.wordpress.before.extend([refusal(403, "forbidden")] * 3)
    shared.publish(content)
    shared.work()
    assert gate_of(shared, site).reason is not None
    shared.wordpress.before.clear()
    shared.call("PATCH", one(site), {"is_active": False})

    resumed = shared.call("POST", one(site, "resume/"))
    assert (resumed.status, resumed.data["is_active"]) == (200, True)
    assert (resumed.data["connection_status"], resumed.data["sync_error"]) == ("connected", None)
    shared.work()
    assert shared.publication(content)["publish_state"] == "published"
    assert actions(shared, site).count("gate_opened") == 1


def test_deleted_integration_ends_its_key_and_keeps_its_posts(shared: World) -> None:
    site = shared.connected_site()
    live, waiting = shared.content(site), shared.content(site)
    shared.publish(live)
    shared.work()
    shared.publish(waiting)
    deleted = shared.call("DELETE", one(site))
    assert (deleted.status, deleted.data) == (200, {"id": site["integration_id"], "deleted": True})

    sent = len(shared.wordpress.sent("publish"))
    shared.work()
    assert len(shared.wordpress.sent("publish")) == sent
    assert shared.publication(waiting)["publish_state"] == "cancelled"
    assert shared.publication(live)["publish_state"] == "published"
    assert shared.pair(site, site["api_key"]).status == 401
    for method, path in (("GET", one(site)), ("DELETE", one(site)), ("GET", one(site, "events/"))):
        assert shared.call(method, path).status == 404, (method, path)
    assert shared.call("GET", f"/api/v1/sites/{site['id']}/").status == 200
    shared.synchronise()
    assert len(shared.wordpress.sent("disconnect")) == 1


def test_site_connects_anew_after_its_integration_was_deleted(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)
    shared.work()
    post_id = shared.publication(content)["external_id"]
    shared.call("DELETE", one(site))

    key = shared.key(site)
    assert key["integration_id"] != site["integration_id"]
    shared.wordpress.accepted_key = key["api_key"]
    assert shared.pair(site, key["api_key"]).status == 200
    edit(shared, content, title="Told anew")
    assert shared.publish(content).status == 202
    shared.work()
    publication = shared.publication(content)
    assert (publication["publish_state"], publication["external_id"]) == ("published", post_id)


@pytest.mark.parametrize(
    ("method", "action", "body"),
    [
        ("PATCH", "", {"sync_enabled": False}),
        ("PUT", "", {"sync_enabled": False, "is_active": False}),
        ("DELETE", "", None),
        ("POST", "resume/", None),
    ],
)
def test_integration_of_another_account_is_not_found(
    shared: World, method: str, action: str, body: Any
) -> None:
    site = shared.connected_site()
    answer = shared.call(method, one(site, action), body, account=OTHER_ACCOUNT)
    assert (answer.status, answer.code) == (404, "not_found")
    assert make(shared, site, account=OTHER_ACCOUNT).status == 404
    assert shared.call("GET", one(site)).data["sync_enabled"] is True


def test_change_that_always_loses_says_so_and_leaves_nothing(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = shared.connected_site()
    assert shared.call("PATCH", one(site), {"is_active": False}).status == 200

    def beaten(_: Any) -> None:
        raise ConditionLost({"integration": None})

    with monkeypatch.context() as patch:
        patch.setattr(shared.services.managing, "_commit", beaten)
        for method, path, body in (
            ("PATCH", one(site), {"sync_enabled": False}),
            ("POST", one(site, "resume/"), None),
        ):
            answer = shared.call(method, path, body)
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert shared.call("GET", one(site)).data["sync_enabled"] is True
