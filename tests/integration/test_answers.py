"""Each class of answer ends in the right state, gate and event (through the worker)."""

from dataclasses import dataclass
from typing import Any

import pytest
from igny8.core.http import Reply

from tests.support.steps import bring_to, gate_of, sweep_and_work, with_slots_free
from tests.support.wordpress import lost, not_sent, refusal, reply
from tests.support.world import World

pytestmark = pytest.mark.rows("memory")


@dataclass(frozen=True)
class Seen:
    name: str
    replies: list[Reply]
    state: str
    reason: str | None
    attempt: int = 0
    wait: int | None = None  # seconds
    event: str = "failed"
    gate: str | None = None
    in_doubt: bool = False
    detail: str = ""


HTML = b"<html><body>Hello from a page</body></html>"
NO_ROUTE = {"code": "rest_no_route", "message": "No route", "data": {"status": 404}}
OTHER = {"success": True, "data": {"content_id": 1, "post_id": 5, "rev": 1}}

TABLE = [
    Seen("already exists, but is not", [refusal(409, "already_exists")], "unknown",
         "already_exists", 1, 60, in_doubt=True),
    Seen("202 in progress", [reply(202, {"success": False, "error": {"code": "in_progress"}})] * 3,
         "waiting", "in_progress", 0, 30, event="pending"),
    Seen("409 in progress", [refusal(409, "in_progress", **{"retry-after": "45"})], "waiting",
         "in_progress", 0, 45, event="pending", in_doubt=True),
    Seen("conflict", [refusal(409, "conflict")], "conflict", "conflict"),
    Seen("gone", [refusal(410, "gone")], "gone", "gone"),
    Seen("locked", [refusal(423, "locked")], "waiting", "locked", 0, 300, event="pending"),
    Seen("400", [refusal(400, "malformed")], "failed", "refused_content"),
    Seen("413", [refusal(413, "too_large", "Too long")], "failed", "refused_content",
         detail="Too long"),
    Seen("422", [refusal(422, "invalid", "Bad slug")], "failed", "refused_content",
         detail="Bad slug"),
    Seen("our 401", [refusal(401, "invalid_api_key")], "blocked", "auth", gate="auth"),
    Seen("our 403", [refusal(403, "not_paired")], "blocked", "auth", gate="auth"),
    Seen("408", [reply(408, HTML)], "waiting", "throttled", 0, 60, event="pending"),
    Seen("425", [reply(425, HTML)], "waiting", "throttled", 0, 60, event="pending"),
    Seen("429", [reply(429, HTML, **{"retry-after": "7"})], "waiting", "throttled", 0, 60,
         event="pending"),
    Seen("429, later", [reply(429, HTML, **{"retry-after": "900"})], "waiting", "throttled", 0,
         900, event="pending"),
    Seen("429, for ever", [reply(429, HTML, **{"retry-after": "99999999"})], "waiting",
         "throttled", 0, 21_600, event="pending"),
    Seen("maintenance", [reply(503, HTML, **{"retry-after": "600"})], "waiting", "maintenance", 0,
         600, event="pending"),
    Seen("no connection", [not_sent()], "waiting", "unreachable", 0, 60),
    Seen("moved", [reply(301, HTML, location="https://other.example/x")], "blocked",
         "misconfigured", gate="misconfigured", detail="other.example"),
    Seen("bridge inactive", [reply(404, NO_ROUTE)], "blocked", "misconfigured",
         gate="misconfigured", detail="not active"),
    Seen("REST blocked", [reply(404, HTML)], "blocked", "misconfigured",
         gate="misconfigured", detail="permalink"),
    Seen("server limit", [reply(413, HTML)], "failed", "too_large_for_server"),
    Seen("their 403", [reply(403, HTML)], "waiting", "refused_by_site", 1, 60),
    Seen("their 405", [reply(405, HTML)], "waiting", "refused_by_site", 1, 60),
    Seen("200 of a page", [reply(200, HTML)], "unknown", "unconfirmed", 1, 60, in_doubt=True),
    Seen("201 about other content", [reply(201, OTHER)], "unknown", "unconfirmed", 1, 60,
         in_doubt=True),
    Seen("500", [reply(500, HTML)], "unknown", "unconfirmed", 1, 60, in_doubt=True),
    Seen("503 without a time", [reply(503, HTML)], "unknown", "unconfirmed", 1, 60, in_doubt=True),
    Seen("time-out", [lost()], "unknown", "unconfirmed", 1, 60, in_doubt=True),
    Seen("418", [reply(418, HTML)], "unknown", "unconfirmed", 1, 60, in_doubt=True),
]  # fmt: skip


