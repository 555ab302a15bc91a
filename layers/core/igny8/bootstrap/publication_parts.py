"""Rows of content and publications: what everything that concerns a post shares."""

from functools import cached_property

from igny8.bootstrap.resources import Resources
from igny8.content.store import ContentStore
from igny8.links.service import LinkService
from igny8.links.store import LinkStore
from igny8.publishing.base_store import BaseStore
from igny8.publishing.store import PublicationStore
from igny8.structure.store import StructureStore
from igny8.terms.service import TermService
from igny8.terms.store import TermStore


class PublicationParts(Resources):
    """Keeps content and publications."""

    @cached_property
    def content_store(self) -> ContentStore:
        """Keeps content."""
        return ContentStore(self.tables)

    @cached_property
    def publication_store(self) -> PublicationStore:
        """Keeps publications."""
        return PublicationStore(self.tables, shards=self.settings.sweep_shards)

    @cached_property
    def base_store(self) -> BaseStore:
        """Keeps what both sides last agreed on."""
        return BaseStore(self.tables)

    @cached_property
    def term_store(self) -> TermStore:
        """Keeps terms."""
        return TermStore(self.tables)

    @cached_property
    def terms(self) -> TermService:
        """Use cases of terms."""
        return TermService(
            store=self.term_store, integrations=self.integration_store, commit=self.commit
        )

    @cached_property
    def structure_store(self) -> StructureStore:
        """Keeps structures, choices and counts."""
        return StructureStore(self.tables)

    @cached_property
    def link_store(self) -> LinkStore:
        """Reads whose posts are."""
        return LinkStore(self.tables)

    @cached_property
    def links(self) -> LinkService:
        """Moves the links of posts."""
        return LinkService(counts=self.structure_store, clock=self.clock)
