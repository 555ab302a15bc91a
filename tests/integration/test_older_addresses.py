"""The older forms of addresses answer as the one form does."""

import pytest

from tests.support.site_events import published
from tests.support.world import SITE_URL, World

pytestmark = pytest.mark.rows("memory")

NEW = "/api/v1/integration/integrations"


@pytest.mark.parametrize("slash", ["", "/", "//"])
@pytest.mark.parametrize("prefix", ["/api/v1", "/v1"])
def test_prefixes_and_slashes(shared: World, prefix: str, slash: str) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    for path in (
        f"/sites/{site['id']}", f"/integration/integrations/{site['integration_id']}",
        f"/integration/integrations/{site['integration_id']}/debug-status",
        f"/writer/content/{content['id']}", "/sites", "/integration/integrations", "/health",
    ):  # fmt: skip
        older = shared.call("GET", prefix + path + slash)
        assert older.status == 200, path
        assert older.body == shared.call("GET", f"/api/v1{path}").body
    clicked = shared.call("POST", f"{prefix}/writer/content/{content['id']}/publish{slash}", {})
    assert clicked.status == 202
    listed = shared.call("GET", f"{prefix}/writer/content{slash}?site={site['id']}")
    assert [one["id"] for one in listed.data] == [content["id"]]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("/api/v1/integration/", NEW),
        ("/v1/integration", NEW),
        ("/api/v1/integration/{}/", NEW + "/{}"),
        ("/v1/integration/{}", NEW + "/{}"),
        ("/api/v1/integration/{}/debug_status/", NEW + "/{}/debug-status"),
        ("/api/v1/integration/integrations/{}/debug_status/", NEW + "/{}/debug-status"),
        ("/v1/integration/integrations/{}/debug_status", NEW + "/{}/debug-status"),
    ],
)
def test_short_forms_and_underscores(shared: World, older: str, newer: str) -> None:
    integration_id = shared.connected_site()["integration_id"]
    answer = shared.call("GET", older.format(integration_id))
    assert answer.status == 200
    assert answer.body == shared.call("GET", newer.format(integration_id)).body


@pytest.mark.parametrize("prefix", ["/api/v1", "/v1"])
@pytest.mark.parametrize("dash", ["-", "_"])
def test_keys_and_pairing(shared: World, prefix: str, dash: str) -> None:
    site = shared.site()
    start = f"{prefix}/integration/integrations/"
    generated = shared.call("POST", f"{start}generate{dash}api{dash}key/", {"site_id": site["id"]})
    assert generated.status == 201
    body = {"site_id": site["id"], "site_url": SITE_URL}
    headers = {"Authorization": f"Bearer {generated.data['api_key']}"}
    path = f"{start}test{dash}connection/"
    assert shared.call("POST", path, body, account=None, headers=headers).status == 200
    revoked = shared.call("POST", f"{start}revoke{dash}api{dash}key/", {"site_id": site["id"]})
    assert revoked.status == 200
    assert shared.call("POST", path, body, account=None, headers=headers).status == 401


ITEM = NEW + "/{}"


@pytest.mark.parametrize("prefix", ["/api/v1", "/v1"])
@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("/integration/{}/sync_status/", ITEM + "/sync-status"),
        ("/integration/{}/sync_health/", ITEM + "/sync-health"),
        ("/integration/{}/content_types/", ITEM + "/content-types"),
        ("/integration/integrations/{}/sync_status/", ITEM + "/sync-status"),
        ("/integration/integrations/{}/sync_health/", ITEM + "/sync-health"),
        ("/integration/integrations/{}/content_types/", ITEM + "/content-types"),
        ("/integration/{}/events", ITEM + "/events"),
    ],
)
def test_what_people_look_at(shared: World, prefix: str, older: str, newer: str) -> None:
    integration_id = shared.connected_site()["integration_id"]
    answer = shared.call("GET", (prefix + older).format(integration_id))
    assert answer.status == 200
    assert answer.body == shared.call("GET", newer.format(integration_id)).body


@pytest.mark.parametrize("prefix", ["/api/v1", "/v1"])
@pytest.mark.parametrize(
    "older",
    ["/integration/{}/sync/", "/integration/{}/update_structure/", "/integration/site_sync/"],
)
def test_synchronising(shared: World, prefix: str, older: str) -> None:
    site = shared.connected_site()
    body = {"site_id": site["id"]} if "site_sync" in older else None
    answer = shared.call("POST", (prefix + older).format(site["integration_id"]), body)
    assert answer.status == 202
    assert answer.data["run"]["direction"] == "metadata"
    assert len(shared.messages("sync")) >= 1


@pytest.mark.parametrize("prefix", ["/api/v1", "/v1"])
def test_managing(shared: World, prefix: str) -> None:
    start = f"{prefix}/integration/"
    made = shared.call("POST", start, {"site_id": shared.site()["id"]})
    assert made.status == 201
    one = f"{start}{made.data['id']}/"
    changed = shared.call("PUT", one, {"sync_enabled": False, "is_active": True})
    assert (changed.status, changed.data["sync_enabled"]) == (200, False)
    assert shared.call("PATCH", one, {"sync_enabled": True}).data["sync_enabled"] is True
    assert shared.call("POST", f"{one}test_connection/").status == 200
    body = {"post_type": "post"}
    assert shared.call("POST", f"{one}test_collection_connection/", body).status == 200
    assert shared.call("DELETE", one).data["deleted"] is True
    assert shared.call("GET", one).status == 404


@pytest.mark.parametrize("prefix", ["/api/v1", "/v1"])
@pytest.mark.parametrize("dash", ["-", "_"])
def test_a_site_tells_its_structure(shared: World, prefix: str, dash: str) -> None:
    site = shared.connected_site()
    path = f"{prefix}/integration/integrations/{site['integration_id']}/update{dash}structure/"
    body: dict[str, object] = {"post_types": {}, "taxonomies": {}}
    headers = {"X-IGNY8-API-KEY": site["api_key"]}
    assert shared.call("POST", path, body, account=None, headers=headers).status == 200
    assert shared.call("POST", path, body).code == "missing_api_key"


@pytest.mark.parametrize("prefix", ["/api/v1", "/v1"])
@pytest.mark.parametrize("webhook", ["webhook", "webhooks"])
@pytest.mark.parametrize("kind", ["", "/status", "/metadata"])
def test_webhooks(shared: World, prefix: str, webhook: str, kind: str) -> None:
    site, content = published(shared)
    body = {
        "post_id": 101, "content_id": content["id"], "post_status": "publish", "metadata": {},
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {site['api_key']}"}
    path = f"{prefix}/integration/{webhook}/wordpress{kind}/"
    answer = shared.call("POST", path, body, account=None, headers=headers)
    assert answer.status == 200
    told = answer.data["results"][0] if kind == "" else answer.data
    assert (told["content_id"], told["result"]) == (content["id"], "applied")


@pytest.mark.parametrize(
    "path",
    ["/v2/sites", "/api/v1/integration/x", "/api/sites", "/v1/v1/sites", "/api/api/v1/sites",
     "/api/v1/integration/7/integrations/7", "/api/v1/test_connection"],
)  # fmt: skip
def test_no_other_forms(shared: World, path: str) -> None:
    assert shared.call("GET", path).code == "not_found"
