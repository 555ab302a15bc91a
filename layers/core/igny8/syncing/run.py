"""One synchronisation: what was asked for, and how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from igny8.imports.model import Filters, Twins
from igny8.imports.shares import Share
from igny8.journal.model import Action
from igny8.syncing.check import Check


class RunDirection(StrEnum):
    """What a run does: read each post's facts, take events that wait, import posts, compare."""

    METADATA = "metadata"
    CHANGES = "changes"
    PULL = "pull"
    CHECK = "check"


ACTIONS = {
    RunDirection.METADATA: Action.SYNC_METADATA,
    RunDirection.CHANGES: Action.SYNC_CHANGES,
    RunDirection.PULL: Action.CONTENT_IMPORT,
    RunDirection.CHECK: Action.DRIFT_CHECK,
}
"""What a run is told of as, in history."""


class RunState(StrEnum):
    """Where a run is. ``waiting``: its site cannot be served now, it goes on by itself."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OVER = frozenset({RunState.DONE, RunState.FAILED, RunState.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms that an import reads before any post: ``taxonomies`` left, the first under way.

    It has ``seen`` so many of that one; ``nested``: some are below others.
    """

    taxonomies: tuple[str, ...]
    after: int = 0
    seen: int = 0
    nested: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """An import: which posts, and how far it is.

    ``types`` are those that are meant, which were enabled when it began; ``shares`` those that are
    left, the first of them under way. ``page`` is the number of the next page, ``empty`` how many
    in a row told of no post, ``stalls`` how often nothing of it could be done; ``counts`` are by
    what became of posts. ``life`` is that of the site's database that was listed first,
    ``two_way`` whether people's texts came over by themselves when it began. ``terms`` come first.
    """

    filters: Filters = field(default_factory=Filters)
    types: tuple[str, ...] = ()
    dry_run: bool = False
    twins: Twins = Twins.HOLD
    two_way: bool = False
    shares: tuple[Share, ...] = ()
    page: int = 0
    empty: int = 0
    stalls: int = 0
    life: int | None = None
    terms: Terms | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def expected(self) -> int:
        """How many posts will have been looked at in the shares that are left, as far as known."""
        return sum(share.expected for share in self.shares)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One synchronisation, from its beginning to its end. ``cursor`` is where a crash resumes.

    ``of_everything``: also of content that is not known to have a post.

    ``failed`` of what is ``done`` was passed over: nobody could find out what is there.
    """

    id: int
    direction: RunDirection
    actor: str
    channel: str
    started_at: int
    state: RunState = RunState.QUEUED
    cursor: str | None = None
    done: int = 0
    total: int | None = None
    changed: int = 0
    failed: int = 0
    reason: str | None = None
    finished_at: int | None = None
    of_everything: bool = False
    pull: Pull | None = None
    check: Check | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """How many posts came to what, of a run that counts that."""
        if self.pull is not None:
            return self.pull.counts
        return self.check.counts if self.check is not None else {}

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state in OVER

    @property
    def is_listed(self) -> bool:
        """Whether it is kept to be looked up: people began it."""
        return not self.actor.startswith("schedule:")

    @property
    def is_dry(self) -> bool:
        """Whether it only says what would happen."""
        is_dry = self.check is not None and self.check.dry_run
        return is_dry or (self.pull is not None and self.pull.dry_run)
