"""Made-up rows, and a frame that serves them; it knows one key."""

import json
from dataclasses import replace
from typing import Any

from igny8.core import errors
from igny8.core.settings import Settings
from igny8.entrypoint.api import Api
from igny8.entrypoint.rows import Answer, Call, Caller, Route
from igny8.sites.model import KeyOwner
from pydantic import BaseModel, ConfigDict

OWNER = KeyOwner(1, 2, 3, "hmac")
CLAIMS = {"sub": "u1", "token_use": "id", "custom:account_id": "4242"}
ADMINS = {**CLAIMS, "cognito:groups": "admin"}


class Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    name: str = ""


class Query(BaseModel):
    site: str | None = None


class Unlimited:
    """Lets everybody through."""

    def take(self, caller: str) -> None: ...
    def check(self, address: str, key: str) -> None: ...
    def was_wrong(self, address: str) -> None: ...
    def was_right(self, key: str) -> None: ...


class Services:
    """Knows one key."""

    settings = Settings()

    def __init__(self) -> None:
        self.integrations = self
        self.account_calls = Unlimited()
        self.wrong_keys = Unlimited()

    def identify(self, key: str) -> KeyOwner:
        if key != "right":
            raise errors.Unauthenticated("invalid_api_key", "no")
        return OWNER


def say(call: Call, _services: Services) -> Answer:
    """Tell what arrived."""
    body = call.body.name if call.body else None
    query = call.query.site if call.query else None
    return Answer(data={"caller": repr(call.caller), "path": dict(call.path), "body": body,
                        "query": query})  # fmt: skip


PEOPLE = Route(method="POST", path="/people/{id}", caller=Caller.PEOPLE, run=say, body=Body,
               query=Query)  # fmt: skip
BRIDGE = replace(PEOPLE, path="/bridge/{id}", caller=Caller.BRIDGE)
ADMIN = replace(PEOPLE, path="/admin/{id}", caller=Caller.ADMIN)
OPEN = replace(PEOPLE, path="/open/{id}", caller=Caller.OPEN)
LITERAL = replace(OPEN, path="/open/health", run=lambda _call, _services: Answer(data="literal"))
ROUTES = [PEOPLE, ADMIN, BRIDGE, OPEN, LITERAL]


def send(
    path: str,
    routes: list[Route] = ROUTES,
    *,
    method: str = "POST",
    body: str = "{}",
    claims: Any = None,
    query: Any = None,
    **headers: str,
) -> dict[str, Any]:
    event = {
        "httpMethod": method,
        "path": path,
        "body": body,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "queryStringParameters": query,
        "requestContext": {"requestId": "r-1", "authorizer": {"claims": claims} if claims else {}},
    }
    answer = Api(Services, routes)(event, None)
    given = answer["multiValueHeaders"]
    assert given["Cache-Control"] == ["no-store"]
    parsed = json.loads(answer["body"]) if answer["body"].startswith("{") else answer["body"]
    return {"status": answer["statusCode"], "body": parsed,
            "headers": {name: value[0] for name, value in given.items()}}  # fmt: skip
