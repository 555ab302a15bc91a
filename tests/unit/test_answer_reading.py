"""Finding our own object in whatever a site printed, and trusting nothing else."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from igny8.core.http import Fate, Reply
from igny8.core.keys import generate_key
from igny8.wordpress.response import BridgeResponse, read_answer
from igny8.wordpress.routes import (
    ACKNOWLEDGE,
    CHANGES,
    DIGESTS,
    KEY,
    LINKS,
    POSTS,
    STATUS,
    STRUCTURE,
    TERMS,
    BridgeRoute,
    content,
    publish,
)

NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)
CONTENT = 77
CONTENT_ROUTE = content(CONTENT)
OURS = {"success": True, "data": {"content_id": CONTENT, "post_id": 5, "rev": 1}}
REFUSED = {"success": False, "error": {"code": "locked", "message": "M", "fields": {"a": ["b"]}}}


def read(
    body: Any, status: int = 200, route: BridgeRoute = CONTENT_ROUTE, **headers: str
) -> BridgeResponse:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_answer(Reply(Fate.ANSWERED, 9, status, named, raw), is_ours=route.marks, now=NOW)


GOOD = json.dumps(OURS).encode()
NOTICE = b'<br />\n<b>Notice</b>:  Undefined index: {"x" in <b>/a.php</b> on line <b>3</b><br />\n'
OTHERS = (
    b'{"success": true, "data": {"plugin": "cache"}}',
    b'{"success": true}',
    b'{"success": false, "data": {"code": 1}}',
    b'{"success": false, "error": {"code": "quota", "message": "other"}}',
    b'{"code": "rest_notice", "message": "hello", "data": {"status": 200}}',
    b'{"success": false, "code": "waf", "message": "checked"}',
    b'{"level":"debug","context":{"a":[1,{"b":"}"}]}}',
)


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\n\n", NOTICE, b"{", b'{"cut": [1, ',
                                    b"\xff\xfe\x00", b"<!-- {'a'} -->", *OTHERS])  # fmt: skip
@pytest.mark.parametrize("after", [b"", b"\n", NOTICE, b"{", b'{"cut": ', *OTHERS])
def test_noise_around_our_object_does_not_matter(before: bytes, after: bytes) -> None:
    answer = read(before + GOOD + after)
    assert answer.ours
    assert answer.success
    assert answer.data == OURS["data"]


def test_a_refusal_of_the_bridge_is_read_with_its_fields() -> None:
    answer = read(NOTICE + json.dumps(REFUSED).encode(), 423)
    assert (answer.ours, answer.success, answer.code, answer.message) == (
        True,
        False,
        "locked",
        "M",
    )
    assert answer.fields == {"a": ["b"]}


@pytest.mark.parametrize(
    "body",
    [
        {"success": "true", "data": OURS["data"]},
        {"success": 1, "data": OURS["data"]},
        {"success": "false", "error": REFUSED["error"]},
        {"success": 0, "error": REFUSED["error"]},
        {"success": None, "error": REFUSED["error"]},
        {"data": OURS["data"]},
        {"success": True, "data": {"content_id": CONTENT + 1, "post_id": 5}},
        {"success": True, "data": {"content_id": str(CONTENT), "post_id": 5}},
        {"success": True, "data": {"content_id": float(CONTENT), "post_id": 5}},
        {"success": True, "data": {"post_id": 5}},
        {"success": True, "data": [CONTENT]},
        {"success": True, "data": None},
        {"success": True, "content_id": CONTENT},
        {"success": False, "error": "locked"},
        {"success": False, "error": {"message": "x"}},
        {"success": False, "error": {"code": "something_else", "message": "x"}},
        {"success": False, "error": {"code": ["locked"], "message": "x"}},
        {"success": False, "error": {"code": {"a": 1}, "message": "x"}},
        "text",
        {"wrapped": OURS},
        {"success": True, "data": {**OURS["data"], "post_url": "\ud800"}},
    ],
)
def test_what_is_not_ours(body: Any) -> None:
    answer = read(body)
    assert not answer.ours
    assert answer.data == {}
    assert answer.code is None


def test_true_is_not_the_content_with_id_1() -> None:
    assert not read({"success": True, "data": {"content_id": True}}, route=content(1)).ours


@pytest.mark.parametrize("bridge", [{"version": "2.0.0"}, "2.0.0"])
def test_a_status_is_ours_when_it_names_the_bridge(bridge: Any) -> None:
    assert read({"success": True, "data": {"bridge": bridge}}, route=STATUS).ours
    assert not read({"success": True, "data": {"version": "2"}}, route=STATUS).ours


def test_an_error_of_wordpress_itself_is_known_by_its_code() -> None:
    answer = read({"code": "rest_no_route", "message": "No route", "data": {"status": 404}}, 404)
    assert not answer.ours
    assert answer.foreign_code == "rest_no_route"


HUGE = [
    b"",
    b"\x00" * 1_000_000,
    b"x" * 1_000_000,
    b"{" * 1_000_000,
    b'{"' * 500_000,
    b'{"a":' * 200_000,
    b'{"a":[' * 150_000,
    b'{"a":' + b"9" * 10_000 + b"}",
    b'{"a":1}' * 100_000,
    bytes(range(256)) * 4000,
]


@pytest.mark.parametrize("body", HUGE, ids=lambda body: repr(body[:8]))
def test_garbage_of_any_size_is_not_ours_and_does_no_harm(body: bytes) -> None:
    assert not read(body).ours


def test_a_truncated_answer_is_not_ours() -> None:
    reply = Reply(Fate.ANSWERED, 9, 200, {}, GOOD, truncated=True)
    assert not read_answer(reply, is_ours=CONTENT_ROUTE.marks, now=NOW).ours


@pytest.mark.parametrize("fate", [Fate.LOST, Fate.NOT_SENT])
def test_no_answer_is_not_ours(fate: Fate) -> None:
    answer = read_answer(
        Reply(fate, 9, body=GOOD, error="reset"), is_ours=CONTENT_ROUTE.marks, now=NOW
    )
    assert (answer.ours, answer.fate, answer.error, answer.duration_ms) == (False, fate, "reset", 9)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_harm(body: bytes) -> None:
    assert read(body + GOOD if b"{" not in body else body) is not None


def test_what_a_site_says_is_cut_to_size() -> None:
    error = {
        "code": "invalid",
        "message": "m" * 5000,
        "fields": {"f" * 500: ["short"], "long": ["x" * 2000]} | {f"n{i}": [] for i in range(99)},
    }
    answer = read({"success": False, "error": error}, 422)
    assert len(answer.message or "") == 500
    assert answer.fields["f" * 100] == ["short"]
    assert "long" not in answer.fields
    assert len(json.dumps(answer.fields)) < 21_000
    assert len(read({"code": "c" * 500, "message": "x"}).foreign_code or "") == 100


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 5 ", 5),
        ("0", 0),
        ("9" * 5000, 999_999_999),
        ("Sat, 10 Jan 2026 12:01:40 GMT", 100),
        ("Sat, 10 Jan 2026 11:00:00 GMT", 0),
        ("Sat, 10 Jan 2026 13:01:00 +0100", 60),
        ("Sat, 10 Jan 2026 12:01:00", 60),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("soon", None),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("Mon, 01 Jan 2026 00:00:00 +999999999999", None),
    ],
)
def test_retry_after_in_both_forms(header: str, seconds: int | None) -> None:
    assert read({}, 503, retry_after=header).retry_after == seconds


@pytest.mark.parametrize(
    ("location", "host"),
    [("https://new.example/x", "new.example"), ("/login", None), ("", None), ("https://[", None)],
)
def test_the_target_of_a_redirect(location: str, host: str | None) -> None:
    assert read(b"", 301, location=location).location_host == host


EVENTS = {"epoch": "e1", "head_seq": 7, "events": [{"seq": 7}], "more": False}
POSTS_PAGE = {"items": [{"id": 3}], "next_after": None, "more": False, "total": 1}
ANSWERS: dict[str, tuple[BridgeRoute, dict[str, Any]]] = {
    "status": (STATUS, {"bridge": {"version": "2.0.0"}}),
    "structure": (STRUCTURE, {"post_types": {}, "taxonomies": {}}),
    "changes": (CHANGES, EVENTS),
    "ack": (ACKNOWLEDGE, {"acknowledged": 0, "epoch": "e1", "head_seq": 7}),
    "posts": (POSTS, POSTS_PAGE),
    "terms": (TERMS, {"bridge": {}, "items": [], "next_after": None, "more": False}),
    "links": (LINKS, {"bridge": {}, "items": [{"post_id": 3, "outcome": "linked"}]}),
    "digests": (DIGESTS, {"bridge": {}, "ranges": {"post": [[1, 2, 3]]}}),
    "key": (KEY, {"last4": "abcd", "previous_valid_until": None}),
    "content": (CONTENT_ROUTE, OURS["data"]),
    "publish": (publish(CONTENT), OURS["data"]),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_each_route_knows_its_own_answer_and_no_other(name: str):
    route, data = ANSWERS[name]
    assert read({"success": True, "data": data}, route=route).data == data
    for other, (_, foreign) in ANSWERS.items():
        alike = [{"content", "publish"}, {"posts", "terms"}]
        same = {name, other} in alike or (name, other) == ("ack", "changes")
        if other != name and not same:
            assert not read({"success": True, "data": foreign}, route=route).ours, other
    refusal = {"success": False, "error": {"code": "epoch_mismatch", "message": "m"}}
    assert read(refusal, 409, route=route).code == "epoch_mismatch"


@pytest.mark.parametrize(
    ("route", "data"),
    [
        (CHANGES, {**EVENTS, "head_seq": -1}),
        (CHANGES, {**EVENTS, "events": {}}),
        (CHANGES, {**EVENTS, "events": [1]}),
        (CHANGES, {name: EVENTS[name] for name in ("epoch", "head_seq", "events")}),
        (CHANGES, {**EVENTS, "more": 0}),
        (POSTS, {**POSTS_PAGE, "items": [{"id": "3"}]}),
        (POSTS, {**POSTS_PAGE, "more": 1}),
        (KEY, {"last4": "abcd"}),
        (STRUCTURE, {"post_types": [], "taxonomies": {}}),
    ],
)
def test_answers_that_only_look_like_a_route_s(route: BridgeRoute, data: dict[str, Any]):
    assert not read({"success": True, "data": data}, route=route).ours


@pytest.mark.parametrize(
    ("meta", "position"),
    [
        ({"epoch": "e1", "head_seq": 7}, ("e1", 7)),
        ({"epoch": "e1", "head_seq": 0}, ("e1", 0)),
        ({"epoch": "", "head_seq": 7}, (None, None)),
        ({"epoch": "e" * 65, "head_seq": 7}, (None, None)),
        ({"epoch": "e1", "head_seq": True}, (None, None)),
        ({"epoch": "e1", "head_seq": "7"}, (None, None)),
        ({"epoch": "e1", "head_seq": 2**53}, (None, None)),
        ({"epoch": "e1"}, (None, None)),
        ([], (None, None)),
        (None, (None, None)),
    ],
)
def test_how_far_the_outbox_has_counted(meta: Any, position: tuple[Any, Any]):
    answer = read({**OURS, "meta": meta})
    assert answer.ours
    assert (answer.epoch, answer.head_seq) == position


@pytest.mark.parametrize(
    ("meta", "status", "retry_after"),
    [
        ({"status": 409, "retry_after": 30}, 409, 30),
        ({"status": 409}, 409, None),
        ({"status": 409, "retry_after": "soon"}, 409, None),
        ({"status": 409, "retry_after": -1}, 409, None),
        ({"status": "409", "retry_after": 30}, 200, 7),
        ({"status": True}, 200, 7),
        ({"status": 999}, 200, 7),
        ({"status": []}, 200, 7),
        ({"retry_after": 30}, 200, 7),
        ([409], 200, 7),
        (None, 200, 7),
    ],
)
def test_status_and_waiting_time_are_the_bridge_s_own_words(
    meta: Any, status: int, retry_after: int | None
):
    answer = read({**REFUSED, "meta": meta}, 200, retry_after="7")
    assert (answer.ours, answer.status, answer.retry_after) == (True, status, retry_after)


def test_nobody_else_says_the_status():
    answer = read({"success": True, "data": {"x": 1}, "meta": {"status": 410}}, 200)
    assert (answer.ours, answer.status) == (False, 200)


@pytest.mark.parametrize(("label", "known"), [("a" * 60, True), ("a" * 60_000, False)])
def test_a_redirect_to_what_no_host_can_be_names_none(label: str, *, known: bool) -> None:
    answer = read(b"", 301, location=f"https://{label}.example/")
    assert answer.location_host == (f"{label}.example" if known else None)


def warnings_of(*warnings: Any) -> list[Any]:
    said = {**OURS, "data": {**OURS["data"], "warnings": list(warnings)}}
    raw = json.dumps(said).encode()
    reply = Reply(Fate.ANSWERED, 9, 200, {}, raw)
    answer = read_answer(reply, is_ours=CONTENT_ROUTE.marks, keeps=CONTENT_ROUTE.keeps, now=NOW)
    kept: list[Any] = answer.data["warnings"]
    return kept


def test_how_many_more_warnings_there_are_is_heard():
    fifty = [
        {"code": "image_failed", "field": "content_html", "message": f"{n}"} for n in range(50)
    ]
    more = {"code": "more_warnings", "field": "", "message": "There are 9 more warnings."}
    assert warnings_of(*fifty, more) == [*fifty, more]


@pytest.mark.parametrize("letter", ["a", "ش", "茶", "𠮷"])
def test_a_long_warning_is_cut_and_not_left_out(letter: str):
    path = " > ".join([letter * 200] * 10)
    [told] = warnings_of({"code": "term_skipped", "field": "categories", "message": path})
    assert told["code"] == "term_skipped"
    assert told["message"][:-1] == path[: len(told["message"]) - 1]
    assert len(told["message"]) > 100


def test_a_warning_in_any_script_is_told_whole():
    warning = {"code": "term_skipped", "field": "categories", "message": "ش" * 200}
    assert warnings_of(warning) == [warning]


@pytest.mark.parametrize("before", range(540, 610, 10))
def test_no_secret_is_told_by_halves(before: int):
    key = generate_key("live")
    [told] = warnings_of({"code": "c", "message": "x" * before + f" {key} " + "y" * 600})
    assert key[11:31] not in told["message"]


@pytest.mark.parametrize("field", ["metadata", "warnings", "title"])
@pytest.mark.parametrize("opens", ['{"a":', "["])
def test_no_depth_crashes_whoever_looks_how_long_a_value_is(field: str, opens: str) -> None:
    """What was just not too deep to be read is too deep for whoever writes it again."""
    closes = "}" if opens.startswith("{") else "]"
    for depth in (*range(100, 900, 20), *range(900, 1005)):
        deep = opens * depth + "1" + closes * depth
        raw = f'{{"success": true, "data": {{"content_id": {CONTENT}, "{field}": {deep}}}}}'
        reply = Reply(Fate.ANSWERED, 9, 200, {}, raw.encode())
        read_answer(reply, is_ours=CONTENT_ROUTE.marks, keeps=CONTENT_ROUTE.keeps, now=NOW)
