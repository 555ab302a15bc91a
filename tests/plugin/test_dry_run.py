"""What a dry run of a publish tells is what the publish comes to; and no row changes by it."""

import json
from typing import Any

import pytest

from .conftest import Bridge, article, new_id
from .pictures import Gallery, png
from .test_by_id import by_id, term
from .test_content_parts import OWNED, PARAGRAPHS, body, replaced, theirs, update
from .test_guard import open_editor
from .test_people import EDIT
from .test_take_down import down
from .test_takeover import killed, let_time_pass

Answer = dict[str, Any]


def rows(bridge: Bridge) -> dict[str, str]:
    """A hash of every table, and of the names of all uploads."""
    found: dict[str, str] = bridge.php(
        """foreach ( $wpdb->get_col( 'SHOW TABLES' ) as $table ) {
            $rows = $wpdb->get_results( "SELECT * FROM $table", ARRAY_N );
            $all[ $table ] = md5( serialize( $rows ) );
        }
        $folder = wp_get_upload_dir()['basedir'];
        $files = is_dir( $folder ) ? array_keys( iterator_to_array( new RecursiveIteratorIterator(
            new RecursiveDirectoryIterator( $folder ) ) ) ) : array();
        sort( $files ); $all['files'] = md5( implode( ',', $files ) );
        return $all;"""
    )
    return found


def asked(bridge: Bridge, *payloads: Answer) -> list[tuple[int, Answer]]:
    """Ask what would come of orders, all in one process that does nothing else, and twice."""
    bodies = [json.dumps({**payload, "dry_run": True}) for payload in payloads]
    before = rows(bridge)
    answers = bridge.dispatch(bodies)
    again = bridge.dispatch(bodies)
    assert rows(bridge) == before
    assert [told for _, told in again] == [told for _, told in answers]
    return answers


def foreseen(bridge: Bridge, payload: Answer) -> Answer:
    [(status, answer)] = asked(bridge, payload)
    assert status == 200, answer
    data: Answer = answer["data"]
    assert data["dry_run"] is True
    assert data["content_id"] == payload["content_id"]
    return data


def outcome(bridge: Bridge, payload: Answer) -> str:
    told: str = foreseen(bridge, payload)["outcome"]
    return told


def came_to(bridge: Bridge, payload: Answer) -> str:
    """What the publish itself comes to, in the words of a dry run."""
    for _ in range(20):
        answer = bridge.publish(**payload)
        if answer.status_code != 202:
            break
    told = answer.json()
    if answer.status_code > 299:
        code: str = told["error"]["code"]
        return code
    if told["data"]["replayed"]:
        return "nothing"
    return "create" if answer.status_code == 201 else "update"


FULL: Answer = {"categories": [["New root", "New leaf"]], "tags": ["new tag"],
                "seo_title": "Other", "slug": "another-slug"}  # fmt: skip


def test_a_first_publish_is_foreseen(bridge: Bridge, gallery: Gallery):
    image, other = gallery.put("first"), gallery.put("second")
    mark = new_id()
    payload = article(
        featured_image_url=image, content_html=f'<p>a</p><img src="{other}">',
        categories=[[f"Root {mark}", f"Leaf {mark}"], f"ROOT {mark}", "Uncategorized"],
        tags=[f"Tag {mark}"],
    )  # fmt: skip
    told = foreseen(bridge, payload)
    assert (told["outcome"], told["post_id"]) == ("create", None)
    assert told["groups"] == ["title", "body", "excerpt", "terms", "thumbnail"]
    assert told["terms_created"] == [
        {"taxonomy": "category", "path": [f"Root {mark}"]},
        {"taxonomy": "category", "path": [f"Root {mark}", f"Leaf {mark}"]},
        {"taxonomy": "post_tag", "path": [f"Tag {mark}"]},
    ]
    assert told["images_to_fetch"] == [image, other]
    assert gallery.asked == []
    before = bridge.php("return (int) wp_count_terms( array( 'hide_empty' => false ) );")
    assert came_to(bridge, payload) == "create"
    made = bridge.php("return (int) wp_count_terms( array( 'hide_empty' => false ) );") - before
    assert made == len(told["terms_created"])
    # The next has nothing to make or to fetch; what was carried out is not again.
    assert outcome(bridge, payload) == "nothing"
    again = foreseen(bridge, {**payload, "rev": 2})
    assert (again["outcome"], again["terms_created"], again["images_to_fetch"]) == (
        "update",
        [],
        [],
    )
    assert again["groups"] == []


