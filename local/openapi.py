"""Writes `docs/openapi.json` from the rows that the functions serve; none of it runs in Lambda."""

import copy
import json
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_origin

from igny8.core import errors
from igny8.entrypoint.api import STATUS
from igny8.entrypoint.rows import Caller, Route
from pydantic import TypeAdapter

from local.places import ROOT

DOCUMENT = ROOT / "docs" / "openapi.json"
EXAMPLES = ROOT / "tests" / "contract" / "examples"
REF = "#/components/schemas/{model}"

CODES: dict[str, tuple[type[errors.DomainError], str]] = {
    "malformed": (errors.Malformed, "The body is not JSON."),
    "bad_cursor": (errors.Malformed, "The cursor is not one that was given out."),
    "unauthorized": (errors.Unauthenticated, "No ID token, or one that is not valid."),
    "missing_api_key": (errors.Unauthenticated, "No site API key."),
    "invalid_api_key": (errors.Unauthenticated, "A site API key that opens nothing."),
    "no_account": (errors.Forbidden, "A token that belongs to no account."),
    "not_found": (errors.NotFound, "Absent, or someone else's: never told apart."),
    "no_integration": (errors.Conflict, "The site is not connected to WordPress."),
    "no_api_key": (errors.Conflict, "The site has no API key."),
    "conflict": (errors.Conflict, "The post was changed in WordPress: decide which text to keep."),
    "gone": (errors.Conflict, "The post was deleted in WordPress: send recreate to make it again."),
    "published": (errors.Conflict, "The content is on a site, or on its way there."),
    "in_flight": (errors.Conflict, "The content is being sent right now."),
    "site_url_mismatch": (errors.Conflict, "The bridge is on another host than the site."),
    "changed_meanwhile": (errors.Conflict, "Somebody else changed it first: look again."),
    "too_large": (errors.TooLarge, "The text is larger than the limit."),
    "unsupported_media_type": (errors.UnsupportedMedia, "The body is not sent as JSON."),
    "invalid": (errors.Invalid, "Fields that cannot be accepted; `fields` says which and why."),
    "not_supported": (errors.Invalid, "A feature that this version does not have."),
    "idempotency_key_reused": (errors.Invalid, "The Idempotency-Key names another request."),
    "temporarily_unavailable": (errors.Unavailable, "Send the same request again."),
}

SECURITY: dict[Caller | None, list[dict[str, list[str]]]] = {
    Caller.PEOPLE: [{"people": []}],
    Caller.BRIDGE: [{"siteKey": []}, {"siteKeyBearer": []}],
    Caller.OPEN: [],
}
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
FAILURE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["success", "error"],
    "properties": {
        "success": {"const": False},
        "error": {
            "type": "object",
            "additionalProperties": False,
            "required": ["code", "message", "request_id"],
            "properties": {
                "code": {"type": "string", "description": "Stable; for programs."},
                "message": {"type": "string", "description": "What to do about it; for people."},
                "fields": {
                    "type": "object",
                    "additionalProperties": {"type": "array", "items": {"type": "string"}},
                },
                "request_id": {"type": "string"},
            },
        },
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


def document() -> dict[str, Any]:
    """OpenAPI 3.1: every route with its models, statuses, error codes and examples."""
    schemas: dict[str, Any] = {"Failure": FAILURE}
    paths: dict[str, Any] = {}
    for row in rows():
        paths.setdefault(f"{row.path}/", {})[row.method.lower()] = _operation(row, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "IGNY8 integrations",
            "version": "1",
            "description": "Carries finished content to customers' WordPress sites. Paths work"
            " with and without their last slash. Answers are never cached.",
        },
        "paths": paths,
        "components": {"schemas": dict(sorted(schemas.items())), "securitySchemes": SCHEMES},
    }


def operation_id(row: Route) -> str:
    """A name for the route: what its function is called."""
    return row.run.__name__


def codes_of(row: Route) -> list[str]:
    """Every error code of a row: those of its kind, and its own."""
    codes: list[str] = []
    if row.caller is Caller.PEOPLE:
        codes += ["unauthorized", "no_account", "invalid"]
    if row.caller is Caller.BRIDGE:
        codes += ["missing_api_key", "invalid_api_key"]
    if row.body is not None:
        codes += ["malformed", "unsupported_media_type", "invalid"]
    if row.query is not None and "cursor" in row.query.model_fields:
        codes.append("bad_cursor")
    if row.creates:
        codes.append("idempotency_key_reused")
    if "{" in row.path:
        codes.append("not_found")
    if row.caller is not Caller.OPEN:
        codes.append("temporarily_unavailable")
    codes += row.refuses
    return sorted(set(codes), key=list(CODES).index)


