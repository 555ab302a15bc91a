"""A site whose REST API is shut is published to by the bridge's own door, which is remembered."""

import pytest
from igny8.core.http import Reply
from igny8.wordpress.doors import Door

from tests.support.aws_calls import recorded_calls
from tests.support.steps import sweep_and_work
from tests.support.wordpress import reply
from tests.support.world import World

LOGIN = reply(401, {"code": "rest_not_logged_in", "message": "Log in first."})
BROKEN = reply(500, b"<html>critical error</html>")
NOT_NOW = reply(503, b"<html>coming soon</html>")


def shut(world: World, answer: Reply) -> None:
    """REST answers this from now on, whatever is asked; the bridge's own door is open."""
    world.wordpress.before = [answer] * 100
    world.wordpress.front_is_open = True


def test_the_first_publish_finds_the_door_and_the_next_knows_it(world: World) -> None:
    site = world.connected_site()
    first, second = world.content(site), world.content(site)
    shut(world, LOGIN)
    world.publish(first)
    hints = world.messages()
    with recorded_calls() as calls:
        world.work(hints)
    assert world.publication(first)["publish_state"] == "published"
    assert world.publication(first)["attempt"] == 0
    assert world.wordpress.knocks == [
        ("rest", "publish"), ("front", "status"), ("front", "publish"),
    ]  # fmt: skip
    assert len(calls) == 8  # as by REST: the door goes with what is written anyway
    assert world.services.gate_store.get(site["integration_id"]).door is Door.FRONT

    world.wordpress.knocks.clear()
    world.publish(second)
    world.work()
    assert world.publication(second)["publish_state"] == "published"
    assert world.wordpress.knocks == [("front", "publish")]


def test_the_door_is_known_to_the_rest_of_the_same_drain(world: World) -> None:
    site = world.connected_site()
    contents = [world.content(site) for _ in range(3)]
    shut(world, LOGIN)
    for content in contents:
        world.publish(content)
    world.work()
    assert [world.publication(one)["publish_state"] for one in contents] == ["published"] * 3
    assert world.wordpress.knocks.count(("rest", "publish")) == 1


@pytest.mark.parametrize("answer", [BROKEN, NOT_NOW], ids=["broken", "not now"])
def test_a_site_where_rest_dies_is_asked_before_anything_is_sent_again(
    world: World, answer: Reply
) -> None:
    site = world.connected_site()
    content = world.content(site)
    shut(world, answer)
    world.publish(content)
    world.work()
    assert world.publication(content)["publish_state"] == "unknown"
    sweep_and_work(world)
    assert world.publication(content)["publish_state"] == "published"
    assert world.wordpress.knocks == [
        ("rest", "publish"),
        ("rest", f"content/{content['id']}"), ("plain", f"content/{content['id']}"),
        ("front", f"content/{content['id']}"), ("front", "publish"),
    ]  # fmt: skip
    assert world.wordpress.inserts == 1


def test_a_closed_gate_opens_by_the_door_that_a_probe_finds(world: World) -> None:
    site = world.connected_site()
    content = world.content(site)
    world.wordpress.before = [LOGIN] * 100
    world.publish(content)
    for _ in range(6):
        sweep_and_work(world, minutes=10)
    assert world.publication(content)["publish_state"] in {"blocked", "failed"}
    gate = world.services.gate_store.get(site["integration_id"])
    assert (gate.reason, gate.door) == ("misconfigured", None)
    shut(world, LOGIN)
    other = world.content(site)
    world.publish(other)
    sweep_and_work(world, 3, minutes=31)
    assert world.publication(other)["publish_state"] == "published"
    assert world.services.gate_store.get(site["integration_id"]).door is Door.FRONT


def test_where_the_door_is_shut_again_rest_is_used(world: World) -> None:
    site = world.connected_site()
    shut(world, LOGIN)
    first, second = world.content(site), world.content(site)
    world.publish(first)
    world.work()
    world.wordpress.before.clear()
    world.wordpress.front_is_open = False
    world.publish(second)
    world.work()
    # The page that answered may have been the bridge, breaking: it is asked first.
    assert world.publication(second)["publish_state"] == "unknown"
    sweep_and_work(world)
    assert world.publication(second)["publish_state"] == "published"
    assert world.services.gate_store.get(site["integration_id"]).door is Door.REST


def test_pairing_anew_keeps_the_door_and_revoking_forgets_it(world: World) -> None:
    site = world.connected_site()
    shut(world, LOGIN)
    content = world.content(site)
    world.publish(content)
    world.work()
    gates = world.services.gate_store
    gate = gates.get(site["integration_id"])
    world.services.commit([gates.reopened(gate, 1)])
    assert gates.get(site["integration_id"]).door is Door.FRONT
    world.services.commit([gates.revoked(site["integration_id"], "x", 1)])
    assert gates.get(site["integration_id"]).door is None