def test_an_update_is_foreseen_group_by_group(bridge: Bridge):
    first = bridge.published(title="First", categories=["Old"], excerpt="Short")
    same = article(
        content_id=first["content_id"], rev=2, title="First", categories=["Old"], excerpt="Short",
        base_fingerprint=first["fingerprint"],
    )  # fmt: skip
    groups = {
        "title": {"title": "Second"}, "body": {"content_html": "<p>Other.</p>"},
        "excerpt": {"excerpt": "Longer"}, "slug": {"slug": "a-slug-of-its-own"},
        "terms": {"categories": ["Newer"]}, "seo": {"seo_title": "Sought"},
    }  # fmt: skip
    sent = [same, *({**same, **changed} for changed in groups.values()), {**same, **FULL}]
    told = [answer["data"] for _, answer in asked(bridge, *sent)]
    assert {one["outcome"] for one in told} == {"update"}
    assert {one["post_id"] for one in told} == {first["post_id"]}
    assert [one["groups"] for one in told] == [
        [], *([name] for name in groups), ["slug", "terms", "seo"],
    ]  # fmt: skip
    assert came_to(bridge, sent[-1]) == "update"


def test_other_images_of_a_gallery_are_foreseen(bridge: Bridge, gallery: Gallery):
    images = [{"url": gallery.put(f"seen{n}", png(60, 60)), "alt": ""} for n in range(2)]
    first = bridge.published(gallery_images=images)
    same = article(content_id=first["content_id"], rev=2, gallery_images=images)
    assert foreseen(bridge, same)["groups"] == []
    assert foreseen(bridge, {**same, "gallery_images": images[:1]})["groups"] == ["body"]
    more = [*images, {"url": gallery.put("seen-not", png(60, 60)), "alt": ""}]
    told = foreseen(bridge, {**same, "gallery_images": more})
    assert (told["groups"], told["images_to_fetch"]) == (["body"], [more[-1]["url"]])


def test_parts_are_foreseen(bridge: Bridge):
    post_id = theirs(bridge)
    payload = update(post_id, OWNED, *replaced(OWNED, PARAGRAPHS[0], "<p>New.</p>"))
    told = foreseen(bridge, payload)
    assert (told["outcome"], told["post_id"]) == ("update", post_id)
    assert "body" in told["groups"]
    whole = update(post_id, OWNED, (0, len(OWNED.encode())), content_id=payload["content_id"])
    assert "body" not in foreseen(bridge, whole)["groups"]
    other = {**payload, "text_sha256": "0" * 64}
    told = foreseen(bridge, other)
    assert (told["outcome"], len(told["text_sha256"])) == ("conflict", 64)
    assert came_to(bridge, other) == "conflict"
    assert came_to(bridge, payload) == "update"
    assert body(bridge, post_id) == OWNED.replace(PARAGRAPHS[0], "<p>New.</p>")


def test_what_people_did_is_foreseen(bridge: Bridge):
    first = bridge.published()
    post_id = first["post_id"]
    update = article(
        content_id=first["content_id"], rev=2, base_fingerprint=first["fingerprint"],
        base_post_status="publish",
    )  # fmt: skip
    open_editor(bridge, post_id)
    assert outcome(bridge, update) == "locked" == came_to(bridge, update)
    bridge.php(f"return delete_post_meta( {post_id}, '_edit_lock' );")
    bridge.php(EDIT % post_id)
    told = foreseen(bridge, update)
    assert (told["outcome"], told["groups"], told["post_id"]) == ("conflict", ["body"], post_id)
    assert told["current_fingerprint"] != told["base_fingerprint"] == first["fingerprint"]
    assert told["reason"]
    assert came_to(bridge, update) == "conflict"
    decided = {**update, "base_fingerprint": told["current_fingerprint"]}
    assert outcome(bridge, decided) == "update"
    bridge.php(f"return (bool) wp_trash_post( {post_id} );")
    told = foreseen(bridge, decided)
    assert (told["outcome"], told["post_status"]) == ("gone", "trash")
    bridge.php(f"return (bool) wp_delete_post( {post_id}, true );")
    assert outcome(bridge, decided) == "gone" == came_to(bridge, decided)
    anew = {**decided, "recreate": True}
    assert outcome(bridge, anew) == "create" == came_to(bridge, anew)


