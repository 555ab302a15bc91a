"""Other plugins at work in the middle of a publish: on its statements, its hooks, its copies."""

from typing import Any

import pytest

from .conftest import Bridge, article
from .test_take_down import down, taken_down
from .test_takeover import killed, let_time_pass

# What writes who asked into every statement, for the slow log and for who watches databases.
COMMENTS = {
    "after": "$q . ' /* from: wp-includes/post.php:4567; UPDATE x WHERE ID = 1 */'",
    "line after": "$q . ' -- from: wp-includes/post.php'",
}


def commenter(how: str) -> str:
    return f"add_filter( 'query', static function ( $q ) {{ return {COMMENTS[how]}; }}, 20 );"


@pytest.mark.parametrize("how", COMMENTS)
def test_statements_with_comments_are_looked_at_all_the_same(bridge: Bridge, how: str):
    with bridge.beside(commenter(how)):
        first = bridge.published(tags=["one"], categories=["Sort"])
        again = bridge.published(
            content_id=first["content_id"], rev=2, title="Second", tags=["two"],
            post_id=first["post_id"], base_fingerprint=first["fingerprint"],
            base_post_status="publish",
        )  # fmt: skip
        done = taken_down(bridge, down(again, 3, "trash"))
    assert (again["post_id"], again["warnings"], again["altered"]) == (first["post_id"], [], [])
    assert done["post_status"] == "trash"
    assert bridge.posts_of(first["content_id"]) == [first["post_id"]]


# How plugins write a column of a post past WordPress's functions: `ours` is the id.
IN_PASSING = [
    "UPDATE $wpdb->posts SET menu_order = 7 WHERE ID = $ours LIMIT 1",
    "UPDATE $wpdb->posts SET menu_order = 7 WHERE ID IN ( $ours )",
    "UPDATE $wpdb->posts SET menu_order = 7 WHERE post_type = 'post' AND ID = $ours",
    "UPDATE $wpdb->posts AS p SET p.menu_order = 7 WHERE p.ID = $ours",
    "UPDATE $wpdb->posts SET menu_order = 7 WHERE post_type = 'post'",
]


@pytest.mark.parametrize("statement", IN_PASSING)
@pytest.mark.parametrize("hook", ["pre_post_update", "set_object_terms", "save_post"])
def test_what_a_plugin_writes_in_passing_is_nobodys_edit(bridge: Bridge, statement: str, hook: str):
    if bridge.site.engine != "php-mariadb" and " AS " in statement:
        pytest.skip("SQLite has no such statement")
    first = bridge.published(tags=["one"], categories=["Sort"])
    with bridge.beside(
        f"add_action( '{hook}', static function ( $ours ) {{ global $wpdb;"
        f' $wpdb->query( "{statement}" ); }} );'
    ):
        anew = bridge.published(tags=["one"], categories=["Sort"])
        again = bridge.published(
            content_id=first["content_id"], rev=2, title="Second", tags=["two"],
            post_id=first["post_id"], base_fingerprint=first["fingerprint"],
            base_post_status="publish",
        )  # fmt: skip
    for data, title in ((anew, f"Article {anew['content_id']}"), (again, "Second")):
        post = bridge.post(data["post_id"])
        assert (post["post_title"], post["post_status"]) == (title, "publish")
        assert bridge.posts_of(data["content_id"]) == [data["post_id"]]


@pytest.mark.parametrize("hook", ["wp_insert_post_data", "wp_insert_post_empty_content"])
def test_a_post_that_a_plugin_makes_in_the_middle_is_not_taken_for_ours(bridge: Bridge, hook: str):
    """A line in a journal that keeps its lines as posts."""
    with bridge.beside(
        f"add_filter( '{hook}', static function ( $value ) {{ static $once = false;"
        " if ( ! $once && ! empty( $_SERVER['REQUEST_URI'] ) ) { $once = true;"
        " update_option( 'test_line', wp_insert_post( array( 'post_title' => 'A line',"
        " 'post_status' => 'private' ) ) ); } return $value; } );"
    ):
        first = bridge.published()
    line = bridge.php("return (int) get_option( 'test_line' );")
    bridge.option(test_line=None)
    assert line not in {0, first["post_id"]}
    assert bridge.post(line)["post_title"] == "A line"
    assert bridge.post(first["post_id"])["post_status"] == "publish"
    assert bridge.posts_of(first["content_id"]) == [first["post_id"]]


# What "copy this post into the other language" does.
COPY = (
    "$copy = static function ( $id ) { static $once = false; if ( $once ||"
    " ! isset( $_SERVER['REQUEST_URI'] ) || 'post' !== get_post_type( $id ) ) { return; }"
    " $once = true; $a = get_post( $id, ARRAY_A ); unset( $a['ID'] );"
    " $a['post_title'] = 'The copy'; update_option( 'test_copy',"
    " wp_insert_post( wp_slash( $a ) ) ); };"
)


