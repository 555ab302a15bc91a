"""A site and its API keys."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class TermsPolicy(StrEnum):
    """What publishing may do with categories and tags that the site does not have."""

    CREATE = "create"
    EXISTING_ONLY = "existing_only"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Site:
    """A customer's website. ``url`` is normalised; every writer raises ``version``."""

    id: int
    account_id: int
    name: str
    url: str
    hosting_type: str
    timezone: str
    terms_policy: TermsPolicy
    api_key_last4: str | None
    created_at: datetime
    updated_at: datetime
    version: int = 1


MOST_USED_KEYS = 2
MOST_FORMER = 3
"""How many keys that a bridge has used may live on beside a new one."""


@dataclass(frozen=True, slots=True)
class SiteKey:
    """One API key as it is kept: found by its HMAC, sent from its ciphertext.

    ``used_at`` is when the bridge itself first called with it; ``valid_until`` is set once a
    newer key was generated.
    """

    key_hmac: str
    last4: str
    ciphertext: str
    created_at: int
    used_at: int | None = None
    valid_until: int | None = None

    def is_valid(self, now: int) -> bool:
        """Whether it still opens the door; ``now`` in epoch seconds."""
        return self.valid_until is None or now < self.valid_until


@dataclass(frozen=True, slots=True)
class SiteKeys:
    """All keys of a site, oldest first. ``version`` guards against two rotations at once.

    ``former`` are integrations that were deleted, oldest first: content may still have posts of
    theirs.
    """

    account_id: int
    site_id: int
    keys: tuple[SiteKey, ...] = ()
    version: int = 0
    former: tuple[int, ...] = ()

    def outbound(self, now: int) -> SiteKey | None:
        """The newest valid key that the bridge itself has used: the one to send."""
        used = [key for key in self.keys if key.used_at is not None and key.is_valid(now)]
        return used[-1] if used else None

    def rotated(self, new: SiteKey, now: int, grace_seconds: int) -> "SiteKeys":
        """Add a key. The newest used ones live on for the grace period, the rest end at once.

        Of one that a bridge may still hold after the next rotation there is hardly a second; and
        each costs a row in every transaction that ends them all.
        """
        kept = tuple(
            key if key.valid_until is not None else replace(key, valid_until=now + grace_seconds)
            for key in self.keys
            if key.used_at is not None and key.is_valid(now)
        )
        kept = kept[-MOST_USED_KEYS:]
        return replace(self, keys=(*kept, new), version=self.version + 1)

    def touched(self) -> "SiteKeys":
        """The same keys, for whoever has to know that nobody else came first."""
        return replace(self, version=self.version + 1)

    def emptied(self) -> "SiteKeys":
        """No key is left; the version says that this came after them."""
        return replace(self, keys=(), version=self.version + 1)

    def parted(self, integration_id: int) -> "SiteKeys":
        """Without the keys of an integration that is deleted, which is remembered."""
        former = (*self.former, integration_id)[-MOST_FORMER:]
        return replace(self.emptied(), former=former)

    def marked_used(self, key_hmac: str, now: int) -> "SiteKeys | None":
        """Note that the bridge called with this key; ``None`` if it is not one of these."""
        if all(key.key_hmac != key_hmac for key in self.keys):
            return None
        keys = tuple(
            replace(key, used_at=now) if key.key_hmac == key_hmac and key.used_at is None else key
            for key in self.keys
        )
        return replace(self, keys=keys, version=self.version + 1)


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """Whose key it is: what a bridge call is allowed to be about."""

    account_id: int
    site_id: int
    integration_id: int
    key_hmac: str
