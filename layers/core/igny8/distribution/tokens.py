"""Site tokens: what stands in a download's address, so that only the site's own share counts.

A token opens nothing that is closed without it: who has none, or one that has expired, is counted
by its address. So it may lie in WordPress's database for weeks, where the address is kept.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from igny8.core.clock import Clock, epoch
from igny8.core.ids import MAX_ID

TOKEN_SECONDS = 30 * 86_400
FORM = "v1"
PURPOSE = "igny8 site tokens v1"
LONGEST = 128
LATEST = 10**11
"""A time that no token names: it has twelve digits."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a token is. Its account is named because what is kept of a site lies in that."""

    account_id: int
    integration_id: int


class SiteTokens:
    """Makes and reads tokens. ``secret`` is drawn from the stack's own at first use."""

    def __init__(self, *, secret: Callable[[str], bytes], clock: Clock) -> None:
        self._secret = secret
        self._clock = clock

    def make(self, slug: str, holder: Holder) -> str:
        """A token of a site, good for thirty days."""
        expires_at = self.expiry()
        mark = self._mark(slug, holder, expires_at)
        return f"{FORM}.{holder.account_id}.{holder.integration_id}.{expires_at}.{mark}"

    def expiry(self) -> int:
        """When one that is made now is good no more."""
        return epoch(self._clock.now()) + TOKEN_SECONDS

    def read(self, slug: str, token: str | None) -> Holder | None:
        """Whose a token is; ``None`` for one that is not good, or no more."""
        parts = (token or "")[: LONGEST + 1].split(".")
        if len(parts) != len((FORM, "account", "integration", "time", "mark")):
            return None
        account_id, integration_id = _number(parts[1], MAX_ID), _number(parts[2], MAX_ID)
        expires_at = _number(parts[3], LATEST)
        if parts[0] != FORM or account_id is None or integration_id is None or expires_at is None:
            return None
        holder = Holder(account_id, integration_id)
        mark = self._mark(slug, holder, expires_at)
        if not hmac.compare_digest(mark.encode(), parts[4].encode(errors="replace")):
            return None
        return holder if epoch(self._clock.now()) < expires_at else None

    def _mark(self, slug: str, holder: Holder, expires_at: int) -> str:
        said = f"{slug}|{holder.account_id}|{holder.integration_id}|{expires_at}".encode()
        drawn = hmac.new(self._secret(PURPOSE), said, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(drawn).rstrip(b"=").decode("ascii")


def _number(text: str, most: int) -> int | None:
    """A number as we write it: no sign, no leading zero, not longer than the highest."""
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(most)):
        return None
    number = int(text)
    return number if str(number) == text and 0 < number <= most else None
