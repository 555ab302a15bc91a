"""Existing posts as they are read: pages, filters, fields. Nothing of WordPress changes by it."""

import base64
import gzip
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from .conftest import Bridge, new_id
from .inbox import set_options
from .pictures import Gallery, png

TABLES = ("posts", "postmeta", "terms", "term_taxonomy", "term_relationships", "termmeta")
STATE = f"""
    foreach ( array( '{"', '".join(TABLES)}' ) as $name ) {{
        $rows = $wpdb->get_results( "SELECT * FROM {{$wpdb->prefix}}$name ORDER BY 1, 2", ARRAY_N );
        $all[ $name ] = hash( 'sha256', serialize( $rows ) );
    }} return $all;"""
LIGHT = {"id", "type", "status", "content_id", "fingerprint"}
FULL = (
    "id,type,status,content_id,fingerprint,title,excerpt,slug,url,text,text_sha256,text_gz,author,"
    "author_id,date_gmt,modified_gmt,password_protected,parent,page_template,builder,terms,"
    "featured_image,images,gallery,seo"
)


@contextmanager
def nothing_changed(bridge: Bridge) -> Iterator[None]:
    """WordPress's own tables, row for row."""
    before = bridge.php(STATE)
    yield
    assert bridge.php(STATE) == before


@pytest.fixture
def listening(bridge: Bridge) -> Bridge:
    """Paired, with an outbox of its own life, and no posts of others' tests in the way."""
    set_options(bridge, igny8_api_key=bridge.key, igny8_switches=None)
    return bridge


def read(bridge: Bridge, route: str, **query: Any) -> dict[str, Any]:
    answer = bridge.call("GET", route, params=query)
    assert answer.status_code == 200, answer.text[:1000]
    data: dict[str, Any] = answer.json()["data"]
    assert data["bridge"]["version"] == "2.1.0"
    return data


def by_ids(bridge: Bridge, *ids: int, fields: str = FULL) -> dict[str, Any]:
    return read(bridge, "posts", ids=",".join(map(str, ids)), fields=fields)


def made(bridge: Bridge, *posts: dict[str, Any]) -> list[int]:
    """Posts as WordPress makes them."""
    packed = base64.b64encode(json.dumps(posts).encode()).decode()
    ids: list[int] = bridge.php(
        "kses_remove_filters();"
        f" foreach ( json_decode( base64_decode( '{packed}' ), true ) as $post ) {{"
        " $ids[] = wp_insert_post( wp_slash( $post + array( 'post_status' => 'publish',"
        " 'post_title' => 'Theirs', 'post_author' => 1 ) ) ); } return $ids;"
    )
    return ids


def link(bridge: Bridge, *items: dict[str, Any]) -> list[str]:
    answer = bridge.call("POST", "links", json={"items": list(items)})
    assert answer.status_code == 200, answer.text[:1000]
    told = answer.json()["data"]["items"]
    assert [one["post_id"] for one in told] == [item["post_id"] for item in items]
    return [one["outcome"] for one in told]


def digests(bridge: Bridge, bounds: dict[str, list[int]], **more: Any) -> dict[str, Any]:
    answer = bridge.call("POST", "digests", json={"bounds": bounds, **more})
    assert answer.status_code == 200, answer.text[:1000]
    data: dict[str, Any] = answer.json()["data"]
    return data


