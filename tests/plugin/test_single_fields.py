"""An update names what it changes; what it does not name is nobody's business of ours."""

import base64
import json
from typing import Any

import pytest
from igny8.publishing.fingerprints import agreed

from .conftest import Bridge, article, new_id
from .pictures import Gallery
from .test_fingerprint import EDITS, TOPICS, older, told

WHOLE: dict[str, Any] = {
    "title": "Title", "content_html": "<p>Text.</p>", "excerpt": "In short.", "slug": "the-slug",
    "categories": ["Sort"], "tags": ["of the whole"],
    "seo_title": "seo", "seo_description": "described",
}  # fmt: skip
# What stands in the way of each of a person's edits, in the words of an order.
WRITES: dict[str, dict[str, Any]] = {
    "title": {"title": "Ours"},
    "body": {"content_html": "<p>Ours.</p>"},
    "excerpt": {"excerpt": "Ours"},
    "slug": {"slug": "ours"},
    "terms": {"tags": ["Ours"]},
    "thumbnail": {"featured_image_url": ""},
    "seo": {"seo_title": "Ours"},
}


def only(first: dict[str, Any], rev: int = 2, **fields: Any) -> dict[str, Any]:
    """An update that names these fields and no others."""
    return {
        "content_id": first["content_id"], "rev": rev, "post_id": first["post_id"],
        "base_fingerprint": first["fingerprint"], "base_post_status": first["post_status"],
        "post_status": first["post_status"], "terms_policy": "create", **fields,
    }  # fmt: skip


def sent(bridge: Bridge, payload: dict[str, Any]) -> Any:
    return bridge.call("POST", "publish", json=payload)


def done(bridge: Bridge, payload: dict[str, Any]) -> dict[str, Any]:
    answer = sent(bridge, payload)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def edit(bridge: Bridge, first: dict[str, Any], group: str) -> None:
    bridge.php(EDITS[group].format(post=first["post_id"]) + " return true;")


def everything(bridge: Bridge, post_id: int) -> dict[str, Any]:
    """All of a post that an order can write, or a save in passing."""
    found: dict[str, Any] = bridge.php(
        f"""$all = (array) $wpdb->get_row( "SELECT * FROM $wpdb->posts WHERE ID = {post_id}" );
        unset( $all['post_modified'], $all['post_modified_gmt'] );
        foreach ( array( 'post_title', 'post_content', 'post_excerpt' ) as $column ) {{
            $all[ $column ] = base64_encode( $all[ $column ] ); }}
        foreach ( array( 'category', 'post_tag', 'igny8_cluster', 'igny8_sector' ) as $t ) {{
            $all[ $t ] = wp_get_object_terms( {post_id}, $t, array( 'fields' => 'names' ) ); }}
        foreach ( array( '_igny8_seo_title', '_igny8_seo_description', '_thumbnail_id' ) as $k ) {{
            $all[ $k ] = get_post_meta( {post_id}, $k ); }}
        return $all;"""
    )
    return found


def test_a_title_changed_there_and_a_tag_changed_here_are_both_there(bridge: Bridge):
    first = bridge.published(**WHOLE)
    edit(bridge, first, "title")
    second = done(bridge, only(first, tags=["new"]))
    there = everything(bridge, first["post_id"])
    assert base64.b64decode(there["post_title"]) == b"Mine"
    assert there["post_tag"] == ["new"]
    assert second["moved"] == ["title"]
    # What was seen of it is what is there; what is known of it is not.
    assert second["fingerprint"] == bridge.content(first["content_id"]).json()["data"][
        "current_fingerprint"
    ]  # fmt: skip


