"""Parts of the content API."""

from functools import cached_property

from igny8.batches.service import BatchService
from igny8.batches.views import BatchViews
from igny8.bootstrap.batch_parts import BatchParts
from igny8.bootstrap.deciding_parts import DecidingParts
from igny8.bootstrap.deleting_parts import DeletingParts
from igny8.bootstrap.resources import once
from igny8.bootstrap.tying_parts import TyingParts
from igny8.content.revisions import RevisionService
from igny8.publishing.editing import EditingService
from igny8.publishing.removing import RemovalService
from igny8.publishing.resolving import ResolvingService
from igny8.publishing.views import ViewService


class ContentApi(DecidingParts, DeletingParts, TyingParts, BatchParts):
    """Use cases of the content API."""

    @cached_property
    def removing(self) -> RemovalService:
        """Deletes content with its post."""
        return RemovalService(acts=self.acts, deleting=self.deleting)

    @cached_property
    def resolving(self) -> ResolvingService:
        """Decides conflicts."""
        return ResolvingService(
            store=self.publication_store,
            bases=self.base_store,
            links=self.links,
            contents=self.content_store,
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
    def revisions(self) -> RevisionService:
        """What contents were."""
        return RevisionService(store=self.content_store, bodies=self.bodies)

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

    @cached_property
    def batches(self) -> BatchService:
        """Batches as people begin and cancel them."""
        return BatchService(
            store=self.batch_store,
            integrations=self.integration_store,
            requests=self.idempotency_store,
            commit=self.commit,
            hints=self.batch_hints,
            ids=self.ids,
            clock=self.clock,
        )

    @cached_property
    def batch_views(self) -> BatchViews:
        """Batches as people see them."""
        return BatchViews(
            store=self.batch_store, publications=self.publication_store, views=self.views
        )


def services() -> ContentApi:
    """The parts of this process."""
    return once(ContentApi)
