"""What sites tell of their posts: right, wrong, and meant to hurt."""

import base64
import gzip
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from igny8.core.http import Fate, Reply
from igny8.imports.asking import whole_posts
from igny8.imports.model import LightPost, Outcome, SitePost, SiteTerm
from igny8.imports.reading import (
    FULL_FIELDS,
    Asked,
    PostPage,
    SiteRepeatsItself,
    read_links,
    read_page,
    read_terms,
)
from igny8.imports.values import TEXT_MAX_BYTES
from igny8.wordpress.client import Target
from igny8.wordpress.response import BridgeResponse, read_answer
from igny8.wordpress.routes import LINKS, POSTS, TERMS, BridgeRoute

from tests.support.posts_on_site import BRIDGE, PostsOnSite, post_on_site
from tests.support.world import world_in_memory

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
SITE = "https://tea.example"
LIGHT = Asked(type="post", limit=100)
FULL = Asked(ids=(5, 6), full=True, site_url=SITE)


def answer(data: dict[str, Any] | bytes, route: BridgeRoute = POSTS) -> BridgeResponse:
    body = data if isinstance(data, bytes) else json.dumps({"success": True, "data": data}).encode()
    reply = Reply(Fate.ANSWERED, 12, status=200, headers={}, body=body)
    return read_answer(reply, is_ours=route.marks, verbatim=route.verbatim, now=NOW)


def light(post_id: Any = 5, **fields: Any) -> dict[str, Any]:
    known = {"content_id": None, "fingerprint": None}
    return {"id": post_id, "type": "post", "status": "publish", **known, **fields}


def page(*items: Any, **more: Any) -> dict[str, Any]:
    told = {"gone": [], "next_after": None, "more": False, "total": len(items)}
    return {"bridge": BRIDGE, "items": list(items), **told, **more}


def read(*items: Any, asked: Asked = LIGHT, **more: Any) -> PostPage:
    told = answer(page(*items, **more))
    assert told.ours
    return read_page(told, asked)


def whole(post_id: int = 5, **fields: Any) -> dict[str, Any]:
    return {**post_on_site(post_id), "content_id": None, "fingerprint": "v2:f", **fields}


def test_a_page_of_light_posts_says_where_to_go_on() -> None:
    told = read(light(5, content_id=9, fingerprint="v2:f"), light(8), more=True, next_after=40)
    assert told.posts == [
        LightPost(id=5, type="post", status="publish", content_id=9, fingerprint="v2:f"),
        LightPost(id=8, type="post", status="publish", content_id=None, fingerprint=None),
    ]
    assert (told.listed, told.next_after, told.total) == ([5, 8], 40, 2)
    assert read(light(5), next_after=40).next_after is None  # there is no more


def test_a_page_of_rare_posts_may_be_empty_and_have_a_next_one() -> None:
    assert read(more=True, next_after=20_000).next_after == 20_000


def test_whole_posts_come_as_they_are_stored() -> None:
    term = {"id": 3, "name": "Tea &amp; Cake", "slug": "tea", "parent": 2, "count": 7}
    text = "Key: Bearer abc igny8_live_0123 eyJhbGciOi.eyJzdWIi.sig X-Amz-Signature=aa"
    image = {"id": 4, "url": f"{SITE}/a.jpg", "alt": "A cup", "width": 800, "mime": "image/jpeg"}
    told = whole(
        title="<b>Tea</b>", text=text, text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        terms={"category": [term]}, featured_image=image, seo={"seo_title": "Tea"}, gallery=[4],
    )  # fmt: skip
    post = read(told, asked=FULL).full[0]
    assert (post.title, post.text) == ("<b>Tea</b>", text)
    named = SiteTerm(id=3, name="Tea &amp; Cake", slug="tea", parent=2, count=7)
    assert post.terms == {"category": (named,)}
    assert post.featured_image is not None
    assert (post.featured_image.alt, post.featured_image.width) == ("A cup", 800)
    assert (post.seo, post.gallery) == ({"seo_title": "Tea"}, (4,))
    assert (post.date_gmt, post.author) == ("2025-06-01T12:00:00Z", "Jane Doe")