@pytest.mark.parametrize("group", EDITS)
def test_a_group_is_compared_where_it_is_written_and_else_left_alone(bridge: Bridge, group: str):
    first = bridge.published(**{**WHOLE, "slug": f"of-{group}"})
    edit(bridge, first, group)
    before = everything(bridge, first["post_id"])
    assert told(sent(bridge, only(first, **WRITES[group]))) == [group]
    assert everything(bridge, first["post_id"]) == before
    other = "excerpt" if group == "title" else "title"
    second = done(bridge, only(first, **WRITES[other]))
    assert second["moved"] == [group]
    after = everything(bridge, first["post_id"])
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"post_" + other}
    # It stays what nobody here has seen, and is still compared.
    base = agreed(second["fingerprint"], first["fingerprint"], None, second["moved"])
    third = only(second, 3, base_fingerprint=base)
    assert told(sent(bridge, {**third, **WRITES[group]})) == [group]
    assert done(bridge, {**third, **WRITES[other]})["moved"] == [group]
    # Whoever has not heard the answer has seen no more.
    unheard = {**third, "rev": 4, "base_fingerprint": None}
    assert told(sent(bridge, {**unheard, **WRITES[group]})) == [group]
    assert done(bridge, {**unheard, **WRITES[other]})["moved"] == [group]


def test_terms_are_compared_by_taxonomy_and_seo_fields_one_by_one(bridge: Bridge):
    first = bridge.published(**WHOLE)
    post = first["post_id"]
    bridge.php(
        f"$made = wp_insert_term( 'Theirs ' . {post}, 'category' );"
        f" wp_set_object_terms( {post}, array( $made['term_id'] ), 'category' );"
        f" return update_post_meta( {post}, '_igny8_seo_description', 'theirs' );"
    )
    second = done(bridge, only(first, tags=["new"], seo_title="new"))
    assert second["moved"] == ["terms", "seo"]
    base = agreed(second["fingerprint"], first["fingerprint"], None, second["moved"])
    third = only(second, 3, base_fingerprint=base)
    for fields, group in [({"categories": ["x"]}, "terms"), ({"seo_description": "x"}, "seo")]:
        assert told(sent(bridge, {**third, **fields})) == [group]
    done(bridge, {**third, "tags": ["newer"], "seo_title": "newer"})
    there = everything(bridge, post)
    assert there["category"] == [f"Theirs {post}"]
    assert there["post_tag"] == ["newer"]
    assert there["_igny8_seo_title"] == ["newer"]
    assert there["_igny8_seo_description"] == ["theirs"]


def test_terms_of_another_plugins_taxonomy_are_left_alone_and_told_of(bridge: Bridge):
    with bridge.beside(TOPICS):
        first = bridge.published(**WHOLE)
        bridge.php(f"return wp_set_object_terms( {first['post_id']}, array( 'Sea' ), 'topic' );")
        second = done(bridge, only(first, tags=["new"]))
        assert second["moved"] == ["terms"]
        kept = f"return wp_get_object_terms( {first['post_id']}, 'topic' )[0]->name;"
        assert bridge.php(kept) == "Sea"


ODD = [
    "<script>var a = '\\\\\"\\n' && 1 < 2;</script>\r\n<iframe src=\"https://x.example\"></iframe>",
    "<p>one<p>two <b>never closed <!-- wp:x {\"a\":\"\\u002d\\u002d\"} --><div",
    "&#145;old&#146; &amp;amp; &nbsp; [shortcode a='b'] \\\\server\\path %20 \u2028 \U0001f600 \t ",
    "<svg onload=alert(1)><style>p{}</style><form><input></form></svg> <3 -- > ]]>",
]  # fmt: skip


