"""The words for where a delivery is, and the small facts that a publication carries."""

from dataclasses import dataclass, replace
from enum import StrEnum


class PublishState(StrEnum):
    """Where a delivery is. ``blocked`` and ``not_published`` are views, never stored."""

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    CONFLICT = "conflict"
    GONE = "gone"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"
    FAILED = "failed"
    CANCELLED = "cancelled"


DELETED = "deleted"  # as `wordpress_status`: WordPress is known to have no such post any more
TRASH = "trash"
FORMER_ADDRESS = "former_address"  # as reason: the post did not move with its site
MOST_FOLLOWED = 20
NONE_OF_OURS = 0  # as `content_rev`
NOT_PUBLISHED = "not_published"
BLOCKED = "blocked"
PENDING_STATES = frozenset({
    PublishState.QUEUED, PublishState.SENDING, PublishState.UNKNOWN, PublishState.WAITING,
})  # fmt: skip
IN_FLIGHT_STATES = frozenset({PublishState.SENDING, PublishState.UNKNOWN})
BLOCKABLE_STATES = frozenset({PublishState.QUEUED, PublishState.WAITING, PublishState.UNKNOWN})
DOWN_STATES = frozenset({PublishState.UNPUBLISHED, PublishState.GONE, PublishState.CANCELLED})
DOWN_AS = {"draft": frozenset({"draft", "pending"}), TRASH: frozenset({TRASH})}
"""What is as good as what was asked for, where a post is to be taken down."""

DELIVERED_AS = {
    "publish": PublishState.PUBLISHED,
    "future": PublishState.PUBLISHED,
    "private": PublishState.PUBLISHED,
    "pending": PublishState.PUBLISHED,
    "draft": PublishState.PUBLISHED,
    "trash": PublishState.UNPUBLISHED,
}
"""What success means, by the status that the post is to have."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """The operation that was sent without a readable answer so far, and the status it wanted.

    ``decided_at`` tells its decision from one of the same number that was lost with our tables.
    ``followed`` are the later intents that workers set out to send once they had asked about it,
    with the status that each wanted: any of them may be there by now.
    """

    operation_id: str
    intent: int
    since: int
    post_status: str | None = None
    decided_at: int | None = None
    followed: tuple[tuple[int, str], ...] = ()

    def followed_by(self, intent: int, post_status: str) -> "Doubt":
        """With one more that may be sent."""
        if self.wanted(intent) is not None:
            return self
        return replace(self, followed=(*self.followed, (intent, post_status))[-MOST_FOLLOWED:])

    def wanted(self, intent: object) -> str | None:
        """The status that an operation of ours wanted which nobody knows the outcome of."""
        sent = ((self.intent, self.post_status), *self.followed)
        return next((status for number, status in sent if number == intent), None)


@dataclass(frozen=True, slots=True)
class LastError:
    """Why the last attempt did not succeed. ``reason`` is a stable name (docs, error classes)."""

    reason: str
    message: str
    http_status: int | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """What somebody has made of the post, as the conflict told of it; ``None``: it did not."""

    fingerprint: str | None = None
    post_status: str | None = None
