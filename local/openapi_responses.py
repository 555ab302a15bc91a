"""What each route answers, in the API's document: its row's successes, refusals, the gateway's."""

from collections.abc import Mapping
from typing import Any, get_args, get_origin

from igny8.entrypoint.rows import NO_STORE, Page, Route

from local.openapi_codes import CODES, codes_of, status_of
from local.openapi_models import schema_of
from local.template import gateway_answers, gateway_answers_of

JSON = "application/json"
LATER = {429, 503}
MARK = {
    "ETag": {
        "description": "Send it back in If-None-Match.",
        "required": True,
        "schema": {"type": "string"},
    }
}
PLACE = {
    "Location": {
        "description": "Where it is.",
        "required": True,
        "schema": {"type": "string", "format": "uri"},
    }
}
SECONDS = {
    "Retry-After": {
        "description": "Seconds.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    }
}


def responses(row: Route, example: Mapping[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Every status of a route. What is the same for all routes is named, not repeated."""
    found = {str(status): _success(row, status, example, schemas) for status in row.statuses}
    if row.etag:
        headers = {**MARK, **_keeping(row)}
        found["304"] = {"description": "What you have is still so.", "headers": headers}
    for status, codes in sorted(_refusals(row).items()):
        common = _shared_name(codes)
        if row.method == "HEAD":
            found[str(status)] = {**_told(status, codes), "x-codes": codes}
        elif common is not None:
            found[str(status)] = {"$ref": f"#/components/responses/{common}"}
        else:
            found[str(status)] = _refusal(status, codes)
    refused = example.get("refusal")
    if refused is not None:
        found[str(refused["status"])]["content"][JSON]["example"] = refused["answer"]
    return dict(sorted(found.items()))


def shared() -> dict[str, Any]:
    """The refusals that every route can meet alike, whoever answers them."""
    found = {}
    for answer in gateway_answers().values():
        response = _refusal(answer.status, [answer.code])
        error = {"code": answer.code, "message": answer.message, "request_id": "1f0c6d5e"}
        response["content"][JSON]["example"] = {"success": False, "error": error}
        found[_name(answer.code)] = response
    return dict(sorted(found.items()))


def _success(
    row: Route, status: int, example: Mapping[str, Any], schemas: dict[str, Any]
) -> dict[str, Any]:
    response: dict[str, Any] = {"description": _what(row, status)}
    headers = _keeping(row)
    if 300 <= status < 400:  # noqa: PLR2004
        headers |= PLACE
    elif row.etag and status == 200:  # noqa: PLR2004
        headers |= MARK
    if headers:
        response["headers"] = headers
    if row.method == "HEAD" or row.answer is None:
        return response
    if row.answer is Page:
        return {**response, "content": {"text/html": {"schema": {"type": "string"}}}}
    answered: dict[str, Any] = {"schema": _envelope(row, schemas)}
    if "answer" in example:
        answered["example"] = example["answer"]
    return {**response, "content": {JSON: answered}}


def _refusals(row: Route) -> dict[int, list[str]]:
    codes = {*codes_of(row), *(answer.code for answer in gateway_answers_of(row))}
    found: dict[int, list[str]] = {}
    for code in sorted(codes, key=list(CODES).index):
        found.setdefault(status_of(code), []).append(code)
    return found


def _refusal(status: int, codes: list[str]) -> dict[str, Any]:
    narrowed = {"properties": {"error": {"properties": {"code": {"enum": codes}}}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Failure"}, narrowed]}
    return {**_told(status, codes), "content": {JSON: {"schema": schema}}}


def _told(status: int, codes: list[str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "description": " ".join(f"`{code}`: {CODES[code][1]}" for code in codes)
    }
    if status in LATER:
        told["headers"] = SECONDS
    return told


def _shared_name(codes: list[str]) -> str | None:
    known = {answer.code for answer in gateway_answers().values()}
    return _name(codes[0]) if len(codes) == 1 and codes[0] in known else None


def _name(code: str) -> str:
    return "".join(word.capitalize() for word in code.split("_"))


def _keeping(row: Route) -> dict[str, Any]:
    if row.cache == NO_STORE:
        return {}
    return {"Cache-Control": {"required": True, "schema": {"const": row.cache}}}


def _what(row: Route, status: int) -> str:
    if 300 <= status < 400:  # noqa: PLR2004
        return "It is elsewhere."
    if row.method == "HEAD" or row.answer is None:
        return "Headers alone."
    model = get_args(row.answer)[0] if get_origin(row.answer) is list else row.answer
    return (model.__doc__ or "").strip().splitlines()[0]


def _envelope(row: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    envelope: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["success", "data"],
        "properties": {
            "success": {"const": True},
            "data": schema_of(row.answer, "serialization", schemas),
        },
    }
    if get_origin(row.answer) is list or row.paged:
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
