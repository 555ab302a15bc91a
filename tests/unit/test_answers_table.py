"""docs/architecture.md, "What an answer means": every row, and that the first match wins."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from igny8.admission.answers import SITE_RULES, SiteEffect, readiness, site_rule
from igny8.core.http import Fate, Reply
from igny8.publishing.answers import (
    RULES,
    TOO_LARGE,
    UNCONFIRMED,
    Outcome,
    Pause,
    Presence,
    classify,
    presence,
)
from igny8.wordpress.response import BridgeResponse, read_answer
from igny8.wordpress.routes import STATUS, content

NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)
CONTENT = 77
PAGE = b'<html><body>Not found { "a" }</body></html>'
RETRY = {"retry-after": "600"}


def seen(status: int, body: Any = PAGE, headers: dict[str, str] | None = None) -> BridgeResponse:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = Reply(Fate.ANSWERED, 9, status, headers or {}, raw)
    return read_answer(reply, is_ours=content(CONTENT).marks, now=NOW)


def done(content_id: int = CONTENT, **data: Any) -> dict[str, Any]:
    return {"success": True, "data": {"content_id": content_id, "post_id": 5, "rev": 1, **data}}


def refused(code: str) -> dict[str, Any]:
    return {"success": False, "error": {"code": code, "message": "why"}}


def flushed(status: int, body: dict[str, Any], retry_after: int | None = None) -> BridgeResponse:
    """An answer that goes out as 200 because another plugin printed first."""
    meta = {"status": status} | ({"retry_after": retry_after} if retry_after else {})
    return seen(200, b"<b>Notice</b>" + json.dumps({**body, "meta": meta}).encode())


def no_answer(fate: Fate, error: str) -> BridgeResponse:
    return read_answer(Reply(fate, 9, error=error), is_ours=content(CONTENT).marks, now=NOW)


DO, PAUSE = Outcome, Pause
SERVES, FAILS, REFUSES = SiteEffect.SERVES, SiteEffect.FAILS, SiteEffect.REFUSES
AUTH, PAUSED, MISCONFIGURED = SiteEffect.AUTH, SiteEffect.PAUSED, SiteEffect.MISCONFIGURED
TABLE = [
    # seen, reason, outcome, uses an attempt, pause, what it says about the site
    (seen(200, done()), "published", DO.PUBLISHED, False, PAUSE.NONE, SERVES),
    (seen(201, done()), "published", DO.PUBLISHED, False, PAUSE.NONE, SERVES),
    (seen(409, refused("already_exists")), "already_exists", DO.ASK, False, PAUSE.NONE, SERVES),
    (seen(202, done(state="running")), "in_progress", DO.AGAIN, False, PAUSE.RETRY_AFTER, SERVES),
    (seen(202, refused("in_progress")), "in_progress", DO.AGAIN, False, PAUSE.RETRY_AFTER, SERVES),
    (seen(409, refused("in_progress")), "in_progress", DO.RUNNING, False, PAUSE.RETRY_AFTER,
     SERVES),
    (seen(409, refused("conflict")), "conflict", DO.CONFLICT, False, PAUSE.NONE, SERVES),
    (seen(410, refused("gone")), "gone", DO.GONE, False, PAUSE.NONE, SERVES),
    (seen(423, refused("locked")), "locked", DO.WAIT, False, PAUSE.LOCKED, SERVES),
    (seen(400, refused("malformed")), "refused_content", DO.FAILED, False, PAUSE.NONE, SERVES),
    (seen(413, refused("too_large")), "refused_content", DO.FAILED, False, PAUSE.NONE, SERVES),
    (seen(422, refused("invalid")), "refused_content", DO.FAILED, False, PAUSE.NONE, SERVES),
    (seen(401, refused("invalid_api_key")), "auth", DO.SITE, False, PAUSE.NONE, AUTH),
    (seen(403, refused("not_paired")), "auth", DO.SITE, False, PAUSE.NONE, AUTH),
    (seen(403, refused("author_unavailable")), "author_unavailable", DO.SITE, False,
     PAUSE.NONE, MISCONFIGURED),
    (seen(409, refused("site_url_changed")), "site_is_a_copy", DO.SITE, False,
     PAUSE.NONE, MISCONFIGURED),
    (seen(403, refused("paused")), "paused", DO.SITE, False, PAUSE.NONE, PAUSED),
    (flushed(201, done()), "published", DO.PUBLISHED, False, PAUSE.NONE, SERVES),
    (flushed(202, done(state="running"), 5), "in_progress", DO.AGAIN, False, PAUSE.RETRY_AFTER,
     SERVES),
    (seen(200, done(state="running")), "in_progress", DO.AGAIN, False, PAUSE.RETRY_AFTER, SERVES),
    (seen(201, done(state="running")), "in_progress", DO.AGAIN, False, PAUSE.RETRY_AFTER, SERVES),
    (seen(200, done(state="stale")), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(200, done(state="done")), "published", DO.PUBLISHED, False, PAUSE.NONE, SERVES),
    (flushed(409, refused("in_progress"), 30), "in_progress", DO.RUNNING, False, PAUSE.RETRY_AFTER,
     SERVES),
    (flushed(409, refused("conflict")), "conflict", DO.CONFLICT, False, PAUSE.NONE, SERVES),
    (flushed(410, refused("gone")), "gone", DO.GONE, False, PAUSE.NONE, SERVES),
    (flushed(423, refused("locked"), 300), "locked", DO.WAIT, False, PAUSE.LOCKED, SERVES),
    (flushed(422, refused("invalid")), "refused_content", DO.FAILED, False, PAUSE.NONE, SERVES),
    (flushed(401, refused("invalid_api_key")), "auth", DO.SITE, False, PAUSE.NONE, AUTH),
    (flushed(500, refused("internal_error")), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF,
     FAILS),
    (seen(408), "throttled", DO.WAIT, False, PAUSE.THROTTLE, SERVES),
    (seen(425), "throttled", DO.WAIT, False, PAUSE.THROTTLE, SERVES),
    (seen(429), "throttled", DO.WAIT, False, PAUSE.THROTTLE, SERVES),
    (seen(429, refused("internal_error")), "throttled", DO.WAIT, False, PAUSE.THROTTLE, SERVES),
    (
        seen(503, PAGE, RETRY), "maintenance", DO.WAIT, False, PAUSE.THROTTLE,
        SiteEffect.UNANSWERED,
    ),
    (seen(503, refused("database_unavailable"), RETRY), "database", DO.WAIT, False,
     PAUSE.THROTTLE, FAILS),
    (flushed(503, refused("database_unavailable"), 60), "database", DO.WAIT, False,
     PAUSE.THROTTLE, FAILS),
    (no_answer(Fate.NOT_SENT, "ConnectTimeout"), "unreachable", DO.SITE, False, PAUSE.NONE,
     FAILS),
    (seen(301), "redirected", DO.SITE, False, PAUSE.NONE, MISCONFIGURED),
    (seen(308), "redirected", DO.SITE, False, PAUSE.NONE, MISCONFIGURED),
    (seen(404, {"code": "rest_no_route", "message": "x"}), "bridge_inactive",
     DO.SITE, False, PAUSE.NONE, MISCONFIGURED),
    (seen(404), "rest_blocked", DO.SITE, False, PAUSE.NONE, MISCONFIGURED),
    (seen(404, {"code": "other", "message": "x"}), "rest_blocked",
     DO.SITE, False, PAUSE.NONE, MISCONFIGURED),
    (seen(413), "too_large_for_server", DO.FAILED, False, PAUSE.NONE, SERVES),
    (seen(401), "refused_by_site", DO.SITE, True, PAUSE.BACKOFF, REFUSES),
    (seen(403), "refused_by_site", DO.SITE, True, PAUSE.BACKOFF, REFUSES),
    (seen(405), "refused_by_site", DO.SITE, True, PAUSE.BACKOFF, REFUSES),
    (seen(406), "refused_by_site", DO.SITE, True, PAUSE.BACKOFF, REFUSES),
    (seen(403, {"success": False, "error": {"code": "waf", "message": "x"}}),
     "refused_by_site", DO.SITE, True, PAUSE.BACKOFF, REFUSES),
    (seen(200), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(200, b""), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(204, b""), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(200, done(CONTENT + 1)), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(200, done(post_id=None)), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(200, done(post_id=True)), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(200, done(post_id=0)), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(200, done(post_id=10**30)), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(200, refused("locked")), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(500), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(500, done()), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(500, refused("internal_error")), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(502), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(503), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(504), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(524), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (no_answer(Fate.LOST, "ReadTimeout"), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(418), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(404, refused("not_found")), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(409), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(410), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(423), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
    (seen(422), "unconfirmed", DO.UNKNOWN, True, PAUSE.BACKOFF, FAILS),
]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "reason", "outcome", "uses_attempt", "pause", "effect"), TABLE,
    ids=[f"{row[0].status}-{row[1]}-{number}" for number, row in enumerate(TABLE)],
)  # fmt: skip
def test_row(
    answer: BridgeResponse,
    reason: str,
    outcome: Outcome,
    uses_attempt: bool,
    pause: Pause,
    effect: SiteEffect,
) -> None:
    rule = classify(answer)
    assert (rule.reason, rule.outcome) == (reason, outcome)
    assert rule.uses_attempt is uses_attempt
    assert rule.pause is pause
    assert rule.effect is effect


def test_every_rule_is_reached_by_a_row_above() -> None:
    reached = {id(classify(row[0]).seen) for row in TABLE}
    rules = [*RULES, *SITE_RULES, TOO_LARGE, UNCONFIRMED]
    assert [rule.reason for rule in rules if id(rule.seen) not in reached] == []


def test_what_the_site_says_of_itself_does_not_hang_on_what_was_asked() -> None:
    for answer, reason, outcome, *_ in TABLE:
        of_site = site_rule(answer)
        if outcome is Outcome.SITE:
            assert of_site is not None
            assert of_site.reason == reason


READY = {"success": True, "data": {"bridge": {"version": "2.0.0"}}}


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, READY, None),
        (200, {"success": True, "data": {**READY["data"], "paused": True}}, "paused"),
        (200, {"success": True, "data": {**READY["data"], "site_url_changed": True}},
         "site_is_a_copy"),
        (200, PAGE, "unconfirmed"),
        (500, PAGE, "unconfirmed"),
        (401, refused("invalid_api_key"), "auth"),
        (301, PAGE, "redirected"),
        (429, PAGE, "throttled"),
    ],
)  # fmt: skip
def test_what_a_status_answer_has_against_serving(
    status: int, body: Any, reason: str | None
) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = read_answer(Reply(Fate.ANSWERED, 9, status, {}, raw), is_ours=STATUS.marks, now=NOW)
    rule = readiness(answer)
    assert (rule and rule.reason) == reason


@given(st.integers(100, 599), st.sampled_from([PAGE, b"", b"{}", *[json.dumps(v).encode() for v in (
    done(), done(content_id=1), refused("locked"), refused("nonsense"))]]))  # fmt: skip
def test_only_a_verified_answer_is_success_and_every_answer_has_a_rule(
    status: int, body: bytes
) -> None:
    rule = classify(seen(status, body))
    ours = body == json.dumps(done()).encode()
    assert (rule.outcome is Outcome.PUBLISHED) == (ours and status in {200, 201})
    if status >= 500 and rule.outcome is not Outcome.UNKNOWN:
        raise AssertionError("a 5xx without Retry-After may have been applied")


PRESENCE = [
    (seen(200, done(state="stale", rev=0, post_id=None)), Presence.STALE),
    (seen(200, done(state="done")), Presence.DONE),
    (seen(200, done(state="done", post_status="publish")), Presence.DONE),
    (seen(200, done(state="running")), Presence.RUNNING),
    (seen(200, done(state="done", post_status="deleted")), Presence.DELETED),
    (seen(404, refused("not_found")), Presence.ABSENT),
    (flushed(404, refused("not_found")), Presence.ABSENT),
    (flushed(200, done(state="done")), Presence.DONE),
    (seen(404), Presence.UNREADABLE),
    (seen(404, {"code": "rest_no_route", "message": "x"}), Presence.UNREADABLE),
    (seen(404, refused("gone")), Presence.UNREADABLE),
    (seen(200, refused("not_found")), Presence.UNREADABLE),
    (seen(200), Presence.UNREADABLE),
    (seen(500, done()), Presence.UNREADABLE),
    (seen(201, done()), Presence.UNREADABLE),
    (seen(200, done(content_id=CONTENT + 1)), Presence.UNREADABLE),
    (seen(200, done(rev=None)), Presence.UNREADABLE),
    (seen(200, done(rev="1")), Presence.UNREADABLE),
    (seen(200, done(rev=True)), Presence.UNREADABLE),
    (seen(200, done(rev=10**40)), Presence.UNREADABLE),
    (seen(200, done(post_id=None)), Presence.UNREADABLE),
    (no_answer(Fate.LOST, "ReadTimeout"), Presence.UNREADABLE),
    (no_answer(Fate.NOT_SENT, "ConnectTimeout"), Presence.UNREADABLE),
]


@pytest.mark.parametrize(("answer", "expected"), PRESENCE)
def test_what_is_there(answer: BridgeResponse, expected: Presence) -> None:
    assert presence(answer) is expected
