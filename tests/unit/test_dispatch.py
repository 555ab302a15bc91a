"""One delivery: when WordPress is asked, when it is sent to, and what is made of both."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from igny8.admission.answers import SiteEffect
from igny8.admission.model import Gate
from igny8.admission.slots import HeldSlot
from igny8.content.model import Content
from igny8.core.http import Reply
from igny8.integrations.model import Integration
from igny8.publishing.answers import Outcome, Pause
from igny8.publishing.dispatch import AttemptResult, Dispatcher, Job
from igny8.publishing.model import new_publication
from igny8.publishing.settling import SETTLINGS
from igny8.sites.model import SiteKeys
from igny8.wordpress.client import BridgeClient, Target

from tests.support.clock import FrozenClock
from tests.support.wordpress import FakeWordPress, lost, not_sent, refusal, reply

NOW = int(datetime(2026, 1, 10, 12, tzinfo=UTC).timestamp())
CONTENT = 4
PAYLOAD = {"content_id": CONTENT, "rev": 1, "title": "T", "content_html": "<p>x</p>",
           "post_status": "publish", "recreate": False}  # fmt: skip
RUNNING = {"success": True, "data": {"content_id": CONTENT, "state": "running"}}


def deliver(wordpress: FakeWordPress, *, in_doubt: bool = False, **fields: Any) -> AttemptResult:
    publication = replace(
        new_publication(
            account_id=1,
            site_id=2,
            integration_id=3,
            content_id=CONTENT,
            content_rev=5,
            post_status="publish",
            now=NOW,
        ),
        **fields,
    )
    payload = PAYLOAD | {"rev": publication.intent, "recreate": publication.recreate}
    job = Job(
        publication=publication.taken("w", NOW, 150),
        content=cast("Content", None),
        was_in_doubt=in_doubt,
        title="T",
        payload=payload,
        held=HeldSlot(
            integration=cast("Integration", None),
            keys=SiteKeys(1, 2),
            gate=Gate(3),
            seen=Gate(3),
            number=0,
            owner="w",
        ),
        target=Target("https://e.example/wp-json", "https://e.example", "k"),
    )
    client = BridgeClient(wordpress, FrozenClock(), ask_timeout_seconds=10, send_timeout_seconds=30)
    return Dispatcher(retry_attempts=3).attempt(job, client)


def in_doubt(result: AttemptResult) -> bool:
    return SETTLINGS[result.outcome].keeps_doubt


def routes(wordpress: FakeWordPress) -> list[str]:
    return [route.partition("/")[0] for _, route, _ in wordpress.calls]


@pytest.fixture
def wordpress() -> FakeWordPress:
    return FakeWordPress()


def test_a_first_delivery_is_one_call(wordpress: FakeWordPress) -> None:
    done = deliver(wordpress)
    assert (done.outcome, in_doubt(done), done.duration_ms) == (Outcome.PUBLISHED, False, 12)
    assert routes(wordpress) == ["publish"]


@pytest.mark.parametrize(
    "answer", [lost(), reply(500, b"<html>"), reply(200, b"<html>"), reply(502, b"")]
)
def test_no_clear_answer_leaves_it_in_doubt(wordpress: FakeWordPress, answer: Reply) -> None:
    wordpress.before.append(answer)
    done = deliver(wordpress)
    assert (done.outcome, in_doubt(done), done.uses_attempt) == (Outcome.UNKNOWN, True, True)
    assert routes(wordpress) == ["publish"]


@pytest.mark.parametrize("answer", [not_sent(), refusal(401, "invalid_api_key"), reply(429, b"")])
def test_what_was_not_applied_is_not_in_doubt(wordpress: FakeWordPress, answer: Reply) -> None:
    wordpress.before.append(answer)
    done = deliver(wordpress)
    assert not in_doubt(done)
    assert not done.uses_attempt


def test_in_doubt_and_there_is_published_without_sending(wordpress: FakeWordPress) -> None:
    deliver(wordpress)
    wordpress.calls.clear()
    done = deliver(wordpress, in_doubt=True)
    assert (done.outcome, done.reason, done.data["post_id"]) == (
        Outcome.PUBLISHED,
        "confirmed",
        101,
    )
    assert routes(wordpress) == ["content"]


def test_in_doubt_and_never_here_is_sent(wordpress: FakeWordPress) -> None:
    done = deliver(wordpress, in_doubt=True)
    assert done.outcome is Outcome.PUBLISHED
    assert done.duration_ms == 24
    assert routes(wordpress) == ["content", "publish"]


def test_in_doubt_and_older_there_is_sent(wordpress: FakeWordPress) -> None:
    deliver(wordpress)
    done = deliver(wordpress, in_doubt=True, intent=2)
    assert (done.outcome, done.data["rev"]) == (Outcome.PUBLISHED, 2)


@pytest.mark.parametrize(
    ("answer", "outcome", "effect"),
    [
        (lost(), Outcome.UNKNOWN, SiteEffect.UNANSWERED),
        (reply(200, b"<html>"), Outcome.UNKNOWN, SiteEffect.UNREADABLE),
        (reply(500, b""), Outcome.UNKNOWN, SiteEffect.UNANSWERED),
        (reply(403, b"<html>"), Outcome.UNKNOWN, SiteEffect.UNREADABLE),
        (refusal(410, "gone"), Outcome.UNKNOWN, SiteEffect.FAILS),
        (not_sent(), Outcome.UNANSWERED, SiteEffect.FAILS),
        (refusal(401, "invalid_api_key"), Outcome.UNANSWERED, SiteEffect.AUTH),
        (
            reply(301, b"", location="https://new.example/"),
            Outcome.UNANSWERED,
            SiteEffect.MISCONFIGURED,
        ),
        (reply(429, b"<html>"), Outcome.UNANSWERED, SiteEffect.SERVES),
        (reply(503, b"", **{"retry-after": "9"}), Outcome.UNANSWERED, SiteEffect.UNANSWERED),
    ],
)
def test_in_doubt_and_no_answer_to_the_question_sends_nothing(
    wordpress: FakeWordPress, answer: Reply, outcome: Outcome, effect: SiteEffect
) -> None:
    wordpress.before.append(answer)
    done = deliver(wordpress, in_doubt=True)
    assert (done.outcome, in_doubt(done), done.effect) == (outcome, True, effect)
    assert routes(wordpress) == ["content"]


def test_a_question_that_is_throttled_is_asked_again_when_the_site_says(
    wordpress: FakeWordPress,
) -> None:
    """It is no answer of somebody else's: those in a row close the gate for a person to mend."""
    wordpress.before.append(reply(429, b"<html>", **{"retry-after": "90"}))
    done = deliver(wordpress, in_doubt=True)
    assert (done.reason, done.pause, done.answer.retry_after) == ("throttled", Pause.THROTTLE, 90)
    assert not done.uses_attempt


