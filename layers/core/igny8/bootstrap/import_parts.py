"""Taking existing posts over: the sync worker's."""

from functools import cached_property

from igny8.bootstrap.cleaning_parts import CleaningParts
from igny8.bootstrap.listening_parts import ListeningParts
from igny8.imports.adopting import Adopter
from igny8.imports.belief import Believer
from igny8.imports.creating import Creator
from igny8.imports.importing import Importer
from igny8.imports.twins import TwinFinder
from igny8.links.store import LinkStore


class ImportParts(ListeningParts, CleaningParts):
    """Takes posts over."""

    @cached_property
    def importer(self) -> Importer:
        """Takes pages of posts over."""
        return Importer(
            links=LinkStore(self.tables),
            publications=self.publication_store,
            believer=Believer(
                inboxes=self.inbox_store,
                inbound=self.inbound,
                integrations=self.integration_store,
            ),
            creator=Creator(
                contents=self.content_store,
                publications=self.publication_store,
                links=self.links,
                bases=self.base_store,
                bodies=self.bodies,
                leftovers=self.cleaner,
                commit=self.commit,
                ids=self.ids,
                clock=self.clock,
            ),
            adopter=Adopter(
                contents=self.content_store,
                publications=self.publication_store,
                links=self.links,
                inbound=self.inbound,
                commit=self.commit,
            ),
            twins=TwinFinder(contents=self.content_store, publications=self.publication_store),
        )
