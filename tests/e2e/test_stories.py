"""A few stories of everything going wrong, on the local cloud's tables and queues.

The same as in memory and on moto (`tests/property`), which loses updates where several write: here
each condition is judged by another engine, over HTTP. WordPress is the stub that misbehaves.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from local.cloud import ACCESS_KEY
from tests.e2e.conftest import Stage
from tests.property.test_publishing import Publishing
from tests.support.aws import FAKE_CREDENTIALS, TABLES, answering, client, make_resources
from tests.support.aws_calls import recorded_calls
from tests.support.world import World, world_on

STORIES, STEPS = 3, 12
LEAST_DECIDED = 30


@contextmanager
def on_the_local_cloud() -> Iterator[World]:
    """Tables and queues beside those of the stage, whose sweeps do not look at them."""
    with ExitStack() as stack:
        stack.enter_context(answering(True))
        stack.callback(_removed)
        yield stack.enter_context(world_on(make_resources({})))


def _removed() -> None:
    for table in TABLES:
        client("dynamodb").delete_table(TableName=table["TableName"])
    for name in ("publish", "batches", "sync"):
        url = client("sqs").get_queue_url(QueueName=f"igny8-test-{name}")["QueueUrl"]
        client("sqs").delete_queue(QueueUrl=url)
    s3 = client("s3")
    for name in ("content", "releases"):
        bucket = f"igny8-test-{name}"
        for one in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=one["Key"])
        s3.delete_bucket(Bucket=bucket)
    secrets = client("secretsmanager")
    secrets.delete_secret(SecretId="igny8-test-pepper", ForceDeleteWithoutRecovery=True)


class OnTheLocalCloud(Publishing):
    """The machine, with rows, texts and messages there."""

    backend = staticmethod(on_the_local_cloud)


@pytest.fixture
def endpoint(stage: Stage) -> Iterator[None]:
    keys = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), ACCESS_KEY)
    there = {**FAKE_CREDENTIALS, **keys, "AWS_ENDPOINT_URL": stage.facts["aws"]["endpoint_url"]}
    with patch.dict(os.environ, there):
        yield


@pytest.mark.usefixtures("endpoint")
def test_stories_end_true_and_quiet_there_too() -> None:
    how = settings(max_examples=STORIES, stateful_step_count=STEPS)
    with recorded_calls() as calls:
        run_state_machine_as_test(OnTheLocalCloud, settings=how)
    assert calls.count("TransactWriteItems") > LEAST_DECIDED
