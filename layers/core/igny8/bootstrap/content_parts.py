"""Content and publications: what the content API and the worker share."""

from functools import cached_property

from igny8.bootstrap.cleaning_parts import CleaningParts
from igny8.bootstrap.publication_parts import PublicationParts
from igny8.bootstrap.site_parts import SiteParts
from igny8.content.service import ContentService


class ContentParts(SiteParts, PublicationParts, CleaningParts):
    """Keeps and reads content."""

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
