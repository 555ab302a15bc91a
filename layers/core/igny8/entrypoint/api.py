"""The frame of an API function: one event in, one answer out.

A row says who may call it; the frame finds out who does before it reads anything else, so that no
route can forget it. A raised `DomainError` becomes its status; there is no other way out.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from igny8.core import errors
from igny8.core.envelope import dumps, failure
from igny8.core.logging import begin, get_logger
from igny8.core.metrics import Metric, measure
from igny8.entrypoint.aliases import canonical_path
from igny8.entrypoint.answering import JSON, Response, respond, response
from igny8.entrypoint.cors import origin_headers, preflight_headers
from igny8.entrypoint.principal import (
    Person,
    read_person,
    read_site_key,
    request_id,
    source_address,
)
from igny8.entrypoint.reading import (
    read_body,
    read_headers,
    read_query,
    read_raw,
    read_request_name,
)
from igny8.entrypoint.router import Router
from igny8.entrypoint.rows import Call, Caller, Route
from igny8.sites.model import KeyOwner

STATUS: dict[type[errors.DomainError], int] = {
    errors.Malformed: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.Invalid: 422,
    errors.Throttled: 429,
    errors.Unavailable: 503,
}


class Api:
    """Serves a table of routes. ``services`` is called at each request and makes its parts once."""

    def __init__(self, services: Callable[[], Any], routes: Sequence[Route]) -> None:
        self._services = services
        self._router = Router(routes)
        self._logger = get_logger()

    def __call__(self, event: dict[str, Any], _context: Any) -> Response:
        """Answer one API Gateway event."""
        named = request_id(event) or secrets.token_hex(16)
        begin(named, request_id=named, path=event.get("path", ""))
        headers: dict[str, str] = {}
        try:
            headers = origin_headers(event, self._services().settings.allowed_origins)
            answered = self._served(event)
        except Exception as error:
            answered = self._refused(error, named)
        if event.get("httpMethod") == "HEAD":
            answered["body"] = ""  # RFC 9110, 9.3.2: whatever the answer is
        for name, value in headers.items():
            answered["multiValueHeaders"].setdefault(name, [value])
        self._logger.info(
            "answered", extra={"method": event.get("httpMethod"), "status": answered["statusCode"]}
        )
        if answered["statusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
            measure(Metric.SERVER_ERRORS)
        return answered

    def _served(self, event: Mapping[str, Any]) -> Response:
        path = canonical_path(event.get("path") or "/")
        if event.get("httpMethod") == "OPTIONS":
            return self._preflight(path)
        found = self._router.find(str(event.get("httpMethod")), path)
        if found is None:
            raise errors.NotFound
        route, named = found
        services = self._services()
        caller = _identified(route, event, services)
        headers = read_headers(event)
        query = read_query(event, route.query, strict=_is_for_people(route))
        body = request = None
        if route.body:
            raw = read_raw(event, route.body_max_bytes or services.settings.request_max_bytes)
            body = read_body(event, raw, route.body, optional=route.body_optional)
            request = read_request_name(event, raw, path) if route.creates else None
        call = Call(
            caller=caller, path=named, headers=headers, query=query, body=body, request=request,
            address=source_address(event),
        )  # fmt: skip
        return respond(route.run(call, services), route, headers)

    def _preflight(self, path: str) -> Response:
        methods = self._router.methods(path)
        if not methods:
            raise errors.NotFound
        return response(204, None, "", preflight_headers(methods))

    def _refused(self, error: Exception, named: str) -> Response:
        if not isinstance(error, errors.DomainError):
            self._logger.error("unexpected error", exc_info=error)
            error = errors.DomainError("internal_error", "Something went wrong on our side.")
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
        headers = {}
        if isinstance(error, errors.Unavailable):
            self._logger.warning("unavailable", extra={"what": error.what})
        if isinstance(error, errors.Unauthenticated):
            headers["WWW-Authenticate"] = "Bearer"
        if isinstance(error, errors.Later):
            headers["Retry-After"] = str(max(1, error.retry_after))
        return response(status, JSON, dumps(failure(error, named)), headers)


def _identified(route: Route, event: Mapping[str, Any], services: Any) -> Person | KeyOwner | None:
    """Who calls, if the row lets anybody of that kind in. Raises 401, 403 and 429."""
    if _is_for_people(route):
        person = read_person(event)
        if route.caller is Caller.ADMIN and not person.is_admin:
            raise errors.Forbidden("not_admin", "This is for administrators.")
        services.account_calls.take(str(person.account_id))
        return person
    if route.caller is Caller.BRIDGE:
        return _key_owner(read_site_key(event.get("headers") or {}), event, services)
    if route.caller is Caller.OPEN and route.knows_sites:
        return _known_site(event, services)
    return None


def _known_site(event: Mapping[str, Any], services: Any) -> KeyOwner | None:
    """Whose key was shown, if any was that is good and may be looked up now."""
    try:
        return _key_owner(read_site_key(event.get("headers") or {}), event, services)
    except (errors.Unauthenticated, errors.Throttled):
        return None


def _is_for_people(route: Route) -> bool:
    return route.caller is not None and route.caller.signs_in


def _key_owner(key: str, event: Mapping[str, Any], services: Any) -> KeyOwner:
    """Whose key was shown; an address that shows wrong ones has a limit of its own."""
    address = source_address(event)
    services.wrong_keys.check(address, key)
    try:
        owner: KeyOwner = services.integrations.identify(key)
    except errors.Unauthenticated:
        services.wrong_keys.was_wrong(address)
        raise
    services.wrong_keys.was_right(key)
    return owner
