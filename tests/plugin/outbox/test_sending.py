"""The outbox is sent until it is acknowledged, in order, and kept within bounds."""

import json
from itertools import pairwise
from typing import Any

import pytest
from igny8.core.keys import generate_key
from igny8.inbound.model import Result

from tests.plugin.inbox import WEBHOOK, Answer, acknowledge, failing, set_options

from .conftest import Outbox, update


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
        " { $s->add( 'post_updated', 1, 1, array() ); }"
        " Igny8\\Bridge\\Outbox\\Loss::enforce_limits( $s ); return 1;"
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


@pytest.mark.parametrize("result", Result)
def test_whatever_the_backend_made_of_an_event_it_is_not_sent_again(outbox: Outbox, result: str):
    """One that says no status, for the post has none, is looked after there: ``queued``."""
    post_id = outbox.post()["post_id"]
    outbox.do(update(post_id) + " return 1;")

    def answer(path: str, body: dict[str, Any]) -> Answer:
        results = [{"event_id": e["event_id"], "result": result} for e in body.get("events", [])]
        return 200, {}, json.dumps({"success": True, "data": {"results": results}})

    outbox.inbox.answer = answer
    outbox.run()
    assert outbox.waiting() == []
