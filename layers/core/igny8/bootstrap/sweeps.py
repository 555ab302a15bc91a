"""Parts of the sweeps, and the table of them by kind."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cached_property, partial
from typing import Any

from igny8.batches.sweep import BatchSweep
from igny8.bootstrap.batch_parts import BatchParts
from igny8.bootstrap.deciding_parts import DecidingParts
from igny8.bootstrap.deleting_parts import DeletingParts
from igny8.bootstrap.resources import once
from igny8.bootstrap.session import SWEEP_CONFIG, Session
from igny8.cleaning.service import CleanSweep
from igny8.core.queue import HintQueue
from igny8.distribution.halting import RolloutSweep
from igny8.distribution.store import ReleaseStore
from igny8.distribution.tally_store import TallyStore
from igny8.pipeline.automatic import AutomaticPublishing
from igny8.pipeline.sweep import AutomaticSweep
from igny8.publishing.blocked import BlockedSweep
from igny8.publishing.clearing import SiteClearing
from igny8.publishing.sweep import DueSweep
from igny8.syncing.store import PlanStore
from igny8.syncing.sweep import SyncSweep

RemainingSeconds = Callable[[], float]
Report = dict[str, Any]


class Sweeps(DecidingParts, DeletingParts, BatchParts):
    """Finds work that should have happened."""

    @cached_property
    def session(self) -> Session:
        """The one session, impatient."""
        return Session(SWEEP_CONFIG)

    @cached_property
    def due_sweep(self) -> DueSweep:
        """Finds deliveries that should have happened."""
        return DueSweep(
            store=self.publication_store,
            hints=self.hints,
            clock=self.clock,
            settings=self.settings,
        )

    @cached_property
    def blocked_sweep(self) -> BlockedSweep:
        """Wakes sites that may be served again."""
        return BlockedSweep(
            gates=self.gate_store,
            store=self.publication_store,
            hints=self.hints,
            clock=self.clock,
        )

    @cached_property
    def clean_sweep(self) -> CleanSweep:
        """Finishes deletions."""
        return CleanSweep(
            store=self.leftover_store,
            cleaner=self.cleaner,
            sites=SiteClearing(
                contents=self.content_store, deleting=self.deleting, terms=self.term_store
            ),
            clock=self.clock,
            shards=self.settings.sweep_shards,
            limit=self.settings.sweep_limit,
        )

    @cached_property
    def automatic_publishing(self) -> AutomaticPublishing:
        """Moves content on by itself."""
        return AutomaticPublishing(
            contents=self.content_store,
            decisions=self.decisions,
            pacing=self.pacing_store,
            commit=self.commit,
            clock=self.clock,
            limit=self.settings.automatic_limit,
        )

    @cached_property
    def automatic_sweep(self) -> AutomaticSweep:
        """Finds sites whose content may go on by itself."""
        return AutomaticSweep(
            pacing=self.pacing_store,
            integrations=self.integration_store,
            publishing=self.automatic_publishing,
            clock=self.clock,
            shards=self.settings.sweep_shards,
            limit=self.settings.sweep_limit,
        )

    @cached_property
    def sync_sweep(self) -> SyncSweep:
        """Finds integrations with something to do."""
        return SyncSweep(
            plans=PlanStore(self.tables, self.settings.sweep_shards),
            gates=self.gate_store,
            hints=HintQueue(partial(self.client, "sqs"), self.settings.sync_queue_url),
            clock=self.clock,
            settings=self.settings,
        )

    @cached_property
    def batch_sweep(self) -> BatchSweep:
        """Finds batches that stand still."""
        return BatchSweep(
            store=self.batch_store,
            hints=self.batch_hints,
            clock=self.clock,
            shards=self.settings.sweep_shards,
            limit=self.settings.sweep_limit,
        )

    @cached_property
    def rollout_sweep(self) -> RolloutSweep:
        """Halts rollouts that cause trouble."""
        return RolloutSweep(
            releases=ReleaseStore(self.tables),
            tallies=TallyStore(self.tables),
            commit=self.commit,
            clock=self.clock,
        )


SWEEPS: Mapping[str, Callable[[Sweeps, RemainingSeconds], Report]] = {
    "due": lambda parts, remaining: asdict(parts.due_sweep.run(remaining)),
    "blocked": lambda parts, remaining: asdict(parts.blocked_sweep.run(remaining)),
    "batch": lambda parts, remaining: asdict(parts.batch_sweep.run(remaining)),
    "automatic": lambda parts, remaining: asdict(parts.automatic_sweep.run(remaining)),
    "clean": lambda parts, remaining: asdict(parts.clean_sweep.run(remaining)),
    "sync": lambda parts, remaining: asdict(parts.sync_sweep.run(remaining)),
    "rollout": lambda parts, remaining: asdict(parts.rollout_sweep.run(remaining)),
}
"""What runs for a kind, as the Input of a schedule names it; it says what it found.

In the template each kind is a function of its own, with a role, a schedule and an alarm for when it
does not run: no kind can do what another may, and none hides that another stands still.
"""


def services() -> Sweeps:
    """The parts of this process."""
    return once(Sweeps)
