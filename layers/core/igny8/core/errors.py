"""One exception per meaning. `igny8.entrypoint.api` maps each to its HTTP status.

``DomainError``
 ├─ ``Malformed`` 400         ├─ ``Unauthenticated`` 401     ├─ ``Forbidden`` 403
 ├─ ``NotFound`` 404          ├─ ``Conflict`` 409            ├─ ``Gone`` 410
 ├─ ``TooLarge`` 413          ├─ ``UnsupportedMedia`` 415    ├─ ``Invalid`` 422
 └─ ``Later``: ``Throttled`` 429, ``Unavailable`` 503; of these ``Lost`` never passes, and
     ``Unreadable`` with the next version, or when somebody has mended a row
"""

from collections.abc import Mapping, Sequence

Fields = Mapping[str, Sequence[str]]


class DomainError(Exception):
    """A refusal that the caller can act on: a stable ``code`` and a message for people.

    ``facts`` are for programs, and stand beside the code.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        fields: Fields | None = None,
        facts: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.facts = dict(facts or {})
        self.fields = {name: list(reasons) for name, reasons in (fields or {}).items()}


class Malformed(DomainError):
    """The request cannot be read at all (bad JSON, bad cursor)."""


class Unauthenticated(DomainError):
    """No credentials, or credentials that are not known."""


class Forbidden(DomainError):
    """Known caller, not allowed."""


class NotFound(DomainError):
    """Absent, or someone else's: the two are never told apart."""

    def __init__(self) -> None:
        super().__init__("not_found", "There is nothing here with this id.")


class Conflict(DomainError):
    """The request does not fit the present state."""


class Gone(DomainError):
    """It was here, and was withdrawn for good."""


class TooLarge(DomainError):
    """The body is above a documented limit."""


class UnsupportedMedia(DomainError):
    """The body is not JSON."""


class Invalid(DomainError):
    """Fields that cannot be accepted; ``fields`` says which and why."""

    def __init__(self, fields: Fields, message: str | None = None) -> None:
        super().__init__(
            "invalid", message or "Some fields cannot be accepted. See fields.", fields=fields
        )


class NotSupported(Invalid):
    """A parameter or option whose feature does not exist yet: refused, never ignored."""

    def __init__(self, field: str) -> None:
        reason = f"{field} is not supported by this version."
        super().__init__({field: [reason]}, reason)
        self.code = "not_supported"


class Later(DomainError):
    """The same request can be sent again after ``retry_after`` seconds; nothing was lost."""

    def __init__(self, code: str, message: str, *, retry_after: int) -> None:
        super().__init__(code, message)
        self.retry_after = retry_after


class Throttled(Later):
    """More requests than this caller's share."""

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(
            "throttled", "Too many requests; try again in a moment.", retry_after=retry_after
        )


class Unavailable(Later):
    """Something below us failed. Nothing was lost: the same request can be sent again."""

    def __init__(self, what: str, *, retry_after: int = 5) -> None:
        super().__init__(
            "temporarily_unavailable",
            "The service cannot do this right now. Please send the same request again.",
            retry_after=retry_after,
        )
        self.what = what


class Contended(Unavailable):
    """Others held the rows for as long as we tried. Nothing was written, for certain."""


class Lost(Unavailable):
    """Something that we kept can never be read again; sending the request again does not help."""


class Unreadable(Unavailable):
    """A row that this version cannot read: a newer one wrote it, or it is spoilt.

    It is not to be taken for absent, or written anew.
    """
