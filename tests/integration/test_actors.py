"""Every line of history says who did it and by which way: one case an action."""

from collections.abc import Callable
from typing import Any

import pytest
from igny8.core.queue import Hint
from igny8.journal.model import Action, Actor, Channel

from tests.support import import_actors, site_actors
from tests.support.steps import bring_to, edit, gate_of, publication_row, sweep_and_work
from tests.support.wordpress import not_sent, refusal
from tests.support.world import ACCOUNT, World

pytestmark = pytest.mark.rows("memory")

PERSON, SITE, WORKER = ("user:u1", "api"), ("site:{id}", "bridge"), ("system", "worker")
SCHEDULE = ("schedule:structure", "sweep")
KEYS = "/api/v1/integration/integrations/{}-api-key/"


def click(world: World, site: dict[str, Any]) -> None:
    bring_to(world, "queued", site)


def update(world: World, site: dict[str, Any]) -> None:
    content = bring_to(world, "published", site)
    edit(world, content, title="Second")
    world.publish(content)


def patch(world: World, site: dict[str, Any]) -> None:
    edit(world, world.content(site), status="published")


def delete(world: World, site: dict[str, Any]) -> None:
    content = bring_to(world, "published", site)
    path = f"/api/v1/writer/content/{content['id']}/?unpublish=keep"
    assert world.call("DELETE", path).status == 200


def key(verb: str) -> Callable[[World, dict[str, Any]], None]:
    def act(world: World, site: dict[str, Any]) -> None:
        assert world.call("POST", KEYS.format(verb), {"site_id": site["id"]}).status in {200, 201}

    return act


def pair(world: World, site: dict[str, Any]) -> None:
    assert world.pair(site, site["api_key"]).status == 200


def deliver(world: World, site: dict[str, Any]) -> None:
    bring_to(world, "published", site)


def deliver_an_update(world: World, site: dict[str, Any]) -> None:
    update(world, site)
    world.work()


def conflict(world: World, site: dict[str, Any]) -> None:
    bring_to(world, "conflict", site)


def resolve(world: World, site: dict[str, Any]) -> None:
    content = bring_to(world, "conflict", site)
    acted(world, content, "resolve-conflict", {"keep": "theirs"})


def take_down(world: World, site: dict[str, Any]) -> None:
    acted(world, bring_to(world, "published", site), "unpublish", {"to": "draft"})


def deliver_a_take_down(world: World, site: dict[str, Any]) -> None:
    take_down(world, site)
    world.work()


def call_off(world: World, site: dict[str, Any]) -> None:
    acted(world, bring_to(world, "queued", site), "cancel", {})


def acted(world: World, content: Any, what: str, body: dict[str, str]) -> None:
    path = f"/api/v1/writer/content/{content['id']}/{what}/"
    assert world.call("POST", path, body).status in {200, 202}


def move(world: World, site: dict[str, Any]) -> None:
    """What is on the way when a site moves asks a person."""
    content = bring_to(world, "published", site)
    edit(world, content, title="Second")
    world.publish(content)
    hints = world.messages()
    url = "http://localhost:8081"
    assert world.call("PATCH", f"/api/v1/sites/{site['id']}/", {"url": url}).status == 200
    assert world.pair({**site, "url": url}, site["api_key"]).status == 200
    world.work(hints)
    assert publication_row(world, content).reason == "former_address"


def refuse(world: World, site: dict[str, Any]) -> None:
    world.publish(world.content(site))
    world.wordpress.before.append(refusal(401, "invalid_api_key"))
    world.work()
    assert gate_of(world, site).reason == "auth"


def fail_often(world: World, site: dict[str, Any]) -> None:
    for _ in range(3):
        world.publish(world.content(site))
    world.wordpress.before += [not_sent()] * 3
    world.work()
    assert gate_of(world, site).reason == "unreachable"


def open_again(world: World, site: dict[str, Any]) -> None:
    fail_often(world, site)
    sweep_and_work(world)
    assert gate_of(world, site).reason is None


def open_by_schedule(world: World, site: dict[str, Any]) -> None:
    fail_often(world, site)
    world.clock.advance(minutes=5)
    hint = Hint(ACCOUNT, site["id"], site["integration_id"])
    world.services.visits.begin(hint, actor=Actor.schedule("structure"))


def lose_the_key(world: World, site: dict[str, Any]) -> None:
    """A gate that a visit finds without a key, before anything is sent."""
    key("generate")(world, site)
    world.clock.advance(days=2)  # the old key has ended, the new one was never shown
    world.publish(world.content(site))
    world.work()
    assert gate_of(world, site).reason == "auth"


def cancel(world: World, site: dict[str, Any]) -> None:
    bring_to(world, "queued", site)
    content = bring_to(world, "queued", site)
    hint = world.hint(content, site["integration_id"])
    assert world.call("DELETE", f"/api/v1/sites/{site['id']}/").status == 200
    world.work([hint])


Act = Callable[[World, dict[str, Any]], None]
CASES: list[tuple[str, Act, Action, tuple[str, str]]] = [
    ("click", click, Action.CONTENT_PUBLISH, PERSON),
    ("click of a newer text", update, Action.CONTENT_UPDATE, PERSON),
    ("patch", patch, Action.CONTENT_PUBLISH, PERSON),
    ("delete", delete, Action.CONTENT_DELETE, PERSON),
    ("generate", key("generate"), Action.KEY_GENERATED, PERSON),
    ("revoke", key("revoke"), Action.KEY_REVOKED, PERSON),
    ("pairing", pair, Action.CONNECTION_TEST, SITE),
    ("delivery", deliver, Action.CONTENT_PUBLISH, WORKER),
    ("delivery of an update", deliver_an_update, Action.CONTENT_UPDATE, WORKER),
    ("conflict", conflict, Action.CONFLICT, WORKER),
    ("former address", move, Action.CONFLICT, WORKER),
    ("conflict resolved", resolve, Action.CONFLICT_RESOLVED, PERSON),
    ("taken down", take_down, Action.CONTENT_UNPUBLISH, PERSON),
    ("delivery of a take-down", deliver_a_take_down, Action.CONTENT_UNPUBLISH, WORKER),
    ("called off", call_off, Action.CONTENT_CANCEL, PERSON),
    ("cancelled", cancel, Action.CONTENT_CANCEL, WORKER),
    ("gate closed", refuse, Action.GATE_CLOSED, WORKER),
    ("gate closed for want of a key", lose_the_key, Action.GATE_CLOSED, WORKER),
    ("breaker", fail_often, Action.BREAKER_OPEN, WORKER),
    ("gate opened", open_again, Action.GATE_OPENED, WORKER),
    ("gate opened by a schedule", open_by_schedule, Action.GATE_OPENED, SCHEDULE),
    *site_actors.CASES,
    *import_actors.CASES,
]


@pytest.mark.parametrize(
    ("act", "action", "who"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_history_says_who(shared: World, act: Act, action: Action, who: tuple[str, str]) -> None:
    site = shared.connected_site()
    act(shared, site)
    events = shared.services.event_store.newest(site["integration_id"], 100)
    newest = next(event for event in events if event.action == action)
    assert (newest.actor, newest.channel) == (who[0].format(id=site["id"]), who[1])


def test_there_is_a_case_for_every_action_and_every_channel() -> None:
    assert {case[2] for case in CASES} == set(Action)
    assert {case[3][1] for case in CASES} == {str(channel) for channel in Channel}
