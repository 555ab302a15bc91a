"""Whether an answer fits the API's document."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from igny8.entrypoint.aliases import canonical_path
from igny8.entrypoint.router import Router
from igny8.entrypoint.rows import Route
from jsonschema import Draft202012Validator, FormatChecker

from local import openapi


@cache
def document() -> Any:
    return json.loads(openapi.DOCUMENT.read_text())


@cache
def _router() -> Router:
    return Router(openapi.rows())


@cache
def _validator(path: str, method: str, status: str) -> Draft202012Validator | None:
    responses = document()["paths"][path][method]["responses"]
    if status not in responses:
        return None
    schema = responses[status]["content"]["application/json"]["schema"]
    return Draft202012Validator(
        {**schema, "components": document()["components"]}, format_checker=FormatChecker()
    )


def row_of(method: str, path: str) -> Route | None:
    found = _router().find(method, canonical_path(path))
    return found[0] if found else None


def misfits(
    method: str, path: str, status: int, body: Any, headers: Mapping[str, str]
) -> list[str]:
    """What of an answer the document does not say. A path that is no route must be a failure."""
    row = row_of(method, path)
    if row is None:
        return [] if status == 404 and body["error"]["code"] == "not_found" else ["no such route"]
    validator = _validator(f"{row.path}/", method.lower(), str(status))
    if validator is None:
        return [f"{method} {row.path} answers {status} {body}, which is not documented"]
    found = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in validator.iter_errors(body)
    ]
    if status in {429, 503} and not headers.get("Retry-After", "").isdigit():
        found.append("no Retry-After")
    if headers.get("Cache-Control") != "no-store":
        found.append("may be cached")
    return found
