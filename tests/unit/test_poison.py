"""Whatever a site answers is read in linear time: poison costs no more than honest answers."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from igny8.core.http import Fate, Reply
from igny8.core.redact import redact
from igny8.wordpress.response import read_answer
from igny8.wordpress.routes import content

NOW = datetime(2026, 1, 10, tzinfo=UTC)
OURS = content(7).marks
MEBIBYTE = 1_048_576
DONE = b'{"success": true, "data": {"content_id": 7, "post_id": 5, "rev": 1}}'


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


def cost(run: Callable[[], object]) -> float:
    """CPU seconds, the least of three."""
    took = []
    for _ in range(3):
        begun = time.process_time()
        run()
        took.append(time.process_time() - begun)
    return min(took)


def read(body: bytes) -> object:
    return read_answer(Reply(Fate.ANSWERED, 1, 200, {}, body), is_ours=OURS, now=NOW)


@pytest.fixture(scope="module")
def honest() -> float:
    """What it costs to read an answer of ours of that size."""
    return cost(lambda: read(DONE[:-2] + b', "warnings": ["' + TEXT + b'"]}}'))


@pytest.mark.parametrize("name", POISON)
def test_reading_is_linear(name: str, honest: float) -> None:
    assert cost(lambda: read(POISON[name])) < 10 * honest


@pytest.mark.parametrize("name", POISON)
def test_redacting_is_linear(name: str) -> None:
    text = POISON[name].decode("utf-8", "replace")
    plain = cost(lambda: redact(TEXT.decode()))
    assert cost(lambda: redact(text)) < 20 * plain


@pytest.mark.parametrize("name", POISON)
def test_our_answer_is_found_behind_a_little_of_it(name: str) -> None:
    found = read_answer(
        Reply(Fate.ANSWERED, 1, 200, {}, POISON[name][:300] + b"\n" + DONE),
        is_ours=OURS,
        now=NOW,
    )
    swallowed = {"strings without end", "quotes", "backslashes", "half surrogates", "our own, long"}
    assert found.ours or name in swallowed


def test_what_no_row_can_hold_is_not_ours() -> None:
    for value in (
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e999",
        "[1e400]",
        '"\\ud800"',
        "[" * 40 + "1" + "]" * 40,
    ):
        body = f'{{"success": true, "data": {{"content_id": 7, "post_id": 5, "x": {value}}}}}'
        assert not read_answer(
            Reply(Fate.ANSWERED, 1, 200, {}, body.encode()), is_ours=OURS, now=NOW
        ).ours


def test_an_echoed_key_is_not_kept_however_it_is_spelt() -> None:
    key = "igny8_test_" + "a" * 49
    spelt = key.replace("_", "\\u005f")
    data = {"content_id": 7, "post_id": 5, "rev": 1, "warnings": [key], key: 1}
    body = json.dumps({"success": True, "data": data}).replace(key, spelt, 1)
    found = read_answer(Reply(Fate.ANSWERED, 1, 200, {}, body.encode()), is_ours=OURS, now=NOW)
    assert found.ours
    assert key not in repr(found)
