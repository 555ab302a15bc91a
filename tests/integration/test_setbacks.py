"""A row that we cannot handle is set back and says why; its neighbours are none the worse."""

from collections.abc import Callable
from typing import Any

import pytest
from igny8.publishing import leasing

from tests.support.aws import client
from tests.support.aws_calls import fault, intercepted
from tests.support.steps import die_before_settling, publication_row, sweep_and_work
from tests.support.wordpress import lost
from tests.support.world import World

Proceed = Callable[[], Any]


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Contents that no worker can make a payload of."""
    contents: set[int] = set()
    build = leasing.build_payload

    def crash(content: Any, *parts: Any) -> Any:
        if content.id in contents:
            message = "unreadable"
            raise TypeError(message)
        return build(content, *parts)

    monkeypatch.setattr(leasing, "build_payload", crash)
    return contents


def refused(operation: str, code: str) -> Any:
    """An AWS that answers one operation with one error, for ever."""

    def refuse(name: str, parameters: Any, proceed: Proceed) -> Any:
        if name == operation:
            raise fault(name, code)
        return proceed()

    return intercepted(refuse)


def published(world: World, count: int = 1) -> list[Any]:
    site = world.connected_site()
    contents = [world.content(site) for _ in range(count)]
    for content in contents:
        assert world.publish(content).status == 202
    return contents


def states(world: World, contents: list[Any]) -> list[str]:
    return [world.publication(content)["publish_state"] for content in contents]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_row_on_which_our_code_crashes_keeps_back_no_other(
    shared: World, poisoned: set[int], place: int
) -> None:
    contents = published(shared, 3)
    bad = contents.pop(place)
    poisoned.add(bad["id"])
    hints = shared.messages()
    answer = shared.work(hints)
    failed = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
    assert failed == [hints[place]["messageId"]]
    assert states(shared, contents) == ["published"] * 2
    row = publication_row(shared, bad)
    assert (row.state, row.crashes, row.attempt) == ("queued", 1, 0)
    assert row.due_at == row.wake_at
    poisoned.clear()
    sweep_and_work(shared)
    assert states(shared, [bad]) == ["published"]
    assert publication_row(shared, bad).crashes == 0


def test_a_crash_nobody_was_told_of_by_a_hint_is_no_hints_failure(
    shared: World, poisoned: set[int]
) -> None:
    good, bad = published(shared, 2)
    poisoned.add(bad["id"])
    hints = [one for one in shared.messages() if str(good["id"]) in one["body"]]
    assert shared.work(hints) == {"batchItemFailures": []}
    assert publication_row(shared, bad).crashes == 1


def test_a_row_that_always_crashes_is_tried_less_and_less_and_says_so(
    long: World, poisoned: set[int]
) -> None:
    (bad,) = published(long)
    poisoned.add(bad["id"])
    long.work()
    told = long.publication(bad)
    assert (told["publish_state"], told["reason"]) == ("queued", None)
    sweep_and_work(long, 24 * 12, minutes=5)
    told = long.publication(bad)
    assert (told["publish_state"], told["reason"]) == ("queued", "our_fault")
    assert "our side" in told["last_error"]["message"]
    assert 30 < publication_row(long, bad).crashes < 60
    assert long.wordpress.calls == []
    poisoned.clear()
    sweep_and_work(long, 1, minutes=35)
    told = long.publication(bad)
    assert (told["publish_state"], told["reason"], told["last_error"]) == ("published", None, None)


def test_a_row_that_kills_its_worker_is_taken_less_and_less(long: World) -> None:
    (content,) = published(long)
    taken = 0
    for _ in range(24 * 12):
        before = publication_row(long, content).crashes
        long.clock.advance(minutes=5)
        long.sweep()
        die_before_settling(long, long.messages())
        taken += publication_row(long, content).crashes > before
    assert 10 < taken < 30
    assert long.publication(content)["reason"] == "our_fault"
    assert long.publish(content).status == 200
    long.call("PATCH", f"/api/v1/writer/content/{content['id']}/", {"title": "Newer"})
    assert long.publish(content).status == 202
    sweep_and_work(long, 1, minutes=5)  # who decides anew waits for no more than the lease
    assert states(long, [content]) == ["published"]


FAULTS = {
    "a key of KMS that is disabled": ("Decrypt", "KMSInvalidStateException"),
    "texts that may not be read": ("GetObject", "AccessDenied"),
    "a row that DynamoDB refuses": ("TransactWriteItems", "ValidationException"),
}


@pytest.mark.parametrize("operation", FAULTS.values(), ids=FAULTS)
def test_a_fault_of_aws_is_waited_for_and_named_when_it_stays(
    shared: World, operation: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    contents = published(shared, 2)
    shared.services.vault._plain.clear()
    with refused(*operation):
        shared.work()
        assert {shared.publication(one)["reason"] for one in contents} == {None}
        assert "our fault" not in caplog.messages
        sweep_and_work(shared, 4, minutes=5)
        told = [shared.publication(one) for one in contents]
        assert {(one["publish_state"], one["reason"]) for one in told} == {("queued", "our_fault")}
        assert "our fault" in caplog.messages
        sweep_and_work(shared, 48, minutes=60)
    assert states(shared, contents) == ["queued"] * 2
    sweep_and_work(shared, 1, minutes=40)
    assert states(shared, contents) == ["published"] * 2
    assert {shared.publication(one)["reason"] for one in contents} == {None}
    assert {publication_row(shared, one).attempt for one in contents} == {0}


def test_one_text_that_cannot_be_read_now_keeps_back_no_other(shared: World) -> None:
    contents = published(shared, 4)
    bundle = shared.services.publication_store.bundle(4242, contents[0]["id"])

    def refuse(name: str, parameters: Any, proceed: Proceed) -> Any:
        if name == "GetObject" and parameters["Key"] == bundle.content.body.key:
            raise fault(name, "AccessDenied")
        return proceed()

    with intercepted(refuse):
        assert shared.work() == {"batchItemFailures": []}
    assert states(shared, contents) == ["queued", *["published"] * 3]


def test_where_all_is_away_not_every_row_is_tried(shared: World) -> None:
    contents = published(shared, 10)
    asked = 0

    def refuse(name: str, parameters: Any, proceed: Proceed) -> Any:
        nonlocal asked
        if name == "GetObject":
            asked += 1
            raise fault(name, "SlowDown")
        return proceed()

    with intercepted(refuse):
        shared.work()
    assert asked <= 4  # and the one read ahead
    assert states(shared, contents) == ["queued"] * 10


def test_a_result_that_cannot_be_stored_is_asked_for(shared: World) -> None:
    (content,) = published(shared)
    writes = 0

    def refuse(name: str, parameters: Any, proceed: Proceed) -> Any:
        nonlocal writes
        writes += name == "TransactWriteItems"
        if name == "TransactWriteItems" and writes == 2:
            raise fault(name, "InternalServerError")
        return proceed()

    with intercepted(refuse):
        shared.work()
    assert publication_row(shared, content).state == "sending"
    sweep_and_work(shared)
    assert states(shared, [content]) == ["published"]
    assert shared.wordpress.inserts == 1


def test_a_revision_is_read_as_it_is_not_as_it_was(shared: World) -> None:
    """What a read of yesterday's copy does not find is not lost."""
    (content,) = published(shared)
    hints = shared.messages()
    shared.call("PATCH", f"/api/v1/writer/content/{content['id']}/", {"title": "Newer"})

    def behind(name: str, parameters: Any, proceed: Proceed) -> Any:
        answer = proceed()
        if name == "GetItem" and not parameters.get("ConsistentRead"):
            revision = parameters["Key"].get("sk", {"S": ""})["S"].startswith("REV#")
            answer = {} if revision else answer
        return answer

    with intercepted(behind):
        shared.work(hints)
    assert states(shared, [content]) == ["published"]


