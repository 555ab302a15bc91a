"""Hints: wake-up calls through SQS that name a row. Losing or repeating one never matters."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from igny8.core.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

BATCH = 10
TRIES = 2
LONGEST_DELAY_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Hint:
    """Names one publication, ids only; without ``content_id``: serve what is due."""

    account_id: int
    site_id: int
    integration_id: int
    content_id: int | None = None

    @classmethod
    def parse(cls, body: str) -> "Hint":
        """Read a message. Raises ``ValueError`` for any other text."""
        try:
            data = json.loads(body)
            content_id = data["content_id"]
            return cls(
                int(data["account_id"]),
                int(data["site_id"]),
                int(data["integration_id"]),
                None if content_id is None else int(content_id),
            )
        except (TypeError, KeyError, ArithmeticError, RecursionError) as error:
            raise ValueError("not a hint") from error

    def body(self) -> str:
        """Write the message."""
        return json.dumps(asdict(self), separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class HintQueue:
    """Sends hints; a fair queue groups them by integration.

    ``client`` is made by the first hint that is sent: most workers never send one.
    """

    client: "Callable[[], SQSClient]"
    queue_url: str

    def send(self, hint: Hint, *, delay_seconds: int = 0) -> None:
        """Send one hint, at most 15 minutes late. Raises :class:`Unavailable`."""
        try:
            self.client().send_message(
                QueueUrl=self.queue_url,
                MessageBody=hint.body(),
                MessageGroupId=str(hint.integration_id),
                DelaySeconds=min(max(delay_seconds, 0), LONGEST_DELAY_SECONDS),
            )
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("sqs") from error

    def send_all(self, hints: Sequence[Hint]) -> int:
        """Send hints ten at a time; answer how many SQS took. Raises :class:`Unavailable`."""
        return sum(
            self._send_batch(hints[start : start + BATCH]) for start in range(0, len(hints), BATCH)
        )

    def _send_batch(self, hints: Sequence[Hint]) -> int:
        """Send up to ten hints; those that SQS could not take are sent once more."""
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {
                "Id": str(number),
                "MessageBody": hint.body(),
                "MessageGroupId": str(hint.integration_id),
            }
            for number, hint in enumerate(hints)
        ]
        for _ in range(TRIES):
            try:
                answer = self.client().send_message_batch(QueueUrl=self.queue_url, Entries=entries)
            except (BotoCoreError, ClientError) as error:
                raise Unavailable("sqs") from error
            failed = {entry["Id"] for entry in answer.get("Failed", [])}
            entries = [entry for entry in entries if entry["Id"] in failed]
            if not entries:
                break
        return len(hints) - len(entries)
