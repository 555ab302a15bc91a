"""What no event of a post tells: what happened is found by looking at all of them."""

from typing import Any

from tests.plugin.conftest import SITE_ID

from .conftest import Outbox, update

LOSS = [("data_loss", "not_listening", None)]
JOBS = "Igny8\\Bridge\\Jobs"
TABLE = "$t = Igny8\\Bridge\\Publish\\Publications::table();"


def told(outbox: Outbox) -> list[tuple[Any, ...]]:
    return [(e["action"], e.get("reason"), e["post_id"]) for e in outbox.waiting()]


def connect(outbox: Outbox, site_id: int = SITE_ID) -> None:
    outcome = outbox.do(
        "return Igny8\\Bridge\\Connection\\Pairing::connect("
        f" '{outbox.inbox.url}', '{outbox.bridge.key}', {site_id} );"
    )
    assert outcome["ok"] is True


def test_what_happened_while_the_plugin_was_off_is_looked_for(outbox: Outbox):
    outbox.post()
    outbox.do(f"{JOBS}\\Deactivation::run(); return 1;")
    assert outbox.waiting() == []
    outbox.do(f"{JOBS}\\Installer::activate(); return 1;")
    assert told(outbox) == LOSS
    assert outbox.do("return wp_next_scheduled( 'igny8_jobs' );")
    outbox.run()
    told_of = [one for one in outbox.inbox.events() if not one["action"].startswith("term_")]
    assert [one["reason"] for one in told_of] == ["not_listening"]


def test_what_happened_while_nothing_was_connected_is_looked_for(outbox: Outbox):
    post = outbox.post()
    outbox.do("Igny8\\Bridge\\Connection\\Pairing::disconnect(); return 1;")
    outbox.do(update(post["post_id"]) + " return 1;")
    assert outbox.waiting() == []
    connect(outbox)
    assert told(outbox) == LOSS


def test_connecting_once_more_loses_nothing(outbox: Outbox):
    """The bridge has listened all the time, and what waits goes on waiting."""
    post = outbox.post()
    outbox.do(update(post["post_id"]) + " return 1;")
    connect(outbox)
    assert told(outbox) == [("post_updated", None, post["post_id"])]


def test_where_nothing_was_published_there_is_nothing_to_look_for(outbox: Outbox):
    outbox.do(f"{TABLE} $wpdb->query( \"CREATE TABLE {{$t}}_kept AS SELECT * FROM $t\" );"
              " $wpdb->query( \"DELETE FROM $t\" ); return 1;")  # fmt: skip
    try:
        outbox.do("Igny8\\Bridge\\Connection\\Pairing::disconnect(); return 1;")
        connect(outbox)
        assert outbox.waiting() == []
    finally:
        outbox.do(f"{TABLE} $wpdb->query( \"INSERT INTO $t SELECT * FROM {{$t}}_kept\" );"
                  " $wpdb->query( \"DROP TABLE {$t}_kept\" ); return 1;")  # fmt: skip


def test_new_addresses_of_all_posts_are_looked_up(outbox: Outbox):
    """Permalinks are changed for all posts at once, and no post is saved."""
    outbox.post()
    was = outbox.do("return get_option( 'permalink_structure' );")
    turn = "global $wp_rewrite; $wp_rewrite->set_permalink_structure( '{}' ); return 1;"
    try:
        outbox.do(turn.format(was))
        assert outbox.waiting() == []
        outbox.do(turn.format("/articles/%post_id%/"))
        assert told(outbox) == [("data_loss", "addresses", None)]
    finally:
        outbox.do(turn.format(was))


def test_addresses_of_a_site_that_is_not_connected_are_nobodys(outbox: Outbox):
    outbox.post()
    was = outbox.do("return get_option( 'permalink_structure' );")
    turn = "global $wp_rewrite; $wp_rewrite->set_permalink_structure( '{}' ); return 1;"
    outbox.do("Igny8\\Bridge\\Connection\\Pairing::disconnect(); return 1;")
    try:
        outbox.do(turn.format("/articles/%post_id%/"))
        assert outbox.waiting() == []
    finally:
        outbox.do(turn.format(was))
