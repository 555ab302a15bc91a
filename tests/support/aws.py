"""The stage's AWS resources in moto, made from the names in the settings."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from igny8.bootstrap.session import Session
from igny8.core.settings import Settings
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

from tests.support import quick_moto, straight_moto

ENDLESS = 1_000_000_000
"""Time stands still in most tests: a minute of theirs has no end."""
NO_AWS = "this world lies in memory and asks nothing of AWS: mark the test with rows('dynamodb')"
REGION = "eu-central-1"
FAKE_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
}
PEPPER = "fake-pepper-for-tests-0000000000000000000000000000000000000000000"


# Whether the worlds of this process, the last one first, have an AWS behind them.
_worlds: list[tuple[object, bool]] = []


@contextmanager
def answering(there: bool) -> Iterator[None]:
    """As long as this lasts, somebody answers for AWS in this process, or nobody does."""
    mine = (object(), there)
    _worlds.append(mine)
    try:
        yield
    finally:
        _worlds.remove(mine)


def is_there() -> bool:
    """Whether anybody answers for AWS: who looks at calls where nobody does sees no wrong ones."""
    return _worlds[-1][1] if _worlds else "AWS_ENDPOINT_URL" in os.environ


@contextmanager
def aws_resources(**overrides: object) -> Iterator[Settings]:
    """Start moto, make every resource, and answer the settings that name them."""
    quick_moto.install()
    saved = {name: os.environ.get(name) for name in FAKE_CREDENTIALS}
    os.environ.update(FAKE_CREDENTIALS)
    try:
        with (
            answering(True), mock_aws(), quick_moto.unsigned(), straight_moto.asked(),
            _one_call_at_a_time(),
        ):  # fmt: skip
            yield make_resources(overrides)
    finally:
        for name, value in saved.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@contextmanager
def _one_call_at_a_time() -> Iterator[None]:
    """Queue the worker's threads up: moto loses updates and crashes when it is called at once."""
    lock = threading.RLock()
    call = BaseClient._make_api_call

    def locked(self: BaseClient, operation: str, parameters: Any) -> Any:
        with lock:
            return call(self, operation, parameters)

    with patch.object(BaseClient, "_make_api_call", locked):
        yield


def forget_rows() -> None:
    """Empty every table, as a new stage would have them."""
    for table in dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables.values():
        table.items.clear()


class SharedSession(Session):
    """Makes each client once: making one costs as much as a hundred calls of it."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, Any] = {}

    def make(self, service: str) -> Any:
        if service not in self._made:
            self._made[service] = super().make(service)
        return self._made[service]


@cache
def _session_at(_endpoint: str | None) -> SharedSession:
    return SharedSession()


def shared_session() -> SharedSession:
    """This process's session at the endpoint of the environment.

    moto stands behind every client that was made after it was imported, whenever it is started.
    """
    return _session_at(os.environ.get("AWS_ENDPOINT_URL"))


def client(service: str) -> Any:
    """A client of it."""
    assert is_there(), NO_AWS
    return shared_session().make(service)


def forget_messages() -> None:
    """Empty every queue, of late messages too: those come by the machine's clock, minutes later."""
    for queue in sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues.values():
        queue._messages.clear()


def make_resources(overrides: dict[str, object]) -> Settings:
    """Make every resource at the endpoint of the environment."""
    dynamodb = client("dynamodb")
    for definition in TABLES:
        dynamodb.create_table(BillingMode="PAY_PER_REQUEST", **definition)
    client("s3").create_bucket(
        Bucket="igny8-test-content", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    client("s3").create_bucket(
        Bucket="igny8-test-releases", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    sqs = client("sqs")
    queue = sqs.create_queue(QueueName="igny8-test-publish")
    batch_queue = sqs.create_queue(QueueName="igny8-test-batches")
    sync_queue = sqs.create_queue(QueueName="igny8-test-sync")
    key = client("kms").create_key()
    secret = client("secretsmanager").create_secret(Name="igny8-test-pepper", SecretString=PEPPER)
    values: dict[str, object] = {
        "stage": "local",
        "version": "test",
        "data_table": "igny8-test-data",
        "keys_table": "igny8-test-keys",
        "gates_table": "igny8-test-gates",
        "events_table": "igny8-test-events",
        "content_bucket": "igny8-test-content",
        "releases_bucket": "igny8-test-releases",
        "publish_queue_url": queue["QueueUrl"],
        "batch_queue_url": batch_queue["QueueUrl"],
        "sync_queue_url": sync_queue["QueueUrl"],
        "site_keys_kms_key_id": key["KeyMetadata"]["KeyId"],
        "key_pepper_secret_id": secret["ARN"],
        "allow_local_sites": True,
        "account_limit": ENDLESS,
    }
    return Settings(**{**values, **overrides})  # type: ignore[arg-type]


def _table(name: str, keys: list[tuple[str, str]], indexes: dict[str, list[tuple[str, str]]]):
    attributes = dict([*keys, *(pair for index in indexes.values() for pair in index)])
    definition = {
        "TableName": f"igny8-test-{name}",
        "AttributeDefinitions": [
            {"AttributeName": attribute, "AttributeType": kind}
            for attribute, kind in attributes.items()
        ],
        "KeySchema": _schema(keys),
    }
    if indexes:
        definition["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index,
                "KeySchema": _schema(pairs),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for index, pairs in indexes.items()
        ]
    return definition


def _schema(keys: list[tuple[str, str]]) -> list[dict[str, str]]:
    kinds = ("HASH", "RANGE")
    return [
        {"AttributeName": name, "KeyType": kind}
        for (name, _), kind in zip(keys, kinds, strict=False)
    ]


TABLES = [
    _table(
        "data",
        [("pk", "S"), ("sk", "S")],
        {
            "by_site": [("site_key", "S"), ("sort_id", "N")],
            "by_status": [("status_key", "S"), ("sort_id", "N")],
            "due_by_shard": [("due_shard", "S"), ("wake_at", "N")],
            "due_by_integration": [("due_integration", "S"), ("due_at", "N")],
        },
    ),
    _table("keys", [("key_hmac", "S")], {}),
    _table(
        "gates",
        [("integration_key", "S")],
        {"waiting_by_shard": [("look_shard", "S"), ("look_at", "N")]},
    ),
    _table(
        "events",
        [("integration_key", "S"), ("event_id", "N")],
        {
            "by_content": [("content_key", "S"), ("event_id", "N")],
            "failures": [("failure_key", "S"), ("event_id", "N")],
            "by_type": [("type_key", "S"), ("event_id", "N")],
        },
    ),
]
