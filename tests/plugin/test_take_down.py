"""Taking a post down, to draft or to the trash, and bringing the same one back."""

from typing import Any

import pytest

from .conftest import Bridge, article

Answer = dict[str, Any]


def down(first: Answer, rev: int, to: str, **fields: Any) -> Answer:
    """The order to take a post down, as the backend sends it: without any text."""
    return {
        "content_id": first["content_id"], "rev": rev, "title": "As it was", "take_down": True,
        "post_type": "post", "post_status": to, "post_id": first["post_id"],
        "base_fingerprint": first["fingerprint"], "base_post_status": "publish", **fields,
    }  # fmt: skip


def ordered(bridge: Bridge, order: Answer) -> Any:
    return bridge.call("POST", "publish", json=order)


def taken_down(bridge: Bridge, order: Answer) -> Answer:
    answer = ordered(bridge, order)
    assert answer.status_code == 200, answer.text
    data: Answer = answer.json()["data"]
    return data


def back(before: Answer, rev: int, **fields: Any) -> Answer:
    return article(
        content_id=before["content_id"], rev=rev, post_id=before["post_id"], title="As it was",
        base_fingerprint=before["fingerprint"], base_post_status=before["post_status"], **fields,
    )  # fmt: skip


@pytest.mark.parametrize("to", ["draft", "trash"])
def test_down_and_back_is_one_post(bridge: Bridge, to: str):
    first = bridge.published(title="As it was", tags=["kept"])
    text = bridge.post(first["post_id"])["post_content"]
    done = taken_down(bridge, down(first, 2, to))
    assert (done["post_id"], done["post_status"], done["rev"]) == (first["post_id"], to, 2)
    assert (done["warnings"], done["altered"]) == ([], [])
    post = bridge.post(first["post_id"])
    assert (post["post_content"], post["post_title"]) == (text, "As it was")
    assert bridge.http.get(first["post_url"], timeout=60).status_code == 404
    late = bridge.published(content_id=first["content_id"], rev=1)
    assert (late["replayed"], late["post_status"]) == (True, to)
    again = bridge.published(**back(done, 3, tags=["kept"]))
    assert (again["post_id"], again["post_status"]) == (first["post_id"], "publish")
    assert again["post_url"] == first["post_url"]
    assert bridge.posts_of(first["content_id"]) == [first["post_id"]]


def test_to_draft_after_the_trash_and_the_other_way_round(bridge: Bridge):
    first = bridge.published(title="As it was")
    trashed = taken_down(bridge, down(first, 2, "trash"))
    drafted = taken_down(bridge, down(trashed, 3, "draft", base_post_status="trash"))
    assert drafted["post_status"] == "draft"
    trashed = taken_down(bridge, down(drafted, 4, "trash", base_post_status="draft"))
    assert trashed["post_status"] == "trash"


@pytest.mark.parametrize("to", ["draft", "trash"])
def test_what_somebody_has_changed_is_not_taken_down_unseen(bridge: Bridge, to: str):
    first = bridge.published(title="As it was")
    bridge.php(
        f"return wp_update_post( array( 'ID' => {first['post_id']}, 'post_title' => 'Mine' ) );"
    )
    answer = ordered(bridge, down(first, 2, to))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    post = bridge.post(first["post_id"])
    assert (post["post_status"], post["post_title"]) == ("publish", "Mine")


@pytest.mark.parametrize(
    ("theirs", "to"),
    [("draft", "draft"), ("pending", "draft"), ("trash", "trash")],
)
def test_what_somebody_took_down_first_is_a_quiet_end(bridge: Bridge, theirs: str, to: str):
    first = bridge.published(title="As it was")
    there = (
        f"wp_trash_post( {first['post_id']} )"
        if theirs == "trash"
        else f"wp_update_post( array( 'ID' => {first['post_id']}, 'post_status' => '{theirs}' ) )"
    )
    bridge.php(f"{there}; return 1;")
    done = taken_down(bridge, down(first, 2, to))
    assert (done["post_status"], done["fingerprint"]) == (theirs, first["fingerprint"])
    assert bridge.post(first["post_id"])["post_status"] == theirs
    if theirs == "trash":  # it is theirs all the same, and does not come back by itself
        assert bridge.publish(**back(done, 3)).status_code == 410