@pytest.mark.parametrize("hook", ["wp_insert_post", "save_post", "set_object_terms"])
def test_a_copy_that_is_made_meanwhile_gets_no_marks(bridge: Bridge, hook: str):
    with bridge.beside(COPY + f" add_action( '{hook}', $copy );"):
        first = bridge.published(categories=["Sort"])
    copied = bridge.php("return (int) get_option( 'test_copy' );")
    bridge.option(test_copy=None)
    marks = bridge.php(
        f"return array( get_post_meta( {copied}, '_igny8_content_id' ),"
        f" get_post_meta( {first['post_id']}, '_igny8_content_id' ),"
        f" get_post_meta( {first['post_id']}, '_igny8_rev' ) );"
    )
    assert copied not in {0, first["post_id"]}
    assert marks == [[], [str(first["content_id"])], ["1"]]


def test_hooks_see_the_marks_of_a_post_with_another_guid(bridge: Bridge):
    with bridge.beside(
        "add_filter( 'wp_insert_post_data', static function ( $data ) {"
        " $data['guid'] = 'https://cdn.example/' . wp_rand(); return $data; } );"
        " add_action( 'save_post', static function ( $id ) {"
        " if ( 'draft' === get_post_status( $id ) ) { update_option( 'test_saw',"
        " get_post_meta( $id, '_igny8_content_id', true ) ); } } );"
    ):
        first = bridge.published()
    saw = bridge.php("return get_option( 'test_saw' );")
    bridge.option(test_saw=None)
    assert saw == str(first["content_id"])


def half_updated(bridge: Bridge) -> dict[str, Any]:
    """A live post around whose text a run wrote that died before it came to the text."""
    first = bridge.published(title="As it was", tags=["old"], seo_title="old")
    killed(
        bridge,
        article(
            content_id=first["content_id"], rev=2, title="New", tags=["new"], seo_title="new",
            post_id=first["post_id"], base_fingerprint=first["fingerprint"],
            base_post_status="publish",
        ),
        "step", "attached",
    )  # fmt: skip
    let_time_pass(bridge)
    return first


def around(bridge: Bridge, post_id: int) -> list[Any]:
    found: list[Any] = bridge.php(
        f"return array( get_post( {post_id} )->post_title, get_post_status( {post_id} ),"
        f" wp_get_object_terms( {post_id}, 'post_tag', array( 'fields' => 'names' ) ),"
        f" get_post_meta( {post_id}, '_igny8_seo_title', true ) );"
    )
    return found


@pytest.mark.parametrize("to", ["draft", "trash"])
def test_what_a_dead_run_wrote_around_a_text_is_not_taken_down_with_it(bridge: Bridge, to: str):
    first = half_updated(bridge)
    done = taken_down(bridge, down(first, 3, to))
    assert around(bridge, first["post_id"]) == ["As it was", to, ["old"], "old"]
    assert done["fingerprint"] == first["fingerprint"]


def test_what_a_dead_run_wrote_is_not_left_on_a_post_that_is_down(bridge: Bridge):
    first = half_updated(bridge)
    bridge.php(
        f"return wp_update_post( array( 'ID' => {first['post_id']}, 'post_status' => 'draft' ) );"
    )
    done = taken_down(bridge, down(first, 3, "draft"))
    assert around(bridge, first["post_id"]) == ["As it was", "draft", ["old"], "old"]
    # Nobody wrote a word: nobody is asked.
    again = bridge.published(
        content_id=first["content_id"], rev=4, title="New", tags=["new"], seo_title="new",
        post_id=first["post_id"], base_fingerprint=done["fingerprint"],
        base_post_status=done["post_status"],
    )  # fmt: skip
    assert again["post_status"] == "publish"


def test_words_in_a_draft_that_a_dead_run_left_are_not_seen_by_taking_it_down(bridge: Bridge):
    order = article(title="As it was")
    killed(bridge, order, "step", "named")
    let_time_pass(bridge)
    [made] = bridge.posts_of(order["content_id"])
    bridge.php(f"return wp_update_post( array( 'ID' => {made}, 'post_content' => 'Mine' ) );")
    unseen = {"post_id": made, "content_id": order["content_id"], "fingerprint": None}
    done = taken_down(bridge, down(unseen, 2, "draft", base_post_status=None))
    again = bridge.publish(
        content_id=order["content_id"], rev=3, title="New", post_id=made,
        base_fingerprint=done["fingerprint"], base_post_status=done["post_status"],
    )  # fmt: skip
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")
    assert bridge.post(made)["post_content"] == "Mine"
