"""The examples of the first specifications are answered with their names, nesting and types."""

from typing import Any

import pytest
from igny8.distribution.model import SLUG
from igny8.distribution.store import ReleaseStore

from tests.contract.conftest import Used
from tests.contract.shape import differences, example
from tests.support.releases import released


def test_generate_api_key(used: Used) -> None:
    body = {**example("generate_api_key_request"), "site_id": used.site["id"]}
    path = "/v1/integration/integrations/generate-api-key/"  # as the example has it
    site = used.world.site()
    answer = used.world.call("POST", path, {**body, "site_id": site["id"]})
    assert answer.status == 201
    assert answer.data["api_key"].startswith(("igny8_live_", "igny8_test_"))


def test_test_connection_with_the_examples_fields_alone(used: Used) -> None:
    body = {
        **example("test_connection_request"), "site_id": used.site["id"],
        "api_key": used.key.data["api_key"], "site_url": used.site["url"],
    }  # fmt: skip
    assert body.keys() == example("test_connection_request").keys()
    headers = {"Authorization": f"Bearer {used.key.data['api_key']}"}
    path = "/api/v1/integration/integrations/test-connection/"
    answer = used.world.call("POST", path, body, account=None, headers=headers)
    assert answer.status == 200
    assert differences(example("test_connection_response"), answer.body) == []
    used.world.pair(used.site, used.key.data["api_key"])


def test_integration_after_setup(used: Used) -> None:
    expected = example("integration_record")
    assert differences(expected, used.paired.data) == []
    path = f"/api/v1/integration/integrations/{used.paired.data['id']}/"
    assert differences(expected, used.get(path)["data"]) == []
    stored = used.get(path)["data"]
    same = ("platform", "platform_type", "is_active", "sync_enabled", "sync_status")
    assert {name: stored[name] for name in same} == {name: expected[name] for name in same}
    assert stored["credentials_json"].keys() == expected["credentials_json"].keys()
    # Before the bridge has shown itself, there is nothing to tell of it.
    assert used.pending["credentials_json"] == {}
    assert used.pending["config_json"].keys() == expected["config_json"].keys()


def test_site(used: Used) -> None:
    answer = used.get(f"/api/v1/sites/{used.site['id']}/")["data"]
    assert differences(example("site_record"), answer) == []
    assert "wp_api_key" not in answer  # the example's own field: a secret is never answered


def test_publishing_settings(used: Used) -> None:
    """Names, types and the very defaults of seed 004; the time zone is the design's addition."""
    answer = used.get(f"/api/v1/sites/{used.site['id']}/publishing-settings/")["data"]
    added = {"site_id": used.site["id"], "timezone": used.site["timezone"]}
    assert answer == example("publishing_settings_record") | added


def test_publish_request(used: Used) -> None:
    assert list(example("publish_request")) == ["site_integration_id"]
    assert used.clicked.status == 202


# What the payload has beyond the example; each is described in docs/architecture.md.
PAYLOAD_ADDITIONS = {
    "rev", "decided_at", "post_type", "post_status", "publish_at", "slug", "author",
    "canonical_url", "featured_image_alt", "cluster_id", "cluster", "sector_id", "sector",
    "post_id", "base_fingerprint", "base_post_status", "recreate", "source", "terms_policy",
}  # fmt: skip
RENAMED = {"status": "post_status"}  # the wanted status: `status` is the editorial one elsewhere


def test_publish_payload(used: Used) -> None:
    expected = {
        RENAMED.get(name, name): value for name, value in example("publish_payload").items()
    }
    sent = used.world.wordpress.sent()[0]
    assert differences(expected, sent) == []
    assert sent.keys() == expected.keys() | PAYLOAD_ADDITIONS
    assert sent["content_id"] == used.content["id"]
    assert sent["tags"] == ["AI", "ML", "main keyword", "kw1", "kw2"]
    assert (sent["rev"], sent["post_id"], sent["base_fingerprint"]) == (1, None, None)
    assert (sent["recreate"], sent["source"], sent["terms_policy"]) == (False, "igny8", "create")
    assert (sent["cluster_id"], sent["cluster"]) == (7, "A cluster")


def test_debug_status(used: Used) -> None:
    path = f"/api/v1/integration/integrations/{used.paired.data['id']}/debug-status/"
    expected: dict[str, Any] = example("debug_status_response")
    answer = used.get(f"{path}?include_events=true&event_limit=100")
    published = [one for one in answer["data"]["events"] if one["action"] == "content_publish"]
    event = next(one for one in published if one["status"] == "success")
    narrowed = {**answer, "data": {**answer["data"], "events": [event]}}
    assert differences(expected, narrowed) == []
    assert answer["data"]["events_count"] == len(answer["data"]["events"]) > 1
    assert event["description"] == "Published content 'Sample Post' to WordPress"
    ids = [one["id"] for one in answer["data"]["events"]]
    assert ids == sorted(ids, reverse=True)  # newest first
    limited = used.get(f"{path}?event_limit=1")["data"]
    assert (limited["events_count"], len(limited["events"])) == (1, 1)
    without = used.get(f"{path}?include_events=false")["data"]
    assert without.keys() == {"health"}