def test_words_in_a_draft_that_was_left_alone_are_still_somebodys(bridge: Bridge):
    first = bridge.published(title="As it was")
    bridge.php(
        f"return wp_update_post( array( 'ID' => {first['post_id']}, 'post_status' => 'draft',"
        " 'post_title' => 'Mine' ) );"
    )
    done = taken_down(bridge, down(first, 2, "draft"))
    answer = bridge.publish(**back(done, 3))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    assert bridge.post(first["post_id"])["post_title"] == "Mine"


def test_words_written_on_a_post_in_our_trash_are_somebodys(bridge: Bridge):
    first = bridge.published(title="As it was")
    done = taken_down(bridge, down(first, 2, "trash"))
    bridge.php(
        "global $wpdb; $wpdb->update( $wpdb->posts, array( 'post_title' => 'Mine' ),"
        f" array( 'ID' => {first['post_id']} ) ); clean_post_cache( {first['post_id']} ); return 1;"
    )
    answer = bridge.publish(**back(done, 3))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    assert bridge.post(first["post_id"])["post_title"] == "Mine"


def test_a_post_in_somebodys_trash_does_not_come_out_as_a_draft(bridge: Bridge):
    first = bridge.published(title="As it was")
    bridge.php(f"wp_trash_post( {first['post_id']} ); return 1;")
    answer = ordered(bridge, down(first, 2, "draft"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "gone")
    assert answer.json()["data"]["post_status"] == "trash"
    assert bridge.post(first["post_id"])["post_status"] == "trash"


def test_nothing_is_made_to_be_taken_down(bridge: Bridge):
    order = down({"content_id": 987_654_321, "post_id": None, "fingerprint": None}, 2, "draft")
    answer = ordered(bridge, order)
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "gone")
    assert bridge.posts_of(987_654_321) == []


