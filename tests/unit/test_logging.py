"""What the functions log, as it leaves the process."""

import io
import json

import pytest
from aws_lambda_powertools import Logger
from igny8.core.keys import generate_key
from igny8.core.logging import RedactingFormatter, get_logger
from igny8.wordpress.client import Target

KEY = generate_key("dev")


@pytest.fixture
def lines(request: pytest.FixtureRequest) -> tuple[Logger, io.StringIO]:
    written = io.StringIO()
    logger = Logger(
        service=request.node.name,
        level="DEBUG",
        stream=written,
        logger_formatter=RedactingFormatter(),
    )
    return logger, written


def test_message_fields_and_keys_are_redacted(lines: tuple[Logger, io.StringIO]) -> None:
    logger, written = lines
    logger.append_keys(path=f"/x?api_key={KEY}")
    logger.info("called with %s", KEY, extra={"headers": {"Authorization": f"Bearer {KEY}"}})
    line = json.loads(written.getvalue())
    assert KEY not in written.getvalue()
    assert line["message"] == "called with [redacted]"
    assert line["headers"] == {"Authorization": "[redacted]"}
    assert line["path"] == "/x?api_key=[redacted]"


def test_exceptions_are_redacted_with_their_traceback(lines: tuple[Logger, io.StringIO]) -> None:
    logger, written = lines
    try:
        raise RuntimeError(f"refused: {KEY}")
    except RuntimeError:
        logger.exception("crashed")
    line = json.loads(written.getvalue())
    assert KEY not in written.getvalue()
    assert line["exception_name"] == "RuntimeError"
    assert "refused: [redacted]" in line["exception"]


def test_the_functions_logger_redacts() -> None:
    assert isinstance(get_logger().registered_formatter, RedactingFormatter)


def test_a_target_never_shows_its_key() -> None:
    target = Target("https://example.com/wp-json", "https://example.com", KEY)
    assert KEY not in f"{target!r} {target!s}"
