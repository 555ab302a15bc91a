"""Every call that leaves the process, by name: where a test can end it or lose its answer.

`tests/unit/test_fail_points.py` compares the list with the code, so that no call is without one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from igny8.core.errors import Unavailable
from igny8.core.http import Reply

from tests.support.trouble import Mode, Trouble
from tests.support.wordpress import lost, not_sent


@dataclass(frozen=True)
class FailPoint:
    """One kind of call: ``module`` makes it, for ``methods`` of the world's ``part``."""

    name: str
    module: str
    part: str
    methods: frozenset[str]


def _point(name: str, module: str, part: str, *methods: str) -> FailPoint:
    return FailPoint(name, module, part, frozenset(methods))


FAIL_POINTS = (
    _point("dynamodb.get_item", "core/table", "tables", "get"),
    _point("dynamodb.batch_get_item", "core/table", "tables", "get_many", "present"),
    _point("dynamodb.query", "core/table", "tables", "query"),
    _point("dynamodb.put_item", "core/table", "tables", "commit"),
    _point("dynamodb.update_item", "core/table", "tables", "commit"),
    _point("dynamodb.delete_item", "core/table", "tables", "commit"),
    _point("dynamodb.transact_write_items", "core/table", "tables", "commit"),
    _point("s3.put_object", "content/bodies", "bodies", "put", "put_raw"),
    _point("s3.get_object", "content/bodies", "bodies", "get", "get_raw", "get_shown"),
    _point("s3.list_objects_v2", "content/bodies", "bodies", "delete_some"),
    _point("s3.delete_objects", "content/bodies", "bodies", "delete_some"),
    _point("s3.delete_object", "content/bodies", "bodies", "delete"),
    _point("s3.get_object", "distribution/archives", "archives", "uploaded"),
    _point("s3.put_object", "distribution/archives", "archives", "keep"),
    _point("s3.delete_object", "distribution/archives", "archives", "discard"),
    _point("kms.sign", "distribution/signing", "signer", "sign"),
    _point("kms.get_public_key", "distribution/signing", "signer", "public_keys"),
    _point("kms.encrypt", "core/keys", "vault", "encrypt"),
    _point("kms.decrypt", "core/keys", "vault", "decrypt"),
    _point("secretsmanager.get_secret_value", "core/keys", "hasher", "__call__"),
    _point("sqs.send_message", "core/queue", "hints", "send"),
    _point("sqs.send_message_batch", "core/queue", "hints", "send_all"),
    _point("lambda.invoke", "diagnosis/remote", "remote_examiner", "examine"),
    _point("http.request", "core/http", "http", "request"),
)
QUEUES = {"hints", "sync_hints", "batch_hints"}


def methods_of(part: str) -> frozenset[str]:
    """What of a part leaves the process."""
    part = "hints" if part in QUEUES else part
    return frozenset().union(*(point.methods for point in FAIL_POINTS if point.part == part))


def watch(services: Any, trouble: Trouble) -> None:
    """Let every call of a world in memory that would leave the process pass ``trouble``."""
    site = services.http  # answers itself when a connection is to be kept alive
    site.request = partial(_sent, trouble, site.request)
    for part in sorted({point.part for point in FAIL_POINTS} - {"http"} | QUEUES):
        inner = getattr(services, part)
        setattr(services, part, trouble.stand_before(inner, *methods_of(part), name=part))


def _sent(trouble: Trouble, request: Callable[..., Reply], *args: Any, **named: Any) -> Reply:
    """A call to a site raises nothing: it was not sent, or its answer is lost."""
    try:
        answer: Reply = trouble.call("http.request", request, *args, **named)
    except Unavailable:
        return lost() if trouble.mode is Mode.ANSWER_LOST else not_sent()
    return answer
