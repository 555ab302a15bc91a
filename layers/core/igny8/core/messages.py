"""A batch of messages from a queue: what they name, how one is served, which of them come again."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any, Protocol, TypeVar

from igny8.core.errors import Unavailable
from igny8.core.logging import get_logger

Failures = dict[str, list[dict[str, str]]]

logger = get_logger()


class Named(Protocol):
    """A hint: what a message names."""

    def about(self) -> dict[str, Any]:
        """What logs call it by."""


HintT = TypeVar("HintT", bound=Named)


def hints_of(event: Mapping[str, Any], parse: Callable[[str], HintT]) -> dict[HintT, list[str]]:
    """The ids of the messages by what they name; what names nothing is dropped.

    ``parse`` raises ValueError or KeyError for what is no hint.
    """
    hints: dict[HintT, list[str]] = {}
    for record in event.get("Records", []):
        try:
            hint = parse(record["body"])
        except (ValueError, KeyError):
            logger.warning("not a hint, dropped", extra={"message_id": record.get("messageId")})
            continue
        hints.setdefault(hint, []).append(record["messageId"])
    return hints


def attended(hint: Named, serve: Callable[[], Any], done: str) -> bool:
    """Serve one; false if our own code crashed. What came of it is logged as ``done``."""
    try:
        came = serve()
    except Unavailable as error:
        # Nothing is lost: the row stays due, and its sweep sends the hint again.
        logger.warning("unavailable", extra={"what": error.what, **hint.about()})
    except Exception:
        logger.exception("crashed", extra=hint.about())
        return False
    else:
        if came is not None:
            logger.info(done, extra={**hint.about(), **asdict(came)})
    return True


def come_again(message_ids: Iterable[str]) -> Failures:
    """The answer that has these messages delivered again; only our own crashes do."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in message_ids]}


def remaining(context: Any) -> Callable[[], float]:
    """Seconds until Lambda ends the invocation."""
    return lambda: context.get_remaining_time_in_millis() / 1000
