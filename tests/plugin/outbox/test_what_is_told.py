"""The outbox: one event for a post and request, of what people and others did."""

from typing import Any

from igny8.publishing.fingerprints import agreed

from tests.plugin.conftest import article
from tests.plugin.inbox import set_options

from .conftest import Outbox, update

EVENT_FIELDS = {
    "event_id",
    "epoch",
    "seq",
    "action",
    "post_id",
    "content_id",
    "site_url",
    "post_type",
    "post_status",
    "previous_status",
    "password_protected",
    "post_url",
    "post_title",
    "rev",
    "fingerprint",
    "metadata",
    "origin",
    "operation_id",
    "correlation_id",
    "actor",
    "channel",
    "occurred_at",
}


def test_ten_edits_in_one_request_are_one_event(outbox: Outbox):
    post = outbox.post()
    outbox.do(
        f"for ( $i = 0; $i < 10; $i++ ) {{ {update(post['post_id'])}"
        f" wp_set_object_terms( {post['post_id']}, array( \"tag $i\" ), 'post_tag' );"
        f" update_post_meta( {post['post_id']}, '_yoast_wpseo_title', \"SEO $i\" ); }} return 1;"
    )
    [event] = outbox.waiting()
    assert set(event) == EVENT_FIELDS
    assert event["action"] == "post_updated"
    assert (event["post_id"], event["content_id"]) == (post["post_id"], post["content_id"])
    assert (event["post_status"], event["previous_status"]) == ("publish", "publish")
    assert (event["post_title"], event["post_url"]) == ("Edited", post["post_url"])
    assert event["site_url"] == outbox.bridge.site.url
    assert (event["origin"], event["operation_id"]) == ("wordpress", None)
    assert event["fingerprint"] != post["fingerprint"]
    assert event["channel"] == "other"


def test_what_nobody_should_hear_of(outbox: Outbox):
    post_id = outbox.post()["post_id"]
    outbox.do(f"wp_save_post_revision( {post_id} ); return 1;")
    outbox.do(
        "wp_set_current_user( 1 ); require_once ABSPATH . 'wp-admin/includes/post.php';"
        f" return wp_create_post_autosave( array( 'post_ID' => {post_id}, 'post_title' => 'Auto',"
        " 'content' => 'x', 'excerpt' => '', 'post_type' => 'post' ) );"
    )
    outbox.do(f"define( 'DOING_AUTOSAVE', true ); {update(post_id)} return 1;")
    outbox.do(
        "return wp_insert_post( array( 'post_status' => 'auto-draft', 'post_title' => 'a' ) );"
    )
    foreign = outbox.do(
        "return wp_insert_post( array( 'post_title' => 'Mine', 'post_status' => 'publish' ) );"
    )
    outbox.do(f"{update(foreign)} wp_trash_post( {foreign} ); return 1;")
    # A duplicator copied the marks; the table names the original alone.
    outbox.do(f"update_post_meta( {foreign}, '_igny8_content_id', 1 ); {update(foreign)} return 1;")
    # Meta and terms that say nothing about the article.
    outbox.do(f"update_post_meta( {post_id}, '_edit_lock', time() ); return 1;")
    outbox.do(
        f"$t = wp_get_object_terms( {post_id}, 'category', array( 'fields' => 'ids' ) );"
        f" wp_set_object_terms( {post_id}, $t, 'category' ); return 1;"
    )
    assert outbox.waiting() == []
    # The same probes do speak when they should.
    outbox.do(
        f"set_post_thumbnail( {post_id}, 0 );"
        f" wp_set_object_terms( {post_id}, 'News', 'category' ); return 1;"
    )
    assert [e["action"] for e in outbox.waiting()] == ["post_updated"]


def test_trash_untrash_and_delete_are_told_apart(outbox: Outbox):
    post = outbox.post()
    post_id = post["post_id"]
    for code in (
        "wp_trash_post( %d );",
        "wp_untrash_post( %d );",
        "wp_trash_post( %d );",
        "wp_delete_post( %d, true );",
    ):
        outbox.do(code % post_id + " return 1;")
    events = outbox.waiting()
    assert [(e["action"], e["post_status"], e["previous_status"]) for e in events] == [
        ("post_trashed", "trash", "publish"),
        ("post_untrashed", "draft", "trash"),
        ("post_trashed", "trash", "draft"),
        ("post_deleted", "deleted", "trash"),
    ]
    assert {e["content_id"] for e in events} == {post["content_id"]}
    assert events[-1]["post_url"] is None
    assert events[-1]["post_title"] == f"Article {post['content_id']}"


def test_a_password_is_told_apart_from_other_edits(outbox: Outbox):
    post_id = outbox.post()["post_id"]
    for password, protected in (("sesame", True), ("", False)):
        fields = f"'ID' => {post_id}, 'post_password' => '{password}'"
        outbox.do(f"wp_update_post( array( {fields} ) ); return 1;")
        event = outbox.waiting()[-1]
        assert (event["action"], event["post_status"]) == ("post_updated", "publish")
        assert event["password_protected"] is protected
        assert "sesame" not in str(event)


def test_going_live_by_schedule_is_told(outbox: Outbox):
    post = outbox.post(post_status="future", publish_at="2099-01-01T00:00:00Z")
    assert post["post_status"] == "future"
    outbox.do(f"define( 'DOING_CRON', true ); wp_publish_post( {post['post_id']} ); return 1;")
    [event] = outbox.waiting()
    assert (event["previous_status"], event["post_status"]) == ("future", "publish")
    assert (event["channel"], event["origin"]) == ("cron", "wordpress")


