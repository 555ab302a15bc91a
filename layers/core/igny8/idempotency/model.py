"""What tells one request from its repetition."""

import hashlib
import re
from dataclasses import dataclass

from igny8.core.errors import Invalid

GRAMMAR = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's name for one request (``Idempotency-Key``), and what the request said.

    Both are kept as hashes: neither belongs into our tables.
    """

    key_sha256: str
    request_sha256: str

    @classmethod
    def of(cls, key: str, method: str, path: str, body: bytes) -> "IdempotencyKey":
        """Name a request. Raises :class:`Invalid` for what is no key."""
        if not GRAMMAR.fullmatch(key):
            reason = "Give 1 to 255 visible ASCII characters without spaces."
            raise Invalid({"Idempotency-Key": [reason]})
        request = f"{method} {path}\n".encode() + body
        return cls(hashlib.sha256(key.encode()).hexdigest(), hashlib.sha256(request).hexdigest())


@dataclass(frozen=True, slots=True)
class Record:
    """What the first request made: ``snapshot`` is its maker's own JSON of the result."""

    request_sha256: str
    snapshot: str


class KeyReused(Invalid):
    """The key names another request."""

    def __init__(self) -> None:
        reason = "This key was used for another request within the last day. Choose a new one."
        super().__init__({"Idempotency-Key": [reason]}, reason)
        self.code = "idempotency_key_reused"
