"""Writes `docs/openapi.json` from the rows that the functions serve; none of it runs in Lambda."""

import json
import re
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from igny8.entrypoint.rows import Caller, Route

from local.openapi_models import FAILURE, parameters_of, schema_of
from local.openapi_responses import responses, shared
from local.places import ROOT

DOCUMENT = ROOT / "docs" / "openapi.json"
EXAMPLES = ROOT / "tests" / "contract" / "examples"

SECURITY: dict[Caller | None, list[dict[str, list[str]]]] = {
    Caller.PEOPLE: [{"people": []}],
    Caller.ADMIN: [{"people": []}],
    Caller.BRIDGE: [{"siteKey": []}, {"siteKeyBearer": []}],
    Caller.OPEN: [],
}
ID = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
SCHEMES = {
    "people": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The Cognito ID token of a signed-in user; the account comes from it alone.",
    },
    "siteKey": {"type": "apiKey", "in": "header", "name": "X-IGNY8-API-KEY"},
    "siteKeyBearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The site API key; counts only where X-IGNY8-API-KEY is absent.",
    },
}


def write() -> Path:
    """Write the document anew."""
    DOCUMENT.write_text(text())
    return DOCUMENT


def text() -> str:
    """The document as it is committed."""
    return json.dumps(document(), indent=1, ensure_ascii=False, sort_keys=False) + "\n"


def functions() -> list[str]:
    """The functions that serve routes: whatever has a table of them."""
    return sorted(path.parent.name for path in ROOT.glob("functions/*/routes.py"))


def rows() -> list[Route]:
    """Every row that a function serves, by path."""
    found = [row for name in functions() for row in import_module(f"{name}.routes").ROUTES]
    return sorted(
        (row for row in found if row.caller is not None), key=lambda row: (row.path, row.method)
    )


def document(drawn_from: Iterable[Route] | None = None) -> dict[str, Any]:
    """OpenAPI 3.1: every route with its models, statuses, error codes and examples."""
    schemas: dict[str, Any] = {"Failure": FAILURE}
    paths: dict[str, Any] = {}
    for row in rows() if drawn_from is None else drawn_from:
        paths.setdefault(f"{row.path}/", {})[row.method.lower()] = _operation(row, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "IGNY8 integrations",
            "version": "1",
            "description": "Carries finished content to customers' WordPress sites. Paths work"
            " with and without their last slash. Answers may be kept only"
            " where they say so. What the gateway answers before a route is reached is in each"
            " route's responses too; a body of over 10 MB alone is refused in plain text.",
        },
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": shared(),
            "securitySchemes": SCHEMES,
        },
    }


def operation_id(row: Route) -> str:
    """A name for the route: what its function is called."""
    return row.run.__name__


def _operation(row: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    example = _example(row)
    operation: dict[str, Any] = {
        "operationId": operation_id(row),
        "summary": _sentence(row),
        "tags": [_tag(row)],
        "security": _security(row),
        "parameters": _parameters(row, schemas),
    }
    if row.body is not None:
        sent: dict[str, Any] = {"schema": schema_of(row.body, "validation", schemas)}
        if "request" in example:
            sent["example"] = example["request"]
        operation["requestBody"] = {
            "required": not row.body_optional,
            "content": {"application/json": sent},
        }
    operation["responses"] = responses(row, example, schemas)
    return operation


def _security(row: Route) -> list[dict[str, list[str]]]:
    """Who may call; nobody has to show a key where it only makes the answer richer."""
    richer = [{}, *SECURITY[Caller.BRIDGE]] if row.knows_sites else []
    return richer or SECURITY[row.caller]


def _tag(row: Route) -> str:
    _, _, *parts = row.path.split("/")
    return parts[1] if parts[0] == "v1" else parts[0]


def _parameters(row: Route, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": ID if name.endswith("_id") else {"type": "string"},
        }
        for name in re.findall(r"\{(\w+)\}", row.path)
    ]
    if row.query is not None:
        found += [
            {"name": name, "in": "query", "required": False, "schema": schema}
            for name, schema in parameters_of(row.query, schemas).items()
        ]
    if row.creates:
        found.append({
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "The same key and request within 24 hours create nothing anew and"
            " answer what the first one answered.",
            "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
        })  # fmt: skip
    return found


def _sentence(row: Route) -> str:
    return row.run.__name__.replace("_", " ").capitalize()


def _example(row: Route) -> dict[str, Any]:
    file = EXAMPLES / f"{operation_id(row)}.json"
    found: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
    return found
