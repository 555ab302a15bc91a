"""An integration that people switch off, on and let go: what waits there waits, goes on, ends."""

from typing import Any

import pytest
from igny8.core.table import integration_partition

from tests.integration.test_managing import actions, one
from tests.integration.test_structure import SEED, choose, push
from tests.integration.test_synced_counts import counts, link_rows
from tests.support.aws_calls import stored_rows
from tests.support.site_events import EPOCH
from tests.support.steps import bring_to, edit, gate_of, publication_row
from tests.support.wordpress import lost, not_sent
from tests.support.world import ACCOUNT, World

pytestmark = pytest.mark.rows("memory")


def switch(world: World, site: dict[str, Any], *, on: bool) -> Any:
    answer = world.call("PATCH", one(site), {"is_active": on})
    assert answer.status == 200, answer.body
    return answer.data


def state(world: World, content: dict[str, Any]) -> tuple[str, str | None]:
    shown = world.publication(content)
    return shown["publish_state"], shown["reason"]


def parked(world: World, site: dict[str, Any]) -> dict[str, Any]:
    """A content that waits behind a switched-off integration, and on no sweep."""
    content = bring_to(world, "queued", site)
    switch(world, site, on=False)
    world.work([world.hint(content, site["integration_id"])])
    assert publication_row(world, content).wake_at is None
    return content


def test_what_waits_says_that_people_switched_it_off(shared: World) -> None:
    site = shared.connected_site()
    content = parked(shared, site)
    assert state(shared, content) == ("blocked", "inactive")
    assert "Switch it on" in shared.publication(content)["reason_detail"]
    found = shared.call("GET", one(site)).data
    assert (found["is_active"], found["connection_status"]) == (False, "connected")
    assert found["sync_error"] is None
    assert shared.wordpress.calls == []
    assert "gate_closed" not in actions(shared, site)


@pytest.mark.parametrize("hint", ["kept", "lost"])
@pytest.mark.parametrize("how", ["switch", "resume"])
def test_switched_on_it_goes_on(shared: World, hint: str, how: str) -> None:
    site = shared.connected_site()
    content = parked(shared, site)
    if how == "switch":
        assert switch(shared, site, on=True)["is_active"] is True
    else:
        assert shared.call("POST", one(site, "resume/")).data["is_active"] is True
    if hint == "lost":
        assert shared.messages()
        shared.clock.advance(minutes=6)
        shared.sweep("blocked")
    shared.work()
    assert state(shared, content) == ("published", None)


