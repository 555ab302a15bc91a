"""Deciding to publish: what the content API and the worker of batches share."""

from functools import cached_property

from igny8.bootstrap.cleaning_parts import CleaningParts
from igny8.bootstrap.pacing_parts import PacingParts
from igny8.bootstrap.publication_parts import PublicationParts
from igny8.bootstrap.site_parts import SiteParts
from igny8.content.service import ContentService
from igny8.integrations.notices import Hints
from igny8.publishing.acts import ActService
from igny8.publishing.decisions import DecisionService


class DecidingParts(SiteParts, PublicationParts, CleaningParts, PacingParts):
    """Writes content, and decides that it shall be on a site."""

    @cached_property
    def writing(self) -> ContentService:
        """Use cases of content alone."""
        return ContentService(
            store=self.content_store,
            bodies=self.bodies,
            sites=self.sites,
            requests=self.idempotency_store,
            leftovers=self.cleaner,
            automation=self.pacing_store,
            commit=self.commit,
            ids=self.ids,
            clock=self.clock,
            html_max_bytes=self.settings.html_max_bytes,
        )

    @cached_property
    def decisions(self) -> DecisionService:
        """The click."""
        return self.deciding(self.hints)

    def deciding(self, hints: Hints) -> DecisionService:
        """The click, which sends its hints so."""
        return DecisionService(
            store=self.publication_store,
            links=self.links,
            contents=self.content_store,
            writing=self.writing,
            integrations=self.integration_store,
            journal=self.journal,
            commit=self.commit,
            hints=hints,
            clock=self.clock,
        )

    @cached_property
    def acts(self) -> ActService:
        """What people do with a publication that there is."""
        return self.acting(self.hints)

    def acting(self, hints: Hints) -> ActService:
        """The same, which sends its hints so."""
        return ActService(
            store=self.publication_store,
            links=self.links,
            contents=self.content_store,
            integrations=self.integration_store,
            journal=self.journal,
            commit=self.commit,
            hints=hints,
            clock=self.clock,
        )
