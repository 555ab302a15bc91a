"""The outbox: one event for a post and request, sent until it is acknowledged, in order."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from igny8.core.keys import generate_key

from . import fastcgi
from .conftest import SITE_ID, Bridge, article, new_id
from .inbox import (
    WEBHOOK,
    Inbox,
    acknowledge,
    eventually,
    failing,
    running_inbox,
    set_options,
)

# Only what a test asks for is sent.
QUIET = "add_filter( 'igny8_send_after_response', '__return_false' );"
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
    "post_url",
    "post_title",
    "rev",
    "fingerprint",
    "origin",
    "operation_id",
    "actor",
    "channel",
    "occurred_at",
}


@dataclass
class Outbox:
    """A paired bridge and its inbox, with a clock that a test moves."""

    bridge: Bridge
    inbox: Inbox
    now: int = 2_000_000_000

    def do(self, code: str) -> Any:
        """Run PHP in one request; whatever it records stays in the table."""
        return self.bridge.php(f"{QUIET} {self.clock} {code}")

    def run(self) -> None:
        """Do what cron does."""
        self.do("do_action( 'igny8_jobs' ); return 1;")

    @property
    def clock(self) -> str:
        return f"add_filter( 'igny8_now', static function () {{ return {self.now}; }} );"

    def waiting(self) -> list[dict[str, Any]]:
        """Return what waits, as the backend would pull it."""
        found: list[dict[str, Any]] = self.do(
            "return ( new Igny8\\Bridge\\Outbox\\Store() )->events_after( 0, 5000 );"
        )
        return found

    def post(self, **fields: Any) -> dict[str, Any]:
        """Publish an article and forget the event that tells of it."""
        data = self.bridge.published(**fields)
        self.run()
        self.inbox.calls.clear()
        assert self.waiting() == []
        return data


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    with running_inbox() as running:
        yield running


@pytest.fixture
def outbox(bridge: Bridge, inbox: Inbox) -> Outbox:
    inbox.reset()
    set_options(
        bridge,
        igny8_api_key=bridge.key,
        igny8_connection={
            "api_url": inbox.url,
            "site_id": SITE_ID,
            "integration_id": 9,
            "connected_at": 1,
        },
        igny8_switches=None,
        igny8_outbox_state=None,
        igny8_refused_key=None,
        igny8_previous_key=None,
        igny8_unconfirmed_key=None,
        igny8_structure_state=None,
        igny8_home=None,
    )
    box = Outbox(bridge, inbox)
    box.do("( new Igny8\\Bridge\\Outbox\\Store() )->start_over(); return 1;")
    return box


def update(post_id: int, title: str = "Edited") -> str:
    return f"wp_update_post( array( 'ID' => {post_id}, 'post_title' => '{title}' ) );"


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


def test_going_live_by_schedule_is_told(outbox: Outbox):
    post = outbox.post(post_status="future", publish_at="2099-01-01T00:00:00Z")
    assert post["post_status"] == "future"
    outbox.do(f"define( 'DOING_CRON', true ); wp_publish_post( {post['post_id']} ); return 1;")
    [event] = outbox.waiting()
    assert (event["previous_status"], event["post_status"]) == ("future", "publish")
    assert (event["channel"], event["origin"]) == ("cron", "wordpress")


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


def test_backend_down_for_two_hours_loses_nothing(outbox: Outbox):
    posts = [outbox.post()["post_id"] for _ in range(3)]
    outbox.inbox.answer = failing(503)
    begun, wanted = outbox.now, []
    for minute in range(0, 121, 10):
        outbox.now = begun + 60 * minute
        for number, post_id in enumerate(posts):
            if minute % (10 * (number + 1)) == 0:
                outbox.do(f"{update(post_id, f'At {minute}')} return 1;")
                wanted.append((post_id, f"At {minute}"))
        outbox.run()
    attempts = len(outbox.inbox.to(WEBHOOK))
    # At 0, 10 (after 1 min), 20 (after 5) and 50 (after 30) minutes; the next after 2 h more.
    assert attempts == 4
    lost = {e["event_id"]: e for e in outbox.inbox.events()}
    outbox.inbox.reset()
    outbox.now = begun + 60 * 121
    outbox.run()
    assert outbox.inbox.events() == [], "it waits until its time has come"
    outbox.now = begun + 60 * 50 + 7200
    outbox.run()
    arrived = outbox.inbox.events()
    assert sorted((e["post_id"], e["post_title"]) for e in arrived) == sorted(wanted)
    for post_id in posts:
        mine = [e for e in arrived if e["post_id"] == post_id]
        assert [e["post_title"] for e in mine] == [t for p, t in wanted if p == post_id]
        assert all(a["seq"] < b["seq"] for a, b in pairwise(mine))
    assert set(lost) <= {e["event_id"] for e in arrived}
    assert outbox.waiting() == []


def test_a_lost_acknowledgement_sends_the_same_id_again(outbox: Outbox):
    post_id = outbox.post()["post_id"]
    outbox.do(f"{update(post_id)} return 1;")
    # The backend took the event, the answer got lost on the way.
    outbox.inbox.answer = lambda path, body: (200, {}, "<html>gateway</html>")
    outbox.run()
    outbox.inbox.answer = acknowledge
    outbox.now += 61
    outbox.run()
    first, second = outbox.inbox.events()
    assert first == second
    assert outbox.waiting() == []
    outbox.now += 86400
    outbox.run()
    assert len(outbox.inbox.events()) == 2


def test_only_acknowledged_ids_go_and_a_post_waits_for_its_earlier_event(outbox: Outbox):
    one, two = outbox.post()["post_id"], outbox.post()["post_id"]
    for title in ("a", "b"):
        outbox.do(f"{update(one, title)} {update(two, title)} return 1;")

    def all_but_first(path: str, body: dict[str, Any]) -> Any:
        ids = [e["event_id"] for e in body["events"]]
        results = [{"event_id": i, "result": "stale"} for i in ids[1:]] + [
            {"event_id": "somebody else's", "result": "applied"},
            {"event_id": ids[0], "result": "exploded"},
        ]
        return 200, {}, json.dumps({"success": True, "data": {"results": results}})

    outbox.inbox.answer = all_but_first
    outbox.run()
    [left] = outbox.waiting()
    assert (left["post_id"], left["post_title"]) == (one, "a")
    # While that one waits, what comes after it on the same post waits too; others go.
    outbox.inbox.reset()
    outbox.do(f"{update(one, 'c')} {update(two, 'c')} return 1;")
    outbox.run()
    assert [(e["post_id"], e["post_title"]) for e in outbox.inbox.events()] == [(two, "c")]
    outbox.now += 61
    outbox.run()
    assert [e["post_title"] for e in outbox.inbox.events() if e["post_id"] == one] == ["a", "c"]


def test_the_highest_row_is_never_deleted_and_seq_grows(outbox: Outbox):
    post_id = outbox.post()["post_id"]
    seqs = []
    for title in "abc":
        outbox.do(f"{update(post_id, title)} return 1;")
        seqs.append(outbox.waiting()[0]["seq"])
        outbox.run()
        rows = outbox.do(
            'return $wpdb->get_results( "SELECT seq, action, acked_at FROM'
            ' {$wpdb->prefix}igny8_outbox ORDER BY seq" );'
        )
        assert [r["action"] for r in rows] == ["epoch", "post_updated"]
        assert int(rows[-1]["seq"]) == seqs[-1]
        assert int(rows[-1]["acked_at"]) > 0
    assert seqs == sorted(set(seqs))
    answer = outbox.bridge.call("GET", "status").json()
    assert answer["meta"]["head_seq"] == seqs[-1]
    assert answer["data"]["outbox"]["waiting"] == 0


def test_retry_after_is_honoured(outbox: Outbox):
    outbox.inbox.answer = failing(429, Retry_After="900")
    post_id = outbox.bridge.published()["post_id"]
    outbox.do(f"{update(post_id)} return 1;")
    outbox.run()
    outbox.inbox.reset()
    outbox.now += 899
    outbox.run()
    assert outbox.inbox.events() == []
    outbox.now += 2
    outbox.run()
    assert outbox.inbox.events()


def test_unknown_key_stops_everything_until_there_is_another(outbox: Outbox):
    post_id = outbox.post()["post_id"]
    outbox.inbox.answer = failing(401)
    outbox.do(f"{update(post_id)} return 1;")
    outbox.run()
    assert len(outbox.inbox.calls) == 1
    outbox.inbox.reset()
    for _ in range(2):
        outbox.now += 30 * 3600
        outbox.run()
    assert outbox.inbox.calls == []
    assert outbox.bridge.call("GET", "status").json()["data"]["outbox"]["stopped"] is True
    notice = outbox.do(
        "wp_set_current_user( 1 ); ob_start();"
        " Igny8\\Bridge\\Admin\\Notices::show(); return ob_get_clean();"
    )
    assert "no longer knows the API key" in notice
    assert (
        outbox.do(
            "wp_set_current_user( 0 ); ob_start();"
            " Igny8\\Bridge\\Admin\\Notices::show(); return ob_get_clean();"
        )
        == ""
    )
    other = generate_key("local")
    set_options(outbox.bridge, igny8_api_key=other)
    outbox.run()
    assert len(outbox.inbox.events()) == 1
    assert outbox.inbox.calls[-1][1]["x-igny8-api-key"] == other


def test_a_missing_route_counts_as_down(outbox: Outbox):
    post_id = outbox.post()["post_id"]
    outbox.inbox.answer = failing(404)
    outbox.do(f"{update(post_id)} return 1;")
    outbox.run()
    outbox.inbox.reset()
    outbox.run()
    assert outbox.inbox.calls == []
    outbox.now += 61
    outbox.run()
    assert len(outbox.inbox.events()) == 1


def test_one_event_that_cannot_be_digested_does_not_hold_up_the_others(outbox: Outbox):
    ids = [outbox.post()["post_id"] for _ in range(5)]
    outbox.do(" ".join(update(i) for i in ids) + " return 1;")

    def picky(path: str, body: dict[str, Any]) -> Any:
        bad = any(e["post_id"] == ids[1] for e in body["events"])
        return failing(422)(path, body) if bad else acknowledge(path, body)

    outbox.inbox.answer = picky
    outbox.run()
    assert [e["post_id"] for e in outbox.waiting()] == [ids[1]]


def test_too_many_or_too_old_become_one_data_loss(outbox: Outbox):
    fill = (
        "$s = new Igny8\\Bridge\\Outbox\\Store(); for ( $i = 0; $i < %d; $i++ )"
        " { $s->add( 'post_updated', 1, 1, array() ); } $s->enforce_limits(); return 1;"
    )
    outbox.do(fill % 1000)
    assert len(outbox.waiting()) == 1000
    outbox.do(fill % 1)
    [loss] = outbox.waiting()
    assert (loss["action"], loss["dropped"], loss["reason"]) == ("data_loss", 1001, "too_many")
    assert loss["post_id"] is None
    outbox.now += 14 * 86400 - 10
    outbox.do(fill % 2)
    outbox.now += 20
    outbox.do(fill % 1)
    actions = [e["action"] for e in outbox.waiting()]
    assert sorted(actions) == ["data_loss", "post_updated", "post_updated", "post_updated"]
    outbox.run()
    assert [e["action"] for e in outbox.inbox.events()].count("data_loss") == 1
    assert outbox.waiting() == []


def test_pull_and_acknowledge(outbox: Outbox):
    bridge = outbox.bridge
    ids = [outbox.post()["post_id"] for _ in range(3)]
    for post_id in ids:
        outbox.do(f"{update(post_id)} return 1;")
    page = bridge.call("GET", "changes?limit=2").json()["data"]
    assert re.fullmatch("[0-9a-f]{32}", page["epoch"])
    assert (len(page["events"]), page["more"]) == (2, True)
    cursor = page["events"][-1]["seq"]
    rest = bridge.call("GET", f"changes?epoch={page['epoch']}&since={cursor}").json()["data"]
    assert (len(rest["events"]), rest["more"]) == (1, False)
    assert rest["head_seq"] == rest["events"][-1]["seq"]
    strange = bridge.call("GET", "changes?epoch=other&since=0").json()["data"]
    assert (strange["events"], strange["epoch"]) == ([], page["epoch"])
    assert bridge.call("GET", "changes?since=-1").status_code == 422

    ack = {"epoch": page["epoch"], "event_ids": [e["event_id"] for e in page["events"]]}
    wrong = bridge.call("POST", "changes/ack", json={**ack, "epoch": "other"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (409, "epoch_mismatch")
    for broken in (
        {"epoch": page["epoch"]},
        {**ack, "event_ids": [1]},
        {**ack, "seqs": ["1"]},
        {**ack, "seqs": {"a": 1}, "event_ids": "x"},
    ):
        assert bridge.call("POST", "changes/ack", json=broken).status_code == 422, broken
    assert len(outbox.waiting()) == 3
    assert bridge.call("POST", "changes/ack", json=ack).json()["data"]["acknowledged"] == 2
    assert bridge.call("POST", "changes/ack", json=ack).json()["data"]["acknowledged"] == 0
    seqs = {"epoch": page["epoch"], "seqs": [rest["head_seq"]]}
    assert bridge.call("POST", "changes/ack", json=seqs).json()["data"]["acknowledged"] == 1
    assert outbox.waiting() == []
    assert bridge.call("GET", "changes").json()["data"]["head_seq"] == rest["head_seq"]


def test_events_leave_by_themselves_and_nobody_waits_for_them(outbox: Outbox):
    """Without FastCGI: through a call of the site to itself."""
    if outbox.bridge.site.engine == "playground":
        pytest.skip("one PHP in a Playground process: whether it may call itself is its affair")
    post_id = outbox.post()["post_id"]
    outbox.inbox.open.clear()
    outbox.bridge.php(f"{update(post_id)} return 1;")
    outbox.inbox.wait_for(outbox.inbox.events)
    # The request is over, the backend has not answered yet.
    assert len(outbox.waiting()) == 1
    outbox.inbox.open.set()
    eventually(lambda: outbox.waiting() == [])


@pytest.mark.skipif(
    fastcgi.program() is None, reason="no php-fpm (Debian: apt-get install php-fpm)"
)
def test_with_fastcgi_the_same_process_sends_after_the_response(outbox: Outbox, tmp_path: Path):
    bridge = outbox.bridge
    if bridge.site.engine == "playground":
        pytest.skip("PHP-FPM is the machine's own PHP")
    # Nobody else can: the call of the site to itself finds its door taken.
    outbox.do(
        "( new Igny8\\Bridge\\Core\\Lease( 'igny8_loopback_lease' ) )->take( 600 ); return 1;"
    )
    content = new_id()
    with fastcgi.running_fpm(tmp_path) as listen:
        outbox.inbox.open.clear()
        answer = fastcgi.call(
            listen,
            bridge.site.path,
            "POST",
            "rest_route=/igny8/v1/publish",
            json.dumps(article(content_id=content)).encode(),
            bridge.headers,
        )
        # The answer is here, whole, and the backend still holds the call.
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"201" in head
        data = json.loads(body)["data"]
        assert data["content_id"] == content
        outbox.inbox.wait_for(outbox.inbox.events)
        assert len(outbox.waiting()) == 1
        outbox.inbox.open.set()
        eventually(lambda: outbox.waiting() == [])
    [event] = outbox.inbox.events()
    assert (event["origin"], event["operation_id"]) == ("igny8", data["operation_id"])
    outbox.do("delete_option( 'igny8_loopback_lease' ); return 1;")


def test_the_loopback_door_opens_for_nobody_else(outbox: Outbox):
    bridge = outbox.bridge
    url = f"{bridge.site.url}/?rest_route=/igny8-loopback/v1/jobs"
    for headers in ({}, bridge.headers, {"X-IGNY8-Loopback": ""}, {"X-IGNY8-Loopback": "0" * 64}):
        assert bridge.call("POST", "", url=url, headers=headers).status_code == 401, headers
    take = "return ( new Igny8\\Bridge\\Core\\Lease( 'igny8_loopback_lease' ) )->take( %d );"
    token = outbox.do(take % 60)
    assert outbox.do(take % 60) == "", "one at a time"
    assert token not in outbox.do(
        'return $wpdb->get_var( "SELECT option_value FROM $wpdb->options'
        " WHERE option_name = 'igny8_loopback_lease'\" );"
    )
    right = {"X-IGNY8-Loopback": token}
    assert bridge.call("GET", "", url=url, headers=right).status_code == 404
    assert (
        bridge.call("POST", "", url=url, headers={"X-IGNY8-Loopback": "0" * 64}).status_code == 401
    )
    opened = bridge.call("POST", "", url=url, headers=right)
    assert (opened.status_code, opened.text) == (200, "")
    assert bridge.call("POST", "", url=url, headers=right).status_code == 401, "used up"
    outbox.do(
        "update_option( 'igny8_loopback_lease', hash( 'sha256', str_repeat( 'a', 64 ) )"
        " . ':' . ( time() - 1 ) ); return 1;"
    )
    late = {"X-IGNY8-Loopback": "a" * 64}
    assert bridge.call("POST", "", url=url, headers=late).status_code == 401, "too late"
    outbox.do("delete_option( 'igny8_loopback_lease' ); return 1;")


def test_only_one_process_sends(outbox: Outbox):
    post_id = outbox.post()["post_id"]
    outbox.do(f"{update(post_id)} return 1;")
    outbox.do("( new Igny8\\Bridge\\Core\\Lease( 'igny8_outbox_lease' ) )->take( 60 ); return 1;")
    outbox.run()
    assert outbox.inbox.events() == []
    outbox.do(
        "$wpdb->query( \"UPDATE $wpdb->options SET option_value = 'dead:1'"
        " WHERE option_name = 'igny8_outbox_lease'\" ); return 1;"
    )
    outbox.run()
    assert len(outbox.inbox.events()) == 1


def test_key_handover(outbox: Outbox):
    bridge = outbox.bridge
    old, new, third = bridge.key, generate_key("local"), generate_key("local")

    def allowed(key: str) -> bool:
        return bridge.call("GET", "status", headers={"X-IGNY8-API-KEY": key}).status_code == 200

    def hand(key: Any, by: str) -> Any:
        return bridge.call("POST", "key", json={"api_key": key}, headers={"X-IGNY8-API-KEY": by})

    outbox.inbox.answer = failing(503)
    for bad in (None, "", 5, "igny8_live_short", new[:-1] + ("a" if new[-1] != "a" else "b")):
        assert hand(bad, old).status_code == 422, bad
    assert hand(new, new).status_code == 401
    answer = hand(new, old).json()["data"]
    assert answer["last4"] == new[-4:]
    assert answer["previous_valid_until"].endswith("Z")
    # The answer was lost: the backend says it again under the old key. Nothing is prolonged.
    assert hand(new, old).json()["data"] == answer
    assert allowed(old)
    # The bridge calls with the new key at once, and again until it is heard; a 401 stops nothing.
    test_connection = "/api/v1/integration/integrations/test-connection/"
    outbox.inbox.wait_for(lambda: outbox.inbox.to(test_connection))
    outbox.inbox.answer = failing(401)
    set_options(
        outbox.bridge,
        igny8_unconfirmed_key={"since": outbox.now, "failures": 0, "retry_at": 0},
        igny8_previous_key={"key": old, "until": outbox.now + 86400},
    )
    outbox.do(
        "( new Igny8\\Bridge\\Outbox\\Store() )->add( 'post_updated', 1, 1, array() ); return 1;"
    )
    set_options(outbox.bridge, igny8_outbox_state=None)
    outbox.run()
    assert bridge.call("GET", "status").json()["data"]["outbox"]["stopped"] is False
    outbox.inbox.reset()
    outbox.now += 61
    outbox.run()
    [confirmed] = outbox.inbox.to(test_connection)
    assert confirmed["api_key"] == new
    assert outbox.inbox.calls[0][1]["x-igny8-api-key"] == new
    outbox.now += 3600
    outbox.run()
    assert len(outbox.inbox.to(test_connection)) == 1
    # The old key still opens, until the backend itself has used the new one.
    assert allowed(old)
    assert allowed(new)
    assert not allowed(old)
    # Or until its time is over.
    hand(third, new)
    assert allowed(new)
    set_options(outbox.bridge, igny8_previous_key={"key": new, "until": 1})
    assert not allowed(new)
    assert allowed(third)


def test_everything_is_scheduled_as_a_fallback(outbox: Outbox):
    post_id = outbox.post()["post_id"]
    outbox.do("wp_clear_scheduled_hook( 'igny8_jobs' ); return 1;")
    at = outbox.do(
        f"{update(post_id)} add_action( 'shutdown', static function () {{"
        " update_option( 'test_planned', wp_next_scheduled( 'igny8_jobs' ) ); },"
        " PHP_INT_MAX ); return 1;"
    )
    assert at == 1
    assert int(outbox.do("return get_option( 'test_planned' );")) == outbox.now + 60
    outbox.inbox.answer = failing(503)
    outbox.do("wp_clear_scheduled_hook( 'igny8_jobs' ); return 1;")
    outbox.run()
    assert outbox.do("return wp_next_scheduled( 'igny8_jobs' );") == outbox.now + 60


def test_a_page_view_costs_nothing(outbox: Outbox):
    bridge = outbox.bridge
    foreign = bridge.php(
        "return wp_insert_post( array( 'post_title' => 'F', 'post_status' => 'publish' ) );"
    )
    queries = []
    bridge.call("GET", "", url=f"{bridge.site.url}/?p={foreign}", headers={})
    # Empty, not absent: asking for an option that is absent would cost a query of its own.
    for off in ("", 1):
        bridge.option(test_count_queries=1, test_bridge_off=off)
        page = bridge.call("GET", "", url=f"{bridge.site.url}/?p={foreign}", headers={})
        queries.append(page.headers["X-Test-Queries"])
        if not off:
            names = page.headers["X-Test-Igny8-Classes"].split(",")
            loaded = {name.removeprefix("Igny8/Bridge/") for name in names}
    bridge.option(test_count_queries=None, test_bridge_off=None)
    assert queries[0] == queries[1]
    assert loaded == {
        *("Plugin", "Core/Hooks", "Core/PostTypes"),
        *("Seo/Head", "Seo/MetaAdapter", "Seo/Own"),
        *("Publish/OwnTaxonomies", "Publish/Posts", "Publish/Stylesheet"),
    }
    sizes = bridge.php(
        'return $wpdb->get_results( "SELECT option_name n, LENGTH(option_value) s FROM'
        " $wpdb->options WHERE option_name LIKE 'igny8%' AND autoload NOT IN ('no','off')\" );"
    )
    assert sizes
    assert all(int(row["s"]) <= 1024 for row in sizes), sizes
