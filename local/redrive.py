"""Puts dead letters back: of every queue of a stack, on AWS or on the local stage.

AWS moves them itself (`StartMessageMoveTask`). The local cloud knows no such task: there they are
taken and sent again, one after the other.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

from local import stack, stage
from local.failure import StageError
from local.progress import say

Clients = Callable[[str], Any]
UNKNOWN_ACTION = "InvalidAction"
LOOK_SECONDS = 2.0
PATIENCE_SECONDS = 600.0
AT_ONCE = 10
LENGTH = "ApproximateNumberOfMessages"


@dataclass(frozen=True)
class Pair:
    """A queue and where its dead letters lie, both as URL, and the latter's ARN."""

    name: str
    queue: str
    dead_letters: str
    dead_letters_arn: str


UNDER_WAY = "RUNNING"


def clients_of(stage_name: str) -> Clients:
    """What talks to the stage's cloud: the local one, or AWS as the environment's credentials say.

    Raises StageError when the local stage is not up.
    """
    if stage_name == stack.STAGE:
        return stage.the_cloud().client
    return _on_aws


def _on_aws(service: Any) -> Any:
    return boto3.client(service)


def run(stage_name: str) -> None:
    """Move every dead letter of a stage's stack back to its queue, and say how many.

    Raises StageError when there is none, or one could not be moved.
    """
    redrive(clients_of(stage_name), f"igny8-{stage_name}")


def redrive(
    clients: Clients, stack_name: str, *, sleep: Callable[[float], None] = time.sleep
) -> int:
    """The same for a stack by its name; answers how many were moved.

    Safe to do twice: what was moved is no dead letter any more, and a hint that comes twice names a
    row that is not due.
    """
    sqs = clients("sqs")
    pairs = pairs_of(clients, stack_name)
    waiting = {pair: _length(sqs, pair.dead_letters) for pair in pairs}
    if not any(waiting.values()):
        names = ", ".join(pair.name for pair in pairs)
        raise StageError(f"Nothing to move: no dead letters of {names} in {stack_name}.")
    moved = 0
    for pair, number in waiting.items():
        if number:
            done = _moved(sqs, pair, number, sleep)
            say(f"  {pair.name}: {done} moved back")
            moved += done
    say(f"{moved} messages are on their way again. What crashes a worker still comes back here.")
    return moved


def pairs_of(clients: Clients, stack_name: str) -> list[Pair]:
    """Every queue of the stack that has a dead-letter queue. Raises StageError without a stack."""
    pages = clients("cloudformation").get_paginator("list_stack_resources")
    try:
        rows = [row for page in pages.paginate(StackName=stack_name)
                for row in page["StackResourceSummaries"]]  # fmt: skip
    except ClientError as error:
        raise StageError(f"{stack_name}: {error.response['Error']['Message']}") from error
    sqs = clients("sqs")
    about = {}
    for row in rows:
        if row["ResourceType"] == "AWS::SQS::Queue":
            url = row["PhysicalResourceId"]
            wanted = ["QueueArn", "RedrivePolicy"]
            found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
            about[row["LogicalResourceId"]] = (url, found)
    by_arn = {found["QueueArn"]: url for url, found in about.values()}
    pairs = []
    for name, (url, found) in about.items():
        if "RedrivePolicy" in found:
            arn = json.loads(found["RedrivePolicy"])["deadLetterTargetArn"]
            pairs.append(Pair(name, url, by_arn[arn], arn))
    return sorted(pairs, key=lambda pair: pair.name)


def _length(sqs: Any, url: str) -> int:
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[LENGTH])
    return int(found["Attributes"][LENGTH])


def _moved(sqs: Any, pair: Pair, most: int, sleep: Callable[[float], None]) -> int:
    """Have them moved; where that is under way already, since somebody else began, wait for it."""
    if not _tasks(sqs, pair, UNDER_WAY):
        try:
            sqs.start_message_move_task(SourceArn=pair.dead_letters_arn)
        except ClientError as error:
            if error.response["Error"]["Code"] != UNKNOWN_ACTION:
                raise StageError(f"{pair.name}: {error.response['Error']['Message']}") from error
            return _moved_by_hand(sqs, pair, most)
    return _moved_by_the_cloud(sqs, pair, sleep)


def _tasks(sqs: Any, pair: Pair, status: str | None = None) -> list[dict[str, Any]]:
    """Moves of this queue, the newest first; none where the cloud knows no such thing."""
    try:
        answer = sqs.list_message_move_tasks(SourceArn=pair.dead_letters_arn, MaxResults=1)
    except ClientError as error:
        if error.response["Error"]["Code"] != UNKNOWN_ACTION:
            raise StageError(f"{pair.name}: {error.response['Error']['Message']}") from error
        return []
    tasks: list[dict[str, Any]] = answer.get("Results", [])
    return [one for one in tasks if status in {None, one["Status"]}]


def _moved_by_the_cloud(sqs: Any, pair: Pair, sleep: Callable[[float], None]) -> int:
    waited = 0.0
    while True:
        task = next(iter(_tasks(sqs, pair)), {"Status": UNDER_WAY})
        moved = int(task.get("ApproximateNumberOfMessagesMoved", 0))
        if task["Status"] == "COMPLETED":
            return moved
        if task["Status"] == "FAILED":
            why = task.get("FailureReason", "AWS does not say why")
            raise StageError(f"{pair.name}: {moved} moved, then it failed: {why}")
        if waited >= PATIENCE_SECONDS:
            raise StageError(f"{pair.name}: {moved} moved so far, and AWS goes on by itself.")
        sleep(LOOK_SECONDS)
        waited += LOOK_SECONDS


def _moved_by_hand(sqs: Any, pair: Pair, most: int) -> int:
    """Send each again and delete it, in this order: one that comes twice does no harm.

    No more than were there at the beginning: what comes back meanwhile has crashed again.
    """
    moved = 0
    while moved < most:
        taken = sqs.receive_message(
            QueueUrl=pair.dead_letters,
            MaxNumberOfMessages=min(AT_ONCE, most - moved),
            AttributeNames=["MessageGroupId"],
        ).get("Messages", [])
        if not taken:
            break
        for message in taken:
            group = message.get("Attributes", {}).get("MessageGroupId")
            grouped = {"MessageGroupId": group} if group else {}
            sqs.send_message(QueueUrl=pair.queue, MessageBody=message["Body"], **grouped)
            handle = message["ReceiptHandle"]
            sqs.delete_message(QueueUrl=pair.dead_letters, ReceiptHandle=handle)
        moved += len(taken)
    return moved
