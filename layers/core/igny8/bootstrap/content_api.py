"""Parts of the content API."""

from functools import cached_property

from igny8.bootstrap.deleting_parts import DeletingParts
from igny8.bootstrap.resources import once
from igny8.bootstrap.site_parts import SiteParts
from igny8.content.service import ContentService
from igny8.publishing.decisions import DecisionService
from igny8.publishing.editing import EditingService
from igny8.publishing.views import ViewService


class ContentApi(SiteParts, DeletingParts):
    """Use cases of the content API."""

    @cached_property
    def writing(self) -> ContentService:
        """Use cases of content alone."""
        return ContentService(
            store=self.content_store,
            bodies=self.bodies,
            sites=self.sites,
            requests=self.idempotency_store,
            leftovers=self.cleaner,
            commit=self.commit,
            ids=self.ids,
            clock=self.clock,
            html_max_bytes=self.settings.html_max_bytes,
        )

    @cached_property
    def decisions(self) -> DecisionService:
        """The click."""
        return DecisionService(
            store=self.publication_store,
            links=self.links,
            contents=self.content_store,
            writing=self.writing,
            integrations=self.integration_store,
            journal=self.journal,
            commit=self.commit,
            hints=self.hints,
            clock=self.clock,
        )

    @cached_property
    def editing(self) -> EditingService:
        """Edits."""
        return EditingService(
            store=self.publication_store,
            contents=self.content_store,
            writing=self.writing,
            decisions=self.decisions,
            commit=self.commit,
            clock=self.clock,
        )

    @cached_property
    def views(self) -> ViewService:
        """Content and deliveries for people."""
        return ViewService(
            store=self.publication_store,
            contents=self.content_store,
            writing=self.writing,
            sites=self.site_store,
            integrations=self.integration_store,
            gates=self.gate_store,
            clock=self.clock,
        )


def services() -> ContentApi:
    """The parts of this process."""
    return once(ContentApi)
