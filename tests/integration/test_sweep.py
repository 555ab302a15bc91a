"""The sweep finds what should have happened, hints ever more rarely, and is safe twice."""

from collections import Counter
from typing import Any

import boto3
import pytest
from igny8.core.queue import Hint
from igny8.publishing import sweep

from tests.support.aws import REGION
from tests.support.aws_calls import FaultAt, intercepted, recorded_calls
from tests.support.steps import bring_to
from tests.support.world import ACCOUNT, Context, World


def test_lost_hint_is_found_by_the_sweep(shared: World) -> None:
    content = shared.content(shared.connected_site())
    with recorded_calls() as calls, intercepted(FaultAt(3)):
        assert shared.publish(content).status == 202
    assert calls[-1] == "TransactWriteItems"  # the fault stood before the recorder
    assert shared.messages() == []
    shared.work()
    assert shared.wordpress.calls == []
    assert shared.sweep() == {
        "found": 1, "hinted": 1, "left_over": 0, "unreadable": (),
        "oldest_due_seconds": 0, "long_in_doubt": 0,
    }  # fmt: skip
    shared.work()
    assert shared.publication(content)["publish_state"] == "published"
    assert shared.wordpress.inserts == 1


@pytest.mark.parametrize("event", [{"sweep": "everything"}, {"sweep": None}, {}], ids=str)
def test_a_sweep_that_does_not_exist_is_an_error_and_runs_nothing(
    shared: World, event: dict[str, Any]
) -> None:
    from sweeps.handler import lambda_handler

    shared.publish(shared.content(shared.connected_site()))
    shared.messages()
    with recorded_calls() as calls, pytest.raises(ValueError, match="There is no sweep"):
        lambda_handler(event, Context())
    assert calls == []


def test_sweep_hints_ever_more_rarely(shared: World) -> None:
    content = shared.content(shared.connected_site())
    shared.publish(content)
    hinted = []
    for minute in range(32):
        if shared.sweep()["hinted"]:
            hinted.append(minute)
        assert shared.sweep()["hinted"] == 0  # safe twice
        shared.clock.advance(minutes=1)
    assert hinted == [0, 1, 3, 7, 15, 31]
    assert len(shared.messages()) == 7  # the click's own, and one a look


