"""Entry point of the publish worker: up to ten hints side by side, one site each."""

from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from igny8.bootstrap.publish_worker import services
from igny8.core.errors import Unavailable
from igny8.core.logging import begin, get_logger
from igny8.core.messages import Failures, come_again, hints_of, remaining
from igny8.core.metrics import Metric, measure
from igny8.core.queue import Hint
from igny8.publishing.model import BLOCKED
from igny8.publishing.setbacks import CRASHED

logger = get_logger()
MOST_SITES = 10


def lambda_handler(event: dict[str, Any], context: Any) -> Failures:
    """Serve a batch; only messages on which our own code crashed are reported as failed."""
    begin(context.aws_request_id)
    sites: dict[int, dict[str, Hint]] = defaultdict(dict)
    for hint, message_ids in hints_of(event, Hint.parse).items():
        sites[hint.integration_id] |= dict.fromkeys(message_ids, hint)
    worker = services().worker  # made once, before the threads start
    with ThreadPoolExecutor(MOST_SITES) as pool:
        jobs = [
            pool.submit(_serve_site, worker, hints, remaining(context)) for hints in sites.values()
        ]
        came = [job.result() for job in jobs]
    failed = [message_id for message_ids, _ in came for message_id in message_ids]
    for state, number in sum((ends for _, ends in came), Counter[str]()).items():
        measure(Metric.DELIVERIES, number, state=state)
    return come_again(failed)


def _serve_site(
    worker: Any, hints: dict[str, Hint], left: Callable[[], float]
) -> tuple[list[str], Counter[str]]:
    """The messages that crashed, and how what was served ended, for operators to count."""
    crashed = set()
    ends: Counter[str] = Counter()
    try:
        for served in worker.serve(list(hints.values()), left):
            logger.info("served", extra=asdict(served))
            ends[BLOCKED if served.blocked else served.publish_state.replace(" ", "_")] += 1
            if served.reason == CRASHED:
                crashed.add(served.content_id)
    except Unavailable as error:
        # Nothing is lost: the row stays due, and the sweep sends its hint again.
        for hint in hints.values():
            logger.warning("unavailable", extra={"what": error.what, **hint.about()})
    except Exception:
        for hint in hints.values():
            logger.exception("crashed", extra=hint.about())
        return list(hints), ends
    return [number for number, hint in hints.items() if crashed & {*hint.content_ids}], ends
