"""Deleting content: what the content API and the sweeps share."""

from functools import cached_property

from igny8.bootstrap.cleaning_parts import CleaningParts
from igny8.bootstrap.publication_parts import PublicationParts
from igny8.publishing.deleting import DeletingService


class DeletingParts(PublicationParts, CleaningParts):
    """Deletes content."""

    @cached_property
    def deleting(self) -> DeletingService:
        """Deletes content."""
        return DeletingService(
            store=self.publication_store,
            links=self.links,
            contents=self.content_store,
            cleaner=self.cleaner,
            journal=self.journal,
            commit=self.commit,
            clock=self.clock,
        )
