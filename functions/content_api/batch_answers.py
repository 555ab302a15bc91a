"""What goes out about batches."""

from datetime import UTC, datetime
from typing import Annotated

from igny8.batches.model import Batch, BatchState, Result
from igny8.batches.views import DELETED, PENDING, REFUSED, SKIPPED, BatchView, ItemView
from igny8.core.clock import rfc3339
from igny8.entrypoint.shapes import Moment, one_of
from igny8.publishing.model import BLOCKED, PublishState
from typing_extensions import TypedDict

STATES = [PENDING, REFUSED, SKIPPED, DELETED, BLOCKED, *PublishState]
AT_ONCE = ["accepted", "not_found", "duplicate"]


class TakenItemOut(TypedDict):
    """What could be said of an id at once: nothing has been decided about it yet."""

    content_id: int
    result: Annotated[str, one_of(AT_ONCE)]


class TakenBatchOut(TypedDict):
    """A batch that was taken in, and a result for each id that was sent."""

    batch_id: int
    total: int
    results: list[TakenItemOut]


class CancelledBatchOut(TypedDict):
    """A batch that decides nothing more; what waits because of it is being cancelled."""

    batch_id: int
    state: Annotated[str, one_of([*BatchState])]


class BatchItemOut(TypedDict):
    """What became of one content; `overtaken` if somebody decided anew about it since."""

    content_id: int
    state: Annotated[str, one_of(STATES)]
    result: Annotated[str, one_of([*Result])] | None
    reason: str | None
    message: str | None
    integration_id: int | None
    intent: int | None
    overtaken: bool


class FollowedBatchOut(TypedDict):
    """How far a batch is, how many of its contents are in which state, and a page of them."""

    batch_id: int
    state: Annotated[str, one_of([*BatchState])]
    site_integration_id: int | None
    total: int
    counts: dict[str, int]
    items: list[BatchItemOut]
    created_at: Moment
    cancelled_at: Moment | None


def taken_batch_out(batch: Batch) -> TakenBatchOut:
    """A batch as it was taken in, whatever has become of it since."""
    seen: set[int] = set()
    results: list[TakenItemOut] = []
    for number in batch.sent:
        result = "not_found" if number in batch.absent else "accepted"
        results.append({"content_id": number, "result": "duplicate" if number in seen else result})
        seen.add(number)
    return {"batch_id": batch.id, "total": len(seen), "results": results}


def cancelled_batch_out(batch: Batch) -> CancelledBatchOut:
    """A batch that was cancelled."""
    return {"batch_id": batch.id, "state": str(batch.state)}


def batch_out(view: BatchView) -> FollowedBatchOut:
    """A batch as people follow it."""
    batch = view.batch
    return {
        "batch_id": batch.id,
        "state": str(batch.state),
        "site_integration_id": batch.integration_id,
        "total": sum(view.counts.values()),
        "counts": dict(view.counts),
        "items": [_item_out(one) for one in view.items.items],
        "created_at": _time(batch.created_at) or "",
        "cancelled_at": _time(batch.cancelled_at),
    }


def _item_out(view: ItemView) -> BatchItemOut:
    item = view.item
    return {
        "content_id": view.content_id,
        "state": view.state,
        "result": str(item.result) if item else None,
        "reason": view.reason,
        "message": view.message,
        "integration_id": item.integration_id if item else None,
        "intent": item.intent if item else None,
        "overtaken": view.is_overtaken,
    }


def _time(moment: int | None) -> str | None:
    return None if moment is None else rfc3339(datetime.fromtimestamp(moment, UTC))
