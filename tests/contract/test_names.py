"""The names that clients rely on: each answer has exactly these fields, of these types."""

from typing import Any

from tests.contract.conftest import Used
from tests.support.wordpress import refusal
from tests.support.world import Context, api_event

SITE = {
    "id", "name", "url", "hosting_type", "timezone", "terms_policy", "api_key_last4", "created_at",
    "updated_at",
}  # fmt: skip
INTEGRATION = {
    "id", "account_id", "site_id", "platform", "platform_type", "external_site_url", "is_active",
    "sync_enabled", "last_sync_at", "sync_status", "sync_error", "connection_status",
    "config_json", "credentials_json", "created_at", "updated_at",
}  # fmt: skip
KEY = {"api_key", "last4", "site_id", "integration_id", "previous_valid_until"}
LISTED_CONTENT = {
    "id", "site_id", "rev", "title", "excerpt", "slug", "status", "content_type", "post_type",
    "post_status", "publish_at", "author", "seo_title", "seo_description", "canonical_url",
    "primary_keyword", "secondary_keywords", "cluster", "sector", "categories", "tags",
    "featured_image_url", "featured_image_alt", "gallery_images", "external_id", "external_url",
    "metadata", "publish_state", "created_at", "updated_at", "source", "made_by", "site_changed",
}  # fmt: skip
CONTENT = LISTED_CONTENT | {"content_html", "kept_parts"}
REVISION = {"rev", "made_by", "from", "created_at"}
PUBLICATION = {
    "content_id", "integration_id", "publish_state", "reason", "intent", "applied_intent",
    "attempt", "wake_at", "operation_id", "external_id", "external_url", "wordpress_status",
    "warnings", "last_error",
}  # fmt: skip
# Additions to the first list, described in docs/architecture.md.
PUBLICATION_ADDITIONS = {
    "reason_detail", "altered", "in_doubt", "cancel_requested", "takes_down", "deletes_content",
    "site_changed", "conflict",
}  # fmt: skip
CLICK_ADDITIONS = {"status"}  # the editorial one, which the click sets at once
EVENT = {
    "id", "type", "action", "direction", "content_type", "status", "description", "timestamp",
    "success", "content_id", "external_id", "duration_ms", "details", "error_message", "actor",
    "channel", "operation_id",
}  # fmt: skip
HEALTH = {"api_status", "plugin_active", "sync_healthy", "last_sync"}
HEALTH_ADDITIONS = {"blocked_reason", "blocked_detail"}
INTEGRATIONS = "/api/v1/integration/integrations/"


def test_site(used: Used) -> None:
    assert used.site.keys() == SITE
    assert used.get(f"/api/v1/sites/{used.site['id']}/")["data"].keys() == SITE
    assert used.get("/api/v1/sites/")["data"][0].keys() == SITE


def test_integration(used: Used) -> None:
    read = used.get(f"{INTEGRATIONS}{used.paired.data['id']}/")["data"]
    assert read.keys() == INTEGRATION
    assert used.pending.keys() == INTEGRATION
    assert used.get(INTEGRATIONS)["data"][0].keys() == INTEGRATION
    assert used.paired.data.keys() == INTEGRATION | {"integration_id"}
    assert used.paired.data["integration_id"] == used.paired.data["id"]
    assert used.pending["connection_status"] == "pending"
    assert read["connection_status"] == "connected"


def test_generate_api_key(used: Used) -> None:
    assert used.key.data.keys() == KEY
    assert used.key.data["last4"] == used.key.data["api_key"][-4:]


