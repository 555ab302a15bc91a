"""Whatever a site answers is read in linear time: poison costs no more than honest answers."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from igny8.core.http import Fate, Reply
from igny8.core.redact import redact
from igny8.wordpress.response import BridgeResponse, read_answer
from igny8.wordpress.routes import content

from tests.support.poison import DONE, POISON, TEXT, cost, filled

NOW = datetime(2026, 1, 10, tzinfo=UTC)
ROUTE = content(7)
OF_ROUTE: Any = {"is_ours": ROUTE.marks, "keeps": ROUTE.keeps, "now": NOW}


def read(body: bytes) -> object:
    return read_answer(Reply(Fate.ANSWERED, 1, 200, {}, body), **OF_ROUTE)


@pytest.fixture(scope="module")
def honest() -> float:
    """What it costs to read an answer of ours of that size, of which everything is kept."""
    body = DONE[:-2] + b', "warnings": ["' + TEXT + b'"]}}'
    answer = Reply(Fate.ANSWERED, 1, 200, {}, body)
    return cost(lambda: read_answer(answer, is_ours=ROUTE.marks, now=NOW))


@pytest.mark.parametrize("name", POISON)
def test_reading_is_linear(name: str, honest: float) -> None:
    assert cost(lambda: read(POISON[name])) < 10 * honest


def test_what_is_not_kept_is_not_looked_through(honest: float) -> None:
    unkept = b'"notes": ["' + filled(b"eyJ") + b'"], "warnings": ["' + filled(b"eyJ")[:900_000]
    for body in (
        DONE[:-2] + b", " + unkept + b'"]}}',
        b'{"success": false, "error": {"code": "invalid", "message": "' + filled(b"eyJ") + b'"}}',
        b'{"success": false, "error": {"code": "invalid", "message": "no", "fields": {"title": ["'
        + filled(b"eyJ")
        + b'"]}}}',
    ):
        assert cost(lambda body=body: read(body)) < honest / 4


@pytest.mark.parametrize("name", POISON)
def test_redacting_is_linear(name: str) -> None:
    text = POISON[name].decode("utf-8", "replace")
    plain = cost(lambda: redact(TEXT.decode()))
    assert cost(lambda: redact(text)) < 20 * plain


@pytest.mark.parametrize("name", POISON)
def test_our_answer_is_found_behind_a_little_of_it(name: str) -> None:
    found = read_answer(
        Reply(Fate.ANSWERED, 1, 200, {}, POISON[name][:300] + b"\n" + DONE),
        **OF_ROUTE,
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
    ):
        assert not with_state(value).ours


def test_a_list_where_a_word_stands_is_left_out() -> None:
    for value in ("[1]", "[" * 40 + "1" + "]" * 40, '{"a": 1}'):
        found = with_state(value)
        assert found.ours
        assert found.data == {"content_id": 7, "post_id": 5}


def with_state(value: str) -> BridgeResponse:
    body = f'{{"success": true, "data": {{"content_id": 7, "post_id": 5, "state": {value}}}}}'
    return read_answer(
        Reply(Fate.ANSWERED, 1, 200, {}, body.encode()),
        is_ours=ROUTE.marks,
        keeps=ROUTE.keeps,
        now=NOW,
    )


def test_an_echoed_key_is_not_kept_however_it_is_spelt() -> None:
    key = "igny8_test_" + "a" * 49
    spelt = key.replace("_", "\\u005f")
    data = {"content_id": 7, "post_id": 5, "rev": 1, "warnings": [key], key: 1}
    body = json.dumps({"success": True, "data": data}).replace(key, spelt, 1)
    found = read_answer(
        Reply(Fate.ANSWERED, 1, 200, {}, body.encode()),
        **OF_ROUTE,
    )
    assert found.ours
    assert key not in repr(found)
