"""Who is calling. A person's account comes from the verified token and from nowhere else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from igny8.core.errors import Forbidden, Unauthenticated
from igny8.core.ids import MAX_ID
from igny8.core.logging import as_correlation_id
from igny8.journal.model import Actor

ACCOUNT = re.compile(r"[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in user of one account, and the request by which they came."""

    account_id: int
    user_id: str
    is_admin: bool
    request_id: str | None = field(default=None, compare=False, repr=False)

    @property
    def actor(self) -> Actor:
        """Who history names."""
        return Actor.user(self.user_id, self.request_id)


def read_person(event: Mapping[str, Any]) -> Person:
    """Read the claims that the gateway's authorizer verified.

    Raises :class:`Unauthenticated` without them and :class:`Forbidden` for a token that is not an
    ID token of a user with an account.
    """
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    claims = authorizer.get("claims") or {}
    if not claims:
        raise Unauthenticated("unauthorized", "Sign in and send your ID token.")
    account = str(claims.get("custom:account_id", ""))
    if claims.get("token_use") != "id" or not ACCOUNT.fullmatch(account) or int(account) > MAX_ID:
        raise Forbidden("no_account", "This token belongs to no account. Send an ID token.")
    groups = claims.get("cognito:groups") or ""
    names = groups if isinstance(groups, list) else re.split(r"[,\s\[\]]+", str(groups))
    user_id = str(claims.get("sub", ""))
    return Person(int(account), user_id, "admin" in names, request_id(event))


def request_id(event: Mapping[str, Any]) -> str | None:
    """What the gateway calls the request. What a client calls it is not believed.

    Two requests that name themselves alike would be one in the logs.
    """
    return as_correlation_id((event.get("requestContext") or {}).get("requestId"))


def source_address(event: Mapping[str, Any]) -> str:
    """Where the request came from, as the gateway saw it: no header says that."""
    return str(((event.get("requestContext") or {}).get("identity") or {}).get("sourceIp") or "")


def read_site_key(headers: Mapping[str, str]) -> str:
    """The site API key of a bridge call: the first header that is present decides.

    Raises :class:`Unauthenticated` when there is none.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    if "x-igny8-api-key" in lowered:
        return lowered["x-igny8-api-key"].strip()
    scheme, _, value = lowered.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    raise Unauthenticated("missing_api_key", "Send the site API key in X-IGNY8-API-KEY.")
