"""Releases and counters: what whoever offers or watches versions shares."""

from functools import cached_property

from igny8.bootstrap.resources import Resources
from igny8.distribution.store import ReleaseStore
from igny8.distribution.tally_store import TallyStore


class ReleaseParts(Resources):
    """Knows releases, and how many have them."""

    @cached_property
    def release_store(self) -> ReleaseStore:
        """Keeps releases."""
        return ReleaseStore(self.tables)

    @cached_property
    def tally_store(self) -> TallyStore:
        """Counts installations and downloads."""
        return TallyStore(self.tables)
