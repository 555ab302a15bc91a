"""The price of a million publishes, from counted calls and bytes and the public price list.

On-demand prices of us-east-1 in US dollars; no free tier. DynamoDB's units: `benchmarks.units`.
"""

from collections import Counter
from collections.abc import Callable
from threading import local
from typing import Any

import boto3

from benchmarks.rig import FIELDS
from benchmarks.units import Item, query_units, read_units, write_units
from tests.support.aws import REGION, TABLES
from tests.support.aws_calls import WRITES, intercepted
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
KEYS = {
    table["TableName"]: [key["AttributeName"] for key in table["KeySchema"]] for table in TABLES
}
INDEXES = {
    table["TableName"]: [
        [key["AttributeName"] for key in index["KeySchema"]] + KEYS[table["TableName"]]
        for index in table.get("GlobalSecondaryIndexes", [])
    ]
    for table in TABLES
}


class Meter:
    """Stands between the code and AWS, and adds up what each call costs."""

    def __init__(self) -> None:
        self.dollars: Counter[str] = Counter()
        self._looks = local()  # others of the worker's threads are priced meanwhile

    def __call__(self, operation: str, parameters: Any, proceed: Callable[[], Any]) -> Any:
        """Let one call pass and price it."""
        if getattr(self._looks, "now", False):
            return proceed()
        if operation in WRITES:
            return self._written(parameters, proceed)
        answer = proceed()
        service, dollars = REQUESTS.get(operation) or ("DynamoDB", _read(parameters, answer))
        self.dollars[service] += dollars
        return answer

    def _written(self, parameters: Any, proceed: Callable[[], Any]) -> Any:
        """A write is priced by the whole item, which its parameters do not show."""
        transaction = parameters.get("TransactItems")
        writes = [next(iter(one.values())) for one in transaction] if transaction else [parameters]
        before = [self._stored(write) for write in writes]
        answer = proceed()
        for write, old in zip(writes, before, strict=True):
            units = write_units(
                old,
                self._stored(write),
                INDEXES[write["TableName"]],
                transaction=transaction is not None,
            )
            self.dollars["DynamoDB"] += units * WRITE_UNIT
        return answer

    def _stored(self, write: Any) -> Item | None:
        table = write["TableName"]
        key = write.get("Key") or {name: write["Item"][name] for name in KEYS[table]}
        self._looks.now = True
        try:
            found: Item | None = (
                boto3.client("dynamodb", region_name=REGION)
                .get_item(TableName=table, Key=key, ConsistentRead=True)
                .get("Item")
            )
        finally:
            self._looks.now = False
        return found


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


def _read(parameters: Any, answer: Any) -> float:
    if "KeyConditionExpression" in parameters:
        consistent = bool(parameters.get("ConsistentRead"))
        return query_units(answer["Items"], consistent=consistent) * READ_UNIT
    if "RequestItems" in parameters:
        return READ_UNIT * sum(
            read_units(
                answer["Responses"].get(table, []),
                asked=len(wanted["Keys"]),
                consistent=bool(wanted.get("ConsistentRead")),
            )
            for table, wanted in parameters["RequestItems"].items()
        )
    found = [answer["Item"]] if "Item" in answer else []
    return READ_UNIT * read_units(found, asked=1, consistent=bool(parameters.get("ConsistentRead")))
