"""An integration, and the gate that says whether its site can be served now."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from igny8.sites.model import Site, SiteKeys


class ConnectionStatus(StrEnum):
    """Whether the bridge has shown that it holds the key."""

    PENDING = "pending"
    CONNECTED = "connected"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Integration:
    """The connection of a site to WordPress; ``config_json`` is what the bridge told of itself."""

    id: int
    account_id: int
    site_id: int
    external_site_url: str
    connection_status: ConnectionStatus
    is_active: bool
    sync_enabled: bool
    created_at: datetime
    updated_at: datetime
    platform: str = "wordpress"
    platform_type: str = "cms"
    last_sync_at: datetime | None = None
    sync_status: str = "pending"
    sync_error: str | None = None
    config_json: dict[str, Any] = field(default_factory=dict)
    credentials_json: dict[str, Any] = field(default_factory=dict)

    @property
    def is_connected(self) -> bool:
        """Whether it can be published to: active, and paired at least once."""
        return self.is_active and bool(self.rest_url)

    @property
    def rest_url(self) -> str | None:
        """The REST root that the bridge gave when it paired."""
        url = self.config_json.get("rest_url")
        return url if isinstance(url, str) else None


class GateReason(StrEnum):
    """Why a whole integration is not served."""

    UNREACHABLE = "unreachable"
    AUTH = "auth"
    MISCONFIGURED = "misconfigured"
    PAUSED = "paused"
    DISABLED = "disabled_after_failures"


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the places in which a site is served. Times are epoch seconds."""

    number: int
    operation_id: str | None
    until: int | None

    def is_free(self, now: int) -> bool:
        """A slot is free when empty or past its time: a worker that dies leaks nothing."""
        return self.until is None or self.until <= now


@dataclass(frozen=True, slots=True)
class Gate:
    """What keeps an integration from being served. All times are epoch seconds.

    ``failures`` are consecutive failures of the site, ``refusals`` consecutive refusals by
    something in front of it, ``openings`` how often the breaker has opened in a row (its step).
    """

    integration_id: int
    reason: GateReason | None = None
    detail: str | None = None
    since: int | None = None
    probe_at: int | None = None
    probe_until: int | None = None
    failures: int = 0
    failing_since: int | None = None
    refusals: int = 0
    openings: int = 0
    slots: tuple[Slot, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether the site is not to be served now."""
        return self.reason is not None

    @property
    def is_troubled(self) -> bool:
        """Whether a success would change anything here."""
        return self.is_closed or self.failures > 0 or self.refusals > 0 or self.openings > 0

    def may_probe(self, now: int) -> bool:
        """Whether it is time to ask the site again, and nobody else is asking."""
        due = self.probe_at is not None and self.probe_at <= now
        return due and (self.probe_until is None or self.probe_until <= now)

    def free_slot(self, now: int) -> Slot | None:
        """A slot that can be taken, if any."""
        return next((slot for slot in self.slots if slot.is_free(now)), None)


@dataclass(frozen=True, slots=True)
class SiteBundle:
    """Everything in a site's partition: one query."""

    site: Site
    keys: SiteKeys
    integrations: tuple[Integration, ...]

    def integration(self, integration_id: int) -> Integration | None:
        """The integration with this id, if it is this site's."""
        return next((one for one in self.integrations if one.id == integration_id), None)