def test_what_a_site_does_not_say_is_empty() -> None:
    post = read(light(5), asked=FULL).full[0]
    plain = LightPost(id=5, type="post", status="publish", content_id=None, fingerprint=None)
    assert replace(post, text="") == SitePost(
        id=plain.id, type="post", status="publish", content_id=None, fingerprint=None
    )
    assert post.text is None  # too large to be told


def test_addresses_without_a_host_are_the_site_s() -> None:
    image = {"id": 4, "url": "//cdn.example/a.jpg"}
    post = read(whole(url="/tea/", featured_image=image), asked=FULL).full[0]
    assert post.url == f"{SITE}/tea/"
    assert post.featured_image is not None
    assert post.featured_image.url == "https://cdn.example/a.jpg"


def test_a_large_text_comes_packed() -> None:
    text = "Grüße. " * 200_000
    packed = base64.b64encode(gzip.compress(text.encode())).decode()
    post = read(whole(text=None, text_gz=packed), asked=FULL).full[0]
    assert post.text == text


BOMB = base64.b64encode(gzip.compress(b"a" * (TEXT_MAX_BYTES + 1))).decode()
DEEP: Any = []
for _ in range(300):
    DEEP = [DEEP]
WRONG: dict[str, dict[str, Any]] = {
    "no type": {"type": None},
    "a number for a type": {"type": 7},
    "a status too long": {"status": "s" * 21},
    "no title but a list": {"title": ["a"]},
    "no title but a number": {"title": 7},
    "half a surrogate pair": {"title": "\ud83d"},
    "half a surrogate pair in the text": {"text": "a\udc00"},
    "NUL": {"text": "a\0b"},
    "NUL in a slug": {"slug": "\0"},
    "a title without an end": {"title": "t" * 20_001},
    "no text but an object": {"text": {"a": 1}},
    "another text": {"text_sha256": "0" * 64},
    "content of no id": {"content_id": "9"},
    "content below all": {"content_id": -1},
    "content above all": {"content_id": 2**63},
    "content that is true": {"content_id": True},
    "no fingerprint but a list": {"fingerprint": []},
    "a fingerprint of two lines": {"fingerprint": "a\nb"},
    "a script for an address": {"url": "javascript:alert(1)"},
    "a script behind a space": {"url": " javascript:alert(1)"},
    "data for an address": {"url": "data:text/html,x"},
    "no address": {"url": "http://["},
    "a script for an image": {"featured_image": {"id": 4, "url": "JavaScript:alert(1)"}},
    "no image": {"featured_image": "a.jpg"},
    "ten thousand images": {"images": [{"id": 4, "url": ""}] * 10_000},
    "year 0": {"date_gmt": "0000-01-01T00:00:00Z"},
    "a 13th month": {"modified_gmt": "2026-13-01T00:00:00Z"},
    "no time": {"date_gmt": "yesterday"},
    "a password that is a word": {"password_protected": "no"},
    "an author above all": {"author_id": 2**63},
    "a parent below all": {"parent": -5},
    "ten thousand terms": {"terms": {"tag": [{"id": 1, "name": "a", "slug": "a"}] * 10_000}},
    "ten thousand taxonomies": {"terms": {f"t{n}": [] for n in range(10_000)}},
    "a term without an id": {"terms": {"tag": [{"name": "a"}]}},
    "a term of id 0": {"terms": {"tag": [{"id": 0, "name": "a"}]}},
    "a term that is none": {"terms": {"tag": ["a"]}},
    "terms that are none": {"terms": {"tag": 7}},
    "terms in a list": {"terms": ["tag"]},
    "a taxonomy of half a pair": {"terms": {"\ud83d": []}},
    "seo without an end": {"seo": {f"s{n}": "" for n in range(100)}},
    "seo that is a list": {"seo": ["a"]},
    "a gallery of words": {"gallery": ["a"]},
    "nesting": {"seo": DEEP},
    "a packed text that is none": {"text_gz": "H4sI"},
    "a packed text of other letters": {"text_gz": "ü" * 8},
    "a packed text cut off": {"text_gz": base64.b64encode(gzip.compress(b"a" * 99)[:-9]).decode()},
    "a packed text that grows without an end": {"text_gz": BOMB},
    "packed bytes that are no text": {"text_gz": base64.b64encode(gzip.compress(b"\xff")).decode()},
}