def test_what_the_backends_logs_know_an_order_by_comes_back_with_what_was_done(outbox: Outbox):
    """A header of each order; people's own changes carry none."""
    bridge = outbox.bridge

    def ordered(correlation: str | None, **fields: Any) -> Any:
        named = {} if correlation is None else {"X-IGNY8-Correlation": correlation}
        answer = bridge.call(
            "POST", "publish", json=article(**fields), headers={**bridge.headers, **named}
        )
        assert answer.status_code in {200, 201}, answer.text[:2000]
        return answer.json()["data"]

    first = ordered("c6af9ac6-7b61-11e6-9a41-93e8deadbeef", rev=1)
    for rev, sent in ((2, "<b>a</b>" + "x" * 200), (3, None)):
        ordered(sent, content_id=first["content_id"], rev=rev, title=f"Title {rev}")
    outbox.do(f"{update(first['post_id'])} return 1;")
    outbox.run()
    outbox.inbox.wait_for(lambda: len(outbox.inbox.events()) >= 4)
    told = [event["correlation_id"] for event in outbox.inbox.events()]
    cut = ("bab" + "x" * 200)[:128]
    assert told == ["c6af9ac6-7b61-11e6-9a41-93e8deadbeef", cut, None, None]


def test_an_event_of_ours_takes_nobodys_edit_for_known(outbox: Outbox):
    """It stands for an answer that was lost, and does not say what was left alone."""
    first = outbox.post()
    outbox.do(f"{update(first['post_id'])} return 1;")
    second = outbox.bridge.call("POST", "publish", json={
        "content_id": first["content_id"], "rev": 2, "base_fingerprint": first["fingerprint"],
        "tags": ["new"],
    }).json()["data"]  # fmt: skip
    assert second["moved"] == ["title"]
    outbox.run()
    # One event, however often it is sent; a tag that is new has another one.
    of_ours = {
        event["event_id"]: event
        for event in outbox.inbox.events()
        if event["operation_id"] == second["operation_id"] and event["action"] == "post_updated"
    }
    [ours] = of_ours.values()
    assert ours["origin"] == "igny8"
    known = agreed(second["fingerprint"], first["fingerprint"], None, second["moved"])
    assert known != second["fingerprint"]
    assert ours["fingerprint"] == known
    # What is there is found by whoever compares.
    kept = f"Igny8\\Bridge\\Structure\\Ledger::fingerprints( array( {first['post_id']} ) )"
    assert list(outbox.do(f"return array_values( {kept} );")) == [second["fingerprint"]]


def test_our_own_writes_are_tagged_not_hidden(outbox: Outbox):
    bridge = outbox.bridge
    first = bridge.published(rev=1)
    outbox.inbox.wait_for(outbox.inbox.events)
    second = bridge.published(content_id=first["content_id"], rev=2, title="Again")
    outbox.run()
    outbox.inbox.wait_for(lambda: len(outbox.inbox.events()) >= 2)
    made, changed = outbox.inbox.events()[:2]
    for event, answer in ((made, first), (changed, second)):
        assert (event["origin"], event["channel"]) == ("igny8", "igny8")
        assert event["operation_id"] == answer["operation_id"]
        assert event["content_id"] == first["content_id"]
        assert (event["fingerprint"], event["rev"]) == (answer["fingerprint"], answer["rev"])
    assert (made["action"], changed["action"]) == ("post_created", "post_updated")
    # The guard is down again, also after a request that was refused in the middle.
    bridge.option(test_die="throw")
    assert bridge.publish(content_id=first["content_id"], rev=3).status_code == 500
    outbox.run()
    outbox.inbox.calls.clear()
    outbox.do(
        f"try {{ Igny8\\Bridge\\Publish\\Origin::during( {first['content_id']}, 'op',"
        " static function () { throw new Exception( 'x' ); } ); } catch ( Exception $e ) {}"
        f" {update(first['post_id'])} return 1;"
    )
    [event] = outbox.waiting()
    assert (event["origin"], event["operation_id"]) == ("wordpress", None)


def test_what_another_plugin_does_to_another_post_meanwhile_is_news(outbox: Outbox):
    one, two = outbox.post(), outbox.post()
    outbox.do(
        f"Igny8\\Bridge\\Publish\\Origin::during( {one['content_id']}, 'op-1',"
        f" static function () {{ {update(one['post_id'])} {update(two['post_id'])} }} );"
        " return 1;"
    )
    origins = {e["post_id"]: e["origin"] for e in outbox.waiting()}
    assert origins == {one["post_id"]: "igny8", two["post_id"]: "wordpress"}


def test_other_peoples_posts_are_told_only_with_two_way_sync(outbox: Outbox):
    insert = (
        "return wp_insert_post( array( 'post_title' => 'N', 'post_status' => '%s',"
        " 'post_type' => '%s' ) );"
    )
    set_options(
        outbox.bridge, igny8_switches={"two_way": True, "types": {"page": {"enabled": False}}}
    )
    outbox.do(insert % ("publish", "page"))
    outbox.do(insert % ("draft", "post"))
    assert outbox.waiting() == []
    made = outbox.do(insert % ("publish", "post"))
    [event] = outbox.waiting()
    assert (event["action"], event["post_id"], event["content_id"]) == ("post_created", made, None)


def test_of_two_requests_that_cross_the_last_word_is_true(outbox: Outbox):
    """One reads what it is going to tell, then another changes the post and tells of it first."""
    post = outbox.post()
    other = f"wp_update_post( array( 'ID' => {post['post_id']}, 'post_status' => 'draft' ) );"
    outbox.do(
        f"{update(post['post_id'])} add_filter( 'post_link', static function ( $link ) {{"
        " static $done = false; if ( ! $done ) { $done = true; "
        f" {other} Igny8\\Bridge\\Outbox\\Recorder::flush(); }} return $link; }} ); return 1;"
    )
    assert [e["post_status"] for e in outbox.waiting()][-1] == "draft"
