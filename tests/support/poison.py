"""What a site may answer so that it costs us dearly: a mebibyte of each, and of plain text."""

import time
from collections.abc import Callable

MEBIBYTE = 1_048_576
DONE = b'{"success": true, "data": {"content_id": 7, "post_id": 5, "rev": 1}}'


def cost(run: Callable[[], object]) -> float:
    """CPU seconds, the least of three."""
    took = []
    for _ in range(3):
        begun = time.process_time()
        run()
        took.append(time.process_time() - begun)
    return min(took)


def filled(unit: bytes) -> bytes:
    return (unit * (MEBIBYTE // len(unit) + 1))[:MEBIBYTE]


POISON = {
    "tokens": filled(b"eyJ"),
    "tokens with dots": filled(b"eyJabcdef."),
    "escaped tokens": filled(b"\\neyJabcde"),
    "keys": filled(b"igny8_live_"),
    "bearers": filled(b"bearer "),
    "spaces after bearer": b"bearer" + filled(b" "),
    "brackets": filled(b"["),
    "objects in objects": filled(b'{"a":'),
    "lists in objects": filled(b'{"a":['),
    "beginnings": filled(b'{"'),
    "braces and spaces": filled(b"{ "),
    "a brace and spaces": b"{" + filled(b" "),
    "strings without end": filled(b'{"a":"b'),
    "commas": b"{" + filled(b","),
    "quotes": filled(b'"'),
    "backslashes": b'{"' + filled(b"\\"),
    "half letters": filled(b"\xc3"),
    "half surrogates": b'{"success": true, "data": {"content_id": 7, "x": "'
    + filled(b"\\ud800")
    + b'"}}',
    "small objects": filled(b'{"a":1}'),
    "digits": b'{"a":' + filled(b"9"),
    "signatures": filled(b"X-Amz-Signature="),
    "our own, long": DONE[:-2] + b', "warnings": ["' + filled(b"eyJ") + b'"]}}',
}
TEXT = filled(b"The quick brown fox jumps over the lazy dog. ")


# --- what is no body -----------------------------------------------------------------------------

OK_LINE = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
GOES_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
WIRE = {
    "informational answers": filled(GOES_ON)[: -(MEBIBYTE % len(GOES_ON))] + OK_LINE + b"\r\n{}",
    "early hints": filled(HINTS)[: -(MEBIBYTE % len(HINTS))] + OK_LINE + b"\r\n{}",
    "chunks of a byte": OK_LINE + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * MEBIBYTE,
    "long headers": OK_LINE + b"".join(b"X-%d: %s\r\n" % (n, b"a" * 12_000) for n in range(85))
    + b"\r\n{}",
}  # fmt: skip
