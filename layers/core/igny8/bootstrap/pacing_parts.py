"""How fast a site's content goes out: what the API of sites and the sweeps share."""

from functools import cached_property

from igny8.bootstrap.resources import Resources
from igny8.pacing.store import PacingStore


class PacingParts(Resources):
    """Keeps publishing settings and what was spent."""

    @cached_property
    def pacing_store(self) -> PacingStore:
        """Keeps them."""
        return PacingStore(self.tables, shards=self.settings.sweep_shards)
