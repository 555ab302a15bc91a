"""What every step of a plan is given: whose site it is, and by what it is asked."""

from collections.abc import Callable
from dataclasses import dataclass

from igny8.admission.visits import Visit
from igny8.sites.model import KeyOwner
from igny8.wordpress.client import BridgeClient, Target


@dataclass(frozen=True, slots=True)
class Work:
    """One integration that may be served now."""

    owner: KeyOwner
    visit: Visit
    client: BridgeClient
    remaining_seconds: Callable[[], float]

    @property
    def target(self) -> Target:
        """The site, by the door that led to its bridge last."""
        return self.visit.target.through(self.visit.gate.door)
