"""Messages lost, repeated and late, workers that die: one post, and nothing forgotten."""

from typing import Any

import pytest
from igny8.core.errors import NotFound
from igny8.publishing.model import PublishState

from tests.support.aws_calls import intercepted
from tests.support.steps import (
    bring_to,
    die_before_settling,
    edit,
    publication_row,
    put_to_rest,
    sweep_and_work,
    with_slots_free,
)
from tests.support.wordpress import lost, refusal, reply
from tests.support.world import World

pytestmark = pytest.mark.rows("memory")


def clicked(world: World) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    site = world.connected_site()
    content = world.content(site)
    assert world.publish(content).status == 202
    return site, content, world.messages()


def assert_one_post(world: World, content: dict[str, Any]) -> None:
    assert world.publication(content)["publish_state"] == "published"
    assert world.wordpress.inserts == 1
    assert world.wordpress.posts[content["id"]].rev == world.publication(content)["intent"]


def test_killed_after_wordpress_answered(shared: World) -> None:
    site, content, hints = clicked(shared)
    failed = die_before_settling(shared, hints)
    assert failed == {"batchItemFailures": [{"itemIdentifier": hints[0]["messageId"]}]}
    assert shared.publication(content)["publish_state"] == "sending"

    shared.work(hints)  # redelivered while the lease of the dead worker still runs
    assert shared.publication(content)["publish_state"] == "sending"
    shared.clock.advance(seconds=151)
    shared.work(hints)
    assert_one_post(shared, content)
    assert len(shared.wordpress.sent()) == 1
    assert [route for _, route, _ in shared.wordpress.calls] == [
        "publish", f"content/{content['id']}",
    ]  # fmt: skip
    assert shared.events(site)[0]["details"]["reason"] == "confirmed"
    assert with_slots_free(shared, site["integration_id"])


def test_killed_and_never_redelivered(shared: World) -> None:
    _, content, hints = clicked(shared)
    die_before_settling(shared, hints)
    sweep_and_work(shared)
    assert_one_post(shared, content)


def test_same_message_five_times(shared: World) -> None:
    _, content, hints = clicked(shared)
    assert shared.work(hints * 5) == {"batchItemFailures": []}
    assert_one_post(shared, content)
    assert len(shared.wordpress.calls) == 1


def test_stale_duplicates_after_completion(shared: World) -> None:
    _, content, hints = clicked(shared)
    shared.work(hints)
    before = publication_row(shared, content)
    for _ in range(3):
        shared.clock.advance(hours=7)
        shared.work(hints)
    assert len(shared.wordpress.calls) == 1
    assert publication_row(shared, content) == before


def test_two_workers_on_one_row(shared: World) -> None:
    _, content, hints = clicked(shared)

    def second_worker(answer: Any) -> Any:
        shared.work(hints)  # while the first is still waiting for WordPress
        return answer

    shared.wordpress.after.append(second_worker)
    shared.work(hints)
    assert_one_post(shared, content)
    assert len(shared.wordpress.calls) == 1


def test_worker_that_outlived_its_lease_is_overruled(shared: World) -> None:
    _, content, hints = clicked(shared)

    def slow(answer: Any) -> Any:
        shared.clock.advance(seconds=200)
        shared.work(hints)  # another takes over, asks, and settles
        return answer

    shared.wordpress.after.append(slow)
    shared.work(hints)
    assert_one_post(shared, content)
    assert len(shared.wordpress.sent()) == 1


def test_third_worker_finds_no_slot(shared: World) -> None:
    site = shared.connected_site()
    contents = [shared.content(site) for _ in range(3)]
    for content in contents:
        shared.publish(content)
    shared.messages()
    depth: list[int] = []

    def another(answer: Any) -> Any:
        depth.append(len(shared.wordpress.calls))
        if len(depth) < 3:
            shared.work([shared.hint(contents[len(depth)], site["integration_id"])])
        return answer

    shared.wordpress.after.extend([another] * 3)
    shared.work([shared.hint(contents[0], site["integration_id"])])
    assert depth[:2] == [1, 2]
    states = [shared.publication(content)["publish_state"] for content in contents]
    assert states == ["published"] * 3  # whoever had a slot went on with what was due
    assert with_slots_free(shared, site["integration_id"])


