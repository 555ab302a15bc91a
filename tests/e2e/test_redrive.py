"""`make redrive` on the deployed template."""

import json
import subprocess
import sys

from local.places import ROOT
from tests.e2e.conftest import Stage
from tests.support.waiting import wait_until

NOTHING = {"account_id": 1, "site_id": 1, "integration_id": 1, "content_id": 1}


def redrive() -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local", "redrive", "--stage", "local"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_dead_letters_are_served_after_all(stage: Stage) -> None:
    sqs = stage.client("sqs")
    dead = stage.facts["outputs"]["PublishDeadLetterQueueUrl"]
    content = stage.content(title="Its hint crashed a worker")
    sqs.send_message(QueueUrl=dead, MessageBody=stage.hint(content), MessageGroupId="1")
    sqs.send_message(QueueUrl=dead, MessageBody=json.dumps(NOTHING))
    moved = redrive()
    assert moved.returncode == 0, moved.stderr
    assert "PublishQueue: 2 moved back" in moved.stdout

    def left() -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        urls = [dead, stage.facts["outputs"]["PublishQueueUrl"]]
        found = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names) for url in urls]
        return sum(int(one["Attributes"][name]) for one in found for name in names)

    assert wait_until(left, lambda number: number == 0, seconds=30) == 0
    again = redrive()
    assert again.returncode == 1
    assert "Nothing to move" in again.stderr
