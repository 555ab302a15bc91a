"""What is around an answer's body, bounded: status lines, headers, the lengths of chunks.

`http.client` reads any number of informational answers, a hundred headers of 64 kB, and as long a
line as it is sent where a chunk says its length. While it does, no other thread of ours goes on.
"""

import http.client
from http import HTTPStatus
from typing import Any

MOST_INFORMATIONAL = 8
HEAD_MAX_BYTES = 65_536
LINE_MAX_BYTES = 16_384


class BoundedResponse(http.client.HTTPResponse):
    """An answer whose head is of a bounded size, and comes after a few informational ones at most.

    Raises :class:`http.client.HTTPException` for another; the connection is not used again then.
    Informational answers of any kind are passed over: taken for the answer, one would leave the
    real one behind on the connection, for whoever asks next.
    """

    fp: Any

    def begin(self) -> None:
        """Read the head."""
        if self.headers is None and not isinstance(self.fp, _Lines):
            self.fp = _Lines(self.fp)
        super().begin()
        if isinstance(self.fp, _Lines):
            self.fp.head_is_read = True

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(MOST_INFORMATIONAL + 1):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            is_last = status == HTTPStatus.SWITCHING_PROTOCOLS or status >= HTTPStatus.OK
            if is_last or status < HTTPStatus.CONTINUE:
                return version, status, reason
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException("too many informational answers")


class _Lines:
    """A connection's file, of which no line is long and no head large."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._head_bytes = 0
        self.head_is_read = False

    def readline(self, limit: int = -1) -> bytes:
        most = LINE_MAX_BYTES if limit < 0 else min(limit, LINE_MAX_BYTES)
        line: bytes = self._file.readline(most)
        if len(line) == LINE_MAX_BYTES:
            raise http.client.LineTooLong("answer")
        if not self.head_is_read:
            self._head_bytes += len(line)
            if self._head_bytes > HEAD_MAX_BYTES:
                raise http.client.HTTPException("the head is too large")
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