def test_what_is_in_doubt_is_asked_about_before_its_text_is_called_lost(shared: World) -> None:
    (content,) = published(shared)
    ref = shared.services.publication_store.bundle(4242, content["id"]).content.body
    shared.wordpress.after.append(lambda _answer: lost())
    shared.work()
    assert states(shared, [content]) == ["unknown"]
    s3 = client("s3")
    s3.delete_object(Bucket=shared.services.settings.content_bucket, Key=ref.key)
    sweep_and_work(shared, 2, minutes=30)
    told = shared.publication(content)
    assert (told["publish_state"], told["reason"], told["in_doubt"]) == ("published", None, False)
    assert len(shared.wordpress.sent()) == 1


def test_what_wordpress_does_not_have_and_we_have_lost_has_failed(shared: World) -> None:
    (content,) = published(shared)
    ref = shared.services.publication_store.bundle(4242, content["id"]).content.body
    shared.wordpress.before.append(lost())
    shared.work()
    s3 = client("s3")
    s3.delete_object(Bucket=shared.services.settings.content_bucket, Key=ref.key)
    sweep_and_work(shared, 2, minutes=30)
    told = shared.publication(content)
    assert (told["publish_state"], told["reason"], told["in_doubt"]) == (
        "failed", "text_lost", False,
    )  # fmt: skip
    assert len(shared.wordpress.sent()) == 1
