"""What is to be done for one integration, and when. All times are epoch seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from igny8.imports.shares import Position
from igny8.syncing.check import Checked
from igny8.syncing.run import Run, RunState

MOST_ASKS = 50
MOST_READS = 100
"""As many as a page of an import may find changed."""


WISHES = (
    "check_at", "pull_at", "structure_at", "handover_at", "handover_tries", "repair_at", "asks",
    "reads",
)  # fmt: skip
POSTS = frozenset({"asks", "reads"})
"""What others can write into a plan while a worker is at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Farewell:
    """What a bridge has to be told after its site or integration was deleted here."""

    rest_url: str
    site_url: str
    ciphertext: str
    at: int
    until: int
    tries: int = 0


def anew(now: int, before: int | None) -> int:
    """Now, but told apart from the moment before: whoever is at work on that one must see it.

    >>> anew(7, None), anew(7, 7), anew(7, 99)
    (7, 8, 7)
    """
    return now + 1 if before == now else now


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The next look at an integration, and what has to be done then.

    ``check_at`` is set when a call did not fit what was counted: the site is asked who it is.
    ``pull_at``, ``structure_at`` and ``compare_at`` come round by themselves, the last for what no
    event tells of, and ``drift_at`` for what the site's own sums show; ``handover_at`` is set while
    a new key waits to be handed over, ``repair_at`` when events were lost or numbers began anew,
    which is not seen to before ``repair_after``, nor the forgetting of events before
    ``recall_after``: later after each of ``recalls`` in a row that found nothing; ``asks`` are
    posts that the site said something about without saying what, ``reads`` those whose text
    somebody has changed there, and is wanted here. ``retry_at`` holds everything back while the
    site cannot be served, longer after each of ``refusals`` in a row; at ``look_at`` the sweep
    looks whether the site is known to be back before that, which was in vain ``wakes`` times: then
    it is our questions alone that it refuses. ``starts`` counts how often somebody began since
    anything came of it. ``seen_at`` is when the bridge last answered us, ``lag_since`` since when
    events may wait there that we could not take. ``positions`` say by post type where imports go on
    that took no more than they were to take. ``checked`` is what the last comparison of both sides
    found.
    """

    account_id: int
    site_id: int
    integration_id: int
    pull_at: int | None = None
    structure_at: int | None = None
    check_at: int | None = None
    handover_at: int | None = None
    handover_tries: int = 0
    repair_at: int | None = None
    repair_after: int | None = None
    compare_at: int | None = None
    drift_at: int | None = None
    recall_after: int | None = None
    recalls: int = 0
    asks: tuple[int, ...] = ()
    reads: tuple[int, ...] = ()
    run: Run | None = None
    positions: Mapping[str, Position] = field(default_factory=dict)
    checked: Checked | None = None
    farewell: Farewell | None = None
    retry_at: int | None = None
    refusals: int = 0
    wakes: int = 0
    look_at: int | None = None
    starts: int = 0
    lease_owner: str | None = None
    lease_until: int | None = None
    seen_at: int | None = None
    lag_since: int | None = None
    hints: int = 0
    version: int = 0

    @property
    def is_leased(self) -> bool:
        """Whether a worker is at it, or died at it."""
        return self.lease_owner is not None

    @property
    def has_run(self) -> bool:
        """Whether there is a run of which something is still to come."""
        return self.run is not None and not self.run.is_over

    def is_ending(self, now: int) -> bool:
        """Whether a worker may still be at a page of a run that was cancelled."""
        cancelled = self.run is not None and self.run.state is RunState.CANCELLED
        return cancelled and self.lease_until is not None and self.lease_until > now

    def due_at(self) -> int | None:
        """When there is something to do, if ever."""
        if self.farewell is not None:
            return max(self.farewell.at, self.retry_at or 0)
        times = [
            self.check_at, self.pull_at, self.structure_at, self.handover_at, self.repair_due(),
            self.compare_at, self.drift_at,
        ]  # fmt: skip
        if self.asks or self.reads or self.has_run:
            times.append(0)
        known = [time for time in times if time is not None]
        if not known:
            return None
        return max(min(known), self.retry_at or 0)

    def repair_due(self) -> int | None:
        """When all posts are to be looked at because events were lost, if they are.

        Not at once again and again: a site can say so as often as it likes.
        """
        return None if self.repair_at is None else max(self.repair_at, self.repair_after or 0)

    def wake_at(self) -> int | None:
        """When the sweep is to look: when it is due, or when whoever is at it must have ended."""
        due = self.due_at()
        if due is None:
            return None
        if self.retry_at is not None and self.look_at is not None:
            due = min(due, self.look_at)
        return max(due, self.lease_until or 0)

    def is_held_back(self, now: int) -> bool:
        """Whether it waits for a site that may be back before its time."""
        held = self.retry_at is not None and self.retry_at > now
        return held and self.look_at is not None

    def is_due(self, now: int) -> bool:
        """Whether a worker may take it."""
        due = self.due_at()
        leased = self.lease_until is not None and self.lease_until > now
        return due is not None and due <= now and not leased

    def asking(self, post_id: int) -> "Plan":
        """Also ask about a post; beyond a few all of them are looked at."""
        if post_id in self.asks:
            return self
        if len(self.asks) >= MOST_ASKS:
            return replace(self, asks=(), repair_at=0)
        return replace(self, asks=(*self.asks, post_id))

    def reading(self, post_id: int) -> "Plan":
        """Also read a post; beyond a few all of them are compared, which reads what differs."""
        if post_id in self.reads:
            return self
        if len(self.reads) >= MOST_READS:
            return replace(self, reads=(), repair_at=0)
        return replace(self, reads=(*self.reads, post_id))

    def keeping(self, before: "Plan", found: "Plan") -> "Plan":
        """What others wished for between ``before`` and ``found`` is still to be done.

        Posts to ask about are asked about again: which of them changed meanwhile nobody knows.
        """
        wished = {
            name: getattr(found, name)
            for name in WISHES
            if name in POSTS or getattr(found, name) != getattr(before, name)
        }
        return replace(self, **wished)

    def started(self, run: Run) -> "Plan":
        """Begin a run, at once."""
        return replace(self.awake(), run=run, hints=0)

    def awake(self) -> "Plan":
        """Nothing holds it back any more."""
        return replace(self, retry_at=None, refusals=0, wakes=0, look_at=None)

    def held_back(self, wait: int, *, now: int, look_at: int | None) -> "Plan":
        """The site refused: once more after ``wait`` seconds, or when it is known to be back."""
        lag_since = self.lag_since or self.seen_at or now
        return replace(
            self,
            retry_at=now + wait,
            refusals=self.refusals + 1,
            look_at=look_at,
            lag_since=lag_since,
        )

    def taken(self, owner: str, until: int) -> "Plan":
        """A worker is at it."""
        return replace(self, lease_owner=owner, lease_until=until, hints=0, starts=self.starts + 1)

    def went_on(self) -> "Plan":
        """Something came of it, and somebody is still at it."""
        return replace(self, starts=1)

    def released(self) -> "Plan":
        """Nobody is at it any more; it was left in peace."""
        return replace(self, lease_owner=None, lease_until=None, starts=0)

    def dropped(self, retry_at: int) -> "Plan":
        """Our own code crashed at it."""
        return replace(self, lease_owner=None, lease_until=None, retry_at=retry_at)
