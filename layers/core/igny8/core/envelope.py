"""The two shapes of every answer."""

import json
from collections.abc import Mapping
from typing import Any

from igny8.core.errors import DomainError


def success(data: Any, *, meta: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Wrap what was asked for; lists carry ``meta.next``."""
    body: dict[str, Any] = {"success": True, "data": data}
    if meta is not None:
        body["meta"] = meta
    return body


def failure(error: DomainError, request_id: str) -> dict[str, Any]:
    """Wrap a refusal: a stable code, what to do about it, and the id to quote to support."""
    return {
        "success": False,
        "error": {
            **error.facts,
            "code": error.code,
            "message": error.message,
            "fields": error.fields,
            "request_id": request_id,
        },
    }


def dumps(body: Any) -> str:
    """Serialise as UTF-8, not ASCII escapes: 1.8 MB of Arabic would grow past Lambda's 6 MB."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