@pytest.mark.parametrize("name", WRONG)
def test_one_post_that_cannot_be_fails_alone(name: str) -> None:
    told = read(whole(5, **WRONG[name]), whole(6), asked=FULL)
    assert [post.id for post in told.posts] == [6]
    [item] = told.failed
    assert (item.external_id, item.outcome) == (5, Outcome.FAILED)
    assert item.reason
    assert told.listed == [5, 6]
    for shown in (item.title, item.url, item.type, item.reason):
        shown.encode()
        assert "\0" not in shown
        assert "javascript:" not in shown.lower()


def test_one_light_post_that_cannot_be_fails_alone() -> None:
    told = read(light(5, status=7), light(6))
    assert [post.id for post in told.posts] == [6]
    assert [item.external_id for item in told.failed] == [5]


@pytest.mark.parametrize(
    "told",
    [
        page(light(-1)),
        page(light(0)),
        page(light(2**63)),
        page(light("5")),
        page(light(None)),
        page(light(True)),
        page(light(5), light(5)),
        page(light(6), light(5)),
        page(light(5, type="page")),
        page("post"),
        page(*[light(n) for n in range(1, 102)]),
        page(light(5), more=True, next_after=None),
        page(light(5), more=True, next_after=4),
        page(light(5), more=True, next_after=-1),
        page(light(5), more=True, next_after=2**63),
        page(light(5), more=True, next_after="6"),
        page(more=True, next_after=0),
    ],
)
def test_a_page_that_lies_about_the_list_is_not_read(told: dict[str, Any]) -> None:
    with pytest.raises(SiteRepeatsItself):
        read_page(answer(told), LIGHT)


def test_a_cursor_that_does_not_move_is_a_lie() -> None:
    asked = Asked(type="post", after=40)
    with pytest.raises(SiteRepeatsItself):
        read(light(40), asked=asked)
    with pytest.raises(SiteRepeatsItself):
        read(asked=asked, more=True, next_after=40)
    assert read(asked=asked, more=True, next_after=41).next_after == 41


def test_by_id_comes_what_was_asked_for() -> None:
    told = read(whole(6), asked=FULL, gone=[5, 7, "5", None, 2**63])
    assert (told.listed, told.gone, told.next_after) == ([6], [5], None)
    assert read(whole(6), asked=FULL, gone="all").gone == []
    for lie in (page(whole(7)), page(whole(6), whole(5)), page(whole(5), gone=[5])):
        with pytest.raises(SiteRepeatsItself):
            read_page(answer(lie), FULL)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", b'{"success": true, "data": {"bridge": {}, "items": [',
        b'{"success": true, "data": {"items": [{"id": "5"}], "more": false}}',
        b'{"success": true, "data": {"bridge": {}, "items": {}, "more": false}}',
        b'{"success": true, "data": {"bridge": {}, "items": [], "more": NaN}}',
        b'{"success": true, "data": {"bridge": {}, "items": [], "more": 1}}',
        b'{"success": true, "data": {"bridge": {}, "more": false}}',
        b'{"a": ' * 5_000,
        b'{"success": true, "data": ' + b"[" * 100_000,
    ],
    ids=range(10),
)  # fmt: skip
def test_what_is_no_page_is_not_the_bridge_s(body: bytes) -> None:
    assert not answer(body).ours


def test_an_answer_of_100_megabytes_is_cut_off_and_not_the_bridge_s() -> None:
    cut = Reply(Fate.ANSWERED, 12, status=200, headers={}, body=b'{"success": tr', truncated=True)
    told = read_answer(cut, is_ours=POSTS.marks, verbatim=True, now=NOW)
    assert not told.ours


