"""The price of a million publishes, from counted calls and bytes and the public price list.

On-demand prices of us-east-1 in US dollars; no free tier. DynamoDB's units are reckoned from the
bytes of what is read and written: a read unit is 4 KB, half of that read eventually; a write unit
is 1 KB, twice in a transaction, and once more for every index whose key is written.
"""

import json
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

from benchmarks.rig import FIELDS
from tests.support.aws_calls import intercepted
from tests.support.world import running_world

MILLION = 1_000_000
ARTICLES = 20
READ_UNIT = 0.125 / MILLION
WRITE_UNIT = 0.625 / MILLION
REQUESTS = {
    "PutObject": ("S3", 0.005 / 1000),
    "GetObject": ("S3", 0.0004 / 1000),
    "SendMessage": ("SQS", 0.40 / MILLION),
    "SendMessageBatch": ("SQS", 0.40 / MILLION),
    "Decrypt": ("KMS", 0.03 / 10_000),
    "Encrypt": ("KMS", 0.03 / 10_000),
}
GATEWAY_REQUEST = 3.50 / MILLION
LAMBDA_REQUEST = 0.20 / MILLION
LAMBDA_SECOND = 0.0000133334  # 1 GB on arm64
# Assumed: what Lambda bills for a warm click, and for a job's share of a worker that serves ten
# sites at once, each of which answers in half a second.
CLICK_SECONDS, JOB_SECONDS = 0.05, 0.06
INDEX_KEYS = ("site_key", "status_key", "due_shard", "due_integration", "content_key",
              "failure_key")  # fmt: skip


class Meter:
    """Stands between the code and AWS, and adds up what each call costs."""

    def __init__(self) -> None:
        self.dollars: Counter[str] = Counter()

    def __call__(self, operation: str, parameters: Any, proceed: Callable[[], Any]) -> Any:
        """Let one call pass and price it."""
        answer = proceed()
        service, dollars = REQUESTS.get(operation) or ("DynamoDB", _dynamodb(parameters, answer))
        self.dollars[service] += dollars
        return answer


def measure() -> None:
    """Print what a click and a job cost in dollars per million, service by service."""
    with running_world() as world:
        world.checks_answers = False
        site = world.connected_site()
        contents = [world.content(site, **FIELDS) for _ in range(ARTICLES)]
        click, job = Meter(), Meter()
        with intercepted(click):
            for content in contents:
                world.publish(content)
        records = world.messages()
        with intercepted(job):
            world.work(records)
    click.dollars["API Gateway"] = GATEWAY_REQUEST * ARTICLES
    click.dollars["Lambda"] = (LAMBDA_REQUEST + CLICK_SECONDS * LAMBDA_SECOND) * ARTICLES
    job.dollars["SQS"] += 2 * REQUESTS["SendMessage"][1] * ARTICLES  # received and deleted
    job.dollars["Lambda"] = (LAMBDA_REQUEST / 10 + JOB_SECONDS * LAMBDA_SECOND) * ARTICLES
    print(f"\nA million publishes, in dollars, reckoned from {ARTICLES} of 8 KB")
    for name, meter in (("clicks", click), ("jobs", job)):
        parts = {service: cost / ARTICLES * MILLION for service, cost in meter.dollars.items()}
        shown = ", ".join(f"{service} {cost:.2f}" for service, cost in sorted(parts.items()))
        print(f"  {name:32} {sum(parts.values()):7.2f}   ({shown})")


def _dynamodb(parameters: Any, answer: Any) -> float:
    writes = parameters.get("TransactItems")
    if writes:
        return sum(2 * _write(next(iter(write.values()))) for write in writes)
    if (
        "Item" in parameters
        or "UpdateExpression" in parameters
        or "ConditionExpression" in parameters
    ):
        return _write(parameters)
    tables = parameters.get("RequestItems")
    strong = tables or parameters
    share = 1.0 if "ConsistentRead" in json.dumps(strong, default=str) else 0.5
    found = answer.get("Items") or answer.get("Item") or answer.get("Responses") or {}
    return max(1, math.ceil(_size(found) / 4096)) * share * READ_UNIT


def _write(write: Any) -> float:
    written = write.get("Item") or write.get("ExpressionAttributeValues") or {}
    units = max(1, math.ceil(_size(written) / 1024))
    names = json.dumps([written, write.get("ExpressionAttributeNames", {})], default=str)
    return (units + sum(f'"{key}"' in names for key in INDEX_KEYS)) * WRITE_UNIT


def _size(value: Any) -> int:
    return len(json.dumps(value, default=str).encode())
