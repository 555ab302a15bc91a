"""What people do in WordPress is never trampled: status, text, lock, and posts of their own."""

import json
from typing import Any

import pytest

from .conftest import Bridge, article, new_id
from .test_takeover import killed, let_time_pass, stopped, wake

EDIT = (
    "wp_set_current_user( 1 ); return wp_update_post( wp_slash( array( 'ID' => %d,"
    " 'post_content' => '<p>A word of a person.</p>' ) ) );"
)
WORDS = "<p>A word of a person.</p>"


def published(bridge: Bridge, **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A post, and the update that the backend would send of it."""
    first = bridge.published(title="First", tags=["old"], **fields)
    update = article(
        content_id=first["content_id"], rev=2, title="Second", content_html="<p>Second.</p>",
        tags=["new"], post_id=first["post_id"], base_fingerprint=first["fingerprint"],
        base_post_status=first["post_status"],
    )  # fmt: skip
    return first, update


def tags(bridge: Bridge, post_id: int) -> list[str]:
    names: list[str] = bridge.php(
        f"return wp_get_post_terms( {post_id}, 'post_tag', array( 'fields' => 'names' ) );"
    )
    return names


# --- Status --------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["draft", "private", "pending", "future"])
def test_a_post_that_somebody_hid_is_not_put_live_again(bridge: Bridge, status: str):
    first, update = published(bridge)
    later = "'edit_date' => true, 'post_date_gmt' => '2050-01-01 00:00:00',"
    bridge.php(
        f"wp_set_current_user( 1 ); return wp_update_post( array( 'ID' => {first['post_id']},"
        f" {later if status == 'future' else ''} 'post_status' => '{status}' ) );"
    )
    answer = bridge.publish(**update)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    assert answer.json()["data"]["post_status"] == status
    post = bridge.post(first["post_id"])
    assert post
    assert (post["post_status"], post["post_title"]) == (status, "First")
    decided = bridge.publish(**{**update, "rev": 3, "base_post_status": status})
    assert decided.status_code == 200


def test_a_scheduled_post_that_went_live_by_itself_is_no_conflict(bridge: Bridge):
    first, update = published(bridge, post_status="future", publish_at="2050-01-01T00:00:00Z")
    assert update["base_post_status"] == "future"
    bridge.php(f"wp_publish_post( {first['post_id']} ); return 1;")
    assert bridge.publish(**update).status_code == 200


# --- Text ----------------------------------------------------------------------------------------


def test_a_run_that_died_before_it_wrote_excuses_nothing(bridge: Bridge):
    first, update = published(bridge)
    assert killed(bridge, update, "step", "claimed")
    bridge.php(EDIT % first["post_id"])
    let_time_pass(bridge)
    answer = bridge.publish(**update)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    post = bridge.post(first["post_id"])
    assert post
    assert post["post_content"] == WORDS


def test_a_run_that_died_while_writing_is_finished(bridge: Bridge):
    first, update = published(bridge)
    assert killed(bridge, update, "step", "attached")
    assert tags(bridge, first["post_id"]) == ["new"]  # its own half-made work
    let_time_pass(bridge)
    assert bridge.publish(**update).status_code == 200


def test_an_edit_after_a_run_died_while_writing_is_kept(bridge: Bridge):
    first, update = published(bridge)
    assert killed(bridge, update, "step", "attached")
    bridge.php(EDIT % first["post_id"])
    # Months later: the run's last sign of life is long ago, the edit is not.
    bridge.php(
        'return $wpdb->query( "UPDATE {$wpdb->prefix}igny8_publications'
        f" SET heartbeat = 0, updated_at = updated_at - 9000000"
        f' WHERE content_id = {first["content_id"]}" );'
    )
    answer = bridge.publish(**update)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    post = bridge.post(first["post_id"])
    assert post
    assert post["post_content"] == WORDS


@pytest.mark.parametrize("step", ["claimed", "fetched", "named", "attached"])
def test_somebody_saves_while_we_are_at_work(bridge: Bridge, step: str):
    first, update = published(bridge)
    slow = stopped(bridge, update, "step", step)
    try:
        bridge.php(EDIT % first["post_id"])
    finally:
        status, answer = wake(slow)
    assert (status, answer["error"]["code"]) == (409, "conflict")
    post = bridge.post(first["post_id"])
    assert post
    assert (post["post_content"], post["post_title"]) == (WORDS, "First")
    again = bridge.publish(**update)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")


@pytest.mark.parametrize("step", ["claimed", "fetched"])
def test_somebody_opens_the_editor_while_we_wait(bridge: Bridge, step: str):
    first, update = published(bridge)
    slow = stopped(bridge, update, "step", step)
    try:
        bridge.php(f"return update_post_meta( {first['post_id']}, '_edit_lock', time() . ':1' );")
    finally:
        status, answer = wake(slow)
    assert (status, answer["error"]["code"]) == (423, "locked")


@pytest.mark.parametrize(
    ("step", "refused"),
    [("claimed", "gone"), ("fetched", "gone"), ("named", "conflict"), ("attached", "conflict")],
)
def test_somebody_trashes_it_while_we_are_at_work(bridge: Bridge, step: str, refused: str):
    first, update = published(bridge)
    slow = stopped(bridge, update, "step", step)
    try:
        bridge.php(f"return (bool) wp_trash_post( {first['post_id']} );")
    finally:
        _, answer = wake(slow)
    assert answer["error"]["code"] == refused
    post = bridge.post(first["post_id"])
    assert post
    assert (post["post_status"], post["post_title"]) == ("trash", "First")


@pytest.mark.parametrize("step", ["claimed", "fetched"])
def test_somebody_deletes_it_while_we_are_at_work(bridge: Bridge, step: str):
    first, update = published(bridge)
    slow = stopped(bridge, update, "step", step)
    try:
        bridge.php(f"return (bool) wp_delete_post( {first['post_id']}, true );")
    finally:
        status, answer = wake(slow)
    assert (status, answer["error"]["code"]) == (410, "gone")
    assert bridge.posts_of(first["content_id"]) == []


def test_a_frozen_run_does_not_touch_the_terms_of_a_newer_one(bridge: Bridge):
    first, update = published(bridge)
    slow = stopped(bridge, update, "step", "named")
    try:
        let_time_pass(bridge)
        newer = {**update, "rev": 3, "title": "Third", "tags": ["newest"]}
        answer = bridge.publish(**newer)
        assert answer.status_code == 200, answer.text
    finally:
        status, _ = wake(slow)
    assert status == 409
    assert tags(bridge, first["post_id"]) == ["newest"]


# --- Identity ------------------------------------------------------------------------------------


def test_an_id_that_names_somebodys_own_post_writes_nothing(bridge: Bridge):
    first, update = published(bridge)
    theirs = bridge.php(
        "return wp_insert_post( array( 'post_title' => 'Mine', 'post_content' => 'my own',"
        " 'post_status' => 'publish' ) );"
    )
    bridge.php(
        f"wp_delete_post( {first['post_id']}, true );"
        ' return $wpdb->query( "UPDATE {$wpdb->prefix}igny8_publications'
        f' SET post_id = {theirs} WHERE content_id = {first["content_id"]}" );'
    )
    unknown = {"base_fingerprint": None, "base_post_status": None}
    for post_id in (theirs, None):
        answer = bridge.publish(**{**update, **unknown, "post_id": post_id})
        assert (answer.status_code, answer.json()["error"]["code"]) == (410, "gone")
    post = bridge.post(theirs)
    assert post
    assert (post["post_title"], post["post_content"]) == ("Mine", "my own")
    made = bridge.publish(**{**update, **unknown, "rev": 3, "post_id": theirs, "recreate": True})
    assert made.status_code == 201
    assert made.json()["data"]["post_id"] != theirs


def test_a_term_that_gets_another_name_makes_no_conflict(bridge: Bridge):
    _, update = published(bridge)
    bridge.php(
        "$t = get_term_by( 'name', 'old', 'post_tag' ); return wp_update_term( $t->term_id,"
        " 'post_tag', array( 'name' => 'older', 'slug' => 'quite-other' ) );"
    )
    assert bridge.publish(**update).status_code == 200


# --- Terms ---------------------------------------------------------------------------------------


def names(bridge: Bridge, like: list[str]) -> list[str]:
    found: list[str] = bridge.php(
        'return $wpdb->get_col( "SELECT t.name FROM $wpdb->terms t JOIN $wpdb->term_taxonomy x'
        " ON x.term_id = t.term_id WHERE x.taxonomy IN ('post_tag', 'category')"
        ' ORDER BY t.term_id" );'
    )
    return [name for name in found if name.lower() in {wanted.lower() for wanted in like}]


def test_names_decide_and_not_what_addresses_make_of_them(bridge: Bridge):
    wanted = ["C", "C++", "C#", "R&amp;D", "中国", "中国語"]
    first = bridge.published(tags=wanted)
    assert sorted(tags(bridge, first["post_id"])) == sorted(wanted)
    again = bridge.published(tags=["c#", "R&D", "C++", "中国"])
    assert sorted(tags(bridge, again["post_id"])) == sorted(["C#", "R&amp;D", "C++", "中国"])
    assert sorted(names(bridge, wanted)) == sorted(wanted)


def test_many_publishes_at_once_make_a_term_once(bridge: Bridge, parallel: Any):
    word = f"Fresh {new_id()}"
    payloads = [
        article(content_id=new_id(), categories=[[word, f"{word} leaf"]], tags=[f"{word} tag"])
        for _ in range(12)
    ]
    answers = list(parallel.map(lambda one: bridge.call("POST", "publish", json=one), payloads))
    assert {answer.status_code for answer in answers} == {201}
    wanted = [word, f"{word} leaf", f"{word} tag"]
    assert sorted(names(bridge, wanted)) == sorted(wanted)
    assert bridge.php("return get_option( 'igny8_terms_lease', 'none' );") == "none"


# --- Cost ----------------------------------------------------------------------------------------


def test_nothing_is_searched_for_that_cannot_be_lost(bridge: Bridge):
    bridge.published()
    unknown = new_id()
    searched = bridge.php(
        "$n = array(); add_filter( 'query', static function ( $q ) use ( &$n ) {"
        " $n[] = $q; return $q; } );"
        f" try {{ ( new Igny8\\Bridge\\Publish\\Inquiry() )->about( {unknown} ); }}"
        " catch ( \\Exception $e ) { $n[] = $e->getMessage(); } return $n;"
    )
    assert [query for query in searched if "postmeta" in query or "guid" in query] == []
    assert json.dumps(searched).count("igny8_publications") == 1


def test_missing_tables_are_made_again(bridge: Bridge):
    first = bridge.published()
    bridge.touched = True
    bridge.php('return $wpdb->query( "DROP TABLE {$wpdb->prefix}igny8_publications" );')
    assert bridge.published()["replayed"] is False
    # And what the lost table knew is found by its marks.
    again = bridge.published(content_id=first["content_id"], rev=2, title="Found")
    assert again["post_id"] == first["post_id"]
