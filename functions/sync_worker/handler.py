"""Entry point of the sync worker: integrations side by side, each under a lease of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from igny8.bootstrap.sync_worker import services
from igny8.core.errors import NotFound, Unavailable
from igny8.core.logging import begin, correlated, get_logger
from igny8.core.queue import Hint
from igny8.diagnosis.remote import Request

logger = get_logger()
MOST_SITES = 10
Failures = dict[str, list[dict[str, str]]]


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Serve a batch of hints, or examine a site for somebody who waits."""
    begin(context.aws_request_id)
    if "examine" in event:
        request = Request.of_event(event)
        with correlated(*filter(None, [request.actor.request_id])):
            return _examine(request)
    return dict(_serve_batch(event, context))


def _examine(request: Request) -> dict[str, Any]:
    try:
        found = services().examiner.examine(
            request.account_id,
            request.site_id,
            request.integration_id,
            actor=request.actor,
            post_type=request.post_type,
        )
    except NotFound:
        return {"absent": True}
    except Unavailable as error:
        logger.warning("unavailable", extra={"what": error.what})
        return {"unavailable": error.what}
    logger.info("examined", extra={"findings": {str(f.check): f.code for f in found.findings}})
    return found.as_json()


def _serve_batch(event: dict[str, Any], context: Any) -> Failures:
    """Only messages on which our own code crashed are reported as failed."""
    hints: dict[Hint, list[str]] = {}
    for record in event.get("Records", []):
        try:
            hint = Hint.parse(record["body"])
        except (ValueError, KeyError):
            logger.warning("not a hint, dropped", extra={"message_id": record.get("messageId")})
            continue
        hints.setdefault(hint, []).append(record["messageId"])
    worker = services().sync_worker  # made once, before the threads start
    remaining = _remaining(context)
    with ThreadPoolExecutor(MOST_SITES) as pool:
        jobs = {hint: pool.submit(_serve, worker, hint, remaining) for hint in hints}
    crashed = [hint for hint, job in jobs.items() if not job.result()]
    failed = [message_id for hint in crashed for message_id in hints[hint]]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _serve(worker: Any, hint: Hint, remaining: Callable[[], float]) -> bool:
    """Serve one integration; false if our own code crashed."""
    with correlated(*filter(None, [hint.correlation_id])):
        return _served(worker, hint, remaining)


def _served(worker: Any, hint: Hint, remaining: Callable[[], float]) -> bool:
    try:
        served = worker.serve(hint, remaining)
    except Unavailable as error:
        # Nothing is lost: the plan stays due, and the sweep sends its hint again.
        logger.warning("unavailable", extra={"what": error.what, **hint.about()})
    except Exception:
        logger.exception("crashed", extra=hint.about())
        return False
    else:
        if served is not None:
            logger.info("synchronised", extra=asdict(served))
    return True


def _remaining(context: Any) -> Callable[[], float]:
    return lambda: context.get_remaining_time_in_millis() / 1000
