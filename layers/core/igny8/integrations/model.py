"""An integration: the connection of one site to one platform."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from igny8.core.errors import NotFound
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
    version: int = 1

    @property
    def is_connected(self) -> bool:
        """Whether it can be published to: active, and paired at least once."""
        return self.is_active and bool(self.rest_url)

    @property
    def rest_url(self) -> str | None:
        """The REST root that the bridge gave when it paired."""
        url = self.config_json.get("rest_url")
        return url if isinstance(url, str) else None


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