def events(bridge: Bridge, since: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_changes(bridge, since)["events"]
    return found


def read_changes(bridge: Bridge, since: int = 0) -> dict[str, Any]:
    data: dict[str, Any] = bridge.call(
        "GET", "changes", params={"since": since, "limit": 200}
    ).json()["data"]
    return data


def ledger(bridge: Bridge, post_id: int) -> dict[str, Any] | None:
    row: dict[str, Any] | None = bridge.php(
        f'return $wpdb->get_row( "SELECT * FROM {{$wpdb->prefix}}igny8_ledger'
        f' WHERE post_id = {post_id}" );'
    )
    return row


# --- Posts ---------------------------------------------------------------------------------------


def test_a_post_is_told_as_it_is_stored(listening: Bridge):
    content = 'Text &amp; <script>x()</script> [gallery ids="3,4"]<img class="wp-image-{}" src="x">'
    page, child = listening.php(
        """$parent = wp_insert_post( array( 'post_type' => 'page', 'post_title' => 'Above',
            'post_status' => 'publish' ) );
        return array( $parent, wp_insert_post( array( 'post_type' => 'page', 'post_title' => 'Ün',
            'post_name' => 'über', 'post_status' => 'private', 'post_parent' => $parent ) ) );"""
    )
    image, category = listening.php(
        """$id = wp_insert_attachment( array( 'post_mime_type' => 'image/png',
            'post_excerpt' => 'Below' ), 'seen.png' );
        update_post_meta( $id, '_wp_attachment_image_alt', 'Seen' );
        wp_update_attachment_metadata( $id, array( 'width' => 3, 'height' => 2,
            'file' => 'seen.png' ) );
        return array( $id, wp_insert_term( 'Tea ' . $id, 'category' )['term_id'] );"""
    )
    [post] = made(
        listening,
        {"post_content": content.format(image), "post_password": "secret", "post_excerpt": "E",
         "post_category": [category], "meta_input": {"_thumbnail_id": image,
         "_elementor_edit_mode": "builder", "_igny8_seo_title": "For robots"}},
    )  # fmt: skip
    with nothing_changed(listening):
        told = by_ids(listening, post, child)
    first, second = sorted(told["items"], key=lambda item: item["id"] != post)
    text = content.format(image)
    shown = {"id": image, "url": first["featured_image"]["url"], "alt": "Seen", "caption": "Below",
             "width": 3, "height": 2, "mime": "image/png"}  # fmt: skip
    varying = dict.fromkeys(["fingerprint", "url", "slug", "date_gmt", "modified_gmt"], "")
    assert first | varying == {
        "id": post, "type": "post", "status": "publish", "content_id": None, "fingerprint": "",
        "title": "Theirs", "excerpt": "E", "slug": "", "url": "", "text": text, "text_gz": None,
        "text_sha256": hashlib.sha256(text.encode()).hexdigest(), "author": "admin", "author_id": 1,
        "date_gmt": "", "modified_gmt": "", "password_protected": True, "parent": 0,
        "page_template": "", "builder": "elementor", "featured_image": shown, "images": [shown],
        "gallery": [3, 4], "seo": {"title": "For robots"},
        "terms": {"category": [{"id": category, "name": f"Tea {image}", "slug": f"tea-{image}",
                                "parent": 0, "count": 1}]},
    }  # fmt: skip
    assert (second["parent"], second["status"], second["seo"]) == (page, "private", {})
    assert second["url"] == listening.php(f"return get_permalink( {child} );")
    assert second["fingerprint"] == listening.php(
        f"return Igny8\\Bridge\\Publish\\Fingerprint::of( get_post( {child} ) );"
    )
    assert first["fingerprint"].startswith("v2:")


@pytest.mark.parametrize(
    ("meta", "content", "name"),
    [({"_et_pb_use_builder": "on"}, "", "divi"), ({"_fl_builder_enabled": "1"}, "", "beaver"),
     ({"_wpb_vc_js_status": "true"}, "", "wpbakery"), ({}, "[vc_row][/vc_row]", "wpbakery"),
     ({"_wpb_vc_js_status": "false"}, "", None), ({"_elementor_edit_mode": ""}, "", None)],
)  # fmt: skip
def test_builders_are_known_by_their_marks(
    listening: Bridge, meta: dict[str, str], content: str, name: str | None
):
    [post] = made(listening, {"meta_input": meta, "post_content": content})
    [item] = by_ids(listening, post, fields="id,builder")["items"]
    assert item == {"id": post, "builder": name}


def test_ids_name_what_is_gone(listening: Bridge):
    there, trashed = made(listening, {}, {})
    listening.php(f"return (bool) wp_trash_post( {trashed} );")
    others = listening.php(
        f"""return array( wp_insert_post( array( 'post_type' => 'nav_menu_item',
            'post_status' => 'publish', 'post_title' => 'x' ) ), wp_save_post_revision( {there} ) ?:
            _wp_put_post_revision( {there} ), wp_insert_attachment( array(), 'x.png' ) );"""
    )
    told = by_ids(listening, 999_999, *others, trashed, there, fields="id,status")
    assert told["items"] == [{"id": there, "status": "publish"}, {"id": trashed, "status": "trash"}]
    assert told["gone"] == sorted([*others, 999_999])
    assert (told["next_after"], told["more"]) == (None, False)


def test_filters_choose(listening: Bridge):
    user, term = listening.php(
        """$n = 'someone' . wp_rand();
        return array( wp_insert_user( array( 'user_login' => $n, 'user_pass' => 'x',
            'role' => 'author', 'user_email' => "$n@example.com", 'display_name' => 'Some One' ) ),
            wp_insert_term( $n, 'post_tag' )['term_id'] );"""
    )
    old, theirs, tagged, draft = made(
        listening,
        {"post_date": "2019-05-06 07:08:09", "post_date_gmt": "2019-05-06 07:08:09"},
        {"post_author": user},
        {"tax_input": {"post_tag": [term]}},
        {"post_status": "draft"},
    )
    listening.php(f"return wp_set_object_terms( {tagged}, {term}, 'post_tag' );")
    listening.php(
        "return $wpdb->update( $wpdb->posts, array("
        f" 'post_modified_gmt' => '2031-01-01 00:00:00' ), array( 'ID' => {draft} ) );"
    )
    mine = {old, theirs, tagged, draft}

    def found(**query: Any) -> set[int]:
        told = read(listening, "posts", limit=1000, fields="id", **query)
        assert told["more"] is False
        assert told["total"] == len(told["items"])
        return {item["id"] for item in told["items"]} & mine

    assert found() == mine
    assert found(status="draft") == {draft}
    assert found(status="draft,publish") == mine
    assert found(author=user) == {theirs}
    assert found(term=f"post_tag:{term}") == {tagged}
    assert found(term="post_tag:987654321") == set()
    assert found(date_before="2019-05-06T09:08:10+02:00") == {old}
    assert found(date_after="2019-05-06T07:08:08Z", date_before="2019-05-06T07:08:09Z") == set()
    assert old not in found(date_after="2019-05-06T07:08:09Z")
    assert found(modified_after="2030-12-31T23:59:59Z") == {draft}


@pytest.mark.parametrize(
    "query",
    ["status=inherit", "status=any", "author=0", "author=x", "author=-1", "term=post_tag",
     "term=nav_menu:1", "term=post_tag:0", "term=post_tag:1:2", "date_after=yesterday",
     "date_after=2019-02-30T00:00:00Z", "date_before=2019-05-06", "modified_after=2019-05-06T07:08",
     "modified_after=0000-00-00T00:00:00Z", "ids=0", "ids=", "ids=1,,2", "ids=1&type=post",
     "ids=1&after=2", "ids=" + ",".join(map(str, range(1, 102))), "ids[]=1", "author[]=1",
     "term[]=x", "type=post,page", "fields=id,nope", "limit=-1", "date_after[]=x", "after=-1"],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(listening: Bridge, query: str):
    answer = listening.call("GET", f"posts?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid"), query
    assert set(answer.json()["error"]["fields"]) == {query.partition("=")[0].strip("[]")} or (
        query.startswith("ids=1&")
    )


def test_a_text_too_large_for_a_page_is_packed(listening: Bridge):
    small, large, huge = made(
        listening,
        {"post_content": "x" * 500_000},
        {"post_content": "<p>ü</p>" * 100_000},
        {"post_content": base64.b64encode(b"".join(
            hashlib.sha256(str(n).encode()).digest() for n in range(60_000))).decode()},
    )  # fmt: skip
    fields = "id,text,text_sha256,text_gz"
    seen = {}
    rest = [small, large, huge]
    while rest:
        told = by_ids(listening, *rest, fields=fields)
        assert len(told["items"]) >= 1
        assert told["more"] is (len(told["items"]) < len(rest))
        seen |= {item["id"]: item for item in told["items"]}
        rest = [post for post in rest if post not in seen]
    assert (seen[small]["text"], seen[small]["text_gz"]) == ("x" * 500_000, None)
    assert seen[large]["text"] is None
    text = gzip.decompress(base64.b64decode(seen[large]["text_gz"])).decode()
    assert text == "<p>ü</p>" * 100_000
    assert hashlib.sha256(text.encode()).hexdigest() == seen[large]["text_sha256"]
    assert (seen[huge]["text"], seen[huge]["text_gz"]) == (None, None)
    assert seen[huge]["oversize"] is True
    listening.php(f"foreach ( array( {small}, {large}, {huge} ) as $id ) {{"
                  " wp_delete_post( $id, true ); } return 1;")  # fmt: skip


def test_a_page_ends_when_its_time_is_over(listening: Bridge):
    ids = made(listening, {}, {}, {})
    slow = (
        "add_filter( 'igny8_seconds', static function ( $now ) { static $n = 0;"
        " return 100 + 3 * $n++; } );"
    )
    with listening.beside(slow):
        told = by_ids(listening, *ids, fields="id,title")
    assert [item["id"] for item in told["items"]] == ids[:2]
    assert (told["more"], told["gone"]) == (True, [])


def test_our_articles_are_told_as_they_were_sent(listening: Bridge, gallery: Gallery):
    url = gallery.put("told", png(600, 600))
    body = f'<p>Words.</p>\n<p><img src="{url}" alt="Told" /></p>'
    data = listening.published(content_html=body, gallery_images=[{"url": url, "alt": "x"}])
    [item] = by_ids(listening, data["post_id"])["items"]
    assert (item["text"], item["content_id"]) == (body, data["content_id"])
    assert item["fingerprint"] == data["fingerprint"]
    [light] = [
        one
        for one in read(listening, "posts", after=data["post_id"] - 1, limit=1)["items"]
        if one["id"] == data["post_id"]
    ]
    assert light == {
        "id": data["post_id"], "type": "post", "status": "publish",
        "content_id": data["content_id"], "fingerprint": data["fingerprint"],
    }  # fmt: skip


# --- Terms ---------------------------------------------------------------------------------------


def test_terms_come_in_pages(listening: Bridge):
    parent, child, last = listening.php(
        """$n = wp_rand(); $a = wp_insert_term( "Über $n", 'category' )['term_id'];
        return array( $a, wp_insert_term( "B $n", 'category', array( 'parent' => $a ) )['term_id'],
            wp_insert_term( "C $n", 'category' )['term_id'] );"""
    )
    with nothing_changed(listening):
        told = read(listening, "terms", taxonomy="category", after=parent - 1, limit=2)
    assert [term["id"] for term in told["items"]] == [parent, child]
    assert (told["next_after"], told["more"]) == (child, True)
    assert set(told["items"][0]) == {"id", "name", "slug", "parent", "count"}
    assert (told["items"][1]["parent"], told["items"][1]["count"]) == (parent, 0)
    rest = read(listening, "terms", after=child, limit=2)
    assert [term["id"] for term in rest["items"]] == [last]
    assert (rest["next_after"], rest["more"]) == (None, False)
    for bad in ("taxonomy=nav_menu", "taxonomy=igny8_cluster", "limit=0", "after=x",
                "taxonomy=category,post_tag"):  # fmt: skip
        answer = listening.call("GET", f"terms?{bad}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid"), bad


def test_what_happens_to_terms_is_told(listening: Bridge):
    since = read_changes(listening)["head_seq"]
    parent, child = listening.php(
        """$n = wp_rand(); $a = wp_insert_term( "P $n", 'category' )['term_id'];
        $b = wp_insert_term( "C $n", 'category', array( 'parent' => $a ) )['term_id'];
        wp_update_term( $a, 'category', array( 'description' => 'Nobody hears of it.' ) );
        wp_update_term( $a, 'category', array( 'name' => "Q $n" ) );
        register_taxonomy( 'hidden', 'post', array( 'public' => false ) );
        wp_insert_term( 'x', 'hidden' );
        wp_delete_term( $a, 'category' ); return array( $a, $b );"""
    )
    told = [event for event in events(listening, since) if event["action"].startswith("term_")]
    assert [(event["action"], event["term"]["id"]) for event in told] == [
        ("term_saved", parent), ("term_saved", child), ("term_saved", parent),
        ("term_deleted", parent),
    ]  # fmt: skip
    assert {event["taxonomy"] for event in told} == {"category"}
    assert told[2]["term"]["name"].startswith("Q ")
    assert [(one["id"], one["parent"]) for one in told[3]["children"]] == [(child, 0)]


# --- Links ---------------------------------------------------------------------------------------


def test_posts_become_content_and_stay_untouched(listening: Bridge):
    [post] = made(listening, {})
    content = new_id()
    with nothing_changed(listening):
        for _ in range(2):
            assert link(listening, {"post_id": post, "content_id": content}) == ["linked"]
    row = ledger(listening, post)
    assert row
    [item] = by_ids(listening, post)["items"]
    assert (item["content_id"], item["fingerprint"]) == (content, row["fingerprint"])
    there = listening.content(content).json()["data"]
    assert (there["rev"], there["state"], there["post_id"]) == (0, "done", post)
    # What people do to it is told as the content's, also when it is deleted.
    since = read_changes(listening)["head_seq"]
    listening.php(f"return wp_update_post( array( 'ID' => {post}, 'post_title' => 'Other' ) );")
    [event] = [one for one in events(listening, since) if one["post_id"] == post]
    assert (event["content_id"], event["action"]) == (content, "post_updated")
    moved = ledger(listening, post)
    assert moved
    assert moved["fingerprint"] == event["fingerprint"] != row["fingerprint"]
    listening.php(f"return (bool) wp_delete_post( {post}, true );")
    [event] = [one for one in events(listening, event["seq"]) if one["post_id"] == post]
    assert (event["content_id"], event["action"]) == (content, "post_deleted")
    assert ledger(listening, post) is None


def test_what_was_linked_is_published_to(listening: Bridge):
    [post] = made(listening, {"post_content": "Theirs."})
    content = new_id()
    link(listening, {"post_id": post, "content_id": content})
    [seen] = by_ids(listening, post)["items"]
    data = listening.published(
        content_id=content, post_id=post, base_fingerprint=seen["fingerprint"],
        base_post_status="publish", content_html="<p>Ours.</p>",
    )  # fmt: skip
    assert data["post_id"] == post
    assert listening.posts_of(content) == [post]


def test_whose_a_post_is_decides(listening: Bridge):
    ours = listening.published()
    free, also, page, trashed = made(listening, {}, {}, {"post_type": "page"}, {})
    listening.php(f"return (bool) wp_trash_post( {trashed} );")
    revision = listening.php(f"return _wp_put_post_revision( {free} );")
    set_options(listening, igny8_switches={"types": {"page": {"enabled": False}}})
    first, second = new_id(), new_id()
    with nothing_changed(listening):
        assert link(
            listening,
            {"post_id": free, "content_id": first},
            {"post_id": ours["post_id"], "content_id": second},
            {"post_id": page, "content_id": new_id()},
            {"post_id": revision, "content_id": new_id()},
            {"post_id": trashed, "content_id": new_id()},
            {"post_id": 999_999, "content_id": new_id()},
        ) == ["linked", "taken", "not_allowed", "not_allowed", "gone", "gone"]
        # A content has one post, a post one content.
        assert link(listening, {"post_id": also, "content_id": first}) == ["taken"]
        assert link(listening, {"post_id": free, "content_id": second}) == ["taken"]
        instead = {"post_id": free, "content_id": second, "instead_of": first}
        assert link(listening, instead) == ["linked"]
        instead = {"post_id": ours["post_id"], "content_id": first, "instead_of": second}
        assert link(listening, instead) == ["taken"]
    assert listening.content(first).status_code == 404
    assert listening.content(second).json()["data"]["post_id"] == free
    assert listening.content(ours["content_id"]).json()["data"]["rev"] == 1


@pytest.mark.parametrize(
    "items",
    [None, [], "x", [1], [{}], [{"post_id": 1}], [{"post_id": "1", "content_id": 1}],
     [{"post_id": 0, "content_id": 1}], [{"post_id": 1, "content_id": True}],
     [{"post_id": 1, "content_id": 1, "instead_of": -1}],
     [{"post_id": 1, "content_id": 1}, {"post_id": 1, "content_id": 2}],
     [{"post_id": 1, "content_id": 1}, {"post_id": 2, "content_id": 1}],
     [{"post_id": n, "content_id": n} for n in range(1, 102)]],
)  # fmt: skip
def test_links_that_are_none_are_refused(listening: Bridge, items: Any):
    answer = listening.call("POST", "links", json={"items": items})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid"), items


# --- Digests -------------------------------------------------------------------------------------


@pytest.fixture
def alone(listening: Bridge) -> Bridge:
    """Nothing is linked yet."""
    listening.php(
        "foreach ( array( 'ledger', 'publications' ) as $name ) {"
        ' $wpdb->query( "DELETE FROM {$wpdb->prefix}igny8_$name" ); }'
        " delete_option( 'igny8_last_publication' ); return 1;"
    )
    return listening


def linked(bridge: Bridge, count: int) -> list[int]:
    ids = made(bridge, *[{"post_content": f"Text {n}"} for n in range(count)])
    items = [{"post_id": post, "content_id": new_id()} for post in ids]
    assert link(bridge, *items) == ["linked"] * count
    return ids


def test_sums_are_those_of_the_ranges(alone: Bridge):
    ids = linked(alone, 5)
    rows = [ledger(alone, post) for post in ids]
    numbers = [(int(row["a"]), int(row["b"])) for row in rows if row]

    def summed(*some: tuple[int, int]) -> list[int]:
        return [len(some), sum(one[0] for one in some), sum(one[1] for one in some)]

    with nothing_changed(alone):
        told = digests(alone, {"post": [ids[1], ids[3]], "page": []})
    assert told["ranges"] == {
        "post": [summed(numbers[0]), summed(*numbers[1:3]), summed(*numbers[3:])],
        "page": [[0, 0, 0]],
    }
    assert digests(alone, {})["ranges"] == {}
    assert digests(alone, {"post": []})["ranges"]["post"] == [summed(*numbers)]


@pytest.mark.parametrize(
    "bounds",
    [None, "x", {"post": 1}, {"post": [2, 1]}, {"post": [1, 1]}, {"post": ["1"]}, {"post": [0]},
     {"post": {"a": 1}}, {"po st": []}, {"post": list(range(1, 513))}, [[1]]],
)  # fmt: skip
def test_bounds_that_are_none_are_refused(listening: Bridge, bounds: Any):
    answer = listening.call("POST", "digests", json={"bounds": bounds})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid"), bounds


def test_what_hooks_missed_is_found(alone: Bridge):
    """Changed by SQL: the next look at it makes an event of it, once."""
    ids = linked(alone, 4)
    since = read_changes(alone)["head_seq"]
    later = "add_filter( 'igny8_now', static function () { return time() + 60; } );"
    alone.php(
        f"""$wpdb->update( $wpdb->posts, array( 'post_content' => 'By SQL' ),
            array( 'ID' => {ids[1]} ) );
        $wpdb->update( $wpdb->posts, array( 'post_status' => 'draft' ),
            array( 'ID' => {ids[2]} ) );
        $wpdb->delete( $wpdb->posts, array( 'ID' => {ids[3]} ) ); return 1;"""
    )
    with alone.beside(later), nothing_changed(alone):
        first = digests(alone, {"post": []})
        again = digests(alone, {"post": []}, checked_before=first["scrub"]["at"])
    assert first["ranges"]["post"][0][0] == 4
    assert (first["scrub"]["checked"], first["scrub"]["moved"], first["scrub"]["more"]) == (
        4, 3, False,
    )  # fmt: skip
    assert (again["scrub"]["checked"], again["scrub"]["moved"]) == (0, 0)
    assert again["ranges"]["post"][0][0] == 3
    told = {event["post_id"]: event for event in events(alone, since)}
    assert {post: (event["action"], event["channel"]) for post, event in told.items()} == {
        ids[1]: ("post_updated", "check"), ids[2]: ("post_updated", "check"),
        ids[3]: ("post_deleted", "check"),
    }  # fmt: skip
    assert told[ids[2]]["previous_status"] == "publish"
    assert all(event["content_id"] for event in told.values())


def test_posts_of_a_bridge_without_a_ledger_get_into_it(alone: Bridge):
    data = alone.published()
    alone.php('return $wpdb->query( "DELETE FROM {$wpdb->prefix}igny8_ledger" );')
    [light] = read(alone, "posts", after=data["post_id"] - 1, limit=1)["items"]
    assert (light["content_id"], light["fingerprint"]) == (data["content_id"], None)
    since = read_changes(alone)["head_seq"]
    assert digests(alone, {"post": []})["scrub"]["checked"] == 1
    assert events(alone, since) == []
    row = ledger(alone, data["post_id"])
    assert row
    assert row["fingerprint"] == data["fingerprint"]


def test_a_ledger_that_cannot_be_written_stops_nobody(alone: Bridge):
    refuse = (
        "add_filter( 'query', static function ( $query ) {"
        " return false !== strpos( $query, 'igny8_ledger' ) && 0 === strpos( $query, 'REPLACE' )"
        " ? 'REPLACE INTO nowhere VALUES ( 1 )' : $query; } );"
    )
    with alone.beside(refuse):
        data = alone.published()
        [post] = made(alone, {})
        assert link(alone, {"post_id": post, "content_id": new_id()}) == ["linked"]
        edit = f"wp_update_post( array( 'ID' => {data['post_id']}, 'post_title' => 'x' ) )"
        assert alone.php(f"return {edit};") == data["post_id"]
        assert by_ids(alone, post)["items"]
    assert ledger(alone, data["post_id"]) is None


def test_what_is_under_way_is_left_alone(alone: Bridge):
    """A publish is half done: what it makes of the post is nobody's edit."""
    [post] = linked(alone, 1)
    since = read_changes(alone)["head_seq"]
    state = (
        "return $wpdb->query( \"UPDATE {{$wpdb->prefix}}igny8_publications SET state = '{}'"
        f' WHERE post_id = {post}" );'
    )
    alone.php(
        "return $wpdb->update( $wpdb->posts, array( 'post_content' => 'Half' ),"
        f" array( 'ID' => {post} ) );"
    )
    alone.php(state.format("writing"))
    later = "add_filter( 'igny8_now', static function () { return time() + 60; } );"
    with alone.beside(later):
        told = digests(alone, {})["scrub"]
        assert (told["checked"], told["moved"], told["more"]) == (0, 0, False)
        assert events(alone, since) == []
        alone.php(state.format("done"))
        told = digests(alone, {})["scrub"]
    assert (told["checked"], told["moved"]) == (1, 1)


def test_no_more_is_read_than_memory_holds(listening: Bridge):
    """What page builders keep in meta is read with a post, and is large."""
    ids = made(listening, *[{"post_content": f"Text {n}"} for n in range(4)])
    listening.php(
        f"foreach ( array( {ids[0]}, {ids[2]} ) as $id ) {{"
        " add_post_meta( $id, '_elementor_data', str_repeat( 'x', 5000000 ) ); } return 1;"
    )
    told = by_ids(listening, *ids, fields="id,title")
    assert [item["id"] for item in told["items"]] == ids[:2]
    assert (told["gone"], told["more"]) == ([], True)
    page = read(listening, "posts", after=ids[0] - 1, limit=10, fields="id,title")
    assert ([item["id"] for item in page["items"]], page["next_after"]) == (ids[:2], ids[1])
    rest = by_ids(listening, *ids[2:], fields="id,title")
    assert ([item["id"] for item in rest["items"]], rest["more"]) == (ids[2:], False)
    items = [{"post_id": post, "content_id": new_id()} for post in ids]
    assert link(listening, *items) == ["linked"] * 4
    later = "add_filter( 'igny8_now', static function () { return time() + 60; } );"
    with listening.beside(later):
        assert digests(listening, {})["scrub"]["moved"] == 0
