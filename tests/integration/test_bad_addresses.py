"""Ids, cursors and parameters that cannot be; and what is at the edge but still allowed."""

import gzip

import pytest

from tests.support.aws import client
from tests.support.aws_calls import everything_stored, stored_texts
from tests.support.steps import edit
from tests.support.world import World

CONTENT = "/api/v1/writer/content"
INTEGRATIONS = "/api/v1/integration/integrations"
TWO_MEGABYTES = 2 * 1024 * 1024
BAD_IDS = [
    "0", "-1", "abc", "1.5", "1e3", "٣", "²", "9" * 17, "9007199254740992", "9" * 400, "%00",
    "null", "1;drop", "..", "1 ", "{id}", "<x>", "é", "\ud800", "site_id",
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/sites/{}/"), ("PATCH", "/api/v1/sites/{}/"),
        ("DELETE", "/api/v1/sites/{}/"), ("GET", INTEGRATIONS + "/{}/"),
        ("GET", INTEGRATIONS + "/{}/debug-status/"), ("GET", CONTENT + "/{}/"),
        ("PATCH", CONTENT + "/{}/"), ("DELETE", CONTENT + "/{}/"),
        ("POST", CONTENT + "/{}/publish/"), ("GET", CONTENT + "/{}/publication/"),
        ("POST", CONTENT + "/{}/cancel/"), ("POST", CONTENT + "/{}/retry/"),
        ("GET", "/api/v1/writer/batches/{}/"), ("POST", "/api/v1/writer/batches/{}/cancel/"),
        ("GET", "/api/v1/sites/{}/publishing-settings/"),
    ],
)  # fmt: skip
def test_ids_in_paths(shared: World, method: str, path: str) -> None:
    body = {} if method in {"PATCH", "POST"} else None
    for bad in BAD_IDS:
        answer = shared.call(method, path.format(bad), body)
        assert (answer.status, answer.code) == (404, "not_found"), bad


def test_routes_that_are_not_there(shared: World) -> None:
    for method, path in (
        ("GET", "/"), ("GET", ""), ("GET", "/api/v1/"), ("GET", "/api/v2/sites/"),
        ("PUT", "/api/v1/sites/"), ("POST", "/api/v1/sites/1/"), ("PUT", "/api/v1/sites/1/"),
        ("GET", INTEGRATIONS + "/1/nothing/"), ("DELETE", CONTENT + "/"),
        ("PUT", CONTENT + "/1/"), ("POST", CONTENT + "/1/withdraw/"), ("GET", "/api/v1/writer/"),
        ("POST", INTEGRATIONS + "/1/sync/"), ("GET", "/api/v1/sites/1/2/3/"),
        ("GET", "/api/v1/sites/" + "x" * 5000),
    ):  # fmt: skip
        answer = shared.call(method, path)
        assert (answer.status, answer.code) == (404, "not_found"), path


