"""What is too large is refused before it is parsed, or paged before Lambda refuses it."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from igny8.core.cursor import decode_cursor
from igny8.core.ids import MAX_ID
from igny8.core.settings import Settings
from igny8.entrypoint import answering
from igny8.entrypoint.api import Api
from igny8.entrypoint.rows import Answer, Call

from tests.support.frame import OPEN, ROUTES, Services, send

MOST = Settings().request_max_bytes


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600"])
def test_a_body_is_refused_above_its_limit_before_it_is_parsed(letter: str) -> None:
    frame = len('{"name": ""}')
    letters, spaces = divmod(MOST - frame, len(letter.encode()))
    fits = '{"name": "' + letter * letters + '"}' + " " * spaces
    assert send("/open/7", body=fits)["status"] == 200
    for over in (fits + " ", letter * (MOST + 1), "{" * (MOST + 1)):
        answer = send("/open/7", body=over)
        assert (answer["status"], answer["body"]["error"]["code"]) == (413, "too_large")
        assert "5 MB" in answer["body"]["error"]["message"]


@pytest.mark.parametrize("more", [0, 1, 2, 3, 4])
def test_bodies_in_base64_count_as_what_they_hold(more: int) -> None:
    raw = b'{"name": "' + b"x" * (MOST - 12 - 2) + b'"}' + b" " * more
    event = {"httpMethod": "POST", "path": "/open/7", "isBase64Encoded": True,
             "body": base64.b64encode(raw).decode()}  # fmt: skip
    got = Api(Services, ROUTES)(event, None)["statusCode"]
    assert got == (200 if len(raw) <= MOST else 413)


def test_the_limit_of_a_body_says_nothing_to_somebody_who_may_not_call() -> None:
    assert send("/people/7", body="x" * (MOST + 1))["status"] == 401


@pytest.mark.parametrize("letters", ["x" * 90_000, 'a"b\\' * 22_000, "\u0645" * 60_000])
@pytest.mark.parametrize("in_ascii", [False, True])
def test_lists_end_where_lambda_would_refuse_them(
    monkeypatch: pytest.MonkeyPatch, letters: str, in_ascii: bool
) -> None:
    monkeypatch.setattr(answering, "ESCAPES_LETTERS", in_ascii)
    items = [{"id": 1000 - number, "name": letters} for number in range(150)]

    def page(call: Call, _services: Services) -> Answer:
        before = MAX_ID if call.query.site is None else decode_cursor(call.query.site)
        return Answer(data=[one for one in items if one["id"] < before], meta={"next": None})

    row = replace(OPEN, method="GET", body=None, run=page)
    seen: list[Any] = []
    cursor = None
    while True:
        event = {"httpMethod": "GET", "path": "/open/7",
                 "queryStringParameters": {"site": cursor} if cursor else None}  # fmt: skip
        got = Api(Services, [row])(event, None)
        assert len(json.dumps(got, ensure_ascii=in_ascii).encode()) < 6 * 1024 * 1024
        body = json.loads(got["body"])
        seen += body["data"]
        cursor = body["meta"]["next"]
        if cursor is None:
            break
        assert len(body["data"]) > 5, "as many as fit"
    assert seen == items


def test_a_list_that_fits_is_left_as_it_is() -> None:
    row = replace(OPEN, run=lambda _c, _s: Answer(data=[{"id": 1}], meta={"next": "as it is"}))
    assert send("/open/7", [row])["body"]["meta"] == {"next": "as it is"}