@pytest.mark.parametrize("to", ["draft", "trash"])
def test_taking_down_is_foreseen(bridge: Bridge, to: str):
    first = bridge.published()
    order = down(first, 2, to)
    assert outcome(bridge, order) == "update"
    bridge.php(EDIT % first["post_id"])
    assert outcome(bridge, order) == "conflict" == came_to(bridge, order)
    seen = bridge.content(first["content_id"]).json()["data"]["current_fingerprint"]
    order["base_fingerprint"] = seen
    assert outcome(bridge, order) == "update" == came_to(bridge, order)
    assert outcome(bridge, order) == "nothing"
    assert outcome(bridge, {**order, "rev": 3}) == "nothing"
    nowhere = {**order, "content_id": new_id(), "post_id": None}
    assert outcome(bridge, nowhere) == "gone" == came_to(bridge, nowhere)


def test_terms_by_id_are_foreseen(bridge: Bridge):
    here, gone = term(bridge, "Foreseen"), term(bridge, "Not foreseen")
    bridge.php(f"return wp_delete_term( {gone}, 'category' );")
    payload = article(categories=[by_id(here, "Was"), by_id(gone, "Not foreseen")])
    told = foreseen(bridge, payload)
    assert told["terms_created"] == []
    assert [w["code"] for w in told["warnings"]] == ["term_deleted"]
    nobody = article(categories=["Nobody has it"], terms_policy="existing_only")
    told = foreseen(bridge, nobody)
    assert told["terms_created"] == []
    assert [w["code"] for w in told["warnings"]] == ["term_skipped"]
    assert foreseen(bridge, {**nobody, "terms_policy": "none"})["warnings"] == []


def test_what_is_refused_is_refused_all_the_same(bridge: Bridge):
    post_id = theirs(bridge)
    wrong = [
        article(title=""), article(content_html="<script></script>"), article(post_type="product"),
        update(post_id, OWNED, (5, 2)), {**update(0, "", "<p>a</p>"), "post_id": None},
    ]  # fmt: skip
    answers = asked(bridge, *wrong)
    assert [status for status, _ in answers] == [422] * len(wrong)
    for payload, (_, told) in zip(wrong, answers, strict=True):
        assert bridge.publish(**payload).json()["error"] == told["error"]
    assert bridge.publish(dry_run="yes").status_code == 422


@pytest.mark.parametrize("step", ["drafted", "attached", "flipped"])
def test_after_a_run_died_it_is_foreseen_as_well(bridge: Bridge, step: str):
    first = bridge.published(tags=["old"])
    payload = article(title="New", tags=["new"], categories=["Made new"])
    if step != "drafted":
        payload = {**payload, "content_id": first["content_id"], "rev": 2}
        payload["base_fingerprint"] = first["fingerprint"]
    assert killed(bridge, payload, "step", step)
    [(status, told)] = asked(bridge, payload)
    assert (status, told["error"]["code"]) == (409, "in_progress")
    let_time_pass(bridge)
    assert outcome(bridge, payload) == "update"
    bridge.published(**payload)


def test_after_the_table_was_lost_it_is_foreseen_as_well(bridge: Bridge):
    first = bridge.published()
    bridge.php('return $wpdb->query( "DELETE FROM {$wpdb->prefix}igny8_publications" );')
    payload = article(content_id=first["content_id"], rev=2)
    told = foreseen(bridge, payload)
    assert (told["outcome"], told["post_id"]) == ("update", first["post_id"])
    assert outcome(bridge, {**payload, "rev": 1}) == "nothing"
    assert came_to(bridge, payload) == "update"


def test_nothing_is_written_whoever_tries(bridge: Bridge, gallery: Gallery):
    """Other plugins keep what they have looked up, when they are asked."""
    noisy = (
        "foreach ( array( 'set_current_user', 'pre_kses', 'get_terms_args' ) as $hook ) {"
        " add_filter( $hook, static function ( $value ) { global $wpdb; if ( class_exists("
        " 'Igny8\\Bridge\\Publish\\Preview', false ) ) {"
        " update_option( 'test_noise_made', wp_rand() ); set_transient( 'test_t', wp_rand(), 60 );"
        ' $wpdb->query( "/* x */ insert into $wpdb->options ( option_name, option_value )'
        " values ( 'test_' , '1' )\" ); } return $value; } ); }"
    )
    image = gallery.put("noisy", png(60, 60))
    with bridge.beside(noisy):
        payload = article(categories=["Noisy"], featured_image_url=image, dry_run=True)
        before = rows(bridge)
        [(status, told)] = bridge.dispatch([json.dumps(payload)])
        after = rows(bridge)
        # They do write, where they may.
        bridge.dispatch([json.dumps({**payload, "dry_run": False})])
    assert bridge.php("return (bool) get_option( 'test_noise_made' );")
    assert status == 200, told
    assert {table for table in after if after[table] != before[table]} == set()
