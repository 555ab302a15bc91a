"""Parts of the content API."""

from functools import cached_property

from igny8.bootstrap.content_parts import ContentParts
from igny8.bootstrap.deleting_parts import DeletingParts
from igny8.bootstrap.resources import once
from igny8.publishing.decisions import DecisionService
from igny8.publishing.editing import EditingService
from igny8.publishing.views import ViewService


class ContentApi(DeletingParts, ContentParts):
    """Use cases of the content API."""

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
