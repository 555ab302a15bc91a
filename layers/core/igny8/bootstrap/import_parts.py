"""Taking existing posts over: the sync worker's."""

from functools import cached_property

from igny8.bootstrap.cleaning_parts import CleaningParts
from igny8.bootstrap.listening_parts import ListeningParts
from igny8.imports.adopting import Adopter
from igny8.imports.ancestors import Ancestry
from igny8.imports.belief import Believer
from igny8.imports.creating import Creator
from igny8.imports.importing import Importer
from igny8.imports.telling import Teller
from igny8.imports.twins import TwinFinder


class ImportParts(ListeningParts, CleaningParts):
    """Takes posts over."""

    @cached_property
    def importer(self) -> Importer:
        """Takes pages of posts over."""
        return Importer(
            links=self.link_store,
            publications=self.publication_store,
            believer=Believer(
                inboxes=self.inbox_store,
                inbound=self.inbound,
                integrations=self.integration_store,
            ),
            creator=self.creator,
            adopter=self.adopter,
            teller=Teller(
                publications=self.publication_store, creator=self.creator, adopter=self.adopter
            ),
            ancestry=self.ancestry,
            twins=TwinFinder(contents=self.content_store, publications=self.publication_store),
        )

    @cached_property
    def ancestry(self) -> Ancestry:
        """Finds what terms are below."""
        return Ancestry(terms=self.terms)

    @cached_property
    def creator(self) -> Creator:
        """Makes content of posts."""
        return Creator(
            contents=self.content_store,
            publications=self.publication_store,
            links=self.links,
            bases=self.base_store,
            bodies=self.bodies,
            leftovers=self.cleaner,
            commit=self.commit,
            ids=self.ids,
            clock=self.clock,
        )

    @cached_property
    def adopter(self) -> Adopter:
        """Links posts to contents."""
        return Adopter(
            contents=self.content_store,
            publications=self.publication_store,
            links=self.links,
            inbound=self.inbound,
            journal=self.journal,
            commit=self.commit,
        )