def test_content(used: Used) -> None:
    assert used.content.keys() == CONTENT | {"warnings"}  # of what was written
    read = used.get(f"/api/v1/writer/content/{used.content['id']}/")["data"]
    assert read.keys() == CONTENT
    assert read["metadata"].keys() == {"wordpress_status", "last_wp_sync", "wp_metadata"}
    assert read["cluster"].keys() == read["sector"].keys() == {"id", "name"}
    assert read["external_id"] == "101"
    assert read["metadata"]["wordpress_status"] == "publish"
    revisions = f"/api/v1/writer/content/{used.content['id']}/revisions/"
    assert used.get(revisions)["data"][0].keys() == REVISION
    revision = used.get(f"{revisions}1/")["data"]
    assert (
        REVISION | {"content_html", "kept_parts", "title"} <= revision.keys() <= CONTENT | REVISION
    )
    listed = used.get(f"/api/v1/writer/content/?site={used.site['id']}")["data"][-1]
    assert listed.keys() == LISTED_CONTENT
    assert {name: read[name] for name in LISTED_CONTENT} == listed


def test_publication(used: Used) -> None:
    read = used.get(f"/api/v1/writer/content/{used.content['id']}/publication/")["data"]
    assert read.keys() == PUBLICATION | PUBLICATION_ADDITIONS
    assert used.clicked.data.keys() == PUBLICATION | PUBLICATION_ADDITIONS | CLICK_ADDITIONS


def test_last_error(used: Used) -> None:
    world = used.world
    content = world.content(used.site)
    world.publish(content)
    world.wordpress.before.append(refusal(422, "invalid"))
    world.work()
    error = world.publication(content)["last_error"]
    world.call("DELETE", f"/api/v1/writer/content/{content['id']}/")
    assert error == {
        "class": "refused_content", "http_status": 422,
        "message": "WordPress did not accept the content. no",
    }  # fmt: skip


def test_events(used: Used) -> None:
    answer = used.get(f"{INTEGRATIONS}{used.paired.data['id']}/debug-status/")["data"]
    assert answer.keys() == {"health", "events", "events_count"}
    assert answer["health"].keys() == HEALTH | HEALTH_ADDITIONS
    for event in answer["events"]:
        assert event.keys() == EVENT
        assert event["type"] in {"publish", "sync", "metadata_sync", "error", "webhook", "test"}
        assert event["direction"] in {"igny8_to_wp", "wp_to_igny8"}
        assert event["status"] in {"pending", "success", "failed"}


def test_envelope(used: Used) -> None:
    assert used.get("/api/v1/sites/").keys() == {"success", "data", "meta"}
    assert used.get("/api/v1/sites/")["meta"].keys() == {"next"}
    assert used.get("/api/v1/health/")["data"].keys() == {"status", "version", "stage"}
    missing = used.get("/api/v1/sites/1/")
    assert missing.keys() == {"success", "error"}
    assert missing["error"].keys() == {"code", "message", "fields", "request_id"}


def test_ids_are_exact_in_javascript_and_times_are_rfc_3339(used: Used) -> None:
    numbers: list[int] = []
    times: list[str] = []

    def walk(value: Any, name: str = "") -> None:
        if isinstance(value, dict):
            for key, entry in value.items():
                walk(entry, key)
        elif isinstance(value, list):
            for entry in value:
                walk(entry, name)
        elif name in {"id", "site_id", "content_id", "integration_id"}:
            numbers.extend([] if value is None else [value])
        elif name.endswith("_at") or name in {"timestamp", "last_wp_sync", "last_sync"}:
            times.append(value)

    debug = f"{INTEGRATIONS}{used.paired.data['id']}/debug-status/"
    for path in ("/api/v1/sites/", INTEGRATIONS, f"/api/v1/writer/content/{used.content['id']}/",
                 f"/api/v1/writer/content/{used.content['id']}/publication/", debug):  # fmt: skip
        walk(used.get(path))
    assert numbers
    assert all(type(number) is int and 0 < number < 2**53 for number in numbers)
    given = [time for time in times if time is not None]
    assert given
    assert all(len(time) == 24 and time[10] == "T" and time.endswith("Z") for time in given)


def test_arabic_is_not_escaped(used: Used) -> None:
    from content_api.handler import lambda_handler

    body = {"site_id": used.site["id"], "title": "مرحبا", "content_html": "<p>مرحبا</p>"}
    answer = lambda_handler(api_event("POST", "/api/v1/writer/content/", body), Context())
    assert "مرحبا" in answer["body"]
    assert "\\u06" not in answer["body"]
