"""The whole backend in process: API handlers, queue, worker, sweep, and a WordPress stub."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from igny8.admission.breaker import Breaker
from igny8.bootstrap import resources
from igny8.bootstrap.batch_worker import BatchWorkerParts
from igny8.bootstrap.content_api import ContentApi
from igny8.bootstrap.integrations_api import IntegrationsApi
from igny8.bootstrap.plugins_api import PluginsApi
from igny8.bootstrap.publish_worker import Worker
from igny8.bootstrap.releases_api import ReleasesApi
from igny8.bootstrap.sweeps import Sweeps
from igny8.bootstrap.sync_worker import SyncWorkerParts
from igny8.bootstrap.webhooks_api import WebhooksApi
from igny8.core.errors import NotFound
from igny8.core.queue import Hint
from igny8.core.settings import Settings
from igny8.core.table import DynamoTables
from igny8.diagnosis.model import Examination
from igny8.diagnosis.remote import Request
from igny8.publishing.backoff import Waits

from tests.support.aws import ENDLESS, answering, aws_resources, client, shared_session
from tests.support.clock import FrozenClock
from tests.support.functions import function_of
from tests.support.memory import MemoryBodies, MemoryLinks, MemoryQueue, MemoryTables, MemoryVault
from tests.support.openapi import misfits
from tests.support.packages import LocalSigner, MemoryArchives
from tests.support.wordpress import FakeWordPress

ACCOUNT = 4242
OTHER_ACCOUNT = 7777
SITE_URL = "http://127.0.0.1:8080"
HTML = "<p>Hello from IGNY8. This is the first paragraph of an article.</p>"


class Services(
    ContentApi, IntegrationsApi, WebhooksApi, PluginsApi, ReleasesApi, BatchWorkerParts, Worker,
    SyncWorkerParts, Sweeps,
):  # fmt: skip
    """Every function's parts in one process, each part once."""


class Context:
    function_name = "test"
    memory_limit_in_mb = 128
    invoked_function_arn = "arn:aws:lambda:eu-central-1:000000000000:function:test"
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    def __init__(self, seconds: float = 120) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds * 1000)


@dataclass
class Response:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, answer: dict[str, Any]) -> "Response":
        """Read what a function answers the gateway: JSON, a page, or headers alone."""
        headers = {name: values[0] for name, values in answer["multiValueHeaders"].items()}
        body = answer["body"] or None
        if body is not None and headers.get("Content-Type", "").startswith("application/json"):
            body = json.loads(body)
        return cls(answer["statusCode"], body, headers)

    @property
    def data(self) -> Any:
        assert self.body["success"] is True, self.body
        return self.body["data"]

    @property
    def code(self) -> str:
        assert self.body["success"] is False, self.body
        return self.body["error"]["code"]


