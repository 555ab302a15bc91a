"""The sync worker: takes what waits on a site, compares, and hands new keys over."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.support.aws_calls import intercepted
from tests.support.outbox import Outbox
from tests.support.site_events import published, read, seen
from tests.support.wordpress import not_sent, refusal, reply
from tests.support.world import ACCOUNT, SITE_URL, World

INTEGRATIONS = "/api/v1/integration/integrations"


def sync(world: World, site: dict[str, Any], direction: str | None = None) -> Any:
    path = f"{INTEGRATIONS}/{site['integration_id']}/sync/"
    answer = world.call("POST", path, {"direction": direction} if direction else None)
    assert answer.status == 202, answer.body
    return answer.data


def status(world: World, site: dict[str, Any]) -> Any:
    return world.call("GET", f"{INTEGRATIONS}/{site['integration_id']}/sync-status/").data


def integration(world: World, site: dict[str, Any]) -> Any:
    return world.call("GET", f"{INTEGRATIONS}/{site['integration_id']}/").data


def actions(world: World, site: dict[str, Any]) -> list[str]:
    return [event["action"] for event in world.events(site)]


def change(world: World, content: dict[str, Any], to: str, **fields: Any) -> dict[str, Any]:
    """Somebody changes a post in WordPress; the event waits there."""
    publication = world.publication(content)
    return world.wordpress.outbox.add(
        action="post_updated",
        post_id=int(publication["external_id"]),
        content_id=content["id"],
        post_status=to,
        post_url=f"{SITE_URL}/post-{publication['external_id']}/",
        origin="wordpress",
        actor="Jane Doe",
        channel="admin",
        **fields,
    )


@pytest.fixture
def synced(shared: World) -> tuple[World, Any, Any]:
    """A site with an article, of which everything was heard."""
    site, content = published(shared)
    sweep_and_sync(shared)
    assert status(shared, site)["status"] == "idle"
    return shared, site, content


def sweep_and_sync(world: World, **later: float) -> None:
    world.clock.advance(**later)
    world.sweep("sync")
    world.synchronise()


def test_a_site_whose_calls_never_reach_us_converges_by_the_pull_alone(synced: Any) -> None:
    world, site, content = synced
    change(world, content, "draft")
    change(world, content, "trash")
    sweep_and_sync(world, hours=7)
    assert seen(world, content) == ("draft", "trash", "unpublished")
    assert world.wordpress.outbox.waiting == []
    assert "sync_changes" in actions(world, site)
    assert integration(world, site)["sync_status"] == "completed"


def test_an_event_that_was_lost_between_others_is_taken(synced: Any) -> None:
    world, site, content = synced
    _, other = published(world, site)
    six, seven, eight = change(world, content, "draft"), change(world, other, "trash"), None
    eight = change(world, content, "publish")
    for event in (six, eight):
        world.told(site, {**event, "site_url": SITE_URL})
    world.wordpress.outbox.waiting = [seven]
    sync(world, site, "changes")
    world.synchronise()
    assert seen(world, other) == ("draft", "trash", "unpublished")
    assert seen(world, content) == ("published", "publish", "published")


def test_many_events_are_taken_page_by_page_in_their_order(synced: Any) -> None:
    world, site, content = synced
    for number in range(250):
        change(world, content, "draft" if number % 2 else "pending")
    sync(world, site, "changes")
    world.synchronise()
    run = status(world, site)["run"]
    assert (run["state"], run["done"]) == ("done", 250)
    assert seen(world, content) == ("draft", "draft", "unpublished")
    assert world.wordpress.outbox.waiting == []
    assert len(world.wordpress.sent("changes/ack")) == 3


def test_a_crash_between_hearing_and_acknowledging_changes_nothing_twice(synced: Any) -> None:
    world, site, content = synced
    change(world, content, "draft")
    outbox = world.wordpress.outbox
    forget = outbox.acknowledge
    outbox.acknowledge = lambda _payload: {}  # type: ignore[method-assign]
    world.wordpress.after = [lambda answer: answer, lambda _answer: not_sent()]
    sync(world, site, "changes")
    world.synchronise()
    outbox.acknowledge = forget  # type: ignore[method-assign]
    assert seen(world, content) == ("draft", "draft", "unpublished")
    assert len(world.wordpress.outbox.waiting) == 1
    sweep_and_sync(world, minutes=11)
    assert world.wordpress.outbox.waiting == []
    assert actions(world, site).count("status_update") == 1


def test_a_restored_backup_freezes_until_pairing_anew(synced: Any) -> None:
    world, site, content = synced
    for _ in range(5):
        change(world, content, "private")
    sweep_and_sync(world, hours=7)
    assert seen(world, content)[1] == "private"
    # The site's database is restored: it counts from 2 on, and the post is as it was then.
    world.wordpress.outbox = Outbox(head_seq=2)
    late = change(world, content, "draft")
    body = {"site_id": site["id"], "site_url": SITE_URL, "epoch": world.wordpress.outbox.epoch,
            "head_seq": 3, "events": [late]}  # fmt: skip
    answer = world.told(site, body, kind="")
    assert (answer.status, answer.code) == (409, "sync_frozen")
    world.synchronise()  # the site is asked, and again when no replica can lag behind any more
    assert seen(world, content)[1] == "private"
    assert "was restored or copied" in integration(world, site)["sync_error"]
    sweep_and_sync(world, minutes=5)
    assert seen(world, content)[1] == "private"
    assert "restored from a backup" in integration(world, site)["sync_error"]
    assert actions(world, site).count("sync_frozen") == 1
    assert status(world, site)["status"] == "error"
    # Time does not heal it, though the site counts on beyond where it was.
    for _ in range(5):
        change(world, content, "draft")
    sweep_and_sync(world, hours=7)
    assert seen(world, content)[1] == "private"

    pair(world, site)
    sweep_and_sync(world, minutes=5)
    assert seen(world, content)[1] == "draft"
    assert integration(world, site)["sync_error"] is None


def pair(world: World, site: dict[str, Any]) -> None:
    position = world.wordpress.outbox.position
    body = {"site_id": site["id"], "site_url": site["url"], "rest_url": f"{site['url']}/wp-json/",
            "plugin_version": "2.0.0", **position}  # fmt: skip
    path = f"{INTEGRATIONS}/test-connection/"
    headers = {"X-IGNY8-API-KEY": site["api_key"]}
    assert world.call("POST", path, body, account=None, headers=headers).status == 200


TERMS: dict[str, Any] = {"categories": ["News"], "tags": [], "author": {"id": 1, "name": "Jane"}}


def kept_terms(world: World, content: dict[str, Any]) -> Any:
    return world.call("GET", f"/api/v1/writer/content/{content['id']}/").data["metadata"][
        "wp_metadata"
    ]


def test_terms_are_pulled_with_what_happened(synced: Any) -> None:
    world, _, content = synced
    change(world, content, "publish", metadata=TERMS)
    change(world, content, "publish", metadata="nonsense")
    sweep_and_sync(world, hours=7)
    assert kept_terms(world, content) == TERMS


def test_a_comparison_finds_terms_that_no_event_told_of(synced: Any) -> None:
    """Somebody renamed a term in the database."""
    world, site, content = synced
    world.wordpress.metadata = TERMS
    for changed in (1, 0):
        sync(world, site)
        world.synchronise()
        assert status(world, site)["run"]["changed"] == changed
        assert kept_terms(world, content) == TERMS


def test_a_late_call_freezes_only_until_the_site_was_asked(synced: Any) -> None:
    world, site, content = synced
    for _ in range(5):
        change(world, content, "private")
    sweep_and_sync(world, hours=7)
    late = {"site_id": site["id"], "site_url": SITE_URL, "epoch": world.wordpress.outbox.epoch,
            "head_seq": 3, "events": [change(world, content, "draft")]}  # fmt: skip
    assert world.told(site, late, kind="").status == 409
    world.synchronise()
    assert world.told(site, late | {"head_seq": 6}, kind="").status == 200
    assert seen(world, content)[1] == "draft"
    assert integration(world, site)["sync_error"] is None


def test_another_database_freezes(synced: Any) -> None:
    world, site, content = synced
    world.wordpress.outbox = Outbox(epoch="f" * 32, head_seq=50)
    change(world, content, "trash")
    sweep_and_sync(world, hours=7)
    assert seen(world, content)[1] == "publish"
    assert actions(world, site).count("sync_frozen") == 1


def test_a_run_compares_every_post_and_fetches_the_structure(synced: Any) -> None:
    world, site, content = synced
    _, deleted = published(world, site)
    world.wordpress.posts[content["id"]].post_status = "private"
    world.wordpress.delete(deleted["id"])
    run = sync(world, site)["run"]
    assert (run["direction"], run["state"]) == ("metadata", "queued")
    world.synchronise()
    found = status(world, site)
    assert (found["status"], found["run"]["state"], found["run"]["done"]) == ("idle", "done", 2)
    assert found["run"]["changed"] == 2
    assert seen(world, content)[1:] == ("private", "published")
    assert seen(world, deleted)[1:] == ("deleted", "gone")
    types = world.call("GET", f"{INTEGRATIONS}/{site['integration_id']}/content-types/").data
    assert set(types["post_types"]) == {"post", "page"}


def test_a_second_run_has_to_wait_for_the_first(synced: Any) -> None:
    world, site, _ = synced
    sync(world, site)
    path = f"{INTEGRATIONS}/{site['integration_id']}/sync/"
    answer = world.call("POST", path)
    assert (answer.status, answer.code) == (409, "sync_running")
    world.synchronise()
    assert world.call("POST", path).status == 202


def test_a_run_waits_while_the_site_cannot_be_served(synced: Any) -> None:
    world, site, content = synced
    world.wordpress.up = False
    sync(world, site)
    world.synchronise()
    run = status(world, site)["run"]
    assert (run["state"], run["reason"]) == ("waiting", "unreachable")
    world.wordpress.up = True
    world.wordpress.posts[content["id"]].post_status = "draft"
    sweep_and_sync(world, minutes=6)
    assert status(world, site)["run"]["state"] == "done"
    assert seen(world, content)[1] == "draft"


def test_a_post_that_something_happened_to_is_asked_about(synced: Any) -> None:
    world, site, content = synced
    post_id = int(world.publication(content)["external_id"])
    world.wordpress.posts[content["id"]].post_status = "draft"
    body = {"action": "post_updated", "post_id": post_id, "post_type": "post", "site_url": SITE_URL}
    assert world.told(site, body, kind="").data["results"][0]["result"] == "queued"
    assert seen(world, content)[1] == "publish"
    world.synchronise()
    assert seen(world, content)[1:] == ("draft", "unpublished")
    unknown = body | {"post_id": 999}
    assert world.told(site, unknown, kind="").data["results"][0]["result"] == "ignored"


def test_a_post_that_something_happens_to_while_it_is_asked_about_is_asked_again(
    synced: Any,
) -> None:
    world, site, content = synced
    post = world.wordpress.posts[content["id"]]
    body = {
        "action": "post_updated",
        "post_id": int(world.publication(content)["external_id"]),
        "post_type": "post",
        "site_url": SITE_URL,
    }
    post.post_status = "draft"
    world.told(site, body, kind="")

    def meanwhile(answer: Any) -> Any:
        post.post_status = "private"
        assert world.told(site, body, kind="").data["results"][0]["result"] == "queued"
        return answer

    world.wordpress.after.append(meanwhile)
    world.synchronise()
    sweep_and_sync(world, minutes=6)
    assert seen(world, content)[1] == "private"


def test_lost_events_are_repaired_by_looking_at_every_post(synced: Any) -> None:
    world, site, content = synced
    world.wordpress.posts[content["id"]].post_status = "private"
    lost = world.wordpress.outbox.add(action="data_loss", post_id=None, content_id=None)
    sync(world, site, "changes")
    world.synchronise()
    assert lost not in world.wordpress.outbox.waiting
    assert seen(world, content)[1] == "private"


def rotate(world: World, site: dict[str, Any]) -> str:
    path = f"{INTEGRATIONS}/generate-api-key/"
    return world.call("POST", path, {"site_id": site["id"]}).data["api_key"]


def keys_of(world: World, site: dict[str, Any]) -> Any:
    bundle = world.services.integration_store.bundle(ACCOUNT, site["id"])
    return bundle.keys.keys


def test_a_new_key_is_handed_over_and_the_site_never_stops(synced: Any) -> None:
    world, site, _ = synced
    world.wordpress.accepted_key = site["api_key"]
    new = rotate(world, site)
    world.synchronise()
    assert world.wordpress.sent("key") == [{"api_key": new}]
    world.wordpress.accepted_key = new  # the old one ends there
    published(world, site)
    world.clock.advance(days=2)  # and here
    _, content = published(world, site)
    assert seen(world, content)[2] == "published"
    assert actions(world, site).count("key_handover") == 1


@pytest.mark.parametrize("number", range(12))
def test_a_key_made_in_the_middle_of_a_handover_is_handed_over_too(
    synced: Any, number: int
) -> None:
    world, site, _ = synced
    rotate(world, site)
    seen: list[str] = []
    newest: list[str] = []

    def meanwhile(operation: str, _parameters: Any, proceed: Callable[[], Any]) -> Any:
        seen.append(operation)
        if len(seen) == number + 1 and not newest:
            newest.append("")
            newest[0] = rotate(world, site)
        return proceed()

    with intercepted(meanwhile):
        world.synchronise()
    assert newest, f"there are but {len(seen)} calls"
    for _ in range(3):
        sweep_and_sync(world, minutes=10)
    assert world.wordpress.next_key == newest[0]
    assert keys_of(world, site)[-1].used_at


def test_a_handover_whose_end_is_lost_is_not_over(synced: Any) -> None:
    """The gate heard something between our look at it and our word that it has another key."""
    world, site, _ = synced
    rotate(world, site)
    gates = world.services.gate_store
    rekeyed = gates.rekeyed

    def late(gate: Any) -> Any:
        del gates.rekeyed
        return rekeyed(replace(gate, version=gate.version + 1))

    gates.rekeyed = late
    world.synchronise()
    assert actions(world, site).count("key_handover") == 0
    sweep_and_sync(world, minutes=10)
    assert actions(world, site).count("key_handover") == 1
    assert keys_of(world, site)[-1].used_at


def test_a_site_that_pairs_with_its_old_key_gets_the_new_one(synced: Any) -> None:
    world, site, _ = synced
    new = rotate(world, site)
    assert world.pair(site, site["api_key"]).status == 200
    sweep_and_sync(world, minutes=10)
    assert world.wordpress.next_key == new


def test_a_key_that_cannot_be_handed_over_is_tried_again_and_warned_about(synced: Any) -> None:
    world, site, _ = synced
    world.wordpress.accepted_key = site["api_key"]
    world.wordpress.before = [refusal(500, "internal_error")] * 200
    new = rotate(world, site)
    world.synchronise()
    assert integration(world, site)["sync_error"] is None
    for _ in range(30):
        sweep_and_sync(world, minutes=40)
    assert "could not be handed over" in integration(world, site)["sync_error"]
    failed = [one for one in world.events(site) if one["action"] == "key_handover"]
    assert [one["success"] for one in failed] == [False]
    world.wordpress.before.clear()
    for _ in range(3):
        sweep_and_sync(world, minutes=40)
    assert world.wordpress.next_key == new
    assert integration(world, site)["sync_error"] is None


def test_a_deleted_site_is_told_until_it_knows(synced: Any) -> None:
    world, site, _ = synced
    world.wordpress.up = False
    assert world.call("DELETE", f"/api/v1/sites/{site['id']}/").status == 200
    world.synchronise()
    assert not world.wordpress.disconnected
    world.wordpress.up = True
    sweep_and_sync(world, minutes=6)
    assert world.wordpress.disconnected
    calls = len(world.wordpress.calls)
    sweep_and_sync(world, days=2)
    assert len(world.wordpress.calls) == calls


def test_what_the_site_tells_is_not_trusted(synced: Any) -> None:
    world, site, content = synced
    hostile = [
        {"event_id": 5, "seq": "x", "post_id": "1", "post_status": ["publish"]},
        {"event_id": "e" * 5000, "seq": 10**30, "post_id": -1, "content_id": content["id"]},
        {},
    ]
    world.wordpress.outbox.page = lambda _url: {  # type: ignore[method-assign]
        **Outbox(head_seq=9).position, "events": hostile, "more": True,
    }  # fmt: skip
    sync(world, site, "changes")
    world.synchronise()
    assert seen(world, content)[1] == "publish"
    assert read(world, content)["status"] == "published"
    assert status(world, site)["run"]["state"] == "done"


def test_a_page_instead_of_the_bridge_waits_and_closes_the_gate_in_the_end(synced: Any) -> None:
    world, site, _ = synced
    world.wordpress.before = [reply(200, b"<html>challenge</html>")] * 100
    sync(world, site)
    world.synchronise()
    assert status(world, site)["run"]["state"] == "waiting"


def test_a_site_that_only_pairing_can_mend_costs_next_to_nothing(synced: Any) -> None:
    world, site, content = synced
    path = f"{INTEGRATIONS}/revoke-api-key/"
    assert world.call("POST", path, {"site_id": site["id"]}).status == 200
    looks = 0
    for _ in range(24 * 6):
        world.clock.advance(minutes=10)
        world.sweep("sync")
        looks += len(hints := world.messages("sync"))
        world.synchronise(hints)
    assert 0 < looks <= 8
    world.wordpress.posts[content["id"]].post_status = "draft"
    change(world, content, "draft")
    site = site | {"api_key": rotate(world, site)}
    pair(world, site)
    sweep_and_sync(world, minutes=6)
    assert seen(world, content)[1] == "draft"


@pytest.mark.parametrize("heard", [True, False])
def test_an_answer_that_an_event_overtook_is_old(synced: Any, heard: bool) -> None:
    """What we ask about is read there first, and written down here last."""
    world, site, content = synced

    def meanwhile(answer: Any) -> Any:
        event = change(world, content, "trash")
        body = {"site_id": site["id"], "site_url": SITE_URL,
                **world.wordpress.outbox.position, "events": [event]}  # fmt: skip
        if heard:
            assert world.told(site, body, kind="").data["results"][0]["result"] == "applied"
        return answer

    world.wordpress.posts[content["id"]].post_status = "private"
    sync(world, site)
    world.wordpress.after = [lambda answer: answer, meanwhile]
    world.synchronise()
    assert status(world, site)["run"]["state"] == "done"
    assert seen(world, content)[1] == ("trash" if heard else "private")