def test_secrets_of_a_refusal_are_not_kept_although_those_of_posts_are() -> None:
    error = {"code": "invalid_api_key", "message": "not igny8_live_0123abcd"}
    told = answer(json.dumps({"success": False, "error": error}).encode())
    assert (told.ours, told.message) == (True, "not [redacted]")


def test_terms_come_as_the_site_has_them_and_bad_ones_are_left_out() -> None:
    items = [{"id": 3, "name": "Tea", "slug": "tea", "parent": 9, "count": 2}, {"id": 4, "name": 7}]
    told = answer({"bridge": BRIDGE, "items": items, "next_after": 4, "more": True}, TERMS)
    terms = read_terms(told, after=0, limit=500)
    assert terms.terms == [SiteTerm(id=3, name="Tea", slug="tea", parent=9, count=2)]
    assert (terms.failed, terms.listed, terms.next_after) == (1, [3, 4], 4)
    with pytest.raises(SiteRepeatsItself):
        read_terms(told, after=3, limit=500)
    with pytest.raises(SiteRepeatsItself):
        read_terms(told, after=0, limit=1)


def test_of_links_only_known_words_about_posts_asked_for_are_heard() -> None:
    items = [
        {"post_id": 5, "outcome": "linked"}, {"post_id": 6, "outcome": "eaten"},
        {"post_id": 9, "outcome": "linked"}, {"post_id": "7", "outcome": "gone"},
    ]  # fmt: skip
    told = answer({"bridge": BRIDGE, "items": items}, LINKS)
    assert read_links(told, [5, 6, 7, 8]) == {5: "linked"}


def test_the_stub_is_read_to_its_end_and_tells_each_post_once() -> None:
    site = PostsOnSite()
    site.add(3, type="page")
    site.add(230)
    site.links[4] = 77
    seen: list[LightPost] = []
    after: int | None = 0
    while after is not None:
        url = f"{SITE}/wp-json/igny8/v1/posts?type=post&after={after}&limit=100"
        told = read_page(answer(site.answer("posts", url, None)), Asked(type="post", after=after))
        seen += told.posts
        after = told.next_after
    assert [post.id for post in seen] == list(range(4, 234))
    assert [post.content_id for post in seen[:2]] == [77, None]
    assert seen[0].fingerprint == site.fingerprint(4)
    assert site.calls["posts"] == 3
    ids = ",".join(map(str, (4, 5, 999)))
    url = f"{SITE}/wp-json/igny8/v1/posts?ids={ids}&fields={','.join(FULL_FIELDS)}"
    asked = Asked(ids=(4, 5, 999), full=True, site_url=SITE)
    full = read_page(answer(site.answer("posts", url, None)), asked)
    assert [post.title for post in full.full] == ["Post 4", "Post 5"]
    assert (full.gone, full.failed) == ([999], [])


def test_whole_posts_are_asked_for_until_all_have_come() -> None:
    with world_in_memory() as world:
        site = world.wordpress.existing
        ids = site.add(60, text="w" * 200_000)
        site.delete(ids[7])
        target = Target(f"{SITE}/wp-json/", SITE, "k")
        came = whole_posts(world.services.bridge, target, ids)
        assert came.done == ids
        assert [post.id for post in came.posts] == [*ids[:7], *ids[8:]]
        assert came.gone == [ids[7]]
        assert site.calls["posts"] == 20  # three of these fit one answer
        site.always = lambda data: {**data, "items": data["items"][1:]}
        with pytest.raises(SiteRepeatsItself):
            whole_posts(world.services.bridge, target, ids[:5])
        site.always = lambda data: {**data, "items": []}
        with pytest.raises(SiteRepeatsItself):
            whole_posts(world.services.bridge, target, ids[:5])
        site.always = None
        turns = iter([True, False])
        came = whole_posts(world.services.bridge, target, ids, may_go_on=lambda: next(turns))
        assert came.done == ids[:3]
        world.wordpress.up = False
        assert whole_posts(world.services.bridge, target, ids).refused is not None
