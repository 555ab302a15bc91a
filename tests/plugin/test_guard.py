"""Nothing is written without the claim, and nothing over what a person has just done.

With real processes that are stopped, overtaken and killed: at every step and, on MariaDB, where
others get through meanwhile, at every single write.
"""

import json
import os
from typing import Any

import pytest

from .conftest import Bridge, article, new_id
from .pictures import Gallery
from .test_images import slow_article
from .test_people import EDIT, WORDS, published, tags
from .test_takeover import copy, killed, let_time_pass, start, stopped, wake

OLD = {"categories": ["Old"], "tags": ["old"], "cluster": "Tea", "cluster_id": 5,
       "seo_title": "seo old", "seo_description": "described of old"}  # fmt: skip
NEW = {"categories": [["Root", "Leaf"]], "tags": ["new"], "cluster": "Tea", "cluster_id": 5,
       "seo_title": "seo new", "seo_description": "described anew"}  # fmt: skip
NEWEST = {"categories": ["Newest"], "tags": ["newest"], "cluster": "Water", "cluster_id": 9,
          "seo_title": "seo newest", "seo_description": "described at last"}  # fmt: skip
MOST_WRITES = 80


def open_editor(bridge: Bridge, post_id: int) -> None:
    bridge.php(f"return update_post_meta( {post_id}, '_edit_lock', time() . ':1' );")


def set_tags(bridge: Bridge, post_id: int, *names: str) -> None:
    bridge.php(
        f"return (bool) wp_set_post_tags( {post_id}, json_decode( '{json.dumps(names)}' ) );"
    )


def facts(bridge: Bridge, post_id: int) -> dict[str, Any]:
    """Everything that a publish writes of a post."""
    found: dict[str, Any] = bridge.php(
        f"""$id = {post_id}; $p = get_post( $id );
        foreach ( array( 'category', 'post_tag', 'igny8_cluster' ) as $t ) {{
            $all[ $t ] = wp_get_object_terms( $id, $t, array( 'fields' => 'names' ) ); }}
        foreach ( array( '_igny8_seo_title', '_igny8_seo_description', '_igny8_rev',
            '_igny8_operation_id', '_thumbnail_id' ) as $key ) {{
            $all[ $key ] = get_post_meta( $id, $key ); }}
        return $all + array( $p->post_title, $p->post_content, $p->post_status, $p->post_name );"""
    )
    return found