@pytest.mark.parametrize("seen", TABLE, ids=lambda seen: seen.name)
def test_answer(shared: World, seen: Seen) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)
    shared.wordpress.before.extend(seen.replies)
    now = int(shared.clock.now().timestamp())
    assert shared.work() == {"batchItemFailures": []}
    assert shared.wordpress.before == []  # every answer was asked for

    publication = shared.publication(content)
    assert publication["publish_state"] == seen.state
    assert publication["reason"] == seen.reason
    assert publication["attempt"] == seen.attempt
    assert publication["in_doubt"] is seen.in_doubt
    assert seen.detail in publication["reason_detail"]
    row = shared.services.publication_store.bundle(4242, content["id"]).publications[0]
    assert row.lease_until is None
    if seen.wait is not None:
        assert row.due_at == now + seen.wait
    elif seen.gate is None:
        assert row.due_at is None

    newest = next(event for event in shared.events(site) if event["content_id"] == content["id"])
    assert newest["status"] == seen.event
    assert newest["success"] is (seen.event != "failed")
    assert newest["error_message"]
    assert newest["operation_id"] == publication["operation_id"]
    assert gate_of(shared, site).reason == seen.gate
    assert with_slots_free(shared, site["integration_id"])


def test_already_exists_here_is_published(shared: World) -> None:
    content = bring_to(shared, "queued")
    shared.wordpress.after.append(lambda _: refusal(409, "already_exists"))
    shared.work([shared.hint(content, shared.publication(content)["integration_id"])])
    assert shared.publication(content)["publish_state"] == "published"
    assert [route for _, route, _ in shared.wordpress.calls] == [
        "publish", f"content/{content['id']}",
    ]  # fmt: skip


def test_three_unconfirmed_attempts_end_as_failed(shared: World) -> None:
    """Also where the site itself is alive: it answers questions, but never a publish."""
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)
    shared.wordpress.before.append(reply(500, HTML))
    shared.work()
    absent = refusal(404, "not_found")
    for _ in range(2):
        shared.wordpress.before.extend([absent, reply(500, HTML)])
        sweep_and_work(shared)
    bridge = reply(200, {"success": True, "data": {"bridge": {}}})
    shared.wordpress.before.extend([bridge, absent])
    sweep_and_work(shared)
    publication = shared.publication(content)
    assert publication["publish_state"] == "failed"
    assert publication["reason"] == "attempts_used_up"
    assert len(shared.wordpress.sent()) == 3
    assert shared.events(site)[0]["success"] is False


def test_waits_double(shared: World) -> None:
    content = bring_to(shared, "queued")
    hint = [shared.hint(content, shared.publication(content)["integration_id"])]
    waits = []
    for replies in ([reply(403, HTML)], [reply(403, HTML)]):
        shared.wordpress.before.extend(replies)
        shared.work(hint)
        row = shared.services.publication_store.bundle(4242, content["id"]).publications[0]
        waits.append(row.due_at - int(shared.clock.now().timestamp()))
        shared.clock.advance(minutes=5)
    assert waits == [60, 120]


def test_third_refusal_by_something_else_closes_the_gate(shared: World) -> None:
    site = shared.connected_site()
    contents = [shared.content(site) for _ in range(3)]
    shared.wordpress.before.extend([reply(403, HTML)] * 3)
    for content in contents:
        shared.publish(content)
    shared.work()
    assert gate_of(shared, site).reason == "misconfigured"
    states = [shared.publication(content)["publish_state"] for content in contents]
    assert states == ["blocked"] * 3
    sweep_and_work(shared, 2, minutes=31)
    assert gate_of(shared, site).reason is None
    states = [shared.publication(content)["publish_state"] for content in contents]
    assert states == ["published"] * 3


@pytest.mark.parametrize(
    "data",
    [
        {"post_id": 10**45}, {"post_id": True}, {"post_id": "5"}, {"post_id": None},
        {"post_url": "http://x.example/\ud800"},
    ],
)  # fmt: skip
def test_unusable_success_is_not_a_success(shared: World, data: dict[str, Any]) -> None:
    content = bring_to(shared, "queued")
    answer = {"success": True, "data": {"content_id": content["id"], "post_id": 7, "rev": 1} | data}
    shared.wordpress.before.append(reply(201, answer))
    integration_id = shared.publication(content)["integration_id"]
    assert shared.work([shared.hint(content, integration_id)]) == {"batchItemFailures": []}
    assert shared.publication(content)["publish_state"] == "unknown"


