"""Whether an answer fits the API's document."""

import json
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from typing import Any

from igny8.entrypoint.aliases import canonical_path
from igny8.entrypoint.router import Router
from igny8.entrypoint.rows import NO_STORE, Route
from jsonschema import Draft202012Validator, FormatChecker

from local import openapi
from tests.support.surely import Fits, Glance


class Contract:
    """Rows, and the document that was drawn from them."""

    def __init__(self, rows: Iterable[Route], document: Any) -> None:
        self._router = Router(rows)
        self.document = document
        self._validators: dict[str, Draft202012Validator] = {}
        self._glance = Glance(document["components"])
        self._glances: dict[int, Fits] = {}

    def row_of(self, method: str, path: str) -> Route | None:
        found = self._router.find(method, canonical_path(path))
        return found[0] if found else None

    def response_of(self, row: Route, status: int) -> Any:
        """What the document says of a status; nothing if it does not name it."""
        responses = self.document["paths"][f"{row.path}/"][row.method.lower()]["responses"]
        said = responses.get(str(status))
        if said is not None and "$ref" in said:
            return self.document["components"]["responses"][said["$ref"].rpartition("/")[2]]
        return said

    def misfits(
        self, method: str, path: str, status: int, body: Any, headers: Mapping[str, str]
    ) -> list[str]:
        """What of an answer the document does not say. A path that is no route is a failure."""
        row = self.row_of(method, path)
        if row is None:
            return [] if status == 404 and is_not_found(method, body) else ["no such route"]
        said = self.response_of(row, status)
        if said is None:
            return [f"{method} {row.path} answers {status} {body}, which is not documented"]
        found = self._body_misfits(said, body, headers)
        for name, header in said.get("headers", {}).items():
            schema = header["schema"]
            text: Any = headers.get(name)
            if schema.get("type") == "integer" and text is not None:
                text = int(text) if text.isdigit() else text
            if text is None or not Draft202012Validator(schema).is_valid(text):
                found.append(f"{name}: {text!r}")
        kept = row.cache if status < 400 else NO_STORE
        if headers.get("Cache-Control") != kept:
            found.append("is not kept as it is said")
        return found

    def _body_misfits(self, said: Any, body: Any, headers: Mapping[str, str]) -> list[str]:
        given = headers.get("Content-Type", "").partition(";")[0]
        if "content" not in said:
            return [] if body is None else ["a body where there is none"]
        if given not in said["content"]:
            return [f"it is {given or 'nothing'}"]
        schema = said["content"][given]["schema"]
        if id(schema) not in self._glances:  # a part of the document, which stays
            self._glances[id(schema)] = self._glance.of(schema)
        if self._glances[id(schema)](body):
            return []
        return [
            f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
            for error in self._validator(schema).iter_errors(body)
        ]

    def _validator(self, schema: Any) -> Draft202012Validator:
        key = json.dumps(schema)
        if key not in self._validators:
            whole = {**schema, "components": self.document["components"]}
            self._validators[key] = Draft202012Validator(whole, format_checker=FormatChecker())
        return self._validators[key]

    @cached_property
    def operations(self) -> dict[str, Any]:
        """Every operation by its id."""
        return {
            operation["operationId"]: operation
            for methods in self.document["paths"].values()
            for operation in methods.values()
        }


def is_not_found(method: str, body: Any) -> bool:
    return body is None if method == "HEAD" else body["error"]["code"] == "not_found"


@cache
def contract() -> Contract:
    """The API's rows and its committed document."""
    return Contract(openapi.rows(), document())


@cache
def document() -> Any:
    return json.loads(openapi.DOCUMENT.read_text())


def misfits(
    method: str, path: str, status: int, body: Any, headers: Mapping[str, str]
) -> list[str]:
    """What of an answer the committed document does not say."""
    return contract().misfits(method, path, status, body, headers)
