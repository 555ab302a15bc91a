"""Removing what was deleted: what the content API and the sweeps share."""

from functools import cached_property, partial

from igny8.bootstrap.resources import Resources
from igny8.cleaning.service import Cleaner
from igny8.cleaning.store import LeftoverStore
from igny8.content.bodies import BodyStore


class CleaningParts(Resources):
    """Keeps texts, and removes those of deleted content."""

    @cached_property
    def bodies(self) -> BodyStore:
        """Keeps texts."""
        return BodyStore(partial(self.client, "s3"), self.settings.content_bucket)

    @cached_property
    def leftover_store(self) -> LeftoverStore:
        """Keeps what deletions leave."""
        return LeftoverStore(self.tables, shards=self.settings.sweep_shards)

    @cached_property
    def cleaner(self) -> Cleaner:
        """Removes it."""
        return Cleaner(store=self.leftover_store, bodies=self.bodies, clock=self.clock)