@pytest.mark.parametrize("shape", [[], {}, ["publish"], {"a": 1}])
@pytest.mark.parametrize("status", [201, 202, 409, 410])
def test_a_word_of_another_shape_is_no_fault_of_ours(
    shared: World, status: int, shape: Any
) -> None:
    content = bring_to(shared, "queued")
    data = {"content_id": content["id"], "post_id": 7, "rev": 1}
    odd = dict.fromkeys(("state", "post_status", "post_url", "fingerprint", "replayed"), shape)
    code = {409: "conflict", 410: "gone"}.get(status)
    answer = {"success": code is None, "data": data | odd}
    if code is not None:
        answer["error"] = {"code": code, "message": "no"}
    asked = {"success": True, "data": data | odd}
    shared.wordpress.before += [lost(), reply(200, asked), reply(status, answer)]
    integration_id = shared.publication(content)["integration_id"]
    for _ in range(3):
        assert shared.work([shared.hint(content, integration_id)]) == {"batchItemFailures": []}
        shared.clock.advance(minutes=10)
        assert shared.publication(content)["publish_state"] != "sending", "nobody died at it"
    shared.wordpress.before.clear()


def test_huge_remarks_of_a_site_do_not_jam_the_row(shared: World) -> None:
    content = bring_to(shared, "queued")
    answer = {
        "success": True,
        "data": {
            "content_id": content["id"], "post_id": 7, "rev": 1,
            "warnings": ["w" * 600_000, "short"], "altered": [{"a": "b" * 300_000}],
            "post_url": "http://x.example/" + "p" * 400_000,
        },
    }  # fmt: skip
    shared.wordpress.before.append(reply(201, answer))
    shared.work([shared.hint(content, shared.publication(content)["integration_id"])])
    publication = shared.publication(content)
    assert publication["publish_state"] == "published"
    assert publication["warnings"] == ["w" * 600 + "…", "short"]
    assert publication["altered"] == [{"a": "b" * 100 + "…"}]


def test_what_sanitising_takes_out_is_said(shared: World) -> None:
    site = shared.site()
    made = shared.content(site, content_html="<p>a</p><script>x</script><script>y</script>")
    assert made["content_html"] == "<p>a</p>"
    assert [warning["code"] for warning in made["warnings"]] == ["taken_out"]
    assert made["warnings"][0]["message"].startswith("<script> ")
    assert "2 times" in made["warnings"][0]["message"]
    path = f"/api/v1/writer/content/{made['id']}/"
    changed = shared.call("PATCH", path, {"content_html": "<p>b</p><object></object>"}).data
    assert [warning["field"] for warning in changed["warnings"]] == ["content_html"]
    assert shared.call("PATCH", path, {"title": "T"}).data["warnings"] == []
    assert shared.content(site)["warnings"] == []


def test_a_publication_says_what_its_text_has_lost_on_the_way(shared: World) -> None:
    site = shared.connected_site()
    html = '<p onclick="x()" style="position: fixed">a</p>'
    content = shared.content(site, content_html=html)
    path = f"/api/v1/writer/content/{content['id']}/"
    told = [warning["message"] for warning in content["warnings"]]
    assert told == ["onclick of <p> was taken out.", "“position” in a style was taken out."]
    for text in (html, html, "<p>a clean text</p>"):
        answered = shared.call("PATCH", path, {"content_html": text}).data
        shared.publish(content)
        shared.work()
        publication = shared.publication(content)
        assert publication["publish_state"] == "published"
        assert publication["warnings"] == answered["warnings"]
        assert bool(publication["warnings"]) is (text == html)


def test_the_same_request_again_is_told_the_same_losses(shared: World) -> None:
    body = {"site_id": shared.site()["id"], "title": "T", "content_html": "<p>a<form></form></p>"}
    answers = [
        shared.call("POST", "/api/v1/writer/content/", body, headers={"Idempotency-Key": "once"})
        for _ in range(2)
    ]
    assert answers[0].data == answers[1].data
    assert [one["message"] for one in answers[1].data["warnings"]] == ["<form> was taken out."]


def test_a_schedule_is_judged_by_what_is_stored_too(shared: World) -> None:
    site = shared.site()
    made = shared.content(site, publish_at="2030-01-01T00:00:00Z")
    path = f"/api/v1/writer/content/{made['id']}/"
    changed = shared.call("PATCH", path, {"post_status": "future"})
    assert (changed.status, changed.data["post_status"]) == (200, "future")
    refused = shared.call("PATCH", path, {"publish_at": None})
    assert (refused.status, list(refused.body["error"]["fields"])) == (422, ["post_status"])
    assert shared.call("GET", path).data["publish_at"] == "2030-01-01T00:00:00.000Z"
