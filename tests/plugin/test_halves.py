"""Runs that die, or are refused, between two writes of one post: no text beside what is another's.

A post comes out of the trash by two writes of its row, its old text first.
"""

import os
import signal
from typing import Any

import pytest

from .conftest import Bridge, article
from .pictures import Gallery
from .test_database import FULL, told, unwritable
from .test_guard import NEW, NEWEST, OLD, facts, open_editor, refused, set_tags, update_of
from .test_people import EDIT, WORDS
from .test_take_down import back, down, ordered, taken_down
from .test_takeover import killed, let_time_pass, stopped, wake

Answer = dict[str, Any]

# Right after the post has left the trash, with its old text, and before the new one is there.
UNTRASHED = ("hook", "untrashed_post")


def in_our_trash(bridge: Bridge) -> tuple[Answer, Answer, Answer]:
    """A post that IGNY8 put into the trash: what was there before, as it lies there, and the order
    that brings it back with another text."""
    first = bridge.published(title="First", **OLD)
    live = facts(bridge, first["post_id"])
    trashed = taken_down(bridge, down(first, 2, "trash"))
    return live, trashed, update_of(trashed, rev=3)


def around(found: Answer) -> Answer:
    """What belongs to a text."""
    return {key: found[key] for key in ("category", "post_tag", "_igny8_seo_title", "0")}


@pytest.mark.parametrize("when", [UNTRASHED, ("step", "attached")])
@pytest.mark.parametrize("act", ["edit", "status"])
def test_a_dead_run_that_took_a_post_out_of_the_trash_leaves_no_half(
    bridge: Bridge, when: tuple[str, str], act: str
):
    live, trashed, update = in_our_trash(bridge)
    post_id = trashed["post_id"]
    assert killed(bridge, update, *when)
    assert facts(bridge, post_id)["post_tag"] == ["new"]
    if when != UNTRASHED:
        bridge.php(f"return (bool) wp_untrash_post( {post_id} );")
    bridge.php(EDIT % post_id if act == "edit" else (
        f"return wp_update_post( array( 'ID' => {post_id}, 'post_status' => 'pending' ) );"
    ))  # fmt: skip
    let_time_pass(bridge)
    for _ in range(2):
        assert refused(bridge.publish(**update)) == "conflict"
        assert around(facts(bridge, post_id)) == around(live)
    # What they choose now is theirs, also when it is what we had chosen.
    set_tags(bridge, post_id, "new")
    assert refused(bridge.publish(**update)) == "conflict"
    assert facts(bridge, post_id)["post_tag"] == ["new"]


def test_a_dead_run_that_took_a_post_out_of_the_trash_is_finished(bridge: Bridge):
    _, trashed, update = in_our_trash(bridge)
    assert killed(bridge, update, *UNTRASHED)
    assert facts(bridge, trashed["post_id"])["2"] == "draft"
    let_time_pass(bridge)
    assert bridge.published(**update)["post_status"] == "publish"
    assert facts(bridge, trashed["post_id"])["post_tag"] == ["new"]


@pytest.mark.parametrize("when", [UNTRASHED, ("step", "attached")])
@pytest.mark.parametrize("to", ["draft", "trash"])
def test_what_a_dead_run_took_out_of_the_trash_is_taken_down_with_what_was_its_own(
    bridge: Bridge, when: tuple[str, str], to: str
):
    """And nobody is asked: nobody but us was there."""
    live, trashed, update = in_our_trash(bridge)
    post_id = trashed["post_id"]
    assert killed(bridge, update, *when)
    let_time_pass(bridge)
    done = taken_down(bridge, down(trashed, 4, to, base_post_status="trash"))
    assert done["post_status"] == to
    assert around(facts(bridge, post_id)) == around(live)
    again = bridge.published(**back(done, 5, **NEW))
    assert again["post_status"] == "publish"


@pytest.mark.parametrize("act", ["edit", "lock"])
def test_a_run_that_is_refused_on_the_way_out_of_the_trash_leaves_no_half(bridge: Bridge, act: str):
    live, trashed, update = in_our_trash(bridge)
    post_id = trashed["post_id"]
    slow = stopped(bridge, update, *UNTRASHED)
    try:
        bridge.php(EDIT % post_id) if act == "edit" else open_editor(bridge, post_id)
    finally:
        woken = wake(slow)
    assert refused(woken) == ("conflict" if act == "edit" else "locked")
    found = facts(bridge, post_id)
    assert around(found) == around(live)
    assert (found["1"], found["2"]) == (WORDS if act == "edit" else live["1"], "draft")
    bridge.php(f"return delete_post_meta( {post_id}, '_edit_lock' );")
    if act == "edit":
        assert refused(bridge.publish(**update)) == "conflict"
    else:
        # It was we who took it out.
        assert bridge.published(**update)["post_status"] == "publish"