def test_a_click_says_that_it_is_switched_off_and_what_to_do(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    switch(shared, site, on=False)
    clicked = shared.publish(content)
    begun = shared.call("POST", one(site, "sync/"))
    of_site = shared.call("POST", "/api/v1/integration/site-sync/", {"site_id": site["id"]})
    for answer in (clicked, begun, of_site):
        assert (answer.status, answer.code) == (409, "no_integration")
        message = answer.body["error"]["message"]
        assert "switched off" in message
        assert "Switch it on (is_active)" in message
        assert "not connected" not in message
    switch(shared, site, on=True)
    assert shared.publish(content).status == 202


def test_a_click_says_that_a_site_is_no_longer_tried(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.wordpress.up = False
    shared.publish(content)
    for _ in range(12):
        shared.clock.advance(hours=12)
        shared.sweep("blocked")
        shared.sweep()
        shared.work()
    assert gate_of(shared, site).reason == "disabled_after_failures"
    message = shared.publish(shared.content(site)).body["error"]["message"]
    assert "has not answered for days" in message
    assert "resume" in message


def test_pairing_does_not_switch_on_what_people_switched_off(shared: World) -> None:
    """The bridge pairs by itself too: after an update, after its address changed."""
    site = shared.connected_site()
    content = parked(shared, site)
    paired = shared.pair(site, site["api_key"])
    assert (paired.status, paired.data["is_active"]) == (200, False)
    shared.work()
    assert state(shared, content) == ("blocked", "inactive")
    switch(shared, site, on=True)
    shared.work()
    assert state(shared, content) == ("published", None)


def test_an_answer_that_was_under_way_does_not_switch_on(shared: World) -> None:
    site = shared.connected_site()
    first, second = bring_to(shared, "queued", site), bring_to(shared, "queued", site)
    shared.wordpress.after.append(lambda answer: (switch(shared, site, on=False), answer)[1])
    shared.work([shared.hint(first, site["integration_id"])])
    assert state(shared, first) == ("published", None)
    assert gate_of(shared, site).reason == "inactive"
    assert state(shared, second) == ("blocked", "inactive")


def test_what_failures_closed_stays_closed_where_only_the_switch_is_set(shared: World) -> None:
    site = shared.connected_site()
    for _ in range(3):
        bring_to(shared, "queued", site)
    shared.wordpress.before += [not_sent()] * 3
    shared.work([shared.hint({"id": 0, "site_id": site["id"]}, site["integration_id"])])
    assert gate_of(shared, site).reason == "unreachable"
    assert switch(shared, site, on=True)["is_active"] is True  # which it was
    assert gate_of(shared, site).reason == "unreachable"


def test_one_that_never_connected_can_be_sent_whole_again(shared: World) -> None:
    site = shared.site()
    site["integration_id"] = shared.key(site)["integration_id"]
    body = {"sync_enabled": False, "is_active": True}
    assert shared.call("PUT", one(site), body).data["sync_enabled"] is False


# --- Resuming ------------------------------------------------------------------------------------


@pytest.mark.rows("dynamodb")
def test_resuming_what_serves_changes_nothing(shared: World) -> None:
    site = shared.connected_site()
    before = stored_rows()
    assert shared.call("POST", one(site, "resume/")).status == 200
    assert stored_rows() == before


@pytest.mark.rows("dynamodb")
def test_resuming_does_not_hide_that_the_site_is_not_listened_to(shared: World) -> None:
    site = shared.connected_site()
    content = bring_to(shared, "published", site)
    for epoch, seq in ((EPOCH, 7), (EPOCH[::-1], 8)):
        told = {"post_id": 101, "content_id": content["id"], "post_status": "draft"}
        shared.wordpress.outbox.epoch, shared.wordpress.outbox.head_seq = epoch, seq
        shared.told(site, {**told, "epoch": epoch, "head_seq": seq})
        shared.clock.advance(hours=7)
        shared.sweep("sync")
        shared.synchronise()
    error = shared.call("GET", one(site)).data["sync_error"]
    assert error.startswith("The site's database was restored")
    switch(shared, site, on=False)
    resumed = shared.call("POST", one(site, "resume/")).data
    assert resumed["sync_error"] == error


# --- Letting go ----------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["integration", "site"])
@pytest.mark.parametrize("hint", ["kept", "lost"])
def test_what_waits_on_no_sweep_is_cancelled_where_its_site_is_deleted(
    shared: World, what: str, hint: str
) -> None:
    site = shared.connected_site()
    contents = [parked(shared, site)]
    path = one(site) if what == "integration" else f"/api/v1/sites/{site['id']}/"
    assert shared.call("DELETE", path).status == 200
    if hint == "lost":
        shared.messages()
        shared.clock.advance(minutes=6)
        shared.sweep("blocked")
    shared.work()
    rows = [publication_row(shared, content) for content in contents]
    assert [(row.state, row.reason) for row in rows] == [("cancelled", "site_deleted")]
    shared.clock.advance(minutes=6)
    shared.sweep("blocked")
    shared.clock.advance(days=9)
    assert shared.sweep("blocked")["found"] == 0  # nothing is looked for any more


@pytest.mark.rows("dynamodb")
@pytest.mark.parametrize("what", ["integration", "site"])
def test_nothing_of_what_it_kept_is_left(shared: World, what: str) -> None:
    site = shared.connected_site()
    push(shared, site, SEED)
    choose(shared, site, post_types={"post": {"fetch_limit": 7}})
    content = bring_to(shared, "published", site)
    shared.told(site, {"post_id": 101, "content_id": content["id"], "post_status": "publish"})
    assert {sk.partition("#")[0] for sk in kept(site)} == {"INBOX", "SYNC", "TYPES"}
    path = one(site) if what == "integration" else f"/api/v1/sites/{site['id']}/"
    assert shared.call("DELETE", path).status == 200
    assert kept(site) == {"SYNC"}  # its bridge has to be told
    shared.synchronise()
    assert shared.wordpress.disconnected
    assert kept(site) == set()


def kept(site: dict[str, Any]) -> set[str]:
    partition = integration_partition(ACCOUNT, site["integration_id"])
    rows = stored_rows()["igny8-test-data"]
    return {row["sk"]["S"] for row in rows if row["pk"]["S"] == partition}


@pytest.mark.rows("dynamodb")
def test_posts_of_an_integration_that_was_made_anew_are_counted_there_alone(shared: World) -> None:
    site = shared.connected_site()
    content, told = bring_to(shared, "published", site), bring_to(shared, "published", site)
    assert shared.call("DELETE", one(site)).status == 200
    key = shared.key(site)
    shared.wordpress.accepted_key = key["api_key"]
    assert shared.pair(site, key["api_key"]).status == 200
    anew = {**site, "integration_id": key["integration_id"], "api_key": key["api_key"]}
    edit(shared, content, title="Told anew", post_type="page")
    shared.publish(content)
    shared.work()
    body = {"post_id": 102, "content_id": told["id"], "post_status": "draft"}
    assert shared.told(anew, body).data["result"] == "applied"
    assert counts(shared, anew) == {"post": 2}  # a post keeps the type that it was made with
    assert kept(site) <= {"SYNC"}
    for one_content in (content, told):
        path = f"/api/v1/writer/content/{one_content['id']}/?unpublish=keep"
        assert shared.call("DELETE", path).status == 200
    assert (link_rows(), counts(shared, anew)) == ([], {})


def test_deleting_what_is_in_doubt_asks_nobody_any_more(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)
    shared.wordpress.before.append(lost())
    shared.work()
    assert shared.publication(content)["in_doubt"]
    assert shared.call("DELETE", one(site)).status == 200
    calls = len(shared.wordpress.calls)
    shared.clock.advance(minutes=30)
    shared.sweep()
    shared.work()
    assert publication_row(shared, content).state == "cancelled"
    assert len(shared.wordpress.calls) == calls
