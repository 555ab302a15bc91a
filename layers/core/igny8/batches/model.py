"""A batch: what somebody wants published at once, how far that is, and what came of each item."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from igny8.core.logging import as_correlation_id

MOST_ITEMS = 500
PAGE = 25
"""How many items a worker carries out before it writes down how far it is."""
LOOK_SECONDS = 60
"""For how long a batch may stand still before the sweep wakes a worker."""
OUR_FAULT = "our_fault"
GIVEN_UP_AFTER = 5
"""So many looks of the sweep at a batch that did not move: what still fails is said to."""


class BatchState(StrEnum):
    """How far a batch is. What becomes of its publications, each of them says."""

    RUNNING = "running"
    DONE = "done"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


class Result(StrEnum):
    """What a batch decided about an item."""

    ACCEPTED = "accepted"
    ALREADY = "already"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is wanted. Times are epoch seconds.

    ``sent`` are the ids as they came, ``absent`` those of them that nothing of the account's had.
    ``position`` counts the items that are settled: decided or, once it is ``cancelled_at``, undone.
    ``wake_at`` is when the sweep looks; it is empty at rest. ``hints`` counts its looks since the
    batch moved on. ``actor`` and ``request_id`` are whose it is, and by which request it came.
    """

    account_id: int
    id: int
    sent: Sequence[int]
    absent: frozenset[int]
    integration_id: int | None
    actor: str
    channel: str
    request_id: str | None
    created_at: int
    position: int = 0
    cancelled_at: int | None = None
    cancelled_by: str | None = None
    wake_at: int | None = None
    hints: int = 0
    version: int = 1

    @property
    def items(self) -> list[int]:
        """The contents it is about, each once, in the order in which they were sent."""
        return [number for number in dict.fromkeys(self.sent) if number not in self.absent]

    @property
    def state(self) -> BatchState:
        """How far it is."""
        is_through = self.position >= len(self.items)
        if self.cancelled_at is None:
            return BatchState.DONE if is_through else BatchState.RUNNING
        return BatchState.CANCELLED if is_through else BatchState.CANCELLING

    @property
    def is_at_work(self) -> bool:
        """Whether a worker has something to do."""
        return self.state in {BatchState.RUNNING, BatchState.CANCELLING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What was decided about one content: ``intent`` and where, or the ``code`` of a refusal."""

    content_id: int
    result: Result
    integration_id: int | None = None
    intent: int | None = None
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class BatchHint:
    """A message that names a batch, ids only."""

    account_id: int
    batch_id: int
    correlation_id: str | None = field(default=None, compare=False)

    @property
    def group(self) -> str:
        """Its account: nobody waits for another's batches."""
        return str(self.account_id)

    @classmethod
    def of(cls, batch: Batch) -> "BatchHint":
        """The message that names a batch."""
        return cls(batch.account_id, batch.id, batch.request_id)

    @classmethod
    def parse(cls, body: str) -> "BatchHint":
        """Read a message. Raises ``ValueError`` for any other text."""
        try:
            data = json.loads(body)
            ids = int(data["account_id"]), int(data["batch_id"])
            return cls(*ids, as_correlation_id(data.get("correlation_id")))
        except (TypeError, KeyError, AttributeError, ArithmeticError, RecursionError) as error:
            raise ValueError("not a batch") from error

    def about(self) -> dict[str, int | str]:
        """What it names, for the log, too."""
        known = {"correlation_id": self.correlation_id} if self.correlation_id else {}
        return {"account_id": self.account_id, "batch_id": self.batch_id, **known}

    def body(self) -> str:
        """Write the message."""
        return json.dumps(self.about(), separators=(",", ":"))
