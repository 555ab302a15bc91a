"""When the outbox is sent, by whom, and what else leaves with it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from igny8.core.keys import generate_key

from tests.plugin import fastcgi
from tests.plugin.conftest import article, new_id
from tests.plugin.inbox import eventually, failing, set_options

from .conftest import Outbox, update


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


@pytest.mark.parametrize("reads", ["true", "false"])
def test_an_answer_says_as_of_when_it_was_read(outbox: Outbox, reads: str):
    """What happens while a post is being read is newer than what is answered of it."""
    before, meta = outbox.do(
        "$store = new Igny8\\Bridge\\Outbox\\Store(); $before = $store->head_seq();"
        f" $answer = Igny8\\Bridge\\Rest\\Answer::to( new WP_REST_Request(), {reads},"
        " static function () use ( $store ) { $store->add( 'post_updated', 1, 1, array() );"
        " return array( array(), 200 ); } ); return array( $before, $answer->data['meta'] );"
    )
    assert meta["head_seq"] == (before if reads == "true" else before + 1)
