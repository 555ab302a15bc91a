"""Structured logs. Fields are named by the caller; a last filter redacts what looks secret.

Every line carries a ``correlation_id``: of a publication that of the request that decided it, from
the click to the event by which WordPress tells of it; of anything else that of the request, or of
the run, which the line belongs to.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from igny8.core.redact import redact

CORRELATION_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class RedactingFormatter(LambdaPowertoolsFormatter):
    """Powertools' JSON lines, redacted after they are rendered, exceptions included."""

    def serialize(self, log: Any) -> str:
        """Render one line."""
        return redact(super().serialize(log))


@cache
def get_logger() -> Logger:
    """Answer the function's logger; its service name and level come from the environment."""
    return Logger(logger_formatter=RedactingFormatter(), log_uncaught_exceptions=False)


def begin(correlation_id: str, **keys: str) -> None:
    """A request or a run begins: its lines carry this, in every thread that follows nothing else.

    What the last one was told to follow is forgotten.
    """
    logger = get_logger()
    logger.thread_safe_clear_keys()
    logger.append_keys(correlation_id=correlation_id, **keys)


def follow(*correlation_ids: str, **keys: Any) -> None:
    """From here on this thread's lines belong to what began elsewhere.

    Of several, such as what the events of a batch tell of, each is named beside the request's own.
    """
    logger = get_logger()
    if len(correlation_ids) == 1:
        logger.thread_safe_append_keys(correlation_id=correlation_ids[0], **keys)
    elif correlation_ids:
        logger.thread_safe_append_keys(correlation_ids=list(correlation_ids), **keys)


@contextmanager
def correlated(*correlation_ids: str) -> Iterator[None]:
    """Follow, until the end of the block; whatever is followed inside ends with it."""
    follow(*correlation_ids)
    try:
        yield
    finally:
        get_logger().thread_safe_clear_keys()


def followed() -> str | None:
    """What this thread's lines carry now."""
    logger = get_logger()
    keys = logger.get_current_keys() | logger.thread_safe_get_current_keys()
    return as_correlation_id(keys.get("correlation_id"))


def as_correlation_id(value: object) -> str | None:
    """The id that somebody sent, if it can be one."""
    return value if isinstance(value, str) and CORRELATION_ID.fullmatch(value) else None