def test_two_sweeps_at_once_send_one_hint(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    shared.publish(shared.content(shared.connected_site()))
    shared.messages()
    store = shared.services.publication_store
    get_all = store.get_all

    def overtaken(keys: list[Any]) -> Any:
        monkeypatch.setattr(store, "get_all", get_all)
        rows = get_all(keys)
        assert shared.sweep()["hinted"] == 1
        return rows

    monkeypatch.setattr(store, "get_all", overtaken)
    assert shared.sweep()["hinted"] == 0
    assert len(shared.messages()) == 1


def test_sweep_leaves_what_is_at_rest(shared: World) -> None:
    for state in ("published", "failed", "conflict", "gone", "cancelled", "unpublished"):
        bring_to(shared, state)
    shared.clock.advance(days=30)
    assert shared.sweep() == {
        "found": 0, "hinted": 0, "left_over": 0, "unreadable": (),
        "oldest_due_seconds": 0, "long_in_doubt": 0,
    }  # fmt: skip


def named(messages: list[dict[str, Any]]) -> list[int]:
    """Contents that messages name."""
    return [number for one in messages for number in Hint.parse(one["body"]).content_ids]


@pytest.mark.parametrize(("seconds", "minutes"), [(25.0, 0), (5.0, 1)])
def test_a_sweep_that_is_out_of_time_says_so_and_has_done_something(
    shared: World, seconds: float, minutes: int
) -> None:
    """What it has begun is still sent; where one call took all its time, a minute later."""
    site = shared.connected_site()
    for _ in range(24):
        shared.publish(shared.content(site))
    shared.messages()
    left = iter([100.0] * 12 + [seconds] * 100)
    report = shared.services.due_sweep.run(lambda: next(left))
    assert report.left_over > 0
    assert 0 < report.hinted < 24
    hinted = named(shared.messages())
    assert len(hinted) == report.hinted
    shared.clock.advance(minutes=minutes)
    shared.services.due_sweep.run()
    hinted += named(shared.messages())
    assert len(set(hinted)) == 24
    assert minutes or len(hinted) == 24, "each once"


def test_no_shard_is_always_the_last(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    store = shared.services.publication_store
    looked: list[int] = []
    due = store.due_in_shard

    def note(shard: int, now: int, limit: int) -> Any:
        looked.append(shard)
        return due(shard, now, limit)

    monkeypatch.setattr(store, "due_in_shard", note)
    first = []
    for _ in range(8):
        looked.clear()
        shared.sweep()
        assert sorted(looked) == list(range(8))
        first.append(looked[0])
        shared.clock.advance(minutes=1)
    assert sorted(first) == list(range(8))


def test_hints_that_sqs_could_not_take_are_sent_again(shared: World) -> None:
    contents = in_one_shard(shared, 8, sites=8)
    refused: list[Any] = []

    def fail_one(operation: str, parameters: Any, proceed: Any) -> Any:
        if operation == "SendMessageBatch" and not refused:
            refused.append(parameters["Entries"][-1])
            parameters["Entries"] = parameters["Entries"][:-1]
            answer = proceed() if parameters["Entries"] else {"Successful": []}
            failed = {"Id": refused[0]["Id"], "Code": "InternalError", "SenderFault": False}
            return {**answer, "Failed": [failed]}
        return proceed()

    with intercepted(fail_one):
        assert shared.sweep()["hinted"] == 8
    assert refused
    assert sorted(named(shared.messages())) == sorted(one["id"] for one in contents)


def test_hints_that_sqs_does_not_take_at_all_are_left_to_the_next_look(shared: World) -> None:
    contents = in_one_shard(shared, 12, sites=12)
    batches: list[Any] = []

    def fail_second(operation: str, parameters: Any, proceed: Any) -> Any:
        if operation == "SendMessageBatch":
            batches.append(parameters["Entries"])
            if len(batches) > 1:
                entries = [{"Id": one["Id"], "Code": "InternalError", "SenderFault": False}
                           for one in parameters["Entries"]]  # fmt: skip
                return {"Successful": [], "Failed": entries}
        return proceed()

    with intercepted(fail_second):
        report = shared.sweep()
    assert [len(one) for one in batches] == [10, 2, 2]
    assert (report["hinted"], report["left_over"]) == (10, 2)
    shared.clock.advance(minutes=1)
    assert shared.sweep()["hinted"] == 12
    assert set(named(shared.messages())) == {one["id"] for one in contents}


def data_table(world: World) -> Any:
    name = world.services.settings.data_table
    return boto3.resource("dynamodb", region_name=REGION).Table(name)


def change_row(world: World, content: dict[str, Any], **attributes: Any) -> dict[str, str]:
    """Write attributes of a publication past the code; answer its key."""
    integration_id = world.publication(content)["integration_id"]
    key = {"pk": f"A#{ACCOUNT}#C#{content['id']}", "sk": f"PUB#{integration_id}"}
    table = data_table(world)
    table.update_item(
        Key=key,
        AttributeUpdates={
            name: {"Action": "PUT", "Value": value} for name, value in attributes.items()
        },
    )
    return key


def in_one_shard(world: World, number: int, *, sites: int = 1) -> list[dict[str, Any]]:
    """Queued contents of one shard, of so many sites in turn."""
    connected = [world.connected_site() for _ in range(sites)]
    ids = world.services.ids
    drawn = iter(ids.next, None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ids, "next", lambda: next(one for one in drawn if one % 8 == 0))
        contents = [world.content(connected[n % sites]) for n in range(number)]
        for content in contents:
            world.publish(content)
    assert {content["id"] % 8 for content in contents} == {0}
    world.messages()
    return contents


def test_rows_of_a_shard_are_read_ten_at_a_time(shared: World) -> None:
    in_one_shard(shared, 24)
    with recorded_calls() as calls:
        assert shared.sweep()["hinted"] == 24
    assert Counter(calls) == {
        "Query": 8, "BatchGetItem": 3, "UpdateItem": 24, "SendMessageBatch": 1,
    }  # fmt: skip


def test_what_is_due_on_one_site_comes_in_few_messages(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "MOST_IN_A_HINT", 10)
    contents = in_one_shard(shared, 48, sites=2)
    assert shared.sweep()["hinted"] == 48
    messages = shared.messages()
    assert [len(Hint.parse(one["body"]).content_ids) for one in messages] == [10, 10, 4] * 2
    assert all(len({content["site_id"] for content in contents if content["id"] in named([one])})
               == 1 for one in messages)  # fmt: skip
    assert sorted(named(messages)) == sorted(one["id"] for one in contents)


def test_a_message_comes_again_whichever_of_its_rows_crashed(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And serves the others all the same."""
    contents = in_one_shard(shared, 3)
    shared.sweep()
    (message,) = shared.messages()
    assert Hint.parse(message["body"]).content_id == contents[0]["id"]
    settle = shared.services.settlement.settle

    def crash(job: Any, result: Any) -> Any:
        assert job.publication.content_id != contents[2]["id"]
        return settle(job, result)

    monkeypatch.setattr(shared.services.settlement, "settle", crash)
    assert shared.work([message]) == {
        "batchItemFailures": [{"itemIdentifier": message["messageId"]}]
    }
    states = [shared.publication(content)["publish_state"] for content in contents]
    assert states == ["published", "published", "sending"]


def test_whoever_needs_pairing_has_all_its_rows_taken_off_the_sweep(shared: World) -> None:
    """Each is named, for nobody else would get to it."""
    site = shared.connected_site()
    contents = [shared.content(site) for _ in range(40)]
    for content in contents:
        shared.publish(content)
    shared.messages()
    path = "/api/v1/integration/integrations/revoke-api-key/"
    assert shared.call("POST", path, {"site_id": site["id"]}).status == 200
    assert shared.sweep()["hinted"] == 40
    shared.work()
    shared.clock.advance(hours=1)
    assert shared.sweep()["found"] == 0


@pytest.mark.parametrize("looks", range(1, 36))
def test_the_time_is_looked_at_before_each_row_and_shard(shared: World, looks: int) -> None:
    """Wherever a slow call has eaten it, nothing is begun that would not end in time."""
    in_one_shard(shared, 12)
    left = [55.0] * looks + [29.0] * 100
    asked = iter(left)
    begun: list[str] = []

    def note(operation: str, _parameters: Any, proceed: Any) -> Any:
        begun.append(operation)
        return proceed()

    with intercepted(note):
        report = shared.services.due_sweep.run(lambda: next(asked))
    assert begun.count("UpdateItem") == report.hinted
    assert report.left_over + report.hinted >= min(report.found, 12)
    assert report.left_over or looks >= 8 + 2 + 12


def test_a_row_that_cannot_be_read_is_named_and_keeps_nothing_back(
    shared: World, caplog: pytest.LogCaptureFixture
) -> None:
    contents = in_one_shard(shared, 5)
    key = change_row(shared, contents[0], state="someday")
    report = shared.sweep()
    assert (report["found"], report["hinted"], report["left_over"]) == (5, 4, 0)
    assert report["unreadable"] == (f"{key['pk']} {key['sk']}",)
    assert [record.levelname for record in caplog.records if record.message == "swept"] == ["ERROR"]
    shared.clock.advance(minutes=1)
    assert shared.sweep()["unreadable"] == (), "not at every run"
    shared.clock.advance(minutes=60)
    assert len(shared.sweep()["unreadable"]) == 1
    assert shared.work() == {"batchItemFailures": []}
    states = {shared.publication(content)["publish_state"] for content in contents[1:]}
    assert states == {"published"}


def test_a_publication_without_its_content_cleans_itself_up(shared: World) -> None:
    content, neighbour = in_one_shard(shared, 2)
    key = change_row(shared, content, external_id=7)
    table = data_table(shared)
    table.delete_item(Key={**key, "sk": "META"})
    shared.sweep()
    shared.work()
    assert "Item" not in table.get_item(Key=key)
    assert shared.publication(neighbour)["publish_state"] == "published"
    shared.clock.advance(minutes=60)
    assert shared.sweep()["found"] == 0