def status_of(code: str) -> int:
    """The HTTP status of an error code."""
    return next(status for kind, status in STATUS.items() if issubclass(CODES[code][0], kind))


def _operation(row: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    example = _example(row)
    operation: dict[str, Any] = {
        "operationId": operation_id(row),
        "summary": _sentence(row),
        "tags": [row.path.split("/")[3]],
        "security": SECURITY[row.caller],
        "parameters": _parameters(row),
    }
    if row.body is not None:
        sent: dict[str, Any] = {"schema": _schema(row.body, "validation", schemas)}
        if "request" in example:
            sent["example"] = example["request"]
        operation["requestBody"] = {
            "required": not row.body_optional,
            "content": {"application/json": sent},
        }
    operation["responses"] = _responses(row, example, schemas)
    return operation


def _responses(row: Route, example: Mapping[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    answered: dict[str, Any] = {"schema": _success(row, schemas)}
    if "answer" in example:
        answered["example"] = example["answer"]
    responses: dict[str, Any] = {
        str(status): {
            "description": _first_line(_answer_model(row)),
            "content": {"application/json": answered},
        }
        for status in row.statuses
    }
    for code in codes_of(row):
        status = str(status_of(code))
        response = responses.setdefault(status, _refusal(status))
        response["description"] += (
            f"{' ' if response['description'] else ''}`{code}`: {CODES[code][1]}"
        )
        known = response["content"]["application/json"]["schema"]["allOf"][1]
        known["properties"]["error"]["properties"]["code"]["enum"].append(code)
    return dict(sorted(responses.items()))


def _refusal(status: str) -> dict[str, Any]:
    narrowed: dict[str, Any] = {"properties": {"error": {"properties": {"code": {"enum": []}}}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Failure"}, narrowed]}
    response: dict[str, Any] = {
        "description": "",
        "content": {"application/json": {"schema": schema}},
    }
    if status in {"429", "503"}:
        response["headers"] = {
            "Retry-After": {
                "description": "Seconds.",
                "required": True,
                "schema": {"type": "integer", "minimum": 1},
            }
        }
    return response


def _success(row: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    envelope: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["success", "data"],
        "properties": {
            "success": {"const": True},
            "data": _schema(row.answer, "serialization", schemas),
        },
    }
    if get_origin(row.answer) is list:
        envelope["required"].append("meta")
        envelope["properties"]["meta"] = {
            "type": "object",
            "additionalProperties": False,
            "required": ["next"],
            "properties": {
                "next": {
                    "type": ["string", "null"],
                    "description": "The cursor of the next page; null on the last.",
                }
            },
        }
    return envelope


def _parameters(row: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 1, "maximum": 2**53 - 1},
        }
        for name in re.findall(r"\{(\w+)\}", row.path)
    ]
    if row.query is not None:
        properties = row.query.model_json_schema(mode="validation")["properties"]
        found += [
            {"name": name, "in": "query", "required": False, "schema": _tidy(schema)}
            for name, schema in properties.items()
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


def _schema(model: Any, mode: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """A model's schema; what it is made of goes to the components."""
    made = TypeAdapter(model).json_schema(mode=mode, ref_template=REF)
    for name, schema in made.pop("$defs", {}).items():
        _add(schemas, name, _tidy(schema))
    if get_origin(model) is list:
        return {"type": "array", "items": made["items"]}
    if "$ref" in made:
        return {"$ref": made["$ref"]}
    _add(schemas, model.__name__, _tidy(made))
    return {"$ref": REF.format(model=model.__name__)}


def _add(schemas: dict[str, Any], name: str, schema: dict[str, Any]) -> None:
    if schemas.setdefault(name, schema) != schema:
        message = f"Two models are called {name}."
        raise ValueError(message)


def _tidy(schema: Any) -> Any:
    """Without the titles that repeat a field's name; objects have no fields but those named."""
    schema = copy.deepcopy(schema)
    if isinstance(schema, list):
        return [_tidy(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("title"), str):
        del schema["title"]
    tidied = {
        name: {key: _tidy(value) for key, value in part.items()}
        if name in {"properties", "$defs"}
        else part
        if name in {"default", "enum", "const", "required"}
        else _tidy(part)
        for name, part in schema.items()
    }
    if "properties" in tidied:
        tidied.setdefault("additionalProperties", False)
    return tidied


def _answer_model(row: Route) -> Any:
    return get_args(row.answer)[0] if get_origin(row.answer) is list else row.answer


def _first_line(thing: Any) -> str:
    return (thing.__doc__ or "").strip().splitlines()[0]


def _sentence(row: Route) -> str:
    return row.run.__name__.replace("_", " ").capitalize()


def _example(row: Route) -> dict[str, Any]:
    file = EXAMPLES / f"{operation_id(row)}.json"
    found: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
    return found