@pytest.mark.parametrize("field", ["title", "excerpt", "tags", "seo_title"])
def test_every_byte_that_was_not_named_stays(bridge: Bridge, field: str):
    """Also by the rules for whoever saves: balanced tags, clean slugs, no old quotes."""
    firsts = [bridge.published(**{**WHOLE, "slug": f"odd-{field}-{n}"}) for n in range(len(ODD))]
    packed = base64.b64encode(
        json.dumps([(f["post_id"], odd) for f, odd in zip(firsts, ODD, strict=True)]).encode()
    ).decode()
    bridge.php(
        f"""foreach ( json_decode( base64_decode( '{packed}' ) ) as list( $id, $odd ) ) {{
            $wpdb->update( $wpdb->posts, array( 'post_content' => $odd, 'post_title' => "T $odd",
                'post_excerpt' => "E $odd", 'post_name' => "odd_%zz-$id" ), array( 'ID' => $id ) );
            clean_post_cache( $id ); }} return true;"""
    )
    columns = {"title": "post_title", "excerpt": "post_excerpt", "tags": "post_tag"}
    bridge.option(use_balanceTags=1)
    try:
        for first in firsts:
            before = everything(bridge, first["post_id"])
            now = bridge.content(first["content_id"]).json()["data"]["current_fingerprint"]
            value = ["new"] if field == "tags" else "new"
            done(bridge, only(first, base_fingerprint=now, **{field: value}))
            after = everything(bridge, first["post_id"])
            written = columns.get(field, "_igny8_seo_title")
            assert {name for name in after if after[name] != before[name]} == {written}
            # Nor does it go by being taken down.
            down = {"take_down": True, "post_status": "draft", "base_fingerprint": None}
            done(bridge, only(first, 3, **down))
            assert everything(bridge, first["post_id"])["post_content"] == before["post_content"]
    finally:
        bridge.option(use_balanceTags=0)


def test_what_an_update_overwrites_is_kept_as_a_revision(bridge: Bridge):
    first = bridge.published(**WHOLE)
    edit(bridge, first, "body")
    done(bridge, only(first, title="New"))
    kept = bridge.php(
        'return $wpdb->get_col( "SELECT CONCAT( post_title, post_content ) FROM $wpdb->posts'
        f" WHERE post_parent = {first['post_id']} AND post_type = 'revision'\" );"
    )
    assert "TitleMine" in kept


# --- What is left out, and what is null ----------------------------------------------------------


@pytest.mark.parametrize("missing", ["title", "content_html"])
def test_a_post_that_is_not_there_yet_needs_a_title_and_a_text(bridge: Bridge, missing: str):
    payload = article()
    del payload[missing]
    before = bridge.counts()
    answer = sent(bridge, payload)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")
    assert list(answer.json()["error"]["fields"]) == [missing]
    assert bridge.counts() == before
    assert bridge.content(payload["content_id"]).status_code == 404


def test_nor_is_one_that_a_dead_run_left_half_made_taken_for_whole(bridge: Bridge):
    first = bridge.published(**WHOLE)
    bridge.php(f"return update_post_meta( {first['post_id']}, '_igny8_rev', '0' );")
    answer = sent(bridge, only(first, tags=["new"]))
    assert answer.status_code == 422
    assert list(answer.json()["error"]["fields"]) == ["title", "content_html"]
    assert everything(bridge, first["post_id"])["post_tag"] == ["of the whole"]


@pytest.mark.parametrize("field", ["title", "content_html"])
@pytest.mark.parametrize("value", [None, "", " "])
def test_a_text_that_is_named_is_there(bridge: Bridge, field: str, value: str | None):
    first = bridge.published(**WHOLE)
    answer = sent(bridge, only(first, **{field: value}))
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (422, [field])


def test_null_leaves_alone_what_an_empty_value_takes_away(bridge: Bridge):
    first = bridge.published(**WHOLE, cluster="Tea", cluster_id=5)
    before = everything(bridge, first["post_id"])
    names = [
        "excerpt", "slug", "categories", "tags", "seo_title", "seo_description", "canonical_url",
        "primary_keyword", "secondary_keywords", "author", "cluster", "cluster_id", "sector",
        "publish_at",
    ]  # fmt: skip
    second = done(bridge, only(first, **dict.fromkeys(names)))
    assert everything(bridge, first["post_id"]) == before
    assert second["moved"] == []
    done(bridge, only(second, 3, excerpt="", tags=[], seo_title=""))
    after = everything(bridge, first["post_id"])
    assert (after["post_excerpt"], after["post_tag"], after["_igny8_seo_title"]) == ("", [], [])


