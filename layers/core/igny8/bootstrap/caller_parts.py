"""Who calls with a site's key, and what integration is meant: what the APIs of sites share."""

from functools import cached_property, partial

from igny8.bootstrap.resources import Resources
from igny8.core.keys import KeyHasher
from igny8.integrations.service import IntegrationService


class CallerParts(Resources):
    """Knows keys and integrations."""

    @cached_property
    def hasher(self) -> KeyHasher:
        """Hashes site keys."""
        return KeyHasher(partial(self.client, "secretsmanager"), self.settings.key_pepper_secret_id)

    @cached_property
    def integrations(self) -> IntegrationService:
        """Finds integrations, by id or by key."""
        return IntegrationService(
            sites=self.site_store,
            integrations=self.integration_store,
            hasher=self.hasher,
            clock=self.clock,
        )
