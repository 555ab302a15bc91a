"""Structured logs. Fields are named by the caller; a last filter redacts what looks secret."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from igny8.core.redact import redact


class RedactingFormatter(LambdaPowertoolsFormatter):
    """Powertools' JSON lines, redacted after they are rendered, exceptions included."""

    def serialize(self, log: Any) -> str:
        """Render one line."""
        return redact(super().serialize(log))


def get_logger() -> Logger:
    """Answer the function's logger; its service name and level come from the environment."""
    return Logger(logger_formatter=RedactingFormatter(), log_uncaught_exceptions=False)
