"""Parts of the publish worker."""

from functools import cached_property

from igny8.bootstrap.deleting_parts import DeletingParts
from igny8.bootstrap.listening_parts import ListeningParts
from igny8.bootstrap.resources import once
from igny8.bootstrap.serving_parts import ServingParts
from igny8.publishing.backoff import Waits
from igny8.publishing.dispatch import Dispatcher
from igny8.publishing.hastening import HasteService
from igny8.publishing.leasing import LeaseService
from igny8.publishing.resting import RestService
from igny8.publishing.setbacks import Setbacks
from igny8.publishing.settlement import Settlement
from igny8.publishing.worker import PublishWorker


class Worker(DeletingParts, ListeningParts, ServingParts):
    """Serves sites."""

    @cached_property
    def waits(self) -> Waits:
        """Computes waits."""
        return Waits(self.settings)

    @cached_property
    def settlement(self) -> Settlement:
        """Writes results down."""
        return Settlement(
            store=self.publication_store,
            bases=self.base_store,
            watch=self.listening,
            contents=self.content_store,
            links=self.links,
            slots=self.slots,
            journal=self.journal,
            commit=self.commit,
            waits=self.waits,
            clock=self.clock,
        )

    @cached_property
    def setbacks(self) -> Setbacks:
        """Puts off what fails on our side."""
        return Setbacks(
            store=self.publication_store, commit=self.commit, waits=self.waits, clock=self.clock
        )

    @cached_property
    def leases(self) -> LeaseService:
        """Takes publications."""
        return LeaseService(
            store=self.publication_store,
            bases=self.base_store,
            contents=self.content_store,
            bodies=self.bodies,
            slots=self.slots,
            journal=self.journal,
            commit=self.commit,
            clock=self.clock,
            settings=self.settings,
        )

    @cached_property
    def resting(self) -> RestService:
        """Takes off the indexes what no try will send now."""
        return RestService(
            store=self.publication_store,
            links=self.links,
            gates=self.gate_store,
            watch=self.listening,
            journal=self.journal,
            commit=self.commit,
        )

    @cached_property
    def worker(self) -> PublishWorker:
        """Serves hints."""
        return PublishWorker(
            store=self.publication_store,
            visits=self.visits,
            leases=self.leases,
            client=self.bridge,
            dispatcher=Dispatcher(retry_attempts=self.settings.retry_attempts),
            settlement=self.settlement,
            resting=self.resting,
            hastening=HasteService(
                store=self.publication_store, commit=self.commit, clock=self.clock
            ),
            deleting=self.deleting,
            setbacks=self.setbacks,
            hints=self.hints,
            clock=self.clock,
            settings=self.settings,
        )


def services() -> Worker:
    """The parts of this process."""
    return once(Worker)