def test_in_doubt_and_running_waits(wordpress: FakeWordPress) -> None:
    wordpress.before.append(reply(200, RUNNING))
    done = deliver(wordpress, in_doubt=True)
    assert (done.outcome, in_doubt(done), done.pause) == (
        Outcome.RUNNING, True, Pause.RETRY_AFTER,
    )  # fmt: skip


def test_deleted_is_gone_and_only_made_again_when_asked_to(wordpress: FakeWordPress) -> None:
    deliver(wordpress)
    wordpress.delete(CONTENT)
    assert deliver(wordpress, in_doubt=True, intent=2).outcome is Outcome.GONE
    assert deliver(wordpress, intent=2).outcome is Outcome.GONE
    assert len(wordpress.sent()) == 2
    assert wordpress.inserts == 1


def test_in_doubt_whether_it_was_made_again_it_is_sent(wordpress: FakeWordPress) -> None:
    deliver(wordpress)
    wordpress.delete(CONTENT)
    done = deliver(wordpress, in_doubt=True, intent=2, recreate=True)
    assert (done.outcome, wordpress.inserts) == (Outcome.PUBLISHED, 2)


def test_three_attempts_and_no_trace_is_a_failure_without_a_fourth(
    wordpress: FakeWordPress,
) -> None:
    done = deliver(wordpress, in_doubt=True, attempt=3)
    assert (done.outcome, done.reason) == (Outcome.FAILED, "attempts_used_up")
    assert routes(wordpress) == ["content"]


