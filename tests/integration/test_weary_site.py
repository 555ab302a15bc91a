"""A site that says it is there, and nothing else, is asked ever more rarely."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.property.chaos import Mailbox, Sabotage
from tests.support.steps import gate_of
from tests.support.wordpress import lost, reply
from tests.support.world import World, world_in_memory

DAY = 24 * 60
ERROR = reply(500, b"<h1>There has been a critical error on this website.</h1>")
NO_DATABASE = reply(500, b"Error establishing a database connection")
PAGE = reply(200, b"<html><body>Checking your browser</body></html>")
BUSY = reply(503, b"", **{"retry-after": "1"})
WEARY = {
    "errors": [ERROR],
    "silence": [lost()],
    "both": [ERROR, lost()],
    "all kinds": [ERROR, PAGE, lost(), NO_DATABASE],
    "a page": [PAGE],
    "busy for ever": [BUSY],
}


@pytest.fixture
def world() -> Iterator[World]:
    with world_in_memory() as made:
        made.services.hints = Mailbox(made.clock, Sabotage())  # type: ignore[assignment]
        yield made


class Weary:
    """Answers as the bridge to ``status``; to anything else as ``answers`` say, in turns."""

    def __init__(self, world: World, answers: list[Any]) -> None:
        self.answer = world.wordpress._answer
        self.answers = answers
        self.asked = 0
        self.is_well = False

    def __call__(self, method: str, route: str, payload: Any, headers: Any) -> Any:
        if route == "status" or self.is_well:
            return self.answer(method, route, payload, headers)
        self.asked += 1
        return self.answers[self.asked % len(self.answers)]


def pass_time(world: World, minutes: int) -> None:
    """Minute by minute, as the schedules have it; what was hinted is served at once."""
    for minute in range(minutes):
        world.sweep("due")
        if minute % 5 == 0:
            world.sweep("blocked")
        mailbox: Any = world.services.hints
        records = [{"messageId": str(n), "body": h.body()} for n, h in enumerate(mailbox.take())]
        if records:
            world.work(records)
        world.clock.advance(minutes=1)


def history(world: World, site: dict[str, Any]) -> list[Any]:
    return world.services.event_store.newest(site["integration_id"], 10_000)


def calls_and_lines(world: World, site: dict[str, Any], minutes: int) -> tuple[int, int]:
    """How many calls a site gets in that time, at all its doors, and lines its history."""
    calls, lines = len(world.wordpress.knocks), len(history(world, site))
    pass_time(world, minutes)
    return len(world.wordpress.knocks) - calls, len(history(world, site)) - lines


def actions(world: World, site: dict[str, Any]) -> Counter[str]:
    return Counter(str(event.action) for event in history(world, site))


def states(world: World, contents: list[Any]) -> list[str]:
    return [world.publication(content)["publish_state"] for content in contents]


@pytest.mark.parametrize("contents", [1, 20])
@pytest.mark.parametrize("kind", WEARY)
def test_a_site_that_answers_nothing_but_how_it_is_costs_little(
    world: World, kind: str, contents: int
) -> None:
    site = world.connected_site()
    made = [world.content(site) for _ in range(contents)]
    world.wordpress._answer = weary = Weary(world, WEARY[kind])  # type: ignore[method-assign,assignment]
    for content in made:
        world.publish(content)
    calls, lines = calls_and_lines(world, site, DAY)
    assert calls <= 50 + 4 * contents
    assert lines <= 60 + 6 * contents
    assert set(states(world, made)) <= {"blocked", "unknown"}
    opened = actions(world, site)["gate_opened"]
    calls, lines = calls_and_lines(world, site, DAY)
    assert calls <= 48, "the next day"
    assert lines <= 30
    assert actions(world, site)["gate_opened"] == opened, "nothing has come through"

    weary.is_well = True
    pass_time(world, 6 * 60 + 10)
    assert set(states(world, made)) == {"published"}
    assert actions(world, site)["gate_opened"] == opened + 1
    assert world.wordpress.inserts == contents
    gate = gate_of(world, site)
    assert (gate.reason, gate.unreadable, gate.is_on_trial) == (None, 0, False)


def test_once_mended_it_is_served_as_soon_as_somebody_says_so(world: World) -> None:
    site = world.connected_site()
    content = world.content(site)
    world.wordpress._answer = weary = Weary(world, [ERROR])  # type: ignore[method-assign,assignment]
    world.publish(content)
    pass_time(world, DAY)
    weary.is_well = True
    path = f"/api/v1/integration/integrations/{site['integration_id']}/resume/"
    assert world.call("POST", path, {}).status == 200
    assert world.publish(content).status == 200, "the same text, asked for at once"
    pass_time(world, 2)
    assert world.publication(content)["publish_state"] == "published"


def test_one_content_on_which_a_site_breaks_costs_little_and_keeps_back_no_other(
    world: World,
) -> None:
    site = world.connected_site()
    broken = world.content(site)
    answer = world.wordpress._answer
    asked = 0

    def breaking(method: str, route: str, payload: Any, headers: Any) -> Any:
        nonlocal asked
        about = payload["content_id"] if payload else route
        if about in {broken["id"], f"content/{broken['id']}"}:
            asked += 1
            return ERROR
        return answer(method, route, payload, headers)

    world.wordpress._answer = breaking  # type: ignore[method-assign]
    world.publish(broken)
    for _ in range(24):
        pass_time(world, 59)
        other = world.content(site)
        world.publish(other)
        pass_time(world, 1)
        if world.publication(other)["publish_state"] != "published":
            pass_time(world, 5)
        assert world.publication(other)["publish_state"] == "published"
    assert asked <= 3 * 15, "at each of three doors"
    assert world.publication(broken)["in_doubt"] is True
    # Who decides anew does not wait for hours.
    world.wordpress._answer = answer  # type: ignore[method-assign]
    path = f"/api/v1/writer/content/{broken['id']}/"
    world.call("PATCH", path, {"title": "Shorter", "status": "published"})
    pass_time(world, 3)
    assert world.publication(broken)["publish_state"] == "published"


def test_a_site_that_is_down_and_comes_back_is_on_trial_for_one_answer(world: World) -> None:
    """A probe that finds it after an outage is told once something has come through, and once."""
    site = world.connected_site()
    content = world.content(site)
    world.wordpress.before += [lost(), lost(), lost()]
    world.publish(content)
    pass_time(world, 10)
    assert world.publication(content)["publish_state"] == "published"
    assert actions(world, site)["breaker_open"] <= 1
    assert actions(world, site)["gate_opened"] == actions(world, site)["breaker_open"]
    assert gate_of(world, site).is_on_trial is False