WEBHOOKS = "/api/v1/integration/webhooks/wordpress/"


def test_status_webhook(used: Used) -> None:
    world = used.world
    content = world.content(used.connected)
    here = {"content_id": content["id"], "site_url": used.site["url"]}
    body = {**example("webhook_status_request"), **here}
    assert body.keys() == example("webhook_status_request").keys()
    answer = world.told(used.connected, body)
    expected = example("webhook_status_response")
    assert answer.body["data"].keys() == {*expected["data"], "result"}
    assert answer.body == {
        "success": True,
        "data": {**expected["data"], "content_id": content["id"], "result": "applied"},
    }
    bearer = {"Authorization": f"Bearer {used.key.data['api_key']}"}
    path = f"{WEBHOOKS}status/"
    again = world.call("POST", path, body, account=None, headers=bearer)
    assert again.body == answer.body  # without a number each call is news


def test_metadata_webhook(used: Used) -> None:
    world = used.world
    content = world.content(used.connected)
    here = {"content_id": content["id"], "site_url": used.site["url"], "post_id": 124}
    body = {**example("webhook_metadata_request"), **here}
    assert body.keys() == example("webhook_metadata_request").keys()
    answer = world.told(used.connected, body, kind="metadata")
    assert (answer.status, answer.data["result"]) == (200, "applied")
    kept = used.get(f"/api/v1/writer/content/{content['id']}/")["data"]["metadata"]
    assert kept["wp_metadata"] == body["metadata"]


def test_generic_webhook(used: Used) -> None:
    world = used.world
    post_id = int(world.publication(used.content)["external_id"])
    body = {**example("webhook_generic_request"), "site_url": used.site["url"], "post_id": post_id}
    headers = {"X-IGNY8-API-KEY": used.key.data["api_key"]}
    for path in ("/api/v1/integration/webhook/wordpress/", WEBHOOKS):  # the first as it has it
        answer = world.call("POST", path, body, account=None, headers=headers)
        assert answer.status == 200
        assert answer.data["results"] == [
            {"event_id": None, "content_id": used.content["id"], "result": "queued"}
        ]


def test_update_structure(used: Used) -> None:
    request = example("update_structure_request")
    start = f"/api/v1/integration/integrations/{used.paired.data['id']}"
    # As the example calls it, by Bearer.
    headers = {"Authorization": f"Bearer {used.key.data['api_key']}"}
    answer = used.world.call(
        "POST", f"{start}/update-structure/", request, account=None, headers=headers
    )
    expected = example("update_structure_response")
    assert differences(expected, answer.body) == []
    assert answer.data.keys() == expected["data"].keys()
    for name in ("message", "post_types_count", "taxonomies_count"):
        assert answer.data[name] == expected["data"][name]
    told = used.get(f"{start}/content-types/")["data"]
    synced = {"synced_count", "last_synced_at"}
    for group in ("post_types", "taxonomies"):
        assert list(told[group]) == list(request[group])
        for name, kind in request[group].items():
            assert told[group][name].keys() == kind.keys() | synced
            assert kind.items() <= told[group][name].items()
    for name in ("plugin_connection_enabled", "two_way_sync_enabled"):
        assert told[name] == request[name]
    assert told["last_structure_fetch"] == answer.data["last_structure_fetch"]


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ({"a": {"b": [{"c": 1}]}}, []),
        ({"a": {"b": [{"c": 1, "d": 2}], "e": 1}}, []),
        ({"a": {"b": [{"c": "1"}]}}, ["$.a.b[0].c: number expected, string found"]),
        ({"a": {"b": [{"c": True}]}}, ["$.a.b[0].c: number expected, boolean found"]),
        ({"a": {"b": []}}, ["$.a.b: empty"]),
        ({"a": {"x": 1}}, ["$.a.b: missing"]),
        ({"a": None}, ["$.a: object expected, null found"]),
    ],
)
def test_shapes_are_told_apart(actual: Any, expected: list[str]) -> None:
    assert differences({"a": {"b": [{"c": 1}]}}, actual) == expected


PLUGIN_ROUTES = [
    ("GET", "download", 302),
    ("POST", "check-update", 200),
    ("GET", "info", 200),
    ("POST", "register", 200),
    ("POST", "health-check", 200),
]
"""Seed 002, section 8.1. It names no bodies; those of ours are in `examples`."""


@pytest.mark.parametrize(("method", "what", "status"), PLUGIN_ROUTES)
def test_the_plugin_is_distributed_where_the_seed_says(
    used: Used, method: str, what: str, status: int
) -> None:
    store = ReleaseStore(used.world.services.tables)
    if not store.catalogue(SLUG).entries:
        released(used.world, "2.0.0", "2.0.1")
    body = {"plugin_version": "2.0.0", "installed_version": "2.0.0"} if method == "POST" else None
    headers = {"X-IGNY8-API-KEY": used.key.data["api_key"]}
    path = f"/api/plugins/igny8-wp-bridge/{what}/"
    answer = used.world.call(method, path, body, account=None, headers=headers)
    assert answer.status == status, answer.body
