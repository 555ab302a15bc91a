"""Whatever a site sends to the webhooks: a clear answer, never a fault of ours."""

import json
from typing import Any

import pytest

from tests.support.aws_calls import everything_stored, recorded_calls
from tests.support.site_events import Bridge, published, seed_status, seen
from tests.support.world import SITE_URL, World

pytestmark = pytest.mark.rows("memory")

KINDS = ["status", "metadata", ""]
QUARTER_MEGABYTE = 262_144
UNREADABLE = [
    "", " ", "{", "[" * 100_000, '{"a":' * 50_000, '{"post_title": "\\ud800"}',
    '{"post_title": "\\udc00x"}', "\x00", "undefined", '{"post_id": ' + "9" * 5000,
]  # fmt: skip
NO_OBJECT = ["null", "true", "-1.5", '"text"', "[]", "[{}]", "NaN", "1e999", "[[[]]]"]
NO_ID: list[Any] = ["101", 1.5, 1.0, True, [1], {}, -1, 2**53, 10**40, "abc"]
NO_ADDRESS = [
    "http://[", "http://x:99999", "http://a:b:c", "//", "javascript:alert(1)", "x", "",
    "http://\u2100.com", "http://[::1", "http://x:٣", "https://" + "x" * 2000,
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_bodies_that_cannot_be_read(shared: World, kind: str) -> None:
    site = shared.connected_site()
    for raw in UNREADABLE:
        assert sent(shared, site, kind, raw) == (400, "malformed"), raw[:40]
    for raw in NO_OBJECT:
        assert sent(shared, site, kind, raw)[0] in {400, 422}, raw
    assert sent(shared, site, kind, "x" * (QUARTER_MEGABYTE + 1)) == (413, "too_large")


def sent(world: World, site: dict[str, Any], kind: str, raw: str) -> tuple[int, str]:
    path = f"/api/v1/integration/webhooks/wordpress/{kind}{'/' if kind else ''}"
    headers = {"X-IGNY8-API-KEY": site["api_key"]}
    answer = world.call("POST", path, raw=raw, account=None, headers=headers)
    return answer.status, answer.code


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["post_id", "content_id", "seq", "head_seq", "rev"])
def test_numbers_that_are_none(shared: World, kind: str, name: str) -> None:
    site, content = published(shared)
    for value in NO_ID:
        body = whole(content) | {name: value}
        answer = shared.told(site, body, kind=kind)
        assert (answer.status, answer.code) == (422, "invalid"), value
    assert seen(shared, content) == ("published", "publish", "published")


def whole(content: dict[str, Any]) -> dict[str, Any]:
    """A body that each webhook takes."""
    return seed_status(content, 101, "publish", SITE_URL) | {"metadata": {}}


@pytest.mark.parametrize("kind", KINDS)
def test_addresses_that_are_none(shared: World, kind: str) -> None:
    site, content = published(shared)
    for address in NO_ADDRESS:
        answer = shared.told(site, whole(content) | {"site_url": address}, kind=kind)
        assert (answer.status, answer.code) == (409, "site_url_mismatch"), address
        answer = shared.told(site, whole(content) | {"post_url": address}, kind=kind)
        assert answer.status == 200, address
    found = shared.publication(content)
    assert found["external_url"] in {f"{SITE_URL}/post-101/", NO_ADDRESS[-1]}


def test_too_few_and_too_many_events(shared: World) -> None:
    site, content = published(shared)
    bridge = Bridge(shared, site)
    event = bridge.event(content, "draft")
    for events in ([], [event] * 101, None, {}, [None], [[]], "x", [1]):
        body = {"site_id": site["id"], "site_url": SITE_URL, "events": events}
        assert shared.told(site, body, kind="").status == 422
    assert shared.told(site, {"site_id": site["id"]}, kind="").status == 422
    assert seen(shared, content)[1] == "publish"


def test_metadata_of_any_size_stays_readable(shared: World) -> None:
    site, content = published(shared)
    numbers: list[Any] = [10**40, -1, 2**53]
    for number in numbers:
        metadata = {"author": {"id": number, "name": "Jane"}, "tags": ["a"]}
        answer = shared.told(site, whole(content) | {"metadata": metadata}, kind="metadata")
        assert answer.status == 200, number
        path = f"/api/v1/writer/content/{content['id']}/"
        kept = shared.call("GET", path).data["metadata"]["wp_metadata"]
        assert kept["author"] == {"id": None, "name": "Jane"}