@dataclass
class World:
    services: Services
    clock: FrozenClock
    wordpress: FakeWordPress
    checks_answers: bool = True  # off where time is measured

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        account: int | None = ACCOUNT,
        headers: dict[str, str] | None = None,
        raw: str | None = None,
        request_id: str = "r-1",
        address: str = "",
        admin: bool = False,
    ) -> Response:
        """Send one API Gateway event to the function that serves the path.

        Whatever it answers has to fit the API's document.
        """
        path, _, query = path.partition("?")
        event = api_event(
            method, path, body, account=account, headers=headers, raw=raw, query=query,
            request_id=request_id, address=address, admin=admin,
        )  # fmt: skip
        answer = self._handler(path)(event, Context())
        response = Response.of(answer)
        if self.checks_answers and method != "OPTIONS":
            wrong = misfits(method, path, response.status, response.body, response.headers)
            assert not wrong, wrong
        return response

    def _handler(self, path: str) -> Any:
        function = function_of(path) or "integrations_api"  # which says that there is no such route
        return import_module(f"{function}.handler").lambda_handler

    def messages(self, queue: str = "publish") -> list[dict[str, Any]]:
        """Take every visible hint off the queue, as records of an SQS event."""
        queues = {
            "publish": self.services.hints,
            "batch": self.services.batch_hints,
            "sync": self.services.sync_hints,
        }
        hints = queues[queue]
        if hasattr(hints, "take"):  # a `MemoryQueue`, and whatever stands before it
            return [{"messageId": f"m{n}", "body": body} for n, body in enumerate(hints.take())]
        sqs = client("sqs")
        url = getattr(self.services.settings, f"{queue}_queue_url")
        taken: list[dict[str, Any]] = []
        while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in batch:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                taken.append({"messageId": message["MessageId"], "body": message["Body"]})
        return taken

    def work(self, records: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        """Let the worker serve the hints given, or those on the queue."""
        from publish_worker.handler import lambda_handler

        taken = self.messages() if records is None else records
        return lambda_handler({"Records": taken}, Context())

    def synchronise(self, records: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        """Let the sync worker serve the hints given, or those on its queue."""
        from sync_worker.handler import lambda_handler

        taken = self.messages("sync") if records is None else records
        return lambda_handler({"Records": taken}, Context())

    def carry_on(self, records: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        """Let the worker of batches serve the messages given, or those on its queue."""
        from batch_worker.handler import lambda_handler

        taken = self.messages("batch") if records is None else records
        return lambda_handler({"Records": taken}, Context())

    def sweep(self, kind: str = "due") -> dict[str, Any]:
        from sweeps.handler import lambda_handler

        return lambda_handler({"sweep": kind}, Context())

    def hint(self, content: dict[str, Any], integration_id: int) -> dict[str, Any]:
        hint = Hint(ACCOUNT, content["site_id"], integration_id, content["id"])
        return {"messageId": f"m{content['id']}", "body": hint.body()}

    def site(self, *, account: int = ACCOUNT, url: str = SITE_URL) -> dict[str, Any]:
        answer = self.call("POST", "/api/v1/sites/", {"name": "Site", "url": url}, account=account)
        assert answer.status == 201, answer.body
        return answer.data

    def key(self, site: dict[str, Any], *, account: int = ACCOUNT) -> dict[str, Any]:
        path = "/api/v1/integration/integrations/generate-api-key/"
        answer = self.call("POST", path, {"site_id": site["id"]}, account=account)
        assert answer.status == 201, answer.body
        return answer.data

    def pair(
        self, site: dict[str, Any], api_key: str, *, path: str = "", bridge: str = "2.0.0"
    ) -> Response:
        body = {
            "site_id": site["id"],
            "api_key": api_key,
            "site_url": site["url"],
            "rest_url": f"{site['url']}{path}/wp-json/",
            "plugin_version": bridge,
            "wp_version": "6.9",
            "php_version": "8.2",
        }
        return self.call(
            "POST",
            "/api/v1/integration/integrations/test-connection/",
            body,
            account=None,
            headers={"X-IGNY8-API-KEY": api_key},
        )

    def connected_site(self, *, account: int = ACCOUNT, bridge: str = "2.0.0") -> dict[str, Any]:
        """A site with a key and a paired bridge; carries ``integration_id`` and ``api_key``."""
        site = self.site(account=account)
        key = self.key(site, account=account)
        answer = self.pair(site, key["api_key"], bridge=bridge)
        assert answer.status == 200, answer.body
        return site | {"integration_id": key["integration_id"], "api_key": key["api_key"]}

    def content(self, site: dict[str, Any], *, account: int = ACCOUNT, **fields: Any) -> Any:
        body = {"site_id": site["id"], "title": "A title", "content_html": HTML, **fields}
        answer = self.call("POST", "/api/v1/writer/content/", body, account=account)
        assert answer.status == 201, answer.body
        return answer.data

    def publish(self, content: dict[str, Any], body: Any = None, **call: Any) -> Response:
        path = f"/api/v1/writer/content/{content['id']}/publish/"
        return self.call("POST", path, body or {}, **call)

    def publication(self, content: dict[str, Any]) -> Any:
        return self.call("GET", f"/api/v1/writer/content/{content['id']}/publication/").data

    def told(self, site: dict[str, Any], body: Any, kind: str = "status") -> Response:
        """What a site tells of a post, with its key."""
        path = f"/api/v1/integration/webhooks/wordpress/{kind}{'/' if kind else ''}"
        headers = {"X-IGNY8-API-KEY": site["api_key"]}
        return self.call("POST", path, body, account=None, headers=headers)

    def events(self, site: dict[str, Any]) -> list[Any]:
        path = f"/api/v1/integration/integrations/{site['integration_id']}/debug-status/"
        return self.call("GET", path).data["events"]


def api_event(
    method: str,
    path: str,
    body: Any = None,
    *,
    account: int | None = ACCOUNT,
    headers: dict[str, str] | None = None,
    raw: str | None = None,
    query: str = "",
    request_id: str = "r-1",
    address: str = "",
    admin: bool = False,
) -> dict[str, Any]:
    """An API Gateway REST event, as the gateway's authorizer leaves it."""
    authorizer = {}
    if account is not None:
        claims = {"sub": "u1", "token_use": "id", "custom:account_id": str(account)}
        if admin:
            claims["cognito:groups"] = "admin"
        authorizer = {"claims": claims}
    # Letters as UTF-8, as clients should send them: escaped, large texts would not fit.
    sent = None if body is None else json.dumps(body, ensure_ascii=False)
    text = sent if raw is None else raw
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": {"content-type": "application/json", **(headers or {})},
        "multiValueHeaders": {},
        "queryStringParameters": dict(p.split("=", 1) for p in query.split("&")) if query else None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "requestId": request_id,
            "stage": "local",
            "authorizer": authorizer,
            "identity": {"sourceIp": address},
        },
        "body": text,
        "isBase64Encoded": False,
    }


class ExaminerHere:
    """Has sites examined by the worker's own handler, in this process."""

    def examine(self, request: Request) -> Examination:
        from sync_worker.handler import lambda_handler

        told = lambda_handler(request.event(), Context())
        if told.get("absent"):
            raise NotFound
        return Examination.of_json(json.loads(json.dumps(told)))


@contextmanager
def running_world(**settings: object) -> Iterator[World]:
    """Start AWS in process and wire the backend to it and to a WordPress stub."""
    with aws_resources(**settings) as made, world_on(made) as world:
        yield world


@contextmanager
def world_on(made: Settings) -> Iterator[World]:
    """Wire the backend to resources that are there, and to a WordPress stub."""
    clock = FrozenClock()
    wordpress = FakeWordPress()
    services = Services(made)
    services.session = shared_session()
    services.clock = clock
    services.http = wordpress
    services.remote_examiner = ExaminerHere()  # type: ignore[assignment]
    services.signer = LocalSigner()  # type: ignore[assignment]
    tables = services.tables
    assert isinstance(tables, DynamoTables)
    tables._sleep = lambda _seconds: None
    services.waits = Waits(made, uniform=middle)
    services.breaker = Breaker(made, uniform=middle)
    with services_of(services):
        yield World(services, clock, wordpress)


@contextmanager
def world_in_memory() -> Iterator[World]:
    """Wire the backend to rows, texts and queues in memory: no AWS, not even a simulated one."""
    settings = Settings(
        stage="local", version="test", data_table="data", keys_table="keys", gates_table="gates",
        events_table="events", allow_local_sites=True, account_limit=ENDLESS,
    )  # fmt: skip
    clock = FrozenClock()
    wordpress = FakeWordPress()
    services = Services(settings)
    services.clock = clock
    services.http = wordpress
    services.tables = MemoryTables()
    services.bodies = MemoryBodies()  # type: ignore[assignment]
    services.zip_links = MemoryLinks()  # type: ignore[assignment]
    services.vault = MemoryVault()  # type: ignore[assignment]
    services.hasher = MemoryHasher()  # type: ignore[assignment]
    services.hints = MemoryQueue(clock)  # type: ignore[assignment]
    services.sync_hints = MemoryQueue(clock)  # type: ignore[assignment]
    services.batch_hints = MemoryQueue(clock)  # type: ignore[assignment]
    services.remote_examiner = ExaminerHere()  # type: ignore[assignment]
    services.signer = LocalSigner()  # type: ignore[assignment]
    services.archives = MemoryArchives()  # type: ignore[assignment]
    services.waits = Waits(settings, uniform=middle)
    services.breaker = Breaker(settings, uniform=middle)
    with services_of(services), answering(False):
        yield World(services, clock, wordpress)


class MemoryHasher:
    """Hashes for show."""

    def __call__(self, key: str) -> str:
        return f"hmac of {key}"

    def derived(self, purpose: str) -> bytes:
        return purpose.encode()


@contextmanager
def services_of(services: Services) -> Iterator[None]:
    """Let every handler of this process work with these."""
    saved = dict(resources.made)
    kinds = (
        ContentApi, IntegrationsApi, WebhooksApi, PluginsApi, ReleasesApi, BatchWorkerParts, Worker,
        SyncWorkerParts, Sweeps,
    )  # fmt: skip
    resources.made.update(dict.fromkeys(kinds, services))
    try:
        yield
    finally:
        resources.made.clear()
        resources.made.update(saved)


def middle(low: float, high: float) -> float:
    """No jitter."""
    return (low + high) / 2