@pytest.mark.parametrize("to", ["publish", "pending", None])
def test_an_order_to_take_a_post_down_says_to_where(bridge: Bridge, to: str | None):
    first = bridge.published(title="As it was")
    answer = ordered(bridge, down(first, 2, "draft", post_status=to, title="Other"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")
    assert bridge.post(first["post_id"])["post_title"] == "As it was"


def test_a_scheduled_post_that_is_taken_down_does_not_go_live(bridge: Bridge):
    first = bridge.published(
        title="As it was", post_status="future", publish_at="2050-01-01T00:00:00Z"
    )
    done = taken_down(bridge, down(first, 2, "draft", base_post_status="future"))
    assert done["post_status"] == "draft"
    assert (
        bridge.php(
            f"return wp_next_scheduled( 'publish_future_post', array( {first['post_id']} ) );"
        )
        is False
    )


@pytest.mark.parametrize("by", ["draft", "trash", "no trash"])
def test_what_was_scheduled_before_it_was_down_goes_live_when_that_is_wanted(
    bridge: Bridge, by: str
):
    first = bridge.published(
        title="As it was", post_status="future", publish_at="2050-01-01T00:00:00Z"
    )
    to = "draft" if by == "draft" else "trash"
    days = 0 if by == "no trash" else 30
    with bridge.beside(f"define( 'EMPTY_TRASH_DAYS', {days} );"):
        done = taken_down(bridge, down(first, 2, to, base_post_status="future"))
        assert done["post_status"] == ("draft" if by == "no trash" else to)
        assert [one["code"] for one in done["warnings"]] == ["trash_disabled"] * (days == 0)
        again = bridge.published(**back(done, 3))
    assert (again["post_id"], again["post_status"]) == (first["post_id"], "publish")
    assert "post_status" not in again["altered"]


@pytest.mark.parametrize("status", ["draft", "publish"])
def test_a_date_ahead_that_somebody_gave_stays_where_nothing_goes_live(bridge: Bridge, status: str):
    first = bridge.published(title="As it was", post_status=status)
    bridge.php(
        "$wpdb->update( $wpdb->posts, array( 'post_date' => '2050-01-01 00:00:00', 'post_date_gmt'"
        f" => '2050-01-01 00:00:00' ), array( 'ID' => {first['post_id']} ) );"
        f" clean_post_cache( {first['post_id']} ); return 1;"
    )
    with bridge.beside(
        "add_filter( 'wp_insert_post_data', function ( $data ) { $data['post_status'] ="
        " 'future' === $data['post_status'] ? 'publish' : $data['post_status']; return $data; } );"
    ):
        again = bridge.published(**back(first, 2, post_status=status))
    assert again["post_status"] == status
    assert bridge.post(first["post_id"])["post_date_gmt"] == "2050-01-01 00:00:00"


RESTORES = (
    "add_filter( 'wp_untrash_post_status', 'wp_untrash_post_set_previous_status', 10, 3 );"
    "add_action( 'transition_post_status', function ( $new, $old, $post ) {"
    " if ( 'publish' === $new ) { add_post_meta( $post->ID, 'seen_live', $post->post_title ); }"
    " }, 10, 3 );"
)


def test_a_site_that_restores_the_status_from_the_trash_shows_no_old_text(bridge: Bridge):
    first = bridge.published(title="As it was")
    seen = f"return get_post_meta( {first['post_id']}, 'seen_live' );"
    trashed = taken_down(bridge, down(first, 2, "trash"))
    with bridge.beside(RESTORES):
        drafted = taken_down(bridge, down(trashed, 3, "draft", base_post_status="trash"))
        assert (drafted["post_status"], bridge.php(seen)) == ("draft", [])
        trashed = taken_down(bridge, down(drafted, 4, "trash", base_post_status="draft"))
        bridge.published(**{**back(trashed, 5), "title": "Newer"})
    assert bridge.php(seen) == ["Newer"]


@pytest.mark.parametrize("to", ["draft", "trash"])
def test_what_belongs_to_a_post_comes_back_with_it(bridge: Bridge, to: str):
    first = bridge.published(title="As it was", slug=f"as-it-was-{to}")
    post_id = first["post_id"]
    bridge.php(
        f"wp_insert_comment( array( 'comment_post_ID' => {post_id}, 'comment_content' => 'Well',"
        " 'comment_approved' => 1 ) ); $wpdb->update( $wpdb->posts, array( 'post_password' => 'pw'"
        f" ), array( 'ID' => {post_id} ) ); clean_post_cache( {post_id} ); return 1;"
    )
    again = bridge.published(**back(taken_down(bridge, down(first, 2, to)), 3))
    assert again["post_url"] == first["post_url"]
    approved = f"get_comments( array( 'post_id' => {post_id}, 'status' => 'approve' ) )"
    assert bridge.php(f"return count( {approved} );") == 1
    post = bridge.post(post_id)
    assert (post["post_password"], post["comment_count"]) == ("pw", "1")


def is_sticky(bridge: Bridge, post_id: int, *, before: str = "") -> bool:
    return bool(bridge.php(f"{before} return is_sticky( {post_id} );"))


@pytest.mark.parametrize("to", ["draft", "trash"])
def test_what_somebody_pinned_is_pinned_when_it_is_back(bridge: Bridge, to: str):
    """WordPress takes the mark away from what goes into the trash, whoever puts it there."""
    first = bridge.published(title="As it was")
    post_id = first["post_id"]
    assert is_sticky(bridge, post_id, before=f"stick_post( {post_id} );")
    done = taken_down(bridge, down(first, 2, to))
    assert is_sticky(bridge, post_id) == (to == "draft")
    again = bridge.published(**back(done, 3))
    assert is_sticky(bridge, post_id)
    assert is_sticky(bridge, post_id, before=f"unstick_post( {post_id} );") is False
    done = taken_down(bridge, down(again, 4, to))
    bridge.published(**back(done, 5))
    assert not is_sticky(bridge, post_id), "what they took away stays so"


def test_whoever_takes_it_out_of_our_trash_finds_it_pinned(bridge: Bridge):
    """But what they put there themselves is as WordPress has it."""
    first = bridge.published(title="As it was")
    post_id = first["post_id"]
    assert is_sticky(bridge, post_id, before=f"stick_post( {post_id} );")
    taken_down(bridge, down(first, 2, "trash"))
    assert is_sticky(bridge, post_id, before=f"wp_untrash_post( {post_id} );")
    turned = f"wp_trash_post( {post_id} ); wp_untrash_post( {post_id} );"
    assert not is_sticky(bridge, post_id, before=turned)
    assert bridge.php(f"return get_post_meta( {post_id}, '_igny8_sticky' );") == []


def test_what_somebody_threw_away_once_more_is_in_their_trash(bridge: Bridge):
    first = bridge.published(title="As it was")
    done = taken_down(bridge, down(first, 2, "trash"))
    bridge.php(
        f"wp_untrash_post( {first['post_id']} ); wp_trash_post( {first['post_id']} ); return 1;"
    )
    assert bridge.publish(**back(done, 3)).status_code == 410
    assert bridge.post(first["post_id"])["post_status"] == "trash"
