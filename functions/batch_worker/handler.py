"""Entry point of the worker of batches: one after the other, for each takes what time there is."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from igny8.batches.model import BatchHint
from igny8.bootstrap.batch_worker import services
from igny8.core.errors import Unavailable
from igny8.core.logging import begin, get_logger

logger = get_logger()
Failures = dict[str, list[dict[str, str]]]


def lambda_handler(event: dict[str, Any], context: Any) -> Failures:
    """Serve messages; only those on which our own code crashed are reported as failed."""
    begin(context.aws_request_id)
    hints: dict[BatchHint, list[str]] = {}
    for record in event.get("Records", []):
        try:
            hint = BatchHint.parse(record["body"])
        except (ValueError, KeyError):
            logger.warning("not a batch, dropped", extra={"message_id": record.get("messageId")})
            continue
        hints.setdefault(hint, []).append(record["messageId"])
    worker = services().batch_worker
    crashed = [hint for hint in hints if not _serve(worker, hint, _remaining(context))]
    failed = [message_id for hint in crashed for message_id in hints[hint]]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _serve(worker: Any, hint: BatchHint, remaining: Callable[[], float]) -> bool:
    """Carry on with one; false if our own code crashed."""
    try:
        progress = worker.serve(hint, remaining)
    except Unavailable as error:
        # Nothing is lost: the batch stands still, and the sweep sends its message again.
        logger.warning("unavailable", extra={"what": error.what, **hint.about()})
    except Exception:
        logger.exception("crashed", extra=hint.about())
        return False
    else:
        if progress is not None:
            logger.info("carried on", extra={**asdict(progress), **hint.about()})
    return True


def _remaining(context: Any) -> Callable[[], float]:
    return lambda: context.get_remaining_time_in_millis() / 1000
