"""Parts of the sweeps."""

from functools import cached_property

from igny8.bootstrap.resources import Resources, once
from igny8.publishing.store import PublicationStore
from igny8.publishing.sweep import DueSweep


class Sweeps(Resources):
    """Finds work that should have happened."""

    @cached_property
    def publication_store(self) -> PublicationStore:
        """Keeps publications."""
        return PublicationStore(self.tables, self.settings.sweep_shards)

    @cached_property
    def due_sweep(self) -> DueSweep:
        """Finds deliveries that should have happened."""
        return DueSweep(
            store=self.publication_store,
            hints=self.hints,
            clock=self.clock,
            settings=self.settings,
        )


def services() -> Sweeps:
    """The parts of this process."""
    return once(Sweeps)
