"""Which pages of other origins may call the API in a browser (the Fetch standard's CORS protocol).

No cookie is ever read, so no credentials are allowed: a page sends the token itself.
"""

from collections.abc import Iterable, Mapping
from typing import Any

ALLOWED_HEADERS = "authorization, content-type, idempotency-key"
EXPOSED_HEADERS = "location, retry-after"
MAX_AGE_SECONDS = 600


def origin_headers(event: Mapping[str, Any], allowed: Iterable[str]) -> dict[str, str]:
    """What lets the request's origin read the answer, if it is one of ``allowed``."""
    known = set(allowed)
    if not known:
        return {}
    headers = event.get("headers") or {}
    origin = next((v for k, v in headers.items() if k.lower() == "origin"), None)
    if origin not in known:
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": str(origin),
        "Access-Control-Expose-Headers": EXPOSED_HEADERS,
        "Vary": "Origin",
    }


def preflight_headers(methods: Iterable[str]) -> dict[str, str]:
    """What a browser may send next, to a path that takes these methods."""
    return {
        "Access-Control-Allow-Headers": ALLOWED_HEADERS,
        "Access-Control-Allow-Methods": ", ".join(sorted(methods)),
        "Access-Control-Max-Age": str(MAX_AGE_SECONDS),
    }
