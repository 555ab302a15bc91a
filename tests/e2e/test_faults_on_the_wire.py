"""A real WordPress that applies what it is sent, and a line on which its answers are lost."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import requests

from tests.e2e.conftest import Proxied, Stage, proxied
from tests.support.faulty_proxy import SPOILT, Answer, Call
from tests.support.waiting import wait_until

ACTS = "/api/v1/writer/content"


@pytest.fixture(scope="module")
def site(stage: Stage) -> Iterator[Proxied]:
    with proxied(stage) as made:
        yield made


@pytest.fixture(autouse=True)
def as_it_was(site: Proxied) -> Iterator[None]:
    yield
    site.proxy.heal()
    site.proxy.everywhere = False
    site.resume()


def once(answer: Answer) -> Callable[[Call], Answer | None]:
    left = [answer]
    return lambda _call: left.pop() if left else None


@pytest.mark.parametrize("fault", SPOILT)
def test_what_was_applied_is_asked_about_and_never_sent_again(site: Proxied, fault: str) -> None:
    content = site.content(title=f"Applied, then {fault}")
    site.proxy.after = once(SPOILT[fault])
    site.publish(content)
    seen = site.until(content, "unknown")
    assert (seen["in_doubt"], len(site.posts_of(content))) == (True, 1)
    assert site.proxy.routes(content["id"]) == ["publish"]
    site.hasten(content)
    publication = site.until(content, "published")
    (post,) = site.posts_of(content)
    assert publication["external_id"] == str(post["ID"])
    assert site.proxy.routes(content["id"]) == ["publish", "content"], "asked, and nothing sent"
    states = [line["details"].get("publish_state") for line in site.lines(content)]
    assert "failed" not in states


@pytest.mark.parametrize(
    ("told", "least", "most"),
    [("600", 500, 760), ("Wed, 01 Jan 2098 00:00:00 GMT", 20_000, 21_700), ("-5", 30, 100),
     ("abc", 30, 100), ("999999999", 20_000, 21_700)],
)  # fmt: skip
def test_a_wait_that_is_asked_for_is_honoured_or_clamped(
    site: Proxied, told: str, least: int, most: int
) -> None:
    content = site.content(title=f"Retry-After: {told}")
    site.proxy.instead = once(Answer(429, b"", {"Retry-After": told}))
    site.publish(content)
    seen = site.until(content, "waiting")
    seconds = (datetime.fromisoformat(seen["wake_at"]) - datetime.now(UTC)).total_seconds()
    assert least <= seconds <= most, (told, seconds)
    assert seen["attempt"] == 0
    site.hasten(content)
    site.until(content, "published")
    assert len(site.posts_of(content)) == 1


def test_nobody_is_followed_to_another_host(site: Proxied, stage: Stage) -> None:
    with proxied(stage) as other:
        content = site.content(title="Moved")
        moved = {"Location": f"{other.proxy.url}/wp-json/igny8/v1/publish"}
        site.proxy.instead = lambda _call: Answer(301, b"", moved)
        site.proxy.everywhere = True
        site.publish(content)
        seen = site.until(content, "blocked")
        assert seen["reason"] == "misconfigured"
        assert "points to localhost" in seen["reason_detail"]
        assert other.proxy.calls == [], "no request, no credential"
    site.proxy.heal()
    site.resume()
    site.until(content, "published")
    assert len(site.posts_of(content)) == 1


def test_a_key_that_is_refused_costs_two_calls_and_a_notice(site: Proxied) -> None:
    """Ten articles; with a new key all of them go out."""
    refused = {"code": "invalid_api_key", "message": "This key is not known.", "fields": {}}
    body = json.dumps({"success": False, "error": refused}).encode()
    site.proxy.instead = lambda _call: Answer(401, body, {"Content-Type": "application/json"})
    site.proxy.everywhere = True
    before, told = len(site.proxy.calls), len(site.gate_lines())
    contents = [site.content(title=f"Refused {number}") for number in range(10)]
    for content in contents:
        site.publish(content)
    for content in contents:
        assert site.until(content, "blocked")["reason"] == "auth"
    assert len(site.proxy.calls) - before <= 2
    assert len(site.gate_lines()) - told == 1
    site.proxy.heal()
    site.pair_anew()
    for content in contents:
        site.until(content, "published")
        assert len(site.posts_of(content)) == 1


def test_the_last_decision_wins_however_late_an_older_order_comes(site: Proxied) -> None:
    """Publish, take down, publish the same text; a click while that is being sent; duplicates."""
    content = site.content(title="The same text")
    path = f"{ACTS}/{content['id']}"
    site.publish(content)
    site.until(content, "published")
    assert site.call("POST", f"{path}/unpublish/", {"to": "draft"}).status_code == 202
    site.until(content, "unpublished")
    sending, goes_on = threading.Event(), threading.Event()

    def held(_call: Call) -> None:
        sending.set()
        goes_on.wait(20)

    site.proxy.instead = held
    site.publish(content)
    assert sending.wait(60)
    site.proxy.heal()
    clicked = site.call("PATCH", f"{path}/", {"title": "A newer text", "status": "published"})
    assert clicked.status_code == 200
    goes_on.set()
    seen = wait_until(
        lambda: site.publication(content),
        lambda found: found["applied_intent"] == 4 and found["publish_state"] == "published",
        seconds=60,
    )
    assert (seen["intent"], seen["applied_intent"]) == (4, 4)
    orders = [one for one in site.proxy.calls if one.content_id == content["id"]]
    assert [json.loads(one.body)["rev"] for one in orders] == [1, 2, 3, 4]
    for late in orders[:3]:
        headers = {"Content-Type": "application/json", "X-IGNY8-Operation": late.operation_id}
        url = f"{site.proxy.url}{late.path}"
        answer = requests.post(url, data=late.body, headers=headers, timeout=60)
        assert (answer.status_code, answer.json()["data"]["replayed"]) == (200, True), answer.text
    (post,) = site.posts_of(content)
    assert (post["post_title"], post["post_status"]) == ("A newer text", "publish")