def test_queries(shared: World) -> None:
    site = shared.connected_site()
    lists = ["/api/v1/sites/?", f"{INTEGRATIONS}/?", f"{CONTENT}/?site={site['id']}&"]
    before = everything_stored()
    for start in lists:
        for limit in ("0", "101", "-1", "1.5", "x", "", "²", "٣", "1e2", " 5", "+5", "9" * 400,
                      "0000000019999", "00000000199999999999"):  # fmt: skip
            answer = shared.call("GET", f"{start}limit={limit}")
            assert (answer.status, answer.code) == (422, "invalid"), limit
        for cursor in ("x", "%%", "djE6", "djE6LTE", "djI6MQ", "djE6MTA", "bnVsbA", "A" * 9000,
                       "djE6OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "é", "\ud800"):  # fmt: skip
            answer = shared.call("GET", f"{start}cursor={cursor}")
            if cursor != "djE6MTA":  # v1:10, one that could have been given out
                assert (answer.status, answer.code) == (400, "bad_cursor"), cursor
        answer = shared.call("GET", f"{start}foo=1")
        assert (answer.status, list(answer.body["error"]["fields"])) == (422, ["foo"])
    for bad in BAD_IDS:
        if "\ud800" in bad:
            continue
        for path in (f"{INTEGRATIONS}/?site={bad}", f"{CONTENT}/?site={bad}"):
            assert shared.call("GET", path).status == 422, path
    assert shared.call("GET", f"{CONTENT}/").status == 422
    for status in ("", "gone", "PUBLISHED", "draft,review"):
        path = f"{CONTENT}/?site={site['id']}&status={status}"
        assert shared.call("GET", path).status == 422
    debug = f"{INTEGRATIONS}/{site['integration_id']}/debug-status/?"
    for query in ("event_limit=0", "event_limit=101", "event_limit=x", "include_events=maybe",
                  "include_events=", "include_validation=x", "type=publish"):  # fmt: skip
        assert shared.call("GET", debug + query).status == 422, query
    assert everything_stored() == before


def test_unknown_parameters_are_refused_everywhere(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    before = everything_stored()
    for method, path, body in (
        ("POST", "/api/v1/sites/", {"name": "N", "url": "https://example.com"}),
        ("GET", f"/api/v1/sites/{site['id']}/", None),
        ("PATCH", f"/api/v1/sites/{site['id']}/", {"name": "M"}),
        ("DELETE", f"/api/v1/sites/{site['id']}/", None),
        ("GET", f"{INTEGRATIONS}/{site['integration_id']}/", None),
        ("POST", f"{INTEGRATIONS}/generate-api-key/", {"site_id": site["id"]}),
        ("POST", f"{INTEGRATIONS}/revoke-api-key/", {"site_id": site["id"]}),
        ("POST", f"{CONTENT}/", {"site_id": site["id"], "title": "T", "content_html": "x"}),
        ("GET", f"{CONTENT}/{content['id']}/", None),
        ("PATCH", f"{CONTENT}/{content['id']}/", {"title": "M"}),
        ("DELETE", f"{CONTENT}/{content['id']}/", None),
        ("POST", f"{CONTENT}/{content['id']}/publish/", None),
        ("GET", f"{CONTENT}/{content['id']}/publication/", None),
    ):  # fmt: skip
        answer = shared.call(method, f"{path}?dry_run=true", body)
        assert (answer.status, list(answer.body["error"]["fields"])) == (422, ["dry_run"]), path
    assert everything_stored() == before


def test_publication_of_content_that_never_had_one(shared: World) -> None:
    content = shared.content(shared.connected_site())
    path = f"{CONTENT}/{content['id']}/publication/"
    assert shared.call("GET", path).status == 404


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600"])
def test_html_of_exactly_two_megabytes(shared: World, letter: str) -> None:
    html = letter * (TWO_MEGABYTES // len(letter.encode()))
    assert len(html.encode()) == TWO_MEGABYTES
    content = shared.content(shared.connected_site(), content_html=html)
    assert content["content_html"] == html
    shared.publish(content)
    shared.work()
    assert shared.wordpress.posts[content["id"]].content_html == html


TEXTS = [
    "C:\\new\\table \\\\ \\u003c \\n",
    '<!-- wp:image {"id":1,"alt":"\\u003cb\\u003e"} --><p>x</p><!-- /wp:image -->',
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f600 👩🏽‍🚀",
    "مرحبا بالعالم \u202bעברית\u202c",
    "x" * 1_000_000,
    "مرحبا " * 100_000,
]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:20]))
def test_same_bytes_everywhere(shared: World, text: str) -> None:
    site = shared.connected_site()
    html = text if text.startswith("<!--") else f"<p>{text}</p>"
    title = " ".join(text.split())[:300].strip() if "<" not in text else "T\\u003c"
    content = shared.content(site, title=title, content_html=html)
    read = shared.call("GET", f"{CONTENT}/{content['id']}/").data
    assert (read["title"], read["content_html"]) == (title, html)
    assert (content["title"], content["content_html"]) == (title, html)
    shared.publish(content)
    shared.work()
    post = shared.wordpress.posts[content["id"]]
    assert (post.title, post.content_html) == (title, html)


def test_repeated_keys_are_read_as_the_last(shared: World) -> None:
    site = shared.connected_site()
    raw = f'{{"site_id": {site["id"]}, "title": "a", "title": "b", "content_html": "x"}}'
    answer = shared.call("POST", f"{CONTENT}/", raw=raw)
    assert (answer.status, answer.data["title"]) == (201, "b")


def test_many_patches_cannot_outgrow_a_row(shared: World) -> None:
    smile = "\U0001f600"
    content = shared.content(shared.connected_site())
    path = f"{CONTENT}/{content['id']}/"
    images = [{"url": f"https://example.com/{n}", "alt": smile * 600} for n in range(50)]
    statuses = [
        shared.call("PATCH", path, changes).status
        for changes in (
            {"gallery_images": images},
            {"categories": [[smile * 180] * 2] * 50},
            {"tags": [f"{n}{smile * 190}" for n in range(100)]},
        )
    ]
    assert statuses == [200, 413, 413]


def test_refused_changes_store_no_text(shared: World) -> None:
    content = shared.content(shared.connected_site())
    path = f"{CONTENT}/{content['id']}/"
    shared.publish(content)
    texts = stored_texts()
    for changes in ({"status": "draft"}, {"tags": ["t" * 200] * 100, "excerpt": "e" * 5001}):
        answer = shared.call("PATCH", path, {"content_html": "<p>New</p>", **changes})
        assert answer.status in {409, 422}
    assert stored_texts() == texts


def test_deleted_content_leaves_no_text(shared: World) -> None:
    content = shared.content(shared.connected_site())
    for number in range(3):
        edit(shared, content, content_html=f"<p>{number}</p>")
    mine = [name for name in stored_texts() if str(content["id"]) in name]
    assert len(mine) == 4
    body = client("s3").get_object(Bucket="igny8-test-content", Key=mine[0])["Body"]
    assert gzip.decompress(body.read()).startswith(b"<p>")
    assert shared.call("DELETE", f"{CONTENT}/{content['id']}/").status == 200
    assert [name for name in stored_texts() if str(content["id"]) in name] == []