WRITTEN_IN_THE_TRASH = (
    "$wpdb->update( $wpdb->posts, array( 'post_content' => '" + WORDS + "' ),"
    " array( 'ID' => %(id)d ) ); clean_post_cache( %(id)d ); return 1;"
)


def test_words_written_in_our_trash_after_a_run_died_are_somebodys(bridge: Bridge):
    _, trashed, update = in_our_trash(bridge)
    assert killed(bridge, update, "step", "attached")
    bridge.php(WRITTEN_IN_THE_TRASH % {"id": trashed["post_id"]})
    let_time_pass(bridge)
    assert refused(bridge.publish(**update)) == "conflict"
    assert facts(bridge, trashed["post_id"])["1"] == WORDS


def test_words_written_in_our_trash_do_not_come_out_as_ours(bridge: Bridge):
    first = bridge.published(title="First", **OLD)
    trashed = taken_down(bridge, down(first, 2, "trash"))
    bridge.php(WRITTEN_IN_THE_TRASH % {"id": first["post_id"]})
    answer = ordered(bridge, down(trashed, 3, "draft", base_post_status="trash"))
    if answer.status_code == 200:
        answer = bridge.publish(**back(answer.json()["data"], 4, **NEW))
    assert refused(answer) == "conflict"
    assert facts(bridge, first["post_id"])["1"] == WORDS


@pytest.mark.parametrize("when", [UNTRASHED, ("step", "flipped")])
def test_a_dead_run_knows_the_image_that_it_gave_after_the_seo_fields(
    bridge: Bridge, gallery: Gallery, when: tuple[str, str]
):
    first = bridge.published(title="First", featured_image_url=gallery.put("old"), **OLD)
    picture = facts(bridge, first["post_id"])["_thumbnail_id"]
    seen = taken_down(bridge, down(first, 2, "trash")) if when == UNTRASHED else first
    update = update_of(seen, rev=3, featured_image_url=gallery.put("new"))
    assert killed(bridge, update, *when)
    let_time_pass(bridge)
    if when == UNTRASHED:
        done = taken_down(bridge, down(seen, 4, "draft", base_post_status="trash"))
        assert facts(bridge, first["post_id"])["_thumbnail_id"] == picture
        assert done["fingerprint"] == first["fingerprint"]
    else:
        assert bridge.published(**update)["rev"] == 3


EDITS_IN_PASSING = (
    "add_action( 'set_object_terms', static function ( $id, $terms, $ids, $taxonomy ) {"
    " if ( 'post_tag' === $taxonomy ) { wp_update_post( array( 'ID' => $id,"
    " 'post_excerpt' => 'Counted ' . wp_rand() ) ); } }, 10, 4 );"
)


def test_what_a_plugin_saved_in_passing_before_we_were_refused_is_nobodys_edit(bridge: Bridge):
    with bridge.beside(EDITS_IN_PASSING):
        first = bridge.published(title="First", **OLD)
        update = update_of(first)
        slow = stopped(bridge, update, "step", "attached")
        try:
            open_editor(bridge, first["post_id"])
        finally:
            woken = wake(slow)
        assert refused(woken) == "locked"
        assert facts(bridge, first["post_id"])["post_tag"] == ["old"]
        bridge.php(f"return delete_post_meta( {first['post_id']}, '_edit_lock' );")
        assert bridge.published(**update)["rev"] == 2


SAVES_ONCE_MORE = (
    "add_action( 'save_post', static function ( $id, $post ) { static $is_at_it = false;"
    " if ( $is_at_it || 'post' !== $post->post_type ) { return; } $is_at_it = true;"
    " wp_update_post( array( 'ID' => $id, 'menu_order' => $post->menu_order + 1 ) );"
    " $is_at_it = false; }, 10, 2 );"
)