@pytest.mark.rows("dynamodb")
def test_a_slot_is_taken_once(shared: World) -> None:
    site = shared.connected_site()
    first, second = (shared.content(site) for _ in range(2))
    for content in (first, second):
        shared.publish(content)
    shared.messages()
    overtaken: list[str] = []

    def between_reading_and_taking(operation: str, _: Any, proceed: Any) -> Any:
        if operation == "TransactWriteItems" and not overtaken:
            overtaken.append(operation)
            die_before_settling(shared, [shared.hint(second, site["integration_id"])])
        return proceed()

    with intercepted(between_reading_and_taking):
        shared.work([shared.hint(first, site["integration_id"])])
    # The slot that was seen free has gone to the other: this one took the next.
    assert [sent["content_id"] for sent in shared.wordpress.sent()] == [second["id"], first["id"]]
    slots = shared.services.gate_store.get(site["integration_id"]).slots
    assert [slot.owner is not None for slot in slots] == [True, False]
    sweep_and_work(shared, 2)
    states = [shared.publication(content)["publish_state"] for content in (first, second)]
    assert states == ["published"] * 2
    assert len(shared.wordpress.sent()) == 2


def test_deleted_site_keeps_its_posts(shared: World) -> None:
    site, content, hints = clicked(shared)
    shared.work(hints)
    assert shared.call("DELETE", f"/api/v1/sites/{site['id']}/").status == 200
    sweep_and_work(shared)
    assert publication_row(shared, content).state is PublishState.PUBLISHED
    assert len(shared.wordpress.calls) == 1
    assert shared.call("GET", f"/api/v1/sites/{site['id']}/").status == 404
    assert shared.pair(site, site["api_key"]).status == 401


def test_deleted_site_cancels_queued(shared: World) -> None:
    site, content, hints = clicked(shared)
    shared.call("DELETE", f"/api/v1/sites/{site['id']}/")
    shared.work(hints)
    assert shared.wordpress.calls == []
    row = publication_row(shared, content)
    assert (row.state, row.reason, row.due_at) == (PublishState.CANCELLED, "site_deleted", None)
    assert shared.publish(content).code == "no_integration"


def test_doubt_survives_cancel_and_retry(shared: World) -> None:
    _, content, hints = clicked(shared)
    shared.wordpress.after.append(lambda _: lost())  # applied, and the answer lost
    shared.work(hints)
    assert shared.publication(content)["publish_state"] == "unknown"
    put_to_rest(shared, content, PublishState.CANCELLED)
    assert shared.publish(content).status == 202
    shared.work()
    assert_one_post(shared, content)
    routes = [route for _, route, _ in shared.wordpress.calls]
    assert routes == ["publish", f"content/{content['id']}", "publish"]


def test_lost_answers_again_and_again(shared: World) -> None:
    _, content, hints = clicked(shared)
    shared.wordpress.after.extend([lambda _: lost()] * 3)
    shared.work(hints)
    sweep_and_work(shared, 8, minutes=35)
    assert_one_post(shared, content)
    assert len(shared.wordpress.sent()) == 1


def test_half_made_post_is_not_taken_for_done(shared: World) -> None:
    _, content, hints = clicked(shared)
    shared.wordpress.after.append(lambda _: lost())
    shared.work(hints)
    running = {"success": True, "data": {"content_id": content["id"], "state": "running"}}
    shared.wordpress.before.append(reply(200, running, **{"retry-after": "30"}))
    sweep_and_work(shared)
    assert shared.publication(content)["publish_state"] in {"unknown", "waiting"}
    assert shared.publication(content)["in_doubt"] is True
    sweep_and_work(shared)
    assert_one_post(shared, content)


def test_edit_while_unknown_sends_the_newer_text_once(shared: World) -> None:
    _, content, hints = clicked(shared)
    shared.wordpress.after.append(lambda _: lost())
    shared.work(hints)
    edit(shared, content, title="Second")
    assert shared.publish(content).data["publish_state"] == "unknown"
    sweep_and_work(shared, 2)
    assert_one_post(shared, content)
    assert shared.wordpress.posts[content["id"]].title == "Second"