def test_work_in_progress_is_called_again_with_the_same_operation(
    wordpress: FakeWordPress,
) -> None:
    wordpress.before += [reply(202, RUNNING)] * 2
    assert deliver(wordpress).outcome is Outcome.PUBLISHED
    assert routes(wordpress) == ["publish"] * 3
    wordpress.before += [reply(202, RUNNING)] * 3
    done = deliver(wordpress, intent=2)
    assert (done.outcome, done.uses_attempt, done.pause) == (
        Outcome.AGAIN, False, Pause.RETRY_AFTER,
    )  # fmt: skip


def test_slow_calls_leave_the_worker_time_to_write_down_what_came_of_them(
    wordpress: FakeWordPress,
) -> None:
    slow = replace(reply(202, RUNNING, **{"retry-after": "5"}), duration_ms=21_000)
    wordpress.before += [slow] * 3
    done = deliver(wordpress)
    assert (done.outcome, in_doubt(done), done.uses_attempt) == (Outcome.AGAIN, False, False)
    assert routes(wordpress) == ["publish"] * 2
    assert done.answer.retry_after == 5


def test_another_call_at_work_is_asked_about_before_anything_is_sent(
    wordpress: FakeWordPress,
) -> None:
    wordpress.before.append(refusal(409, "in_progress", **{"retry-after": "7"}))
    done = deliver(wordpress)
    assert (done.outcome, in_doubt(done), done.uses_attempt) == (Outcome.RUNNING, True, False)
    assert done.answer.retry_after == 7


@pytest.mark.parametrize("there", [True, False])
def test_already_exists_is_believed_only_after_asking(
    wordpress: FakeWordPress, there: bool
) -> None:
    if there:
        deliver(wordpress)
    wordpress.before.append(refusal(409, "already_exists"))
    done = deliver(wordpress)
    assert done.outcome is (Outcome.PUBLISHED if there else Outcome.UNKNOWN)
    assert in_doubt(done) is not there


def test_a_page_instead_of_the_route_is_asked_without_permalinks(
    wordpress: FakeWordPress,
) -> None:
    wordpress.before.append(reply(404, b"<html>"))
    wordpress.plain_is_free = True
    assert deliver(wordpress).outcome is Outcome.PUBLISHED
    wordpress.before += [reply(404, b"<html>")] * 2
    assert deliver(wordpress, intent=2).reason == "rest_blocked"


def test_people_are_told_where_a_site_went_and_why_content_was_refused(
    wordpress: FakeWordPress,
) -> None:
    wordpress.before.append(reply(301, b"", location="https://new.example/x"))
    assert "new.example" in deliver(wordpress).message
    wordpress.before.append(refusal(422, "invalid", "The title is missing."))
    assert "The title is missing." in deliver(wordpress).message


@pytest.mark.parametrize("rev", [1, 0, None, "2", True])
def test_an_older_text_does_not_count_as_published(wordpress: FakeWordPress, rev: object) -> None:
    data = {"content_id": CONTENT, "post_id": 5, "rev": rev, "post_status": "publish"}
    wordpress.before.append(reply(200, {"success": True, "data": data}))
    done = deliver(wordpress, intent=2)
    assert (done.outcome, in_doubt(done), done.uses_attempt) == (Outcome.UNKNOWN, True, True)


def test_already_exists_at_an_older_text_does_not_count_as_published(
    wordpress: FakeWordPress,
) -> None:
    deliver(wordpress)
    wordpress.before.append(refusal(409, "already_exists"))
    assert deliver(wordpress, intent=2).outcome is Outcome.UNKNOWN
