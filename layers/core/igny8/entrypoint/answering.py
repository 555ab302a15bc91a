"""What API Gateway is handed: status, headers, and a body that fits through Lambda."""

import hashlib
import json
import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from igny8.core.cursor import encode_cursor
from igny8.core.envelope import dumps, success
from igny8.entrypoint.rows import NO_STORE, Answer, Route

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
MOST_BYTES = 6_000_000
"""What a body may take up in a function's answer, which Lambda bounds at 6 MiB with its headers."""
ESCAPES_LETTERS = sys.version_info < (3, 12)
"""Whether this runtime writes its answer in ASCII, six bytes a letter."""
MOST_GROWTH = 12
"""A character's worst: beyond the first 65,536, in ASCII."""

Response = dict[str, Any]
Item = TypeVar("Item")


def respond(answer: Answer, route: Route | None, headers: Mapping[str, str]) -> Response:
    """A success, as its row says; ``headers`` are the request's."""
    said = {"Cache-Control": route.cache if route else NO_STORE, **answer.headers}
    if answer.is_empty:
        body, content_type = "", None
    elif answer.page is not None:
        body, content_type = answer.page, HTML
    else:
        body, content_type = _enveloped(answer), JSON
    if route is not None and route.etag and answer.status == HTTPStatus.OK:
        said.setdefault("ETag", _mark(body))
        if _is_known(said["ETag"], headers.get("if-none-match", "")):
            return response(HTTPStatus.NOT_MODIFIED, None, "", said)
    return response(answer.status, content_type, body, said)


def response(
    status: int, content_type: str | None, body: str, headers: Mapping[str, str]
) -> Response:
    """What Lambda answers API Gateway."""
    given = {"Cache-Control": NO_STORE, **headers}
    if content_type is not None:
        given["Content-Type"] = content_type
    return {
        "statusCode": status,
        "body": body,
        "isBase64Encoded": False,
        "multiValueHeaders": {name: [value] for name, value in given.items()},
    }


def _enveloped(answer: Answer) -> str:
    body = dumps(success(answer.data, meta=answer.meta))
    if answer.meta is None or not isinstance(answer.data, list) or _fits(body):
        return body
    first = first_that_fit(answer.data)
    meta = {**answer.meta, "next": encode_cursor(first[-1]["id"])}
    return dumps(success(first, meta=meta))


def first_that_fit(items: list[Item]) -> list[Item]:
    """As many of a list as Lambda lets through, at least one."""
    room = MOST_BYTES - 10_000  # for the envelope, and what stands beside a list
    for number, item in enumerate(items):
        room -= _size(dumps(item)) + 1
        if room < 0:
            return items[: max(1, number)]
    return items


def _fits(body: str) -> bool:
    return len(body) * MOST_GROWTH <= MOST_BYTES or _size(body) <= MOST_BYTES


def _size(body: str) -> int:
    """Bytes within the function's answer, where the body is a JSON string once more."""
    return len(json.dumps(body, ensure_ascii=ESCAPES_LETTERS).encode())


def _mark(body: str) -> str:
    return f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'


def _is_known(mark: str, known: str) -> bool:
    """RFC 9110, 13.1.2: a list of marks, compared weakly, or a star."""
    marks = [one.strip().removeprefix("W/") for one in known.split(",")]
    return mark.removeprefix("W/") in marks or marks == ["*"]
