"""Batches: what the content API, their worker and their sweep share."""

from functools import cached_property, partial

from igny8.batches.store import BatchStore
from igny8.bootstrap.resources import Resources
from igny8.core.queue import HintQueue


class BatchParts(Resources):
    """Keeps batches, and wakes their worker."""

    @cached_property
    def batch_store(self) -> BatchStore:
        """Keeps batches."""
        return BatchStore(
            self.tables,
            shards=self.settings.sweep_shards,
            retention_days=self.settings.event_retention_days,
        )

    @cached_property
    def batch_hints(self) -> HintQueue:
        """Wakes the worker of batches."""
        return HintQueue(partial(self.client, "sqs"), self.settings.batch_queue_url)