def update_of(first: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return article(**{
        "content_id": first["content_id"], "rev": 2, "title": "Second",
        "content_html": "<p>Second.</p>", "post_id": first["post_id"],
        "base_fingerprint": first["fingerprint"], "base_post_status": first["post_status"],
        **NEW, **fields,
    })  # fmt: skip


def refused(answer: Any) -> str:
    """The code of a refusal, of an answer or of what a process printed."""
    if isinstance(answer, tuple):
        status, body = answer
    else:
        status, body = answer.status_code, answer.json()
    assert status > 299, (status, body)
    code: str = body["error"]["code"]
    return code


# --- No write without the claim -------------------------------------------------------------------


def overtaken_at_each_write(bridge: Bridge, make: Any, newer: Any) -> int:
    """Freeze a run at each of its writes, let a newer one finish, and wake it."""
    for number in range(1, MOST_WRITES):
        older = make()
        slow = start(bridge, older, "stop", "write", str(number))
        _, status = os.waitpid(slow.pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            slow.returncode = os.waitstatus_to_exitcode(status)
            slow.communicate()
            return number - 1
        try:
            let_time_pass(bridge)
            if is_through(bridge, older):
                return number - 1
            answer = bridge.publish(**newer(older))
            assert answer.status_code in {200, 201}, (number, answer.text)
            post_id = answer.json()["data"]["post_id"]
            wanted = facts(bridge, post_id)
        finally:
            woken = wake(slow)
        assert facts(bridge, post_id) == wanted, (number, woken)
        assert bridge.posts_of(older["content_id"]) == [post_id], (number, woken)
    raise AssertionError("it never came to an end")


def is_through(bridge: Bridge, payload: dict[str, Any]) -> bool:
    """Whether nothing is left to do but to tell of it."""
    there = bridge.content(payload["content_id"])
    if there.status_code != 200:
        return False
    found = there.json()["data"]
    return (found["state"], found["rev"]) == ("done", payload["rev"])


def newer_than(older: dict[str, Any]) -> dict[str, Any]:
    return {**older, **NEWEST, "rev": older["rev"] + 1, "title": "Third",
            "content_html": "<p>Third.</p>", "post_status": "publish"}  # fmt: skip


def test_an_update_that_was_overtaken_writes_nothing_more(maria: Bridge):
    def older() -> dict[str, Any]:
        return update_of(maria.published(title="First", **OLD))

    assert overtaken_at_each_write(maria, older, newer_than) > 15


def test_a_new_post_that_was_overtaken_writes_nothing_more(maria: Bridge):
    assert overtaken_at_each_write(maria, lambda: article(**NEW), newer_than) > 15


def test_a_taking_down_that_was_overtaken_writes_nothing_more(maria: Bridge):
    def older() -> dict[str, Any]:
        return update_of(maria.published(title="First", **OLD), post_status="trash")

    def newer(down: dict[str, Any]) -> dict[str, Any]:
        return {**newer_than(down), "recreate": True}

    assert overtaken_at_each_write(maria, older, newer) > 5


# --- No write over a person's ---------------------------------------------------------------------


@pytest.mark.parametrize("step", ["claimed", "fetched", "named", "attached"])
@pytest.mark.parametrize("act", ["edit", "lock", "tags"])
def test_a_lost_race_changes_nothing(bridge: Bridge, step: str, act: str):
    first = bridge.published(title="First", **OLD)
    post_id = first["post_id"]
    update = update_of(first)
    slow = stopped(bridge, update, "step", step)
    try:
        if act == "edit":
            bridge.php(EDIT % post_id)
        elif act == "lock":
            open_editor(bridge, post_id)
        else:
            set_tags(bridge, post_id, "mine")
    finally:
        woken = wake(slow)
    assert refused(woken) == ("locked" if act == "lock" else "conflict")
    found = facts(bridge, post_id)
    assert found["category"] == ["Old"]
    assert found["post_tag"] == (["mine"] if act == "tags" else ["old"])
    assert found["igny8_cluster"] == ["Tea"]
    assert found["_igny8_seo_title"] == ["seo old"]
    assert (found["0"], found["1"]) == (
        "First", WORDS if act == "edit" else "<p>Text of the article.</p>",
    )  # fmt: skip
    # And it is the same when it is asked again, until the person has decided.
    bridge.php(f"return delete_post_meta( {post_id}, '_edit_lock' );")
    again = bridge.publish(**update)
    if act == "lock":
        assert again.status_code == 200
    else:
        current = again.json()["data"]["current_fingerprint"]
        assert refused(again) == "conflict"
        ours = bridge.publish(**{**update, "rev": 3, "base_fingerprint": current})
        assert ours.status_code == 200, ours.text
        assert tags(bridge, post_id) == ["new"]


@pytest.mark.parametrize("act", ["edit", "terms and seo"])
def test_no_write_lands_on_what_a_person_has_just_done(maria: Bridge, act: str):
    """Frozen at each write, while a person edits it, or gives it other tags and a SEO title."""
    for number in range(2, MOST_WRITES):
        first = maria.published(title="First", **OLD)
        post_id = first["post_id"]
        update = update_of(first)
        slow = start(maria, update, "stop", "write", str(number))
        _, status = os.waitpid(slow.pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            slow.returncode = os.waitstatus_to_exitcode(status)
            slow.communicate()
            break
        through = is_through(maria, update)
        try:
            if act == "edit":
                maria.php(EDIT % post_id)
            else:
                set_tags(maria, post_id, "mine")
                maria.php(f"return update_post_meta( {post_id}, '_igny8_seo_title', 'mine' );")
        finally:
            woken = wake(slow)
        found = facts(maria, post_id)
        if act == "edit":
            assert found["1"] == WORDS, (number, woken)
        else:
            assert "mine" in found["post_tag"], (number, woken)
            assert found["_igny8_seo_title"] == ["mine"], (number, woken)
        # Whether it was too late to say so or not: the next update is told.
        base = {"title": "Third"}
        if woken[0] < 300:
            base["base_fingerprint"] = woken[1]["data"]["fingerprint"]
        assert refused(maria.publish(**{**update, **base, "rev": 3})) == "conflict", number
        if through:
            break
    assert number > 15


def test_an_edit_is_seen_by_whoever_did_not_hear_the_last_answer(bridge: Bridge):
    first, update = published(bridge)
    bridge.php(EDIT % first["post_id"])
    unheard = {"base_fingerprint": None, "base_post_status": None, "post_id": None}
    assert refused(bridge.publish(**{**update, **unheard})) == "conflict"
    post = bridge.post(first["post_id"])
    assert post
    assert post["post_content"] == WORDS


def test_a_taking_down_does_not_overtake_an_edit(bridge: Bridge):
    first, update = published(bridge)
    slow = stopped(bridge, {**update, "post_status": "trash"}, "step", "claimed")
    try:
        bridge.php(EDIT % first["post_id"])
    finally:
        woken = wake(slow)
    assert refused(woken) == "conflict"
    post = bridge.post(first["post_id"])
    assert post
    assert (post["post_status"], post["post_content"]) == ("publish", WORDS)
    # Nothing says that it was we who trashed it, when a person does.
    bridge.php(f"return (bool) wp_trash_post( {first['post_id']} );")
    assert refused(bridge.publish(**{**update, "rev": 3})) == "gone"


def test_what_a_person_trashes_after_our_own_trashing_died_is_theirs(bridge: Bridge):
    theirs = 0
    for number in range(3, 12):
        first, update = published(bridge)
        assert killed(bridge, {**update, "post_status": "trash"}, "write", str(number))
        if bridge.php(f"return (bool) wp_trash_post( {first['post_id']} );"):
            theirs += 1
            let_time_pass(bridge)
            assert refused(bridge.publish(**{**update, "rev": 3})) == "gone", number
    assert theirs > 3


@pytest.mark.parametrize("number", range(2, 10))
def test_a_post_that_a_person_trashes_while_we_do_is_theirs(maria: Bridge, number: int):
    first, update = published(maria)
    slow = stopped(maria, {**update, "post_status": "trash"}, "write", str(number))
    try:
        theirs = maria.php(f"return (bool) wp_trash_post( {first['post_id']} );")
    finally:
        wake(slow)
    answer = maria.publish(**{**update, "rev": 3, "base_post_status": None})
    assert refused(answer) == "gone" or not theirs
    assert maria.php(f"return get_post_status( {first['post_id']} );") == "trash"


# --- After a crash --------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["claimed", "named", "attached", "flipped"])
@pytest.mark.parametrize("act", ["edit", "tags", "status"])
def test_what_a_person_does_right_after_a_crash_is_kept(bridge: Bridge, step: str, act: str):
    first, update = published(bridge)
    post_id = first["post_id"]
    assert killed(bridge, update, "step", step)
    if act == "edit":
        bridge.php(EDIT % post_id)
    elif act == "tags":
        set_tags(bridge, post_id, "mine")
    else:
        bridge.php(
            "wp_set_current_user( 1 ); return wp_update_post( array( 'ID' => "
            f"{post_id}, 'post_status' => 'draft' ) );"
        )
    theirs = facts(bridge, post_id)
    if step == "attached" and act != "tags":
        # Of what the dead run wrote around a text that it did not come to, nothing stays.
        theirs["post_tag"] = ["old"]
    let_time_pass(bridge)
    for _ in range(2):
        assert refused(bridge.publish(**update)) == "conflict"
        assert facts(bridge, post_id) == theirs


def test_a_dead_run_leaves_no_half_of_itself_beside_what_a_person_wrote(bridge: Bridge):
    """Killed at each write of an update; then a person edits the text, and keeps theirs."""
    half_written = 0
    for number in range(1, MOST_WRITES):
        first = bridge.published(title="First", **OLD)
        post_id = first["post_id"]
        old = facts(bridge, post_id)
        update = update_of(first, **{**NEW, "cluster": "Water", "cluster_id": 9})
        assert killed(bridge, update, "write", str(number)), "it was through"
        if facts(bridge, post_id)["1"] != old["1"]:
            break  # The text is ours already, and all that belongs to it.
        half_written += facts(bridge, post_id) != old
        bridge.php(EDIT % post_id)
        let_time_pass(bridge)
        answer = bridge.publish(**update)
        assert refused(answer) == "conflict", number
        assert facts(bridge, post_id) == {**old, "1": WORDS}, number
        # What they are asked about is what is there.
        there = bridge.content(first["content_id"]).json()["data"]
        assert answer.json()["data"]["current_fingerprint"] == there["current_fingerprint"], number
        # What they choose now is theirs, also when it is what we had chosen.
        set_tags(bridge, post_id, "new")
        assert refused(bridge.publish(**update)) == "conflict", number
        assert facts(bridge, post_id) == {**old, "1": WORDS, "post_tag": ["new"]}, number
        current = bridge.content(first["content_id"]).json()["data"]["current_fingerprint"]
        decided = {**update, **NEWEST, "rev": 3, "base_fingerprint": current}
        assert bridge.publish(**decided).status_code == 200
        assert facts(bridge, post_id)["post_tag"] == ["newest"]
    assert half_written > 5


def test_two_dead_runs_leave_no_half_of_themselves(bridge: Bridge):
    first = bridge.published(title="First", **OLD)
    post_id = first["post_id"]
    old = facts(bridge, post_id)
    assert killed(bridge, update_of(first), "step", "attached")
    let_time_pass(bridge)
    assert killed(bridge, update_of(first, rev=3, **NEWEST), "step", "attached")
    bridge.php(EDIT % post_id)
    let_time_pass(bridge)
    assert refused(bridge.publish(**update_of(first, rev=3, **NEWEST))) == "conflict"
    assert facts(bridge, post_id) == {**old, "1": WORDS}


def test_a_live_run_after_a_dead_one_puts_back_what_was_there_before_both(bridge: Bridge):
    first = bridge.published(title="First", **OLD)
    post_id = first["post_id"]
    old = facts(bridge, post_id)
    assert killed(bridge, update_of(first), "step", "attached")
    let_time_pass(bridge)
    slow = stopped(bridge, update_of(first, rev=3, **NEWEST), "step", "attached")
    try:
        bridge.php(EDIT % post_id)
    finally:
        woken = wake(slow)
    assert refused(woken) == "conflict"
    assert facts(bridge, post_id) == {**old, "1": WORDS}
    # What they choose now is theirs.
    set_tags(bridge, post_id, "new")
    assert refused(bridge.publish(**update_of(first, rev=3, **NEWEST))) == "conflict"
    assert facts(bridge, post_id) == {**old, "1": WORDS, "post_tag": ["new"]}


def test_a_status_that_a_person_takes_back_after_a_crash_is_kept(bridge: Bridge):
    first = bridge.published(post_status="draft", title="First", slug="takenback")
    post_id = first["post_id"]
    update = update_of(first, title="First", content_html="<p>Text of the article.</p>")
    assert killed(bridge, update, "step", "flipped")
    bridge.php(
        'return $wpdb->query( "UPDATE $wpdb->posts SET post_modified_gmt ='
        f" '2020-01-01 00:00:00', post_status = 'draft' WHERE ID = {post_id}\" );"
    )
    let_time_pass(bridge)
    assert refused(bridge.publish(**update)) == "conflict"


@pytest.mark.parametrize("step", ["drafted", "named", "attached"])
@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_a_new_draft_that_a_person_edits_stays_one_post(bridge: Bridge, step: str, how: str):
    payload = article(title="New one", **NEW)
    content_id = payload["content_id"]
    if how == "stopped":
        slow = stopped(bridge, payload, "step", step)
        [post_id] = bridge.posts_of(content_id)
        try:
            bridge.php(EDIT % post_id)
        finally:
            woken = wake(slow)
        assert refused(woken) == "conflict"
    else:
        assert killed(bridge, payload, "step", step)
        [post_id] = bridge.posts_of(content_id)
        bridge.php(EDIT % post_id)
        let_time_pass(bridge)
    for _ in range(2):
        answer = bridge.publish(**payload)
        assert refused(answer) == "conflict"
        assert bridge.posts_of(content_id) == [post_id]
        post = bridge.post(post_id)
        assert post
        assert (post["post_status"], post["post_content"]) == ("draft", WORDS)
    # A person decides for ours.
    seen = answer.json()["data"]["current_fingerprint"]
    decided = bridge.published(**{**payload, "rev": 2, "base_fingerprint": seen})
    assert decided["post_id"] == post_id


def test_a_draft_that_nobody_had_time_to_note_is_found_whatever_a_person_made_of_it(
    bridge: Bridge,
):
    found = 0
    for number in range(2, 12):
        payload = article(title="Barely made", **NEW)
        if not killed(bridge, payload, "write", str(number)):
            break
        for post_id in bridge.posts_of(payload["content_id"]):
            found += 1
            bridge.php(
                f"return wp_update_post( array( 'ID' => {post_id}, 'post_status' => 'pending' ) );"
            )
            let_time_pass(bridge)
            assert refused(bridge.publish(**payload)) == "conflict"
            assert bridge.posts_of(payload["content_id"]) == [post_id]
            there = bridge.content(payload["content_id"]).json()["data"]
            assert there["post_id"] == post_id
            assert there["current_fingerprint"]
    assert found > 3


def test_a_draft_that_waits_for_its_images_is_not_overwritten(bridge: Bridge, gallery: Gallery):
    bridge.option(test_image_seconds=[0.3, 2])
    payload = slow_article(gallery, images=4, delay=0.2, title="Waits")
    assert bridge.publish(**payload).status_code == 202
    [post_id] = bridge.posts_of(payload["content_id"])
    bridge.php(EDIT % post_id)
    assert refused(bridge.publish(**payload)) == "conflict"
    post = bridge.post(post_id)
    assert post
    assert post["post_content"] == WORDS


# --- Identity -------------------------------------------------------------------------------------


def test_a_copy_that_carries_our_marks_is_not_ours(bridge: Bridge):
    first = bridge.published(title="Original")
    content_id = first["content_id"]
    twin = copy(bridge, first["post_id"])
    bridge.php(
        f"wp_delete_post( {first['post_id']}, true );"
        ' return $wpdb->query( "UPDATE {$wpdb->prefix}igny8_publications'
        f' SET post_id = {twin} WHERE content_id = {content_id}" );'
    )
    before = facts(bridge, twin)
    for post_id in (twin, None):
        answer = bridge.publish(content_id=content_id, rev=2, post_id=post_id)
        assert refused(answer) == "gone"
    assert refused(bridge.publish(content_id=content_id, rev=1)) == "gone"
    assert facts(bridge, twin) == before
    there = bridge.content(content_id).json()["data"]
    assert (there["post_status"], there["post_url"]) == ("deleted", None)


def test_a_strangers_post_is_not_told_as_ours(bridge: Bridge):
    first = bridge.published(title="Original")
    theirs = bridge.php(
        "return wp_insert_post( array( 'post_title' => 'Mine', 'post_status' => 'publish' ) );"
    )
    bridge.php(
        f"wp_delete_post( {first['post_id']}, true );"
        ' return $wpdb->query( "UPDATE {$wpdb->prefix}igny8_publications'
        f' SET post_id = {theirs} WHERE content_id = {first["content_id"]}" );'
    )
    there = bridge.content(first["content_id"]).json()["data"]
    assert (there["post_status"], there["post_url"]) == ("deleted", None)
    for act in (EDIT % theirs, f"return (bool) wp_delete_post( {theirs}, true );"):
        bridge.php(act)
    told = bridge.php(
        'return $wpdb->get_col( "SELECT content_id FROM {$wpdb->prefix}igny8_outbox'
        f' WHERE post_id = {theirs}" );'
    )
    assert set(told) <= {"0"}


def test_our_own_post_is_told_as_ours_even_when_it_is_deleted(bridge: Bridge):
    first = bridge.published()
    adopted = bridge.php("return wp_insert_post( array( 'post_title' => 'By hand' ) );")
    taken = bridge.published(post_id=adopted, adopt=True, content_id=new_id())
    for made in (first, taken):
        bridge.php(f"return (bool) wp_delete_post( {made['post_id']}, true );")
        told = bridge.php(
            'return $wpdb->get_row( "SELECT content_id, action FROM {$wpdb->prefix}igny8_outbox'
            f' WHERE post_id = {made["post_id"]} ORDER BY seq DESC LIMIT 1" );'
        )
        assert told == {"content_id": str(made["content_id"]), "action": "post_deleted"}
