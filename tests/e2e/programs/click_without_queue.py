"""A click in a world without SQS: accepted, and no hint."""

import os

from igny8.bootstrap import services
from igny8.core.errors import Unavailable
from igny8.core.queue import Hint


class NoQueue:
    def send(self, hint: Hint, *, delay_seconds: int = 0) -> None:
        raise Unavailable("sqs")


hint = Hint.parse(os.environ["HINT"])
made = services()
made.hints = NoQueue()
decision = made.publishing.publish(hint.account_id, hint.content_id)
assert decision.accepted
