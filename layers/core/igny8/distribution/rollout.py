"""Which sites a version has reached: a share of them that only ever grows.

Each version has a salt of its own, so that it is not always the same sites who are first.
"""

import hashlib
import hmac

from igny8.distribution.model import Entry

PLACES = 10_000
"""A percent is a hundred of them."""
EVERYBODY = 100


def place(salt: str, integration_id: int) -> int:
    """Where a site stands in the line for a version: 0 is asked first, 9,999 last."""
    drawn = hmac.new(salt.encode(), str(integration_id).encode("ascii"), hashlib.sha256).digest()
    return int.from_bytes(drawn[:8], "big") % PLACES


def has_reached(entry: Entry, integration_id: int | None) -> bool:
    """Whether a site is among those who get the version; who is not known gets it last.

    What is halted gets to nobody who does not have it.
    """
    if entry.rollout_halted:
        return False
    if entry.rollout_percent >= EVERYBODY:
        return True
    if integration_id is None:
        return False
    return place(entry.rollout_salt, integration_id) < entry.rollout_percent * (PLACES // EVERYBODY)
