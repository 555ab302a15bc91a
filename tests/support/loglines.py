"""What the functions log, as it leaves the process."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from igny8.core.logging import get_logger


class Lines:
    """Every line since the beginning, or since it was read last."""

    def __init__(self) -> None:
        self.written = io.StringIO()

    def read(self) -> list[dict[str, Any]]:
        """Take the lines."""
        text = self.written.getvalue()
        self.written.seek(0)
        self.written.truncate()
        return [json.loads(line) for line in text.splitlines()]


@contextmanager
def logged() -> Iterator[Lines]:
    """Listen to every function of this process: they share one logger."""
    handler = get_logger().registered_handler
    assert isinstance(handler, logging.StreamHandler)
    lines = Lines()
    before = handler.setStream(lines.written)
    try:
        yield lines
    finally:
        handler.setStream(before)
