"""Hints: wake-up calls through SQS that name a row. Losing or repeating one never matters."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from igny8.core.errors import Unavailable
from igny8.core.logging import as_correlation_id, followed

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

BATCH = 10
TRIES = 2
LONGEST_DELAY_SECONDS = 900


class Message(Protocol):
    """Names a row. ``group`` is whom a fair queue keeps apart from others."""

    @property
    def group(self) -> str: ...
    @property
    def correlation_id(self) -> str | None: ...
    def body(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Hint:
    """Names publications of one site, ids only; without ``content_id``: serve what is due.

    ``more`` are contents beside the first one: of what a sweep finds together, a site's rows come
    in few messages, so that those of others stand behind few. ``correlation_id`` says whose lines
    in the logs go on here; it names nothing, so that two hints which differ by it alone are one.
    """

    account_id: int
    site_id: int
    integration_id: int
    content_id: int | None = None
    correlation_id: str | None = field(default=None, compare=False)
    more: tuple[int, ...] = ()

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
                as_correlation_id(data.get("correlation_id")),
                tuple(int(number) for number in data.get("more", ())),
            )
        except (TypeError, KeyError, ArithmeticError, RecursionError) as error:
            raise ValueError("not a hint") from error

    @property
    def content_ids(self) -> tuple[int, ...]:
        """All contents that it names."""
        return self.more if self.content_id is None else (self.content_id, *self.more)

    @property
    def of_site(self) -> "Hint":
        """One that names the site alone."""
        return replace(self, content_id=None, correlation_id=None, more=())

    @property
    def group(self) -> str:
        """Its integration: no site waits for another's hints."""
        return str(self.integration_id)

    def body(self) -> str:
        """Write the message."""
        more = {"more": self.more} if self.more else {}
        return json.dumps({**self.about(), **more}, separators=(",", ":"))

    def ids(self) -> dict[str, int | None]:
        """What it names first."""
        return {
            "account_id": self.account_id,
            "site_id": self.site_id,
            "integration_id": self.integration_id,
            "content_id": self.content_id,
        }

    def about(self) -> dict[str, int | str | None]:
        """The same with whose lines go on, where that is known; for the log, too."""
        known = {"correlation_id": self.correlation_id} if self.correlation_id else {}
        return {**self.ids(), **known}


@dataclass(frozen=True, slots=True)
class HintQueue:
    """Sends hints; a fair queue groups them.

    ``client`` is made by the first hint that is sent: most workers never send one.
    """

    client: "Callable[[], SQSClient]"
    queue_url: str

    def send(self, hint: Message, *, delay_seconds: int = 0) -> None:
        """Send one hint, at most 15 minutes late. Raises :class:`Unavailable`."""
        try:
            self.client().send_message(
                QueueUrl=self.queue_url,
                MessageBody=_body(hint),
                MessageGroupId=hint.group,
                DelaySeconds=min(max(delay_seconds, 0), LONGEST_DELAY_SECONDS),
            )
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("sqs") from error

    def send_all(self, hints: Sequence[Message]) -> int:
        """Send hints ten at a time; answer how many SQS took. Raises :class:`Unavailable`."""
        return sum(
            self._send_batch(hints[start : start + BATCH]) for start in range(0, len(hints), BATCH)
        )

    def _send_batch(self, hints: Sequence[Message]) -> int:
        """Send up to ten hints; those that SQS could not take are sent once more."""
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {
                "Id": str(number),
                "MessageBody": _body(hint),
                "MessageGroupId": hint.group,
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


def _body(hint: Any) -> str:
    """A hint that goes on with nothing goes on with what sends it."""
    body: str = replace(hint, correlation_id=hint.correlation_id or followed()).body()
    return body
