"""Parts of the webhooks' API."""

from functools import cached_property, partial

from igny8.bootstrap.listening_parts import ListeningParts
from igny8.bootstrap.resources import once
from igny8.core.keys import KeyHasher
from igny8.integrations.service import IntegrationService
from igny8.structure.service import StructureService


class WebhooksApi(ListeningParts):
    """Hears what sites tell."""

    @cached_property
    def hasher(self) -> KeyHasher:
        """Hashes site keys."""
        return KeyHasher(partial(self.client, "secretsmanager"), self.settings.key_pepper_secret_id)

    @cached_property
    def integrations(self) -> IntegrationService:
        """Finds out whose key was shown."""
        return IntegrationService(
            sites=self.site_store,
            integrations=self.integration_store,
            hasher=self.hasher,
            clock=self.clock,
        )

    @cached_property
    def structure(self) -> StructureService:
        """Keeps structures."""
        return StructureService(
            store=self.structure_store,
            integrations=self.integration_store,
            journal=self.journal,
            commit=self.commit,
            clock=self.clock,
        )


def services() -> WebhooksApi:
    """The parts of this process."""
    return once(WebhooksApi)
