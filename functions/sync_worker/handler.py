"""Entry point of the sync worker: integrations side by side, each under a lease of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from igny8.bootstrap.sync_worker import services
from igny8.core.errors import NotFound, Unavailable
from igny8.core.logging import begin, correlated, get_logger
from igny8.core.messages import Failures, attended, come_again, hints_of, remaining
from igny8.core.queue import Hint
from igny8.diagnosis.remote import Request

logger = get_logger()
MOST_SITES = 10


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
    hints = hints_of(event, Hint.parse)
    serve, left = services().sync_worker.serve, remaining(context)  # made before the threads start
    with ThreadPoolExecutor(MOST_SITES) as pool:
        jobs = {hint: pool.submit(_serve, hint, partial(serve, hint, left)) for hint in hints}
    crashed = [hint for hint, job in jobs.items() if not job.result()]
    return come_again(message_id for hint in crashed for message_id in hints[hint])


def _serve(hint: Hint, serve: Callable[[], Any]) -> bool:
    """Serve one integration; false if our own code crashed."""
    with correlated(*filter(None, [hint.correlation_id])):
        return attended(hint, serve, "synchronised")
