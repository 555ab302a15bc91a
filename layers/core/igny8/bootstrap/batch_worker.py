"""Parts of the worker of batches."""

from functools import cached_property

from igny8.batches.worker import BatchWorker, Gathered
from igny8.bootstrap.batch_parts import BatchParts
from igny8.bootstrap.deciding_parts import DecidingParts
from igny8.bootstrap.resources import once


class BatchWorkerParts(DecidingParts, BatchParts):
    """Carries batches out."""

    @cached_property
    def batch_worker(self) -> BatchWorker:
        """Serves messages that name batches."""
        gathered = Gathered(each=self.settings.slots_per_site)
        return BatchWorker(
            store=self.batch_store,
            decisions=self.deciding(gathered),
            acts=self.acting(gathered),
            gathered=gathered,
            hints=self.hints,
            own_hints=self.batch_hints,
            commit=self.commit,
            clock=self.clock,
        )


def services() -> BatchWorkerParts:
    """The parts of this process."""
    return once(BatchWorkerParts)
