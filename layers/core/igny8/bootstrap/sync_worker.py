"""Parts of the sync worker."""

from functools import cached_property

from igny8.bootstrap.import_parts import ImportParts
from igny8.bootstrap.resources import once
from igny8.bootstrap.serving_parts import ServingParts
from igny8.diagnosis.service import Examiner
from igny8.imports.comparing import Comparison
from igny8.imports.pulling import Puller
from igny8.imports.relinking import Relinker
from igny8.imports.sides import SidesReader
from igny8.syncing.checking import CheckPages
from igny8.syncing.facts import FactFinder
from igny8.syncing.farewell import FarewellService
from igny8.syncing.handover import KeyHandover
from igny8.syncing.outcomes import Outcomes
from igny8.syncing.pages import ImportPages
from igny8.syncing.pull import ChangePull
from igny8.syncing.steps import Steps
from igny8.syncing.term_pages import TermPages
from igny8.syncing.trusting import Trusting
from igny8.syncing.worker import SyncWorker


class SyncWorkerParts(ImportParts, ServingParts):
    """Keeps integrations true."""

    @cached_property
    def pull(self) -> ChangePull:
        """Takes what waits."""
        return ChangePull(
            inboxes=self.inbox_store,
            inbound=self.inbound,
            integrations=self.integration_store,
            journal=self.journal,
            commit=self.commit,
            clock=self.clock,
            confirm_seconds=self.settings.sync_retry_seconds,
        )

    @cached_property
    def facts(self) -> FactFinder:
        """Asks about posts."""
        return FactFinder(
            contents=self.content_store,
            publications=self.publication_store,
            inboxes=self.inbox_store,
            inbound=self.inbound,
            importer=self.importer,
            page_size=self.settings.sync_page,
        )

    @cached_property
    def puller(self) -> Puller:
        """Brings over what people wrote on the site."""
        return Puller(
            sides=SidesReader(tables=self.tables, inboxes=self.inbox_store),
            contents=self.content_store,
            publications=self.publication_store,
            bases=self.base_store,
            ancestry=self.ancestry,
            inboxes=self.inbox_store,
            links=self.links,
            bodies=self.bodies,
            journal=self.journal,
            commit=self.commit,
            clock=self.clock,
        )

    @cached_property
    def key_handover(self) -> KeyHandover:
        """Hands keys over."""
        return KeyHandover(
            sites=self.site_store,
            integrations=self.integration_store,
            gates=self.gate_store,
            vault=self.vault,
            journal=self.journal,
            commit=self.commit,
            clock=self.clock,
            settings=self.settings,
        )

    @cached_property
    def outcomes(self) -> Outcomes:
        """Makes of steps what is written down."""
        return Outcomes(
            integrations=self.integration_store,
            structures=self.structure_store,
            runs=self.run_store,
            admission=self.admission,
            gates=self.gate_store,
            journal=self.journal,
            clock=self.clock,
            settings=self.settings,
        )

    @cached_property
    def import_pages(self) -> ImportPages:
        """Takes pages of existing posts."""
        return ImportPages(
            importer=self.importer,
            terms=TermPages(terms=self.terms, runs=self.run_store, outcomes=self.outcomes),
            inboxes=self.inbox_store,
            runs=self.run_store,
            gates=self.gate_store,
            journal=self.journal,
            outcomes=self.outcomes,
            margin_seconds=self.settings.sync_margin_seconds,
        )

    @cached_property
    def check_pages(self) -> CheckPages:
        """Compares both sides."""
        return CheckPages(
            comparison=Comparison(links=self.link_store),
            importer=self.importer,
            facts=self.facts,
            relinker=Relinker(
                links=self.link_store,
                service=self.links,
                publications=self.publication_store,
                commit=self.commit,
            ),
            publications=self.publication_store,
            structures=self.structure_store,
            inboxes=self.inbox_store,
            gates=self.gate_store,
            runs=self.run_store,
            journal=self.journal,
            outcomes=self.outcomes,
            margin_seconds=self.settings.sync_margin_seconds,
        )

    @cached_property
    def steps(self) -> Steps:
        """Carries steps out."""
        return Steps(
            pull=self.pull,
            facts=self.facts,
            pages=self.import_pages,
            checks=self.check_pages,
            trusting=Trusting(pull=self.pull, outcomes=self.outcomes, settings=self.settings),
            puller=self.puller,
            handover=self.key_handover,
            structure=self.structure,
            outcomes=self.outcomes,
            ids=self.ids,
            settings=self.settings,
        )

    @cached_property
    def sync_worker(self) -> SyncWorker:
        """Serves plans."""
        return SyncWorker(
            plans=self.plan_store,
            visits=self.visits,
            steps=self.steps,
            outcomes=self.outcomes,
            listening=self.listening,
            farewells=FarewellService(
                plans=self.plan_store,
                integrations=self.integration_store,
                gates=self.gate_store,
                vault=self.vault,
                commit=self.commit,
                clock=self.clock,
                settings=self.settings,
            ),
            client=self.bridge,
            commit=self.commit,
            clock=self.clock,
            settings=self.settings,
        )

    @cached_property
    def examiner(self) -> Examiner:
        """Looks at sites for people who wait."""
        return Examiner(
            integrations=self.integration_store,
            inboxes=self.inbox_store,
            gates=self.gate_store,
            admission=self.admission,
            breaker=self.breaker,
            vault=self.vault,
            client=self.bridge,
            journal=self.journal,
            commit=self.commit,
            clock=self.clock,
        )


def services() -> SyncWorkerParts:
    """The parts of this process."""
    return once(SyncWorkerParts)