def test_deleted_content_is_forgotten(shared: World) -> None:
    _, content, hints = clicked(shared)
    edit(shared, content, title="Second")
    path = f"/api/v1/writer/content/{content['id']}/"
    assert shared.call("DELETE", f"{path}?unpublish=keep").status == 200
    assert shared.work(hints) == {"batchItemFailures": []}
    assert shared.wordpress.calls == []
    with pytest.raises(NotFound):
        publication_row(shared, content)


def test_content_in_flight_cannot_be_deleted(shared: World) -> None:
    content = bring_to(shared, "sending")
    path = f"/api/v1/writer/content/{content['id']}/?unpublish=keep"
    assert shared.call("DELETE", path).code == "in_flight"


def test_strange_messages_are_dropped(shared: World) -> None:
    _, content, hints = clicked(shared)
    deep = "[" * 100_000
    bodies = ["", "{", "[]", "null", '"x"', "{}", '{"account_id": 1}', deep,
              '{"account_id": Infinity, "site_id": 1, "integration_id": 1, "content_id": 1}',
              '{"account_id": "x", "site_id": 1, "integration_id": 1, "content_id": 1}',
              '{"account_id": 1, "site_id": 1, "integration_id": 1, "content_id": 1}']  # fmt: skip
    strange = [{"messageId": f"s{n}", "body": body} for n, body in enumerate(bodies)]
    assert shared.work([*strange, {"messageId": "none"}, *hints]) == {"batchItemFailures": []}
    assert_one_post(shared, content)


def test_crash_reports_only_its_own_message(shared: World) -> None:
    (_, first, one), (_, second, other) = clicked(shared), clicked(shared)
    crashes = ["one"]

    def crash_once(*arguments: Any, **named: Any) -> Any:
        if crashes:
            crashes.pop()
            raise RuntimeError("a defect of ours")
        return publish(*arguments, **named)

    publish = shared.wordpress._publish
    shared.wordpress._publish = crash_once  # type: ignore[method-assign]
    try:
        failures = shared.work(one + other)["batchItemFailures"]
    finally:
        del shared.wordpress._publish
    assert len(failures) == 1
    sweep_and_work(shared)
    states = [shared.publication(content)["publish_state"] for content in (first, second)]
    assert states == ["published"] * 2


@pytest.mark.parametrize("fails", [False, True])
def test_an_intent_that_overtook_another_is_served_at_once(shared: World, fails: bool) -> None:
    _, content, hints = clicked(shared)

    def meanwhile(answer: Any) -> Any:
        edit(shared, content, title="Newer")
        assert shared.publish(content).status == 202
        shared.work()  # its own hint finds the row leased
        return refusal(422, "invalid") if fails else answer

    shared.wordpress.after.append(meanwhile)
    shared.work(hints)
    assert shared.publication(content)["publish_state"] == "queued"
    shared.work()
    publication = shared.publication(content)
    assert (publication["publish_state"], publication["applied_intent"]) == ("published", 2)


def test_what_waits_behind_a_closed_gate_is_hinted_by_who_opens_it(shared: World) -> None:
    _, content, hints = clicked(shared)
    shared.wordpress.before.append(refusal(403, "paused"))
    shared.work(hints)
    assert shared.publication(content)["publish_state"] == "blocked"
    assert shared.messages() == []


def test_what_is_cancelled_with_its_site_says_so_in_history(shared: World) -> None:
    site, content, hints = clicked(shared)
    assert shared.call("DELETE", f"/api/v1/sites/{site['id']}/").status == 200
    shared.work(hints)
    assert publication_row(shared, content).state == "cancelled"
    newest = shared.services.event_store.newest(site["integration_id"], 10)
    (event,) = [one for one in newest if one.action == "content_cancel"]
    assert (event.content_id, event.status, event.actor) == (content["id"], "success", "system")
    assert "site was deleted" in event.description