def test_one_batch_may_name_its_posts_in_two_ways(shared: World) -> None:
    """By content and by post id, mixed: they are one content's all the same."""
    site, content = published(shared)
    bridge = Bridge(shared, site)
    events = [bridge.event(content, "draft" if n % 2 else "pending") for n in range(100)]
    told = [event | ({"content_id": None} if n % 2 else {}) for n, event in enumerate(events)]
    assert bridge.results(*told) == ["applied"] * 100
    assert seen(shared, content)[1] == "draft"
    assert len(json.dumps(told)) < QUARTER_MEGABYTE


def test_a_post_without_a_status_or_an_address_does_not_hold_up_its_batch(shared: World) -> None:
    site, content = published(shared)
    bridge = Bridge(shared, site)
    odd = bridge.event(content, "draft") | {"post_status": "", "post_url": False}
    good = bridge.event(content, "draft")
    assert bridge.results(odd, good) == ["queued", "applied"]


NO_KEYS = [
    {}, {"x-igny8-api-key": ""}, {"authorization": ""}, {"authorization": "Bearer"},
    {"authorization": "Basic dXNlcjpwYXNz"}, {"authorization": "Token abc"},
]  # fmt: skip
WRONG_KEYS = [
    "x", " ", "null", "igny8_test_", "igny8_live_" + "a" * 49, "igny8_test_" + "ä" * 49,
    "igny8_test_" + "a" * 5000, "' OR 1=1 --", "igny8_test_\x00" + "a" * 48, "٣" * 60, "🔑",
    "eyJhbGciOiJub25lIn0.e30.", '{"api_key": 1}',
]  # fmt: skip
BRIDGE_PATHS = [
    "/api/v1/integration/webhooks/wordpress/status/",
    "/api/v1/integration/webhooks/wordpress/metadata/",
    "/api/v1/integration/webhooks/wordpress/",
    "/api/v1/integration/integrations/{id}/update-structure/",
]


@pytest.mark.rows("dynamodb")
@pytest.mark.parametrize("path", BRIDGE_PATHS)
def test_credentials_of_any_shape_are_refused_before_anything_is_read(
    shared: World, path: str
) -> None:
    site, content = published(shared)
    path = path.format(id=site["integration_id"])
    good = site["api_key"]
    near = [
        good[:-1],
        good + "a",
        good.upper(),
        good[::-1],
        f"{good} {good}",
        good.replace("_", "-"),
    ]
    shown = [{"x-igny8-api-key": key} for key in (*WRONG_KEYS, *near)]
    shown += [{"authorization": f"Bearer {key}"} for key in (*WRONG_KEYS, *near)]
    before = everything_stored()
    for headers in (*NO_KEYS, *shown, {"x-igny8-api-key": "x", "authorization": f"Bearer {good}"}):
        for raw in (json.dumps(whole(content)), "{", "[" * 100_000):
            with recorded_calls() as calls:
                answer = shared.call("POST", path, raw=raw, account=None, headers=headers)
            assert answer.status == 401, (headers, answer.body)
            assert answer.code in {"missing_api_key", "invalid_api_key"}
            assert calls == [], headers
    assert everything_stored() == before


@pytest.mark.parametrize("kind", ["status", "metadata", ""])
def test_a_key_that_was_revoked_is_refused_at_once(shared: World, kind: str) -> None:
    site, content = published(shared)
    path = "/api/v1/integration/integrations/revoke-api-key/"
    assert shared.call("POST", path, {"site_id": site["id"]}).status == 200
    answer = shared.told(site, whole(content) | {"post_status": "trash"}, kind=kind)
    assert (answer.status, answer.code) == (401, "invalid_api_key")
    assert seen(shared, content)[1] == "publish"


@pytest.mark.parametrize("status", ["wc-pending", "acf-disabled", "inherit", "auto-draft", "ü💥"])
def test_a_status_that_nobody_knows_is_kept_raw(shared: World, status: str) -> None:
    site, content = published(shared)
    body = whole(content) | {"post_status": status, "post_type": "some_type_nobody_has"}
    answer = shared.told(site, body)
    assert (answer.status, answer.data["result"]) == (200, "applied")
    assert seen(shared, content) == ("published", status, "published")
    assert shared.events(site)[0]["details"]["wordpress_status"] == status
