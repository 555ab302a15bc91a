"""Dead letters go back to their queues: by AWS itself, or by hand where the cloud cannot."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local import redrive
from local.failure import StageError

STACK = "igny8-test"


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "any")


class Cloud:
    """CloudFormation and SQS of one stack: queues with what lies in them."""

    def __init__(self, *names: str, moves_itself: bool) -> None:
        self.names, self.moves_itself = names, moves_itself
        self.lying: dict[str, list[str]] = {}
        for name in names:
            self.lying |= {f"url:{name}": [], f"url:{name}Dead": []}
        self.tasks: dict[str, dict[str, Any]] = {}
        self.started = 0
        self.looks: list[str] = []

    def __call__(self, service: str) -> Any:
        return {"sqs": self, "cloudformation": self}[service]

    def get_paginator(self, _name: str) -> "Cloud":
        return self

    def paginate(self, **wanted: str) -> Any:
        if wanted["StackName"] != STACK:
            raise refused("ValidationError")
        kind = "AWS::SQS::Queue"
        for name in self.names:  # a page each
            yield {"StackResourceSummaries": [
                {"ResourceType": kind, "LogicalResourceId": one, "PhysicalResourceId": f"url:{one}"}
                for one in (name, f"{name}Dead")
            ]}  # fmt: skip
        yield {"StackResourceSummaries": [{"ResourceType": "AWS::SNS::Topic"}]}

    def get_queue_attributes(self, **wanted: Any) -> Any:
        url = wanted["QueueUrl"]
        found = {"QueueArn": url.replace("url", "arn"),
                 "ApproximateNumberOfMessages": str(len(self.lying[url]))}  # fmt: skip
        if not url.endswith("Dead"):
            target = f"{found['QueueArn']}Dead"
            found["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": target})
        return {"Attributes": {name: found[name] for name in wanted["AttributeNames"]
                               if name in found}}  # fmt: skip

    def start_message_move_task(self, *, SourceArn: str) -> None:  # noqa: N803
        if not self.moves_itself:
            raise refused("InvalidAction")
        self.started += 1
        self.tasks[SourceArn] = {"Status": "RUNNING", "ApproximateNumberOfMessagesMoved": 0}

    def list_message_move_tasks(self, *, SourceArn: str, MaxResults: int) -> Any:  # noqa: N803
        assert MaxResults == 1
        if not self.moves_itself:
            raise refused("InvalidAction")
        return {"Results": [self.tasks[SourceArn]] if SourceArn in self.tasks else []}

    def receive_message(self, **wanted: Any) -> Any:
        bodies = self.lying[wanted["QueueUrl"]][: wanted["MaxNumberOfMessages"]]
        group = {"MessageGroupId": "7"}
        return {"Messages": [
            {"Body": body, "ReceiptHandle": body, "Attributes": group} for body in bodies
        ]}  # fmt: skip

    def send_message(self, **sent: str) -> None:
        assert sent["MessageGroupId"] == "7", "one site's do not stand before all others"
        self.lying[sent["QueueUrl"]].append(sent["MessageBody"])

    def delete_message(self, **wanted: str) -> None:
        self.lying[wanted["QueueUrl"]].remove(wanted["ReceiptHandle"])

    def goes_on(self, _seconds: float) -> None:
        """AWS moves what it was told to."""
        for arn, task in self.tasks.items():
            dead = self.lying[arn.replace("arn", "url")]
            self.lying[arn.replace("arn", "url").removesuffix("Dead")] += dead
            task["ApproximateNumberOfMessagesMoved"] += len(dead)
            dead.clear()
            task["Status"] = "COMPLETED"


def moved(cloud: Cloud, sleep: Callable[[float], None] | None = None) -> int:
    return redrive.redrive(cloud, STACK, sleep=sleep or cloud.goes_on)


@pytest.mark.parametrize("moves_itself", [True, False])
def test_every_dead_letter_goes_back_to_its_own_queue(
    moves_itself: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud = Cloud("Publish", "Sync", "Batch", moves_itself=moves_itself)
    hints = [f"hint {number}" for number in range(23)]
    cloud.lying["url:PublishDead"] = list(hints)
    cloud.lying["url:SyncDead"] = ["another"]
    assert moved(cloud) == 24
    assert sorted(cloud.lying["url:Publish"]) == sorted(hints)
    assert cloud.lying["url:Sync"] == ["another"]
    assert [cloud.lying[f"url:{name}Dead"] for name in cloud.names] == [[], [], []]
    assert cloud.started == (2 if moves_itself else 0), "an empty queue is left alone"
    said = capsys.readouterr().out
    assert "Publish: 23 moved back" in said
    assert "24 messages" in said


@pytest.mark.parametrize("moves_itself", [True, False])
def test_where_nothing_is_dead_it_says_so_and_fails(moves_itself: bool) -> None:
    cloud = Cloud("Publish", "Sync", moves_itself=moves_itself)
    cloud.lying["url:PublishDead"] = ["hint"]
    assert moved(cloud) == 1
    with pytest.raises(StageError, match="Nothing to move: no dead letters of Publish, Sync in"):
        moved(cloud)
    assert cloud.lying["url:Publish"] == ["hint"], "twice does no harm"


def test_a_move_that_somebody_began_is_awaited_and_not_begun_again() -> None:
    cloud = Cloud("Publish", moves_itself=True)
    cloud.lying["url:PublishDead"] = ["hint"]
    cloud.start_message_move_task(SourceArn="arn:PublishDead")
    assert moved(cloud) == 1
    assert cloud.started == 1


def test_what_comes_back_meanwhile_is_not_moved_for_ever() -> None:
    cloud = Cloud("Publish", moves_itself=False)
    cloud.lying["url:PublishDead"] = ["poison", "hint"]
    send = cloud.send_message

    def crashing(**sent: str) -> None:
        send(**sent)
        if sent["MessageBody"] == "poison":
            cloud.lying["url:PublishDead"].append("poison")

    cloud.send_message = crashing  # type: ignore[method-assign]
    assert moved(cloud) == 2


def test_a_move_that_fails_or_does_not_end_is_told() -> None:
    cloud = Cloud("Publish", moves_itself=True)
    cloud.lying["url:PublishDead"] = ["hint"]

    def fails(_seconds: float) -> None:
        cloud.tasks["arn:PublishDead"] |= {"Status": "FAILED", "FailureReason": "AccessDenied"}

    with pytest.raises(StageError, match="AccessDenied"):
        moved(cloud, fails)
    slept: list[float] = []
    with pytest.raises(StageError, match="goes on by itself"):
        moved(cloud, slept.append)
    assert sum(slept) == redrive.PATIENCE_SECONDS


def test_a_stack_that_is_not_there_is_named() -> None:
    with pytest.raises(StageError, match="igny8-nowhere"):
        redrive.redrive(Cloud("Publish", moves_itself=True), "igny8-nowhere")
