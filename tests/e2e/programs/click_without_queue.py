"""A click in a world without SQS: accepted, and no hint."""

import os

from igny8.bootstrap.content_api import services
from igny8.core.errors import Unavailable
from igny8.core.queue import Hint
from igny8.journal.model import Actor


class NoQueue:
    def send(self, hint: Hint, *, delay_seconds: int = 0) -> None:
        raise Unavailable("sqs")


hint = Hint.parse(os.environ["HINT"])
made = services()
made.hints = NoQueue()
decision = made.decisions.publish(hint.account_id, hint.content_id, actor=Actor.user("e2e"))
assert decision.accepted
