"""What keeps a whole site from being served, and what opens it again: breaker, auth, keys."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from igny8.core.clock import epoch
from igny8.core.rows import ConditionLost

from tests.support.steps import bring_to, edit, gate_of, publication_row, sweep_and_work
from tests.support.wordpress import not_sent, refusal, reply
from tests.support.world import SITE_URL, World

pytestmark = pytest.mark.rows("memory")

PAIR = "/api/v1/integration/integrations/test-connection/"
REVOKE = "/api/v1/integration/integrations/revoke-api-key/"


def test_breaker_opens_probes_and_closes(shared: World) -> None:
    site = shared.connected_site()
    contents = [shared.content(site) for _ in range(4)]
    for content in contents:
        shared.publish(content)
    shared.wordpress.before.extend([not_sent()] * 3)
    shared.work()
    assert len(shared.wordpress.sent()) == 3  # the fourth was not tried
    gate = gate_of(shared, site)
    now = epoch(shared.clock.now())
    assert (gate.reason, gate.probe_at) == ("unreachable", now + 60)
    states = [shared.publication(content)["publish_state"] for content in contents]
    assert states == ["blocked"] * 4
    assert shared.publication(contents[3])["attempt"] == 0
    assert [event["action"] for event in shared.events(site)].count("breaker_open") == 1

    # Before it is time, nobody is asked.
    shared.sweep()
    shared.work()
    assert shared.wordpress.sent("status") == []

    # One probe an opening, the next later each time.
    for minutes in (2, 4, 4, 4, 4):
        shared.clock.instant = datetime.fromtimestamp(gate.probe_at, UTC)
        shared.wordpress.before.append(not_sent())
        shared.work([shared.hint(content, site["integration_id"]) for content in contents])
        gate = gate_of(shared, site)
        assert gate.probe_at == epoch(shared.clock.now()) + minutes * 60
    assert len(shared.wordpress.sent("status")) == 5
    assert len(shared.wordpress.sent()) == 3

    sweep_and_work(shared, minutes=31)
    assert gate_of(shared, site).reason is None
    states = [shared.publication(content)["publish_state"] for content in contents]
    assert states == ["published"] * 4


def test_success_between_failures_keeps_the_breaker_shut(shared: World) -> None:
    site = shared.connected_site()
    for fails in (True, True, False, True, True):
        content = shared.content(site)
        if fails:
            shared.wordpress.before.append(not_sent())
        shared.publish(content)
        shared.work()
    assert gate_of(shared, site).reason is None
    assert gate_of(shared, site).failures == 2


def test_five_days_of_failures_disable_until_pairing(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)
    shared.wordpress.before.extend([not_sent()] * 300)
    shared.work()
    sweep_and_work(shared, 5, minutes=33)
    sweep_and_work(shared, 5 * 6, minutes=4 * 60)
    assert gate_of(shared, site).reason == "disabled_after_failures"
    publication = shared.publication(content)
    assert (publication["publish_state"], publication["reason"]) == (
        "blocked", "disabled_after_failures",
    )  # fmt: skip
    path = f"/api/v1/integration/integrations/{site['integration_id']}/"
    integration = shared.call("GET", path).data
    assert (integration["is_active"], integration["connection_status"]) == (False, "error")
    tried = len(shared.wordpress.calls)
    sweep_and_work(shared, 2, minutes=60)
    assert len(shared.wordpress.calls) == tried
    assert shared.publish(shared.content(site)).code == "no_integration"

    shared.wordpress.before.clear()
    assert shared.pair(site, site["api_key"]).data["is_active"] is True
    shared.work()
    assert shared.publication(content)["publish_state"] == "published"


def test_revoked_key_blocks_and_pairing_resumes(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    revoked = shared.call("POST", REVOKE, {"site_id": site["id"]})
    assert revoked.data["revoked"] is True
    assert shared.pair(site, site["api_key"]).status == 401
    assert shared.call("POST", REVOKE, {"site_id": site["id"]}).code == "no_api_key"
    assert shared.call("GET", f"/api/v1/sites/{site['id']}/").data["api_key_last4"] is None
    assert shared.publish(content).status == 202
    shared.work()
    sweep_and_work(shared, 3)
    assert shared.wordpress.calls == []
    publication = shared.publication(content)
    assert (publication["publish_state"], publication["reason"]) == ("blocked", "auth")

    key = shared.key(site)["api_key"]
    sweep_and_work(shared)
    assert shared.wordpress.calls == []  # the bridge has not shown the new one yet
    shared.wordpress.accepted_key = key
    assert shared.pair(site, key).status == 200
    assert shared.work() == {"batchItemFailures": []}  # pairing itself sent a hint
    assert shared.publication(content)["publish_state"] == "published"


def test_rejected_key_is_probed_every_six_hours(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.wordpress.accepted_key = "another key than ours"
    shared.publish(content)
    shared.work()
    assert gate_of(shared, site).reason == "auth"
    sweep_and_work(shared, 3, minutes=60)
    assert shared.wordpress.sent("status") == []
    sweep_and_work(shared, 1, minutes=181)
    assert len(shared.wordpress.sent("status")) == 1
    shared.wordpress.accepted_key = site["api_key"]
    sweep_and_work(shared, 1, minutes=361)
    assert shared.publication(content)["publish_state"] == "published"


def test_a_paused_site_stays_blocked_until_its_owner_says_otherwise(
    shared: World,
) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.wordpress.before.append(refusal(403, "paused"))
    shared.publish(content)
    shared.work()
    assert gate_of(shared, site).reason == "paused"

    off = {"bridge": {"version": "2.0.0"}, "paused": True}
    known = len(shared.events(site))
    for _ in range(3):  # asked now and then, never sent to, nothing to tell each time
        shared.wordpress.before.append(reply(200, {"success": True, "data": off}))
        sweep_and_work(shared, 1, minutes=40)
    assert shared.wordpress.before == []
    assert len(shared.wordpress.sent()) == 1
    assert len(shared.events(site)) == known
    assert shared.publication(content)["publish_state"] == "blocked"

    sweep_and_work(shared, 1, minutes=40)
    assert shared.publication(content)["publish_state"] == "published"


def test_rotation_keeps_the_old_key_for_a_day(shared: World) -> None:
    site = shared.connected_site()
    old = site["api_key"]
    rotated = shared.key(site)
    new = rotated["api_key"]
    assert rotated["integration_id"] == site["integration_id"]
    assert rotated["previous_valid_until"] == "2026-01-11T12:00:00.000Z"

    # Outbound goes on with the newest key that the bridge itself has used.
    shared.wordpress.accepted_key = old
    content = shared.content(site)
    shared.publish(content)
    shared.work()
    assert shared.publication(content)["publish_state"] == "published"
    assert shared.pair(site, old).status == 200

    shared.wordpress.accepted_key = new
    assert shared.pair(site, new).status == 200
    edit(shared, content, title="With the new key")
    shared.publish(content)
    shared.work()
    assert shared.publication(content)["applied_intent"] == 2

    shared.clock.advance(hours=23, minutes=59)
    assert shared.pair(site, old).status == 200
    shared.clock.advance(minutes=1)
    assert shared.pair(site, old).status == 401
    assert shared.pair(site, new).status == 200


def test_unused_key_ends_with_the_next_rotation(shared: World) -> None:
    site = shared.site()
    first = shared.key(site)
    second = shared.key(site)
    assert second["previous_valid_until"] is None
    assert shared.pair(site, first["api_key"]).status == 401
    assert shared.pair(site, second["api_key"]).status == 200


def test_pairing_compares_what_the_body_says(shared: World) -> None:
    site, other = shared.connected_site(), shared.connected_site()
    body = {"site_id": site["id"], "site_url": SITE_URL, "api_key": site["api_key"]}

    def pair(**changes: object) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {site['api_key']}"}
        answer = shared.call("POST", PAIR, {**body, **changes}, account=None, headers=headers)
        return answer.status, "" if answer.status == 200 else answer.code

    assert pair() == (200, "")
    assert pair(site_url=SITE_URL + "/", unknown_field=[1]) == (200, "")
    assert pair(site_id=other["id"]) == (404, "not_found")
    assert pair(site_id=1) == (404, "not_found")
    assert pair(api_key=other["api_key"]) == (401, "invalid_api_key")
    assert pair(site_url="https://elsewhere.example.com") == (409, "site_url_mismatch")
    assert pair(rest_url="https://elsewhere.example.com/wp-json/") == (409, "site_url_mismatch")


def test_a_wrong_first_header_is_not_rescued_by_the_second(shared: World) -> None:
    site = shared.connected_site()
    body = {"site_id": site["id"], "site_url": SITE_URL}
    bearer = {"Authorization": f"Bearer {site['api_key']}"}
    for first in ("", " ", "igny8_test_x", site["api_key"][:-1]):
        headers = {"X-IGNY8-API-KEY": first, **bearer}
        assert shared.call("POST", PAIR, body, account=None, headers=headers).status == 401
    for headers in ({}, {"Authorization": site["api_key"]}, {"Authorization": "Bearer"}):
        assert shared.call("POST", PAIR, body, account=None, headers=headers).status == 401


def test_one_site_down_does_not_delay_another(shared: World) -> None:
    down, up = bring_to(shared, "queued"), bring_to(shared, "queued")
    hints = [
        shared.hint(one, shared.publication(one)["integration_id"]) for one in (down, up)
    ]  # fmt: skip
    shared.wordpress.before.append(reply(503, b""))
    for hint in hints:
        shared.work([hint])
    assert shared.publication(up)["publish_state"] == "published"


def test_a_paused_site_is_not_given_up_for_one_failure_before(long: World) -> None:
    site = long.connected_site()
    content = long.content(site)
    long.publish(content)
    long.wordpress.before.append(not_sent())
    long.work()
    long.wordpress.paused = True
    sweep_and_work(long, 24 * 6, minutes=60)
    publication = long.publication(content)
    assert (publication["publish_state"], publication["reason"]) == ("blocked", "paused")
    assert gate_of(long, site).failing_since is None
    long.wordpress.paused = False
    sweep_and_work(long, 2, minutes=60)
    assert long.publication(content)["publish_state"] == "published"


@pytest.fixture
def anywhere(request: pytest.FixtureRequest) -> World:
    """The world that a case names."""
    found: World = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize(
    ("anywhere", "outage"),
    [("shared", 7), ("shared", 61), ("long", 128), ("long", 300), ("long", 1001)],
    indirect=["anywhere"],
)
def test_a_site_that_recovers_is_served_within_five_minutes(anywhere: World, outage: int) -> None:
    site = anywhere.connected_site()
    content = anywhere.content(site)
    anywhere.publish(content)
    anywhere.wordpress.up = False
    minutes = iter(range(outage + 60))

    def minute() -> None:
        anywhere.sweep("due")
        if next(minutes) % 5 == 0:
            anywhere.sweep("blocked")
        anywhere.work()
        anywhere.clock.advance(minutes=1)

    for _ in range(outage):
        minute()
    assert anywhere.publication(content)["publish_state"] in {"blocked", "waiting", "unknown"}
    anywhere.wordpress.up = True
    for _ in range(6):
        minute()
        if anywhere.publication(content)["publish_state"] == "published":
            break
    assert anywhere.publication(content)["publish_state"] == "published"


def test_a_blocked_sweep_sends_one_hint_a_site(shared: World) -> None:
    sites = [shared.connected_site() for _ in range(3)]
    for site in sites:
        for _ in range(4):
            shared.publish(shared.content(site))
    shared.wordpress.paused = True
    shared.work()
    shared.clock.advance(minutes=31)
    assert shared.sweep("blocked") == {
        "found": 3, "hinted": 3, "left_over": 0, "unreadable": (), "closed_gates": {"paused": 3},
    }  # fmt: skip
    assert len(shared.messages()) == 3
    assert shared.sweep("blocked")["found"] == 0, "safe twice"
    shared.clock.advance(minutes=5)
    assert shared.sweep("blocked")["hinted"] == 3, "the hints were lost"


def test_a_closed_gate_where_nothing_waits_is_looked_at_ever_more_rarely(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)
    shared.wordpress.before.append(refusal(403, "paused"))
    shared.work()
    path = f"/api/v1/writer/content/{content['id']}/?unpublish=keep"
    assert shared.call("DELETE", path).status == 200
    looks = 0
    for _ in range(288):
        shared.clock.advance(minutes=5)
        report = shared.sweep("blocked")
        looks += report["found"]
        assert report["hinted"] == 0
    assert looks < 12, "in a day"


def disabled_site(world: World) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    site = world.connected_site()
    contents = [world.content(site) for _ in range(3)]
    for content in contents:
        world.publish(content)
    world.wordpress.up = False
    world.work()
    sweep_and_work(world, 60, minutes=150)
    assert gate_of(world, site).reason == "disabled_after_failures"
    return site, contents


def revoked_site(world: World) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    site = world.connected_site()
    contents = [world.content(site) for _ in range(3)]
    for content in contents:
        world.publish(content)
    world.messages()
    assert world.call("POST", REVOKE, {"site_id": site["id"]}).status == 200
    return site, contents


@pytest.mark.parametrize("hint_is_lost", [False, True])
@pytest.mark.parametrize(
    ("anywhere", "ended"),
    [("long", disabled_site), ("shared", revoked_site)],
    indirect=["anywhere"],
)
def test_what_only_pairing_brings_back_leaves_the_sweeps_until_then(
    anywhere: World, ended: Any, hint_is_lost: bool
) -> None:
    site, contents = ended(anywhere)
    sweep_and_work(anywhere, minutes=33)
    found = 0
    for _ in range(50):
        anywhere.clock.advance(minutes=33)
        found += anywhere.sweep("due")["found"] + anywhere.sweep("blocked")["found"]
    assert found == 0
    assert {anywhere.publication(one)["publish_state"] for one in contents} == {"blocked"}

    anywhere.wordpress.up = True
    key = anywhere.key(site)["api_key"]
    assert anywhere.pair(site, key).status == 200
    if hint_is_lost:
        assert len(anywhere.messages()) == 1
        anywhere.clock.advance(minutes=5)
        assert anywhere.sweep("blocked")["hinted"] == 1
    anywhere.work()
    assert {anywhere.publication(one)["publish_state"] for one in contents} == {"published"}
    anywhere.clock.advance(minutes=10)
    anywhere.sweep("blocked")
    anywhere.clock.advance(minutes=10)
    assert anywhere.sweep("blocked")["found"] == 0


def test_a_row_is_not_parked_behind_a_gate_that_has_opened_since(shared: World) -> None:
    site, contents = revoked_site(shared)
    key = shared.key(site)["api_key"]
    resting = shared.services.resting
    park = resting.park

    def late(*arguments: Any) -> None:
        del resting.park
        assert shared.pair(site, key).status == 200
        park(*arguments)

    resting.park = late
    shared.work([shared.hint(contents[0], site["integration_id"])])
    assert publication_row(shared, contents[0]).wake_at is not None
    sweep_and_work(shared, 2, minutes=5)
    assert {shared.publication(one)["publish_state"] for one in contents} == {"published"}


def test_a_gate_is_not_probed_before_its_time_whoever_asks(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)
    shared.wordpress.accepted_key = "another"
    shared.work()
    gate = gate_of(shared, site)
    hint = [shared.hint(content, site["integration_id"])]
    for instant in (epoch(shared.clock.now()), gate.probe_at - 1):
        shared.clock.instant = datetime.fromtimestamp(instant, UTC)
        shared.work(hint)
        assert shared.wordpress.sent("status") == []
    shared.clock.instant = datetime.fromtimestamp(gate.probe_at, UTC)
    shared.work(hint)
    assert len(shared.wordpress.sent("status")) == 1


def test_a_probe_is_not_begun_of_a_gate_that_has_changed(shared: World) -> None:
    """Who read it before it was closed anew, with a later time, does not ask now."""
    site = shared.connected_site()
    shared.wordpress.paused = True
    shared.publish(shared.content(site))
    shared.work()
    gates = shared.services.gate_store
    seen = gates.get(site["integration_id"])
    shared.services.commit([gates.change(seen, replace(seen, probe_at=seen.probe_at + 900))])
    now = seen.probe_at + 1
    with pytest.raises(ConditionLost):
        gates.begin_probe(seen, now, now + 100)
    again = gates.get(site["integration_id"])
    gates.begin_probe(again, now, now + 100)
    with pytest.raises(ConditionLost):
        gates.begin_probe(again, now, now + 100)
