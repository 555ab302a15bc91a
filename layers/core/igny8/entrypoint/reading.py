"""Reading a request's body and query without trusting them."""

import base64
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from igny8.core import errors
from igny8.entrypoint.rows import HEARD
from igny8.idempotency.model import IdempotencyKey

MOST_FIELDS = 50


def read_raw(event: Mapping[str, Any], most_bytes: int) -> bytes:
    """The body as it was sent. Raises 413 above ``most_bytes``, and 400 if it is no text."""
    body = event.get("body") or ""
    encoded = bool(event.get("isBase64Encoded"))
    if (len(body) // 4 * 3 - 2 if encoded else len(body)) > most_bytes:  # at the very least
        raise _too_large(most_bytes)
    try:
        raw = base64.b64decode(body, validate=True) if encoded else str(body).encode()
    except ValueError as error:  # not base64, or not text at all
        raise errors.Malformed("malformed", "The body cannot be read.") from error
    if len(raw) > most_bytes:
        raise _too_large(most_bytes)
    return raw


def read_headers(event: Mapping[str, Any]) -> dict[str, str]:
    """The headers that a route may know."""
    given = event.get("headers") or {}
    return {name.lower(): str(value) for name, value in given.items() if name.lower() in HEARD}


def read_body(
    event: Mapping[str, Any], raw: bytes, model: type[BaseModel], *, optional: bool
) -> BaseModel:
    """Parse the JSON body. Raises 415, 400 or 422; ``optional`` reads nothing as ``{}``."""
    if optional and not raw.strip():
        return model()
    _check_content_type(event)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise _translated(error) from error


def read_query(
    event: Mapping[str, Any], model: type[BaseModel] | None, *, strict: bool
) -> BaseModel | None:
    """Parse the query, the last value of each name. ``strict`` refuses unknown names."""
    given = event.get("queryStringParameters") or {}
    known = set(model.model_fields) if model is not None else set()
    unknown = sorted(set(given) - known)
    if strict and unknown:
        raise errors.Invalid({name: ["There is no such parameter."] for name in unknown})
    if model is None:
        return None
    try:
        return model.model_validate({name: given[name] for name in known & set(given)})
    except ValidationError as error:
        raise _translated(error) from error


def read_request_name(event: Mapping[str, Any], raw: bytes, path: str) -> IdempotencyKey | None:
    """What the client calls this request, if anything. Raises :class:`Invalid`."""
    headers = event.get("headers") or {}
    key = next((v for k, v in headers.items() if k.lower() == "idempotency-key"), None)
    if key is None:
        return None
    return IdempotencyKey.of(str(key).strip(), str(event.get("httpMethod")), path, raw)


def _translated(error: ValidationError) -> errors.DomainError:
    """Turn pydantic's findings into fields and reasons for people; values are not repeated."""
    fields: dict[str, list[str]] = {}
    for finding in error.errors(include_url=False, include_input=False, include_context=False):
        if finding["type"] == "json_invalid":
            return errors.Malformed("malformed", "The body is not valid JSON.")
        name = ".".join(str(part) for part in finding["loc"]) or "body"
        reasons = fields.setdefault(name[:100], [])
        message = finding["msg"].removeprefix("Value error, ")
        if message not in reasons:
            reasons.append(message)
    return errors.Invalid(dict(list(fields.items())[:MOST_FIELDS]))


def _check_content_type(event: Mapping[str, Any]) -> None:
    headers = event.get("headers") or {}
    given = next((v for k, v in headers.items() if k.lower() == "content-type"), "")
    kind = given.partition(";")[0].strip().lower()
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise errors.UnsupportedMedia("unsupported_media_type", "Send the body as JSON.")


def _too_large(most_bytes: int) -> errors.TooLarge:
    return errors.TooLarge(
        "too_large",
        f"The body is larger than {most_bytes / 1_048_576:g} MB. Send letters as UTF-8, not as"
        " \\u escapes, or shorten the text.",
    )