@pytest.mark.parametrize("step", ["drafted", "attached"])
def test_what_a_plugin_saved_in_passing_before_we_died_is_nobodys_edit(bridge: Bridge, step: str):
    with bridge.beside(SAVES_ONCE_MORE if step == "drafted" else EDITS_IN_PASSING):
        payload = article(title="New", tags=["new"])
        if step == "attached":
            first = bridge.published(title="First", tags=["old"])
            payload = {**payload, "content_id": first["content_id"], "rev": 2}
            payload["base_fingerprint"] = first["fingerprint"]
        assert killed(bridge, payload, "step", step)
        let_time_pass(bridge)
        assert bridge.published(**payload)["post_status"] == "publish"


@pytest.mark.parametrize("when", [("hook", "pre_post_update"), ("step", "attached")])
def test_no_plugin_that_saves_in_passing_writes_over_a_person(
    bridge: Bridge, when: tuple[str, str]
):
    """As WordPress has it, it saves the post as it read it: before they wrote, or long before."""
    with bridge.beside(EDITS_IN_PASSING):
        first = bridge.published(title="First", **OLD)
        update = update_of(first)
        slow = stopped(bridge, update, *when)
        try:
            bridge.php(EDIT % first["post_id"])
        finally:
            woken = wake(slow)
        assert refused(woken) == "conflict"
        found = facts(bridge, first["post_id"])
        assert (found["1"], found["post_tag"]) == (WORDS, ["old"])
        assert refused(bridge.publish(**update)) == "conflict"


def test_plugins_save_in_passing_what_a_person_decided_after_a_run_died(bridge: Bridge):
    """The dead run had come to the cluster alone, which nobody sees."""
    saves = (
        "static $is_at_it = false; if ( ! $is_at_it ) { $is_at_it = true; wp_update_post("
        " array( 'ID' => $id, 'menu_order' => wp_rand() ) ); $is_at_it = false; }"
    )
    with bridge.beside(f"add_action( 'set_object_terms', static function ( $id ) {{ {saves} }} );"):
        first = bridge.published(title="First", **OLD)
        update = update_of(first, **{**OLD, "cluster": "Water", "cluster_id": 9})
        assert killed(bridge, update, "step", "attached")
        bridge.php(EDIT % first["post_id"])
        let_time_pass(bridge)
        seen = bridge.content(first["content_id"]).json()["data"]["current_fingerprint"]
        decided = {**update, **NEWEST, "rev": 3, "base_fingerprint": seen}
        assert bridge.published(**decided)["rev"] == 3
    assert facts(bridge, first["post_id"])["post_tag"] == ["newest"]


# --- A row that is not written after all ----------------------------------------------------------


def test_what_is_around_a_text_that_the_database_refused_is_put_back(maria: Bridge):
    first = maria.published(title="First", **OLD)
    old = facts(maria, first["post_id"])
    update = update_of(first)
    with unwritable(maria, "posts", FULL, "UPDATE", "NEW.post_type = 'post'"):
        assert told(maria.publish(**update)) == (500, "internal_error")
    assert facts(maria, first["post_id"])["post_tag"] == ["new"]
    maria.php(EDIT % first["post_id"])
    assert refused(maria.publish(**update)) == "conflict"
    assert facts(maria, first["post_id"]) == {**old, "1": WORDS}


DIES_ONCE_REFUSED = """
    add_action( 'igny8_publish_step', static function ( $step ) {
        if ( 'attached' !== $step ) { return; }
        add_filter( 'query', static function ( $query ) {
            static $is_ended = false;
            if ( $is_ended ) { posix_kill( getmypid(), SIGKILL ); }
            $is_ended = 'COMMIT' === $query;
            return $query;
        } );
    } );"""


def test_a_run_that_dies_as_it_is_refused_leaves_no_half(maria: Bridge):
    """It had said in its claim what would become of the row, and then found a person's words."""
    first = maria.published(title="First", **OLD)
    post_id = first["post_id"]
    old = facts(maria, post_id)
    update = update_of(first)
    with maria.beside(DIES_ONCE_REFUSED):
        slow = stopped(maria, update, "step", "attached")
        maria.php(EDIT % post_id)
        os.kill(slow.pid, signal.SIGCONT)
        slow.communicate(timeout=60)
    assert slow.returncode == -signal.SIGKILL
    assert facts(maria, post_id)["post_tag"] == ["new"]
    let_time_pass(maria)
    assert refused(maria.publish(**update)) == "conflict"
    assert facts(maria, post_id) == {**old, "1": WORDS}
