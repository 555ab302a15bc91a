"""Whatever is sent, the answer is a clear 4xx in the envelope, and nothing stays behind."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.aws_calls import everything_stored
from tests.support.world import HTML, SITE_URL, Context, Response, World, api_event

CONTENT = "/api/v1/writer/content/"
INTEGRATIONS = "/api/v1/integration/integrations/"
TWO_MEGABYTES = 2 * 1024 * 1024
UNREADABLE = [
    "", " ", "{", '{"a":}', "{'a': 1}", "[" * 100_000, '{"a":' * 100_000, '{"a":' * 50_000,
    '{"title": "\\ud800"}',
    '{"title": "\\udc00x"}', '{"title": "\ud800"}', "\x00", "undefined",
    '{"site_id": ' + "9" * 5000,
    '{"a": 1} x', "\ufeff{}",
]  # fmt: skip
NOT_AN_OBJECT = ["null", "true", "1", "-1.5", '"text"', "[]", "[{}]", "NaN", "1e999"]


class Place:
    """A route with a body, ready to be called."""

    def __init__(self, world: World, method: str, path: str, headers: dict[str, str]) -> None:
        self.world, self.method, self.path = world, method, path
        self.headers = headers
        self.account = None if headers else 4242

    def send(self, body: Any = None, *, raw: str | None = None, **headers: str) -> Response:
        return self.world.call(
            self.method, self.path, body, raw=raw, account=self.account,
            headers={**self.headers, **headers},
        )  # fmt: skip

    def event(self, raw: str) -> dict[str, Any]:
        return api_event(
            self.method, self.path, raw=raw, account=self.account, headers=self.headers
        )


TOLD = ["pair", "status", "metadata", "events", "structure"]  # fields they may add are ignored
WEBHOOK_BYTES = 262_144
OPTIONAL = ["publish", "sync"]  # nothing means as usual
PLACES = [
    "sites", "site", "generate", "revoke", "contents", "content", "site sync", "types",
    "collection", *TOLD, *OPTIONAL,
]  # fmt: skip


@pytest.fixture
def places(shared: World) -> Iterator[dict[str, Place]]:
    """Every route that reads a body; afterwards, all is as it was before."""
    site = shared.connected_site()
    content = shared.content(site)
    key = {"X-IGNY8-API-KEY": site["api_key"]}
    item = f"{INTEGRATIONS}{site['integration_id']}/"
    webhooks = "/api/v1/integration/webhooks/wordpress/"
    paths = {
        "sites": ("POST", "/api/v1/sites/", {}),
        "site": ("PATCH", f"/api/v1/sites/{site['id']}/", {}),
        "generate": ("POST", f"{INTEGRATIONS}generate-api-key/", {}),
        "revoke": ("POST", f"{INTEGRATIONS}revoke-api-key/", {}),
        "pair": ("POST", f"{INTEGRATIONS}test-connection/", key),
        "contents": ("POST", CONTENT, {}),
        "content": ("PATCH", f"{CONTENT}{content['id']}/", {}),
        "publish": ("POST", f"{CONTENT}{content['id']}/publish/", {}),
        "status": ("POST", f"{webhooks}status/", key),
        "metadata": ("POST", f"{webhooks}metadata/", key),
        "events": ("POST", webhooks, key),
        "structure": ("POST", f"{item}update-structure/", key),
        "sync": ("POST", f"{item}sync/", {}),
        "site sync": ("POST", "/api/v1/integration/site-sync/", {}),
        "types": ("PATCH", f"{item}content-types/", {}),
        "collection": ("POST", f"{item}test-collection-connection/", {}),
    }
    before = everything_stored()
    yield {name: Place(shared, *entry) for name, entry in paths.items()}
    assert everything_stored() == before
    assert shared.messages() == shared.messages("sync") == []


def assert_refused(answer: Response, *statuses: int) -> None:
    assert answer.status in statuses, answer.body
    error = answer.body["error"]
    assert answer.body["success"] is False
    assert set(error) == {"code", "message", "fields", "request_id"}
    assert error["code"].replace("_", "").isalpha()
    assert error["message"]
    assert (error["fields"] != {}) == (answer.status == 422)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("name", PLACES)
def test_unreadable_bodies(places: dict[str, Place], name: str) -> None:
    for raw in UNREADABLE:
        if name in OPTIONAL and not raw.strip():
            continue
        too_large = name in {*TOLD} - {"pair"} and len(raw) > WEBHOOK_BYTES
        assert_refused(places[name].send(raw=raw), 413 if too_large else 400)


@pytest.mark.parametrize("name", PLACES)
def test_bytes_that_are_not_text(places: dict[str, Place], name: str) -> None:
    place = places[name]
    handler = place.world._handler(place.path)
    invalid = [b"\xff\xfe", b'{"title": "\xff"}', b'{"title": "\xed\xa0\x80"}', b"\xc0\x80{}"]
    bodies = [base64.b64encode(raw).decode() for raw in invalid]
    for body in [*bodies, "%%%", "é", "a", "{}"]:
        event = place.event(body) | {"isBase64Encoded": True}
        answer = handler(event, Context())
        assert answer["statusCode"] == 400, body
        assert json.loads(answer["body"])["error"]["code"] == "malformed"


@pytest.mark.parametrize("name", PLACES)
def test_bodies_that_are_no_objects(places: dict[str, Place], name: str) -> None:
    for raw in NOT_AN_OBJECT:
        assert_refused(places[name].send(raw=raw), 400, 422)


@pytest.mark.parametrize("name", PLACES)
def test_other_content_types(places: dict[str, Place], name: str) -> None:
    for kind in ("text/plain", "application/xml", "multipart/form-data; boundary=x", "x"):
        answer = places[name].send({"name": "x"}, **{"content-type": kind})
        assert_refused(answer, 415)
        assert answer.code == "unsupported_media_type"


@pytest.mark.parametrize("name", [name for name in PLACES if name not in TOLD])
def test_unknown_fields(places: dict[str, Place], name: str) -> None:
    for field in ("unknown", "account_id", "__proto__", "id", "Title", "x" * 10_000):
        answer = places[name].send({field: 1})
        assert_refused(answer, 422)
        assert any(key.startswith(field[:90]) for key in answer.body["error"]["fields"])


WRONG: dict[str, list[Any]] = {
    "id": [None, "1", 1.5, 1.0, True, [1], {}, 0, -1, 2**53, 10**40, "abc"],
    "text": [None, 1, True, [], {}, ["a"], {"a": 1}],
    "list": [None, 1, "a", {}, [None], [1], [{}], [[[]]], [""], [" "], ["\u200b"]],
    "url": [None, 1, "", "x", "example.com", "ftp://example.com", "javascript:alert(1)",
            "http://", "http://[", "https://exa mple.com", "//example.com", "https:///x"],
}  # fmt: skip
CONTENT_FIELDS: dict[str, list[Any]] = {
    "title": [*WRONG["text"], "", " ", "\n\t", "\u200b", "\u00a0", "\x00", "t" * 1001],
    "content_html": [*WRONG["text"], "", " ", "<p></p>", "<p> &nbsp;</p><br>", "<!-- wp:x -->",
                     "<script>alert(1)</script>", "<p>\u00a0</p>", "<div>" * 300 + "x",
                     "<div>" * 400_000],
    "excerpt": [*WRONG["text"], "e" * 5001],
    "slug": [1, [], "", "a b", "a/b", "s" * 201, "ä\n", "a\n"],
    "status": [None, 1, "", "PUBLISHED", "gone", []],
    "content_type": [None, 1, "", "Post", "x" * 21, "a b"],
    "post_type": [None, 1, "", "../x", "x" * 21],
    "post_status": [None, 1, "", "trash", "future"],
    "publish_at": [1, 1767225600, "", "tomorrow", "2026-01-10", "2026-01-10T12:00:00", [],
                   "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-01T00:00:00Z",
                   "2026-02-30T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"],
    "author": [1, [], "a" * 1001], "seo_title": [1, {}, "s" * 1001],
    "seo_description": [False, "s" * 1001], "primary_keyword": [1, [], "k" * 1001],
    "canonical_url": [*WRONG["url"][1:], "https://example.com/" + "u" * 2048],
    "featured_image_url": WRONG["url"][1:], "featured_image_alt": [1, "a" * 1001],
    "secondary_keywords": [*WRONG["list"], ["k"] * 51, ["k" * 201]],
    "tags": [*WRONG["list"], ["t"] * 101, ["t" * 201]],
    "categories": [None, 1, "a", {}, [None], [1], [[]], [[""]], [["a"] * 11], ["c"] * 51,
                   ["c" * 201], [[["a"]]], [{"name": "a"}]],
    "cluster": [1, "a", [], {}, {"id": 1}, {"name": "a"}, {"id": "1", "name": "a"},
                {"id": 1, "name": ""}, {"id": 1, "name": "a", "more": 1}, {"id": 0, "name": "a"}],
    "sector": [1, "a", {"id": None, "name": "a"}],
    "gallery_images": [None, 1, {}, [1], [{}], [{"url": "x"}], [{"url": None}], [None],
                       [{"url": "https://example.com/a", "alt": None}],
                       [{"url": "https://example.com/a", "more": 1}],
                       [{"url": "https://example.com/a"}] * 51],
}  # fmt: skip


@pytest.mark.parametrize("field", CONTENT_FIELDS)
def test_content_fields(places: dict[str, Place], shared: World, field: str) -> None:
    site = shared.call("GET", "/api/v1/sites/").data[0]
    good = {"site_id": site["id"], "title": "T", "content_html": HTML}
    for value in CONTENT_FIELDS[field]:
        for place, body in (("contents", {**good, field: value}), ("content", {field: value})):
            answer = places[place].send(body)
            assert_refused(answer, 422)
            fields = answer.body["error"]["fields"]
            assert any(name.split(".")[0] in {field, "body"} for name in fields), (value, fields)


@pytest.mark.parametrize("missing", ["site_id", "title", "content_html"])
def test_missing_fields(places: dict[str, Place], missing: str) -> None:
    body = {"site_id": 1, "title": "T", "content_html": HTML}
    del body[missing]
    answer = places["contents"].send(body)
    assert_refused(answer, 422)
    assert list(answer.body["error"]["fields"]) == [missing]


def test_ids_in_bodies(places: dict[str, Place]) -> None:
    bodies = [
        ("generate", "site_id", {}), ("revoke", "site_id", {}),
        ("pair", "site_id", {"site_url": SITE_URL}),
        ("contents", "site_id", {"title": "T", "content_html": HTML}),
        ("publish", "site_integration_id", {}),
    ]  # fmt: skip
    for name, field, rest in bodies:
        for value in WRONG["id"]:
            if name == "publish" and value is None:
                continue
            assert_refused(places[name].send({**rest, field: value}), 422)
    for value in (None, 0, 1, "true", []):
        assert_refused(places["publish"].send({"recreate": value}), 422)


ADDRESSES = [
    None, 1, "", "x", "example.com", "ftp://example.com", "http://example.com", "https://",
    "https://example.com:8443", "https://user:pass@example.com", "https://10.0.0.1",
    "https://[::1]", "https://2130706433", "https://0x7f.1", "https://localhost.localdomain.local",
    "https://exa mple.com", "https://example", "https://-a.example.com", "https://a..example.com",
    "https://" + "a" * 64 + ".example.com", "https://example.com/" + "p" * 2048,
    "https://example.com:99999", "https://example.com\\@evil.example", "https://\u2100.com/",
    "javascript://example.com", "https://169.254.169.254/latest", "https://xn--.example",
]  # fmt: skip


def test_site_fields(places: dict[str, Place]) -> None:
    good = {"name": "N", "url": "https://example.com"}
    wrong: dict[str, list[Any]] = {
        "name": [*WRONG["text"], "", " ", "\ufeff", "n" * 201],
        "url": ADDRESSES,
        "hosting_type": [None, 1, "", "WordPress", "joomla"],
        "timezone": [None, 1, "", "Mars/Base", "../../etc/passwd", "UTC\n", "CET+99"],
        "terms_policy": [None, 1, "", "all"],
    }
    for field, values in wrong.items():
        for value in values:
            for name, body in (("sites", {**good, field: value}), ("site", {field: value})):
                answer = places[name].send(body)
                assert_refused(answer, 422)
                assert field in answer.body["error"]["fields"], value


def test_pairing_fields(places: dict[str, Place], shared: World) -> None:
    site = shared.call("GET", "/api/v1/sites/").data[0]
    good = {"site_id": site["id"], "site_url": SITE_URL}
    wrong: dict[str, list[Any]] = {
        "site_url": ADDRESSES, "rest_url": ADDRESSES[1:2] + ADDRESSES[3:],
        "plugin_version": [1, [], "v" * 41], "wp_version": [1, {}, "v" * 41],
        "php_version": [8.2, "v" * 41], "api_key": [1, [], "k" * 201],
    }  # fmt: skip
    for field, values in wrong.items():
        for value in values:
            assert_refused(places["pair"].send({**good, field: value}), 422)


def test_html_of_two_megabytes_and_a_byte(places: dict[str, Place], shared: World) -> None:
    site = shared.call("GET", "/api/v1/sites/").data[0]
    for html in ("x" * (TWO_MEGABYTES + 1), "é" * (TWO_MEGABYTES // 2) + "x", "&" * 1_000_000,
                 "<" * 1_000_000):  # fmt: skip
        body = {"site_id": site["id"], "title": "T", "content_html": html}
        answer = places["contents"].send(body)
        assert_refused(answer, 413)
        assert answer.code == "too_large"
        assert_refused(places["content"].send({"content_html": html}), 413)


def test_fields_of_more_than_a_row_can_hold(places: dict[str, Place]) -> None:
    smile = "\U0001f600"
    many = [[smile * 180] * 5] * 45  # 160 kB
    assert_refused(places["content"].send({"categories": many}), 413)
