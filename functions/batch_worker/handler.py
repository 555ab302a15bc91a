"""Entry point of the worker of batches: one after the other, for each takes what time there is."""

from functools import partial
from typing import Any

from igny8.batches.model import BatchHint
from igny8.bootstrap.batch_worker import services
from igny8.core.logging import begin
from igny8.core.messages import Failures, attended, come_again, hints_of, remaining


def lambda_handler(event: dict[str, Any], context: Any) -> Failures:
    """Serve messages; only those on which our own code crashed are reported as failed."""
    begin(context.aws_request_id)
    hints = hints_of(event, BatchHint.parse)
    serve, left = services().batch_worker.serve, remaining(context)
    crashed = [
        hint for hint in hints if not attended(hint, partial(serve, hint, left), "carried on")
    ]
    return come_again(message_id for hint in crashed for message_id in hints[hint])
