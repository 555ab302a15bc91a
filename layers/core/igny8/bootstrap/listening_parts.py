"""Listening to sites: what the webhooks, the pairing and the sync worker share."""

from functools import cached_property, partial

from igny8.bootstrap.publication_parts import PublicationParts
from igny8.core.queue import HintQueue
from igny8.inbound.planning import Planner
from igny8.inbound.service import InboundService
from igny8.inbound.store import InboxStore
from igny8.inbound.terms import TermListener
from igny8.structure.service import StructureService
from igny8.syncing.listening import ListeningService
from igny8.syncing.run_store import RunStore
from igny8.syncing.store import PlanStore


class ListeningParts(PublicationParts):
    """Hears sites and plans what has to be looked at."""

    @cached_property
    def inbox_store(self) -> InboxStore:
        """Keeps inboxes."""
        return InboxStore(self.tables)

    @cached_property
    def plan_store(self) -> PlanStore:
        """Keeps plans."""
        return PlanStore(self.tables, self.settings.sweep_shards)

    @cached_property
    def run_store(self) -> RunStore:
        """Keeps runs."""
        return RunStore(self.tables, self.clock)

    @cached_property
    def sync_hints(self) -> HintQueue:
        """Wakes the sync worker."""
        return HintQueue(partial(self.client, "sqs"), self.settings.sync_queue_url)

    @cached_property
    def listening(self) -> ListeningService:
        """Has somebody look at a site."""
        return ListeningService(
            inboxes=self.inbox_store,
            plans=self.plan_store,
            integrations=self.integration_store,
            structures=self.structure_store,
            hints=self.sync_hints,
            clock=self.clock,
            settings=self.settings,
        )

    @cached_property
    def planner(self) -> Planner:
        """Judges events."""
        return Planner(
            contents=self.content_store,
            publications=self.publication_store,
            links=self.links,
            journal=self.journal,
            clock=self.clock,
        )

    @cached_property
    def inbound(self) -> InboundService:
        """Hears events."""
        return InboundService(
            inboxes=self.inbox_store,
            planner=self.planner,
            links=self.links,
            watch=self.listening,
            terms=TermListener(self.structure_store, self.terms),
            integrations=self.integration_store,
            journal=self.journal,
            commit=self.commit,
            clock=self.clock,
            settings=self.settings,
        )

    @cached_property
    def structure(self) -> StructureService:
        """Keeps and shows structures."""
        return StructureService(
            store=self.structure_store,
            integrations=self.integration_store,
            journal=self.journal,
            commit=self.commit,
            clock=self.clock,
        )