@pytest.mark.parametrize("status", ["draft", "private", "pending", "future"])
def test_status_type_author_and_date_stay_where_they_are_not_named(bridge: Bridge, status: str):
    first = bridge.published(**{
        **WHOLE, "post_type": "page", "post_status": status, "slug": f"stays-{status}",
        "publish_at": "2091-02-03T04:05:06Z" if status == "future" else None,
    })  # fmt: skip
    before = everything(bridge, first["post_id"])
    payload = only(first, excerpt="New")
    del payload["post_status"], payload["base_post_status"], payload["post_id"]
    second = done(bridge, payload)
    after = everything(bridge, first["post_id"])
    assert {name for name in after if after[name] != before[name]} == {"post_excerpt"}
    assert (second["post_status"], second["altered"]) == (status, [])
    # Named again without its time, it keeps that too.
    third = done(bridge, only(second, 3, excerpt="Newer"))
    after = everything(bridge, first["post_id"])
    assert {name for name in after if after[name] != before[name]} == {"post_excerpt"}
    assert third["post_status"] == status


def test_a_post_that_is_to_be_scheduled_needs_a_time(bridge: Bridge):
    first = bridge.published(**WHOLE)
    answer = sent(bridge, only(first, post_status="future"))
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (422, ["publish_at"])


def test_nobodys_words_go_live_unseen(bridge: Bridge):
    """Whatever of a post is written: its status is all of it."""
    first = bridge.published(**WHOLE, post_status="draft")
    edit(bridge, first, "body")
    live = only(first, tags=["new"], post_status="publish")
    assert told(sent(bridge, live)) == ["body"]
    assert bridge.post(first["post_id"])["post_status"] == "draft"


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("edited", [True, False])
def test_the_first_update_after_the_first_bridge_finds_an_edit(
    bridge: Bridge, edited: bool, version: str
):
    """Its fingerprint does not say of what: then a person has to."""
    first = bridge.published(**WHOLE)
    base = older(bridge, first["post_id"], version)
    if edited:
        edit(bridge, first, "title")
    answer = sent(bridge, only(first, base_fingerprint=base, tags=["new"]))
    if edited:
        assert told(answer) == ["terms"]
    else:
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"]["moved"] == []


# --- Images --------------------------------------------------------------------------------------


def test_a_new_text_keeps_its_images_and_a_new_title_asks_for_none(
    bridge: Bridge, gallery: Gallery
):
    featured, placed = gallery.put("featured"), gallery.put("placed")
    first = bridge.published(
        **WHOLE, featured_image_url=featured, gallery_images=[{"url": placed, "caption": "Sea"}]
    )
    asked = len(gallery.asked)
    second = done(bridge, only(first, title="New"))
    assert len(gallery.asked) == asked
    before = bridge.post(first["post_id"])["post_content"]
    done(bridge, only(second, 3, content_html="<p>New text.</p>"))
    after = bridge.post(first["post_id"])["post_content"]
    assert after == before.replace("Text.", "New text.")
    assert ">Sea</figcaption>" in after


def test_images_to_be_placed_are_changed_without_the_text(bridge: Bridge, gallery: Gallery):
    """Whatever else the owner wrote: of it nothing is sent, and nothing is cleaned."""
    owned = "<p>Mine.</p>\n<script>var a = 1 && 2;</script>\n<p>Text.</p>"
    first = bridge.published(**WHOLE, gallery_images=[{"url": gallery.put("old")}])
    bridge.php(
        f"$p = get_post( {first['post_id']} ); return $wpdb->update( $wpdb->posts, array("
        f" 'post_content' => str_replace( '<p>Text.</p>', '{owned}', $p->post_content ) ),"
        " array( 'ID' => $p->ID ) );"
    )
    assert told(sent(bridge, only(first, gallery_images=[]))) == ["body"]
    there = bridge.content(first["content_id"]).json()["data"]["current_fingerprint"]
    new = {"gallery_images": [{"url": gallery.put("new")}], "base_fingerprint": there}
    second = done(bridge, only(first, **new))
    body = bridge.post(first["post_id"])["post_content"]
    assert body.count("<img") == 1
    assert f"wp-image-{second['images'][0]['id']}" in body
    assert "<script>var a = 1 && 2;</script>" in body
    third = done(bridge, only(second, 3, gallery_images=[]))
    assert bridge.post(first["post_id"])["post_content"] == owned
    assert third["altered"] == []


