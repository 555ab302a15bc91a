"""DynamoDB, SQS, KMS, S3 and Secrets Manager fail at every single call: nothing is lost."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.test_structure import SEED, push
from tests.support.aws_calls import (
    Conflicts,
    FaultAt,
    fault,
    intercepted,
    recorded_calls,
    stored_rows,
)
from tests.support.batches import BATCHES, begun, bulk, cancel
from tests.support.site_events import EPOCH, Bridge, published, seed_status
from tests.support.steps import bring_to, publication_row, sweep_and_work
from tests.support.world import ACCOUNT, HTML, SITE_URL, Response, World

Operation = Callable[[], Response]
Prepare = Callable[[World], Operation]
CONTENT = "/api/v1/writer/content/"
INTEGRATIONS = "/api/v1/integration/integrations/"


def _content_body(site: dict[str, Any]) -> dict[str, Any]:
    return {"site_id": site["id"], "title": "T", "content_html": HTML}


def create_site(world: World) -> Operation:
    body = {"name": "N", "url": "https://example.com"}
    return lambda: world.call("POST", "/api/v1/sites/", body)


def change_site(world: World) -> Operation:
    site = world.site()
    return lambda: world.call("PATCH", f"/api/v1/sites/{site['id']}/", {"name": "Other"})


def list_sites(world: World) -> Operation:
    world.site()
    return lambda: world.call("GET", "/api/v1/sites/")


def delete_site(world: World) -> Operation:
    site = world.connected_site()
    return lambda: world.call("DELETE", f"/api/v1/sites/{site['id']}/")


def generate_key(world: World) -> Operation:
    site = world.site()
    world.services.hasher._pepper = None
    return lambda: world.call("POST", f"{INTEGRATIONS}generate-api-key/", {"site_id": site["id"]})


def revoke_key(world: World) -> Operation:
    site = world.connected_site()
    return lambda: world.call("POST", f"{INTEGRATIONS}revoke-api-key/", {"site_id": site["id"]})


def pair(world: World) -> Operation:
    site = world.site()
    key = world.key(site)["api_key"]
    world.services.hasher._pepper = None
    return lambda: world.pair(site, key)


def list_integrations(world: World) -> Operation:
    world.connected_site()
    return lambda: world.call("GET", INTEGRATIONS)


def read_integration(world: World) -> Operation:
    site = world.connected_site()
    return lambda: world.call("GET", f"{INTEGRATIONS}{site['integration_id']}/")


def debug_status(world: World) -> Operation:
    site = world.connected_site()
    return lambda: world.call("GET", f"{INTEGRATIONS}{site['integration_id']}/debug-status/")


def create_content(world: World) -> Operation:
    site = world.site()
    return lambda: world.call("POST", CONTENT, _content_body(site))


def list_content(world: World) -> Operation:
    content = bring_to(world, "queued")
    return lambda: world.call("GET", f"{CONTENT}?site={content['site_id']}")


def read_content(world: World) -> Operation:
    content = bring_to(world, "queued")
    return lambda: world.call("GET", f"{CONTENT}{content['id']}/")


def change_content(world: World) -> Operation:
    content = bring_to(world, "published")
    changes = {"title": "New", "content_html": "<p>New text</p>"}
    return lambda: world.call("PATCH", f"{CONTENT}{content['id']}/", changes)


def publish_by_patch(world: World) -> Operation:
    content = bring_to(world, "published")
    changes = {"title": "New", "status": "published"}
    return lambda: world.call("PATCH", f"{CONTENT}{content['id']}/", changes)


def click(world: World) -> Operation:
    content = bring_to(world, "none")
    return lambda: world.publish(content)


def bulk_publish(world: World) -> Operation:
    content = bring_to(world, "none")
    site = world.services.integration_store.bundle(ACCOUNT, content["site_id"])
    named = site.integrations[0].id
    return lambda: bulk(world, [content], site_integration_id=named)


def read_batch(world: World) -> Operation:
    batch_id = begun(world, [bring_to(world, "none")])
    world.carry_on()
    return lambda: world.call("GET", f"{BATCHES}/{batch_id}/")


def cancel_batch(world: World) -> Operation:
    batch_id = begun(world, [bring_to(world, "none")])
    return lambda: cancel(world, batch_id)


def read_publication(world: World) -> Operation:
    content = bring_to(world, "queued")
    return lambda: world.call("GET", f"{CONTENT}{content['id']}/publication/")


def _of_integration(world: World, method: str, rest: str, body: Any = None) -> Operation:
    site = world.connected_site()
    world.pair(site, site["api_key"])
    push(world, site, SEED)
    path = f"{INTEGRATIONS}{site['integration_id']}/{rest}"
    return lambda: world.call(method, path, body)


def sync_status(world: World) -> Operation:
    return _of_integration(world, "GET", "sync-status/")


def sync_health(world: World) -> Operation:
    return _of_integration(world, "GET", "sync-health/")


def content_types(world: World) -> Operation:
    return _of_integration(world, "GET", "content-types/")


def history(world: World) -> Operation:
    return _of_integration(world, "GET", "events/?type=sync")


def begin_sync(world: World) -> Operation:
    return _of_integration(world, "POST", "sync/", {"direction": "changes"})


def choose_types(world: World) -> Operation:
    body = {"post_types": {"post": {"enabled": False}}}
    return _of_integration(world, "PATCH", "content-types/", body)


def switch_off(world: World) -> Operation:
    return _of_integration(world, "PATCH", "", {"is_active": False})


def resume(world: World) -> Operation:
    site = world.connected_site()
    path = f"{INTEGRATIONS}{site['integration_id']}/"
    assert world.call("PATCH", path, {"is_active": False}).status == 200
    return lambda: world.call("POST", f"{path}resume/")


def delete_integration(world: World) -> Operation:
    return _of_integration(world, "DELETE", "")


def push_structure(world: World) -> Operation:
    site = world.connected_site()
    return lambda: push(world, site, SEED)


def tell_status(world: World) -> Operation:
    site, content = published(world)
    body = seed_status(content, 101, "draft", SITE_URL) | {"seq": 1, "epoch": EPOCH, "head_seq": 1}
    body["post_id"] = int(world.publication(content)["external_id"])
    return lambda: world.told(site, body)


def tell_metadata(world: World) -> Operation:
    site, content = published(world)
    body = seed_status(content, 101, "publish", SITE_URL) | {"metadata": {"tags": ["a"]}}
    body["post_id"] = int(world.publication(content)["external_id"])
    return lambda: world.told(site, body, kind="metadata")


def tell_batch(world: World) -> Operation:
    site, content = published(world)
    bridge = Bridge(world, site)
    for status in ("draft", "pending", "trash"):
        bridge.event(content, status)
    return bridge.send


READS = [list_sites, list_integrations, read_integration, debug_status, list_content,
         read_content, read_publication, sync_status, sync_health, content_types, history,
         read_batch]  # fmt: skip
WRITES = [create_site, change_site, delete_site, generate_key, revoke_key, pair, create_content,
          change_content, publish_by_patch, click, begin_sync, choose_types, switch_off, resume,
          delete_integration, push_structure, tell_status, tell_metadata, tell_batch,
          bulk_publish, cancel_batch]  # fmt: skip


def calls_of(world: World, prepare: Prepare) -> list[str]:
    operation = prepare(world)
    with recorded_calls() as calls:
        assert operation().status < 300
    return list(calls)


def but_for_notes(rows: dict[str, Any]) -> dict[str, Any]:
    """Rows without what says that something may be left: of a text that may have been stored."""
    return {
        table: [row for row in kept if row.get("sk") != {"S": "CLEAN"}]
        for table, kept in rows.items()
    }


@pytest.mark.parametrize("prepare", [*READS, *WRITES])
def test_fault_before_any_effect(shared: World, prepare: Prepare) -> None:
    calls = calls_of(shared, prepare)
    for number, name in enumerate(calls):
        operation = prepare(shared)
        before = stored_rows()
        shared.messages()
        with intercepted(FaultAt(number)):
            answer = operation()
        if name == "SendMessage":
            assert answer.status in {200, 202}  # accepted: the sweep sends the hint
            assert stored_rows() != before
            continue
        assert answer.status == 503, (number, name)
        assert answer.code == "temporarily_unavailable"
        assert int(answer.headers["Retry-After"]) > 0
        if "TransactWriteItems" not in calls[:number]:  # a PATCH reads again what it wrote
            assert but_for_notes(stored_rows()) == but_for_notes(before), (number, name)
        assert operation().status < 300, (number, name)  # the very same request, sent again


@pytest.mark.parametrize("prepare", [click, publish_by_patch])
def test_click_whose_answer_from_dynamodb_was_lost(shared: World, prepare: Prepare) -> None:
    commit = calls_of(shared, prepare).index("TransactWriteItems")
    operation = prepare(shared)
    shared.messages()
    with intercepted(FaultAt(commit, after_effect=True)):
        assert operation().status == 503
    assert operation().status == 200  # it had been written: a double click
    sweep_and_work(shared)
    sent = [(one["content_id"], one["rev"]) for one in shared.wordpress.sent()]
    assert len(set(sent)) == len(sent) >= 2


@pytest.mark.parametrize("prepare", WRITES)
def test_conflicting_transactions(shared: World, prepare: Prepare) -> None:
    operation = prepare(shared)
    before = stored_rows()
    endless = Conflicts(1000)
    with intercepted(endless):
        answer = operation()
    assert (answer.status, answer.code) == (503, "temporarily_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert stored_rows() == before
    assert endless.tried == 6  # and five retries
    passing = Conflicts(5)
    with intercepted(passing):
        assert operation().status < 300
    assert passing.tried == 6


def deliver_after(world: World, intercept: Any, *, update: bool) -> dict[str, Any]:
    """Serve one click while ``intercept`` stands between, then let the sweeps mend it."""
    content = bring_to(world, "published" if update else "none")
    if update:
        world.call("PATCH", f"{CONTENT}{content['id']}/", {"title": "Second"})
    world.services.vault._plain.clear()
    world.publish(content)
    hints = world.messages()
    with intercepted(intercept):
        assert world.work(hints) == {"batchItemFailures": []}
    row = publication_row(world, content)
    assert row.state == "published" or row.due_at is not None
    sweep_and_work(world, 3)
    publication = world.publication(content)
    assert publication["publish_state"] == "published"
    assert publication["applied_intent"] == publication["intent"] == (2 if update else 1)
    assert world.wordpress.inserts == 1
    return publication


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("number", range(8))
def test_worker_survives_a_fault_at_each_call(
    shared: World, number: int, after_effect: bool
) -> None:
    fault = FaultAt(number, after_effect=after_effect)
    deliver_after(shared, fault, update=False)
    assert fault.failed is not None  # there is such a call
    assert len(shared.wordpress.sent()) == 1


def test_worker_makes_eight_calls(shared: World) -> None:
    fault = FaultAt(8)
    deliver_after(shared, fault, update=False)
    assert fault.failed is None  # so that the range above covers them all


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("times", [1, 5, 6])
@pytest.mark.parametrize("update", [False, True])
def test_worker_survives_conflicts_at_each_write(
    shared: World, skip: int, times: int, update: bool
) -> None:
    conflicts = Conflicts(times, skip=skip)
    deliver_after(shared, conflicts, update=update)
    assert conflicts.left == 0
    assert len(shared.wordpress.sent()) == 1 + int(update)


def test_sweep_passes_over_a_row_that_cannot_be_written(shared: World) -> None:
    contents = [bring_to(shared, "queued") for _ in range(4)]
    conflicts = Conflicts(6)  # and so its five retries
    with intercepted(conflicts):
        assert shared.sweep() == {
            "found": 4, "hinted": 3, "left_over": 1, "unreadable": (),
            "oldest_due_seconds": 0, "long_in_doubt": 0,
        }  # fmt: skip
    assert shared.sweep()["hinted"] == 1
    shared.work()
    states = {shared.publication(content)["publish_state"] for content in contents}
    assert states == {"published"}


def failing(name: str) -> Any:
    def fail(operation: str, _parameters: Any, proceed: Callable[[], Any]) -> Any:
        if operation == name:
            raise fault(operation)
        return proceed()

    return fail


@pytest.mark.parametrize("name", ["Query", "BatchGetItem", "UpdateItem"])
def test_sweep_without_dynamodb_says_that_there_is_more(shared: World, name: str) -> None:
    content = bring_to(shared, "queued")
    with intercepted(failing(name)):
        report = shared.sweep()
    assert (report["hinted"], report["left_over"] > 0) == (0, True)
    sweep_and_work(shared)
    assert shared.publication(content)["publish_state"] == "published"


def test_sweep_without_sqs_tries_again(shared: World) -> None:
    content = bring_to(shared, "queued")
    shared.sweep()
    shared.messages()
    shared.clock.advance(minutes=2)
    with intercepted(failing("SendMessageBatch")):
        assert shared.sweep() == {
            "found": 1, "hinted": 0, "left_over": 1, "unreadable": (),
            "oldest_due_seconds": 60, "long_in_doubt": 0,
        }  # fmt: skip
    assert shared.messages() == []
    sweep_and_work(shared)
    assert shared.publication(content)["publish_state"] == "published"
