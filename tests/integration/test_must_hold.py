"""What publishing promises of a site in trouble, each with its exact counts."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from igny8.core.clock import epoch
from igny8.core.http import Reply

from tests.support.steps import publication_row
from tests.support.wordpress import lost, reply
from tests.support.world import World, world_in_memory

ERROR_PAGE = b"<html><body>There has been a critical error on this website.</body></html>"
LOGIN_PAGE = b"<html><body><form id='loginform'>Log In</form></body></html>"
BAD_GATEWAY = b"<html><body><h1>502 Bad Gateway</h1>nginx</body></html>"
APPLIED_THEN = {
    "time-out": lost("ReadTimeout"),
    "connection reset": lost("ConnectionError"),
    "500 HTML page": reply(500, ERROR_PAGE),
    "200 login page": reply(200, LOGIN_PAGE),
    "502 from a proxy": reply(502, BAD_GATEWAY),
}
SIX_HOURS = 21_600


@pytest.fixture
def here() -> Iterator[World]:
    with world_in_memory() as made:
        yield made


def pass_time(world: World, **how_much: float) -> None:
    """Time, both sweeps, and what they woke; nothing of ours crashes over it."""
    world.clock.advance(**how_much)
    for kind in ("due", "blocked"):
        world.sweep(kind)
    assert world.work()["batchItemFailures"] == []


def routes(world: World) -> list[tuple[str, str]]:
    return [(method, route) for method, route, _ in world.wordpress.calls]


@pytest.mark.parametrize("name", APPLIED_THEN)
def test_applied_and_then_unreadable_is_one_post(here: World, name: str) -> None:
    """Through `unknown` to `published`; WordPress is asked before anything is sent again."""
    site = here.connected_site()
    content = here.content(site)
    assert here.publish(content).status == 202
    here.wordpress.after.append(lambda _answer: APPLIED_THEN[name])
    assert here.work()["batchItemFailures"] == []
    states = [here.publication(content)["publish_state"]]
    while states[-1] != "published":
        assert len(states) < 5
        pass_time(here, minutes=5)
        states.append(here.publication(content)["publish_state"])
    assert states == ["unknown", "published"]
    assert routes(here) == [("POST", "publish"), ("GET", f"content/{content['id']}")]
    assert here.wordpress.inserts == 1
    told = [(one["action"], one["status"]) for one in here.events(site)]
    assert Counter(told)["content_publish", "success"] == 1


def test_down_for_twenty_hours_and_then_back(here: World) -> None:
    """One probe at a time meanwhile, no attempt used up, and each text is sent once after it."""
    site = here.connected_site()
    contents = [here.content(site) for _ in range(10)]
    assert [here.publish(one).status for one in contents] == [202] * 10
    here.wordpress.up = False
    here.work()
    assert routes(here) == [("POST", "publish")] * 3, "then it is left alone"
    asked: list[int] = []
    for _ in range(20 * 12):
        seen = len(here.wordpress.calls)
        pass_time(here, minutes=5)
        asked.append(len(here.wordpress.calls) - seen)
        assert {publication_row(here, one).attempt for one in contents} == {0}
    assert asked == [1] * len(asked), "one probe at a time, for all that waits there"
    here.wordpress.up = True
    before = len(here.wordpress.calls)
    pass_time(here, minutes=31)
    pass_time(here, minutes=1)
    assert {here.publication(one)["publish_state"] for one in contents} == {"published"}
    assert Counter(routes(here)[before:]) == {("GET", "status"): 1, ("POST", "publish"): 10}
    assert here.wordpress.inserts == 10


@pytest.mark.parametrize(
    ("said", "waits"),
    [
        ("600", 600), ("Fri, 31 Dec 2100 23:59:59 GMT", SIX_HOURS), ("-5", 60), ("abc", 60),
        ("999999999", SIX_HOURS),
    ],
)  # fmt: skip
def test_a_pause_that_a_site_asks_for_is_honoured_or_clamped(
    here: World, said: str, waits: int
) -> None:
    content = here.content(here.connected_site())
    here.publish(content)
    here.wordpress.before.append(reply(429, ERROR_PAGE, **{"retry-after": said}))
    assert here.work()["batchItemFailures"] == []
    row = publication_row(here, content)
    assert (row.due_at or 0) - epoch(here.clock.now()) == waits
    assert (row.state, row.attempt) == ("waiting", 0)
    pass_time(here, seconds=waits - 1)
    assert routes(here) == [("POST", "publish")], "before its time"
    pass_time(here, seconds=1)
    pass_time(here, minutes=1)
    assert here.publication(content)["publish_state"] == "published"
    assert routes(here) == [("POST", "publish")] * 2


def test_a_refused_key_stops_ten_items_with_one_call_and_a_new_one_resumes_them(
    here: World,
) -> None:
    site = here.connected_site()
    contents = [here.content(site) for _ in range(10)]
    here.wordpress.accepted_key = "another"
    for one in contents:
        here.publish(one)
    here.work()
    for _ in range(12):
        pass_time(here, minutes=5)
    shown = {(told["publish_state"], told["reason"]) for told in map(here.publication, contents)}
    assert shown == {("blocked", "auth")}
    assert len(here.wordpress.calls) == 1
    notices = [one for one in here.events(site) if one["action"] == "gate_closed"]
    assert len(notices) == 1
    key = here.key(site)["api_key"]
    assert here.pair(site, key).status == 200
    here.wordpress.accepted_key = key
    before = len(here.wordpress.calls)
    pass_time(here, minutes=1)
    assert {here.publication(one)["publish_state"] for one in contents} == {"published"}
    assert routes(here)[before:].count(("POST", "publish")) == 10
    assert here.wordpress.inserts == 10


def test_a_site_that_points_elsewhere_is_asked_there_for_nothing(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No request and no credential goes to the other host, now or when time passes."""
    site = here.connected_site()
    content = here.content(site)
    here.publish(content)
    seen: list[str] = []
    ask = here.wordpress.request

    def request(method: str, url: str, **more: Any) -> Reply:
        seen.append(url)
        ask(method, url, **more)
        return reply(301, b"", location="https://elsewhere.example/wp-json/")

    monkeypatch.setattr(here.wordpress, "request", request)
    monkeypatch.setattr(here.wordpress, "_publish", lambda *_: reply(301, b""))
    assert here.work()["batchItemFailures"] == []
    for _ in range(24):
        pass_time(here, minutes=61)
    assert seen
    assert all(url.startswith(site["url"]) for url in seen)
    told: Mapping[str, Any] = here.publication(content)
    assert (told["publish_state"], told["reason"]) == ("blocked", "misconfigured")
    assert "elsewhere.example" in told["reason_detail"]
    assert here.wordpress.inserts == 0