def test_an_unknown_content_has_nothing_to_be_updated(bridge: Bridge):
    payload = {"content_id": new_id(), "rev": 5, "tags": ["x"], "post_status": "publish"}
    assert sent(bridge, payload).status_code == 422


# --- What is told --------------------------------------------------------------------------------


def test_the_answer_tells_what_is_stored(bridge: Bridge, gallery: Gallery):
    url = gallery.put("told")
    first = bridge.published(**{
        **WHOLE, "title": "A &amp; B", "slug": None, "tags": ["told of"],
        "categories": [["Root &amp; co", "Told of"]],
        "featured_image_url": url, "content_html": f'<p>Text. <img src="{url}"/></p>',
    })  # fmt: skip
    stored = first["stored"]
    there = bridge.php(
        f"""$p = get_post( {first["post_id"]} ); $t = get_term_by( 'name', 'Told of', 'category' );
        return array( $p->post_title, $p->post_name, (int) get_post_thumbnail_id( $p ),
            $t->term_id, wp_get_attachment_url( get_post_thumbnail_id( $p ) ),
            get_term_by( 'name', 'told of', 'post_tag' )->term_id,
            hash( 'sha256', Igny8\\Bridge\\Publish\\SiteText::of( $p ) ) );"""
    )
    assert [stored["title"], stored["slug"], stored["thumbnail_id"]] == there[:3]
    assert stored["terms"] == {
        "category": [{"id": there[3], "path": ["Root &amp; co", "Told of"]}],
        "post_tag": [{"id": there[5], "path": ["told of"]}],
    }
    assert stored["seo"] == {"title": "seo", "description": "described"}
    assert stored["excerpt"] == "In short."
    assert first["images"] == [{"url": url, "id": there[2], "local": there[4]}]
    assert first["text_sha256"] == there[6]
    assert first["moved"] == []
    names = ["stored", "images", "text_sha256", "moved"]
    for answer in (
        bridge.content(first["content_id"]).json()["data"],
        bridge.publish(content_id=first["content_id"]).json()["data"],
    ):
        assert {name: answer[name] for name in names} == {name: first[name] for name in names}
    second = done(bridge, only(first, title="New"))
    assert (second["stored"]["title"], second["images"]) == ("New", [])
    assert second["text_sha256"] == first["text_sha256"]


def test_what_has_nothing_is_told_as_such_and_what_is_too_long_is_not(bridge: Bridge):
    first = bridge.published(post_type="page", excerpt="")
    nothing = {"terms": {}, "seo": {}, "thumbnail_id": 0, "excerpt": ""}
    for answer in (first, bridge.content(first["content_id"]).json()["data"]):
        assert {name: answer["stored"][name] for name in nothing} == nothing
    bridge.php(
        f"return $wpdb->update( $wpdb->posts, array( 'post_excerpt' => str_repeat( 'x', 40000 ) ),"
        f" array( 'ID' => {first['post_id']} ) );"
    )
    second = done(bridge, only(first, title="New"))
    assert (second["stored"]["excerpt"], second["moved"]) == (None, ["excerpt"])


def test_a_circle_of_categories_has_an_end(bridge: Bridge):
    first = bridge.published(**{**WHOLE, "categories": [["Ring one", "Ring two"]]})
    bridge.php(
        "$ids = array_map( static function ( $name ) { return get_term_by( 'name', $name,"
        " 'category' )->term_id; }, array( 'Ring one', 'Ring two' ) );"
        " return $wpdb->update( $wpdb->term_taxonomy, array( 'parent' => $ids[1] ),"
        " array( 'term_id' => $ids[0] ) );"
    )
    second = done(bridge, only(first, title="New"))
    assert second["stored"]["terms"]["category"][0]["path"] == ["Ring one", "Ring two"]
