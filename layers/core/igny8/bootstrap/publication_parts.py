"""Rows of content and publications: what everything that concerns a post shares."""

from functools import cached_property

from igny8.bootstrap.resources import Resources
from igny8.content.store import ContentStore
from igny8.publishing.store import PublicationStore


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
