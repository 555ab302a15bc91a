"""Terms, author and date of a post go with what is told of it, and so do changes of its terms."""

import pytest

from .conftest import Outbox, update

TERM = "$t = get_term_by( 'name', '{name}', '{taxonomy}' ); $id = $t->term_id;"


def changed(taxonomy: str, field: str, value: str) -> str:
    return f"wp_update_term( $id, '{taxonomy}', array( '{field}' => '{value}' ) ); return 1;"


SIXTY = "array_map( static function ( $i ) { return 'Tag ' . $i; }, range( 1, 60 ) )"


def test_terms_author_and_date_are_told_as_people_wrote_them(outbox: Outbox):
    post = outbox.post(categories=["Tea & Coffee", "News"], tags=["C++"])
    outbox.do(f"wp_set_current_user( 1 ); {update(post['post_id'])} return 1;")
    [event] = outbox.waiting()
    told = event["metadata"]
    assert sorted(told["categories"]) == ["News", "Tea & Coffee"]
    assert told["tags"] == ["C++"]
    assert told["author"] == {"id": 1, "name": "admin"}
    asked = outbox.bridge.call("GET", f"content/{post['content_id']}").json()["data"]
    assert asked["metadata"] == told
    assert told["modified_date"] == asked["modified_gmt"]


def test_nothing_is_left_to_tell_of_a_post_that_is_deleted_or_of_somebody_elses(outbox: Outbox):
    post = outbox.post(tags=["Short-lived"])
    outbox.do(f"wp_delete_post( {post['post_id']}, true ); return 1;")
    [event] = outbox.waiting()
    assert (event["post_status"], event["metadata"]) == ("deleted", None)


def test_of_a_post_with_a_flood_of_terms_some_are_told(outbox: Outbox):
    """An event must fit into a call."""
    post = outbox.post()
    outbox.do(f"wp_set_object_terms( {post['post_id']}, {SIXTY}, 'post_tag' ); return 1;")
    [event] = outbox.waiting()
    assert len(event["metadata"]["tags"]) == 50


@pytest.mark.parametrize("taxonomy", ["category", "post_tag"])
def test_a_term_that_is_deleted_is_news_of_its_posts(outbox: Outbox, taxonomy: str):
    field = {"category": "categories", "post_tag": "tags"}[taxonomy]
    name = f"Short-lived {taxonomy}"
    post = outbox.post(**{field: [name]})
    untouched = outbox.post()
    found = TERM.format(name=name, taxonomy=taxonomy)
    outbox.do(f"{found} wp_delete_term( $id, '{taxonomy}' ); return 1;")
    [event] = outbox.waiting()
    assert event["content_id"] == post["content_id"] != untouched["content_id"]
    assert name not in event["metadata"][field]


def test_a_term_that_is_taken_off_a_post_is_news_of_it(outbox: Outbox):
    post = outbox.post(tags=["Taken off", "Left on"])
    outbox.do(f"wp_remove_object_terms( {post['post_id']}, 'Taken off', 'post_tag' ); return 1;")
    [event] = outbox.waiting()
    assert event["metadata"]["tags"] == ["Left on"]
    outbox.do(f"wp_remove_object_terms( {post['post_id']}, 'Taken off', 'post_tag' ); return 1;")
    assert len(outbox.waiting()) == 1


@pytest.mark.parametrize("taxonomy", ["category", "post_tag"])
def test_a_term_that_has_another_name_is_news_of_its_posts(outbox: Outbox, taxonomy: str):
    field = {"category": "categories", "post_tag": "tags"}[taxonomy]
    name = f"Former {taxonomy}"
    post = outbox.post(**{field: [name]})
    outbox.post()
    found = TERM.format(name=name, taxonomy=taxonomy)
    outbox.do(f"{found} {changed(taxonomy, 'description', 'x')}")
    assert outbox.waiting() == []
    outbox.do(f"{found} {changed(taxonomy, 'name', f'New {taxonomy}')}")
    [event] = outbox.waiting()
    assert (event["content_id"], event["origin"]) == (post["content_id"], "wordpress")
    assert event["metadata"][field] == [f"New {taxonomy}"]


def test_where_addresses_are_made_of_a_category_all_posts_are_looked_at(outbox: Outbox):
    outbox.post(categories=["In addresses"])
    found = TERM.format(name="In addresses", taxonomy="category")
    was = outbox.do("return get_option( 'permalink_structure' );")
    turn = "global $wp_rewrite; $wp_rewrite->set_permalink_structure( '{}' ); return 1;"
    try:
        outbox.do(turn.format("/%category%/%postname%/"))
        outbox.run()
        outbox.do(f"{found} {changed('category', 'slug', 'elsewhere')}")
        assert [(e["action"], e["reason"]) for e in outbox.waiting()] == [("data_loss", "terms")]
    finally:
        outbox.do(turn.format(was))


def test_where_more_posts_have_a_term_than_are_told_of_all_are_looked_at(outbox: Outbox):
    outbox.post(tags=["Everywhere"])
    found = TERM.format(name="Everywhere", taxonomy="post_tag")
    rows = (
        f"{found} global $wpdb; $p = $wpdb->prefix . 'igny8_publications';"
        " for ( $i = 1; $i <= 100; $i++ ) {"
        " $wpdb->insert( $wpdb->term_relationships, array( 'object_id' => 900000 + $i,"
        " 'term_taxonomy_id' => $t->term_taxonomy_id ) );"
        " $wpdb->insert( $p, array( 'content_id' => 900000 + $i, 'post_id' => 900000 + $i,"
        " 'result' => '', 'watch' => '' ) ); } return 1;"
    )
    try:
        outbox.do(rows)
        outbox.do(f"{found} {changed('post_tag', 'name', 'Everywhere else')}")
        assert [(e["action"], e["reason"]) for e in outbox.waiting()] == [("data_loss", "terms")]
    finally:
        outbox.do(
            'global $wpdb; $wpdb->query( "DELETE FROM $wpdb->term_relationships WHERE object_id'
            ' > 900000" ); $wpdb->query( "DELETE FROM {$wpdb->prefix}igny8_publications WHERE'
            ' post_id > 900000" ); return 1;'
        )
