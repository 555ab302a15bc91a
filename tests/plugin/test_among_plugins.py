"""Other plugins at work in the middle of a publish: on its statements, its hooks, its copies."""

import pytest

from .conftest import Bridge
from .test_take_down import down, taken_down

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
