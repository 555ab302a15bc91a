"""A small frame around Powertools' REST resolver: routes in, envelope out.

A route is a function that takes a :class:`Call` and answers :class:`Answer`; a raised
`DomainError` becomes its status. There is no other way out of an API function.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response, content_types
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from pydantic import BaseModel, ValidationError

from igny8.core import errors
from igny8.core.envelope import dumps, failure, success
from igny8.core.ids import MAX_ID
from igny8.core.logging import get_logger
from igny8.entrypoint.aliases import canonical_path
from igny8.entrypoint.principal import Person, read_person, read_site_key

STATUS: dict[type[errors.DomainError], int] = {
    errors.Malformed: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.Invalid: 422,
    errors.Unavailable: 503,
}
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route answers: data for the envelope."""

    data: Any
    status: int = 200
    meta: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read lazily: credentials first, body only when the route asks for it."""

    event: Mapping[str, Any]
    path: Mapping[str, str] = field(default_factory=dict)

    @property
    def person(self) -> Person:
        """The signed-in user."""
        return read_person(self.event)

    @property
    def site_key(self) -> str:
        """The site API key of a bridge."""
        return read_site_key(self.event.get("headers") or {})

    @property
    def query(self) -> Mapping[str, str]:
        """Query parameters, the last value of each."""
        return self.event.get("queryStringParameters") or {}

    def known_query(self, *names: str) -> Mapping[str, str]:
        """Query parameters, none but these: an unknown one is refused, not ignored."""
        unknown = sorted(set(self.query) - set(names))
        if unknown:
            raise errors.Invalid({name: ["There is no such parameter."] for name in unknown})
        return self.query

    def id(self, name: str) -> int:
        """An id in the path. What cannot be one is as absent as one that does not exist."""
        number = as_id(self.path.get(name))
        if number is None:
            raise errors.NotFound
        return number

    def query_id(self, name: str) -> int | None:
        """An id in the query; raises :class:`Invalid` if it is not a number."""
        if name not in self.query:
            return None
        number = as_id(self.query[name])
        if number is None:
            raise errors.Invalid({name: ["This is not an id."]})
        return number

    def body(self, model: type[Model], *, optional: bool = False) -> Model:
        """Parse the JSON body. Raises 415, 400 or 422; ``optional`` reads nothing as ``{}``."""
        raw = self._raw()
        if optional and not raw.strip():
            return model()
        self._check_content_type()
        try:
            return model.model_validate_json(raw)
        except ValidationError as error:
            raise translate(error) from error

    def _check_content_type(self) -> None:
        headers = self.event.get("headers") or {}
        given = next((v for k, v in headers.items() if k.lower() == "content-type"), "")
        kind = given.partition(";")[0].strip().lower()
        if kind and kind != "application/json" and not kind.endswith("+json"):
            raise errors.UnsupportedMedia("unsupported_media_type", "Send the body as JSON.")

    def _raw(self) -> bytes:
        body = self.event.get("body") or ""
        try:
            if self.event.get("isBase64Encoded"):
                return base64.b64decode(body, validate=True)
            return str(body).encode()
        except ValueError as error:  # not base64, or not text at all
            raise errors.Malformed("malformed", "The body cannot be read.") from error


def as_id(text: str | None) -> int | None:
    """Read an id: ASCII digits, at most 2**53 - 1."""
    if text and text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ID)):
        number = int(text)
        return number if 0 < number <= MAX_ID else None
    return None


def translate(error: ValidationError) -> errors.DomainError:
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
    return errors.Invalid(dict(list(fields.items())[:50]))


Route = Callable[[Call, Any], Answer]


class Api:
    """Routes of one function. ``services`` is made at the first request and then kept."""

    def __init__(self, services: Callable[[], Any]) -> None:
        self._services = services
        self._resolver = APIGatewayRestResolver()
        self._resolver.exception_handler(Exception)(self._refuse)
        self._resolver.not_found(self._absent)
        self._logger = get_logger()

    def add(self, method: str, rule: str, route: Route) -> None:
        """Serve ``rule`` (one form, no trailing slash; ``<name>`` for a part) with ``route``."""

        def handle(**path: str) -> Response[str]:
            call = Call(self._resolver.current_event.raw_event, path)
            answer = route(call, self._services())
            return self._respond(answer.status, success(answer.data, meta=answer.meta))

        self._resolver.route(rule, method=method)(handle)

    def add_all(self, routes: Sequence[tuple[str, str, Route]]) -> None:
        """Serve a table of ``(method, rule, route)``."""
        for method, rule, route in routes:
            self.add(method, rule, route)

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer one API Gateway event."""
        request_id = _request_id(event)
        self._logger.append_keys(request_id=request_id, path=event.get("path", ""))
        canonical = {**event, "path": canonical_path(event.get("path") or "/")}
        response = self._resolver.resolve(canonical, context)
        self._logger.info(
            "answered", extra={"method": event.get("httpMethod"), "status": response["statusCode"]}
        )
        return response

    def _respond(
        self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Response[str]:
        return Response(
            status_code=status,
            content_type=f"{content_types.APPLICATION_JSON}; charset=utf-8",
            body=dumps(body),
            headers={"Cache-Control": "no-store", **(headers or {})},
        )

    def _refuse(self, error: Exception) -> Response[str]:
        event = self._resolver.current_event.raw_event
        if not isinstance(error, errors.DomainError):
            self._logger.error("unexpected error", exc_info=error)
            error = errors.DomainError("internal_error", "Something went wrong on our side.")
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
        headers = {}
        if isinstance(error, errors.Unavailable):
            self._logger.warning("unavailable", extra={"what": error.what})
            headers["Retry-After"] = str(error.retry_after)
        return self._respond(status, failure(error, _request_id(event)), headers)

    def _absent(self, _error: NotFoundError) -> Response[str]:
        return self._refuse(errors.NotFound())


def _request_id(event: Mapping[str, Any]) -> str:
    return str((event.get("requestContext") or {}).get("requestId", ""))
