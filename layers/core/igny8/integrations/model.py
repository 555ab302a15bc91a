"""An integration: the connection of one site to one platform."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from igny8.core.errors import NotFound
from igny8.sites.model import Site, SiteKeys

NOT_CONNECTED = (
    "This site is not connected to WordPress. Install the IGNY8 bridge there, paste the site's API"
    " key and press Connect."
)
SWITCHED_OFF = (
    "This integration is switched off. Switch it on (is_active), or resume it, to go on publishing."
)
GIVEN_UP = (
    "This site has not answered for days, and is no longer tried. Press Connect in the bridge's"
    " settings there, or resume the integration."
)
BRIDGE_VERSION = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})(?![0-9])")
AFTER_FAILURES = "disabled_after_failures"
"""As ``sync_error``: nobody switched it off, it is the gate's reason."""


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
    version: int = 1

    @property
    def is_connected(self) -> bool:
        """Whether it can be published to: active, and paired at least once."""
        return self.is_active and bool(self.rest_url)

    @property
    def why_not(self) -> str:
        """What to tell people of one that is not connected, and what to do."""
        if not self.rest_url:
            return NOT_CONNECTED
        return GIVEN_UP if self.sync_error == AFTER_FAILURES else SWITCHED_OFF

    @property
    def rest_url(self) -> str | None:
        """The REST root that the bridge gave when it paired."""
        url = self.config_json.get("rest_url")
        return url if isinstance(url, str) else None

    def has_bridge(self, major: int, minor: int) -> bool:
        """Whether its bridge is at least this version, as it said when it paired."""
        told = BRIDGE_VERSION.match(str(self.credentials_json.get("plugin_version")))
        return told is not None and (int(told[1]), int(told[2])) >= (major, minor)


def first_integration(site: Site, integration_id: int, moment: datetime) -> Integration:
    """A site's integration before its bridge has paired."""
    return Integration(
        id=integration_id,
        account_id=site.account_id,
        site_id=site.id,
        external_site_url=site.url,
        connection_status=ConnectionStatus.PENDING,
        is_active=True,
        sync_enabled=True,
        created_at=moment,
        updated_at=moment,
        config_json={"site_url": site.url},
    )


def why_not(integrations: Sequence[Integration]) -> str:
    """What to tell people where none, or more than one, of a site's integrations can be used."""
    paired = [one for one in integrations if one.rest_url]
    return paired[-1].why_not if len(paired) == 1 else NOT_CONNECTED


@dataclass(frozen=True, slots=True)
class SiteBundle:
    """Everything in a site's partition: one query."""

    site: Site
    keys: SiteKeys
    integrations: tuple[Integration, ...]

    def required(self, integration_id: int) -> Integration:
        """The integration with this id. Raises :class:`NotFound` if it is not this site's."""
        found = self.integration(integration_id)
        if found is None:
            raise NotFound
        return found

    def integration(self, integration_id: int) -> Integration | None:
        """The integration with this id, if it is this site's."""
        return next((one for one in self.integrations if one.id == integration_id), None)
