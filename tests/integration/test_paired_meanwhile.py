"""A site that pairs, or loses its key, while somebody works on it with what was read before."""

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from igny8.core.http import Reply
from igny8.core.queue import Hint
from igny8.integrations.model import SiteBundle
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import Action

from tests.property.chaos import Mailbox, Sabotage
from tests.support.meeting import Meeting
from tests.support.steps import gate_of, with_slots_free
from tests.support.wordpress import lost, not_sent, refusal, reply
from tests.support.world import ACCOUNT, World, world_in_memory

pytestmark = pytest.mark.rows("memory")

INTEGRATIONS = "/api/v1/integration/integrations/"
REVOKE = f"{INTEGRATIONS}revoke-api-key/"
Site = dict[str, Any]


@pytest.fixture
def world() -> Iterator[World]:
    with world_in_memory() as made:
        made.services.hints = Mailbox(made.clock, Sabotage())  # type: ignore[assignment]
        yield made


def waiting(world: World) -> list[dict[str, Any]]:
    """The hints on the queue, as records."""
    mailbox: Any = world.services.hints
    return [{"messageId": str(n), "body": one.body()} for n, one in enumerate(mailbox.take())]


def work(world: World, *, minutes: int = 0) -> None:
    """Serve what is on the queue, and a while later once more."""
    world.work(waiting(world))
    for _ in range(2 if minutes else 0):
        world.clock.advance(minutes=minutes)
        world.sweep()
        world.work(waiting(world))


def connection(world: World, site: Site) -> str:
    status = world.call("GET", f"{INTEGRATIONS}{site['integration_id']}/").data["connection_status"]
    assert isinstance(status, str)
    return status


def pair_with_a_new_key(world: World, site: Site) -> None:
    key = world.key(site)["api_key"]
    world.wordpress.accepted_key = key
    assert world.pair(site, key).status == 200


def revoke(world: World, site: Site) -> None:
    assert world.call("POST", REVOKE, {"site_id": site["id"]}).status == 200


def states(world: World, contents: list[Any]) -> list[str]:
    return [world.publication(one)["publish_state"] for one in contents]


def queued(world: World, site: Site, count: int = 1) -> tuple[list[Any], list[Any]]:
    """Contents that are due, and their hints."""
    contents = [world.content(site) for _ in range(count)]
    for content in contents:
        assert world.publish(content).status == 202
    return contents, waiting(world)


@contextmanager
def after_the_site_was_read(act: Callable[[], None]) -> Iterator[None]:
    """Let ``act`` happen once, as soon as a worker has read the site's keys."""
    read = IntegrationStore.bundle
    waiting = [act]

    def bundle(store: IntegrationStore, *ids: int, **how: bool) -> Any:
        found = read(store, *ids, **how)
        if waiting:
            waiting.pop()()
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IntegrationStore, "bundle", bundle)
        yield
    assert not waiting


def test_a_pairing_after_the_key_was_read_is_seen_before_anything_is_sent(world: World) -> None:
    site = world.connected_site()
    contents, hints = queued(world, site)
    world.wordpress.accepted_key = site["api_key"]
    with after_the_site_was_read(lambda: pair_with_a_new_key(world, site)):
        world.work(hints)
    assert gate_of(world, site).reason is None
    assert states(world, contents) == ["published"]
    assert len(world.wordpress.calls) == 1


@contextmanager
def a_pairing_seen_in_part(world: World, site: Site) -> Iterator[None]:
    """Have the next worker meet the gate as a pairing left it, and site and keys as before.

    DynamoDB applies a transaction row by row: who reads meanwhile, one read after another, can see
    the first row after it and the next one before it.
    """
    before = world.services.integration_store.bundle(ACCOUNT, site["id"])
    pair_with_a_new_key(world, site)
    with reading_first(before):
        yield


@contextmanager
def reading_first(bundle_then: SiteBundle) -> Iterator[None]:
    """Have the next reader of a site's bundle get this one."""
    read = IntegrationStore.bundle
    left = [bundle_then]

    def bundle(store: IntegrationStore, *ids: int, **how: bool) -> Any:
        return left.pop() if left else read(store, *ids, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IntegrationStore, "bundle", bundle)
        yield
    assert not left


def test_a_pairing_seen_in_part_does_not_close_the_gate(world: World) -> None:
    site = world.connected_site()
    contents, hints = queued(world, site, 5)
    with a_pairing_seen_in_part(world, site):
        world.work(hints)
    assert (gate_of(world, site).reason, connection(world, site)) == (None, "connected")
    assert states(world, contents[1:]) == ["published"] * 4, "the first has shown that it is old"
    work(world, minutes=5)
    assert states(world, contents) == ["published"] * 5


def test_an_address_seen_in_part_does_not_close_the_gate(world: World) -> None:
    """The key is the new one already, the integration's row is not there yet."""
    site = world.connected_site()
    _, hints = queued(world, site)
    old = world.services.integration_store.bundle(ACCOUNT, site["id"])
    assert world.pair(site, site["api_key"], path="/blog").status == 200
    keys = world.services.integration_store.bundle(ACCOUNT, site["id"]).keys
    with reading_first(replace(old, keys=keys)):
        world.wordpress.before.append(reply(301, b"", location="https://x.example/"))
        world.work(hints)
    assert (gate_of(world, site).reason, connection(world, site)) == (None, "connected")


def test_a_pairing_seen_in_part_by_who_listens_does_not_close_the_gate(world: World) -> None:
    site = world.connected_site()
    hint = Hint(ACCOUNT, site["id"], site["integration_id"])
    world.clock.advance(hours=24)
    with a_pairing_seen_in_part(world, site):
        world.synchronise([{"messageId": "m", "body": hint.body()}])
    assert world.wordpress.calls, "it was asked with the former key"
    assert (gate_of(world, site).reason, connection(world, site)) == (None, "connected")


def test_a_pairing_seen_in_part_is_not_taken_for_a_site_without_a_key(world: World) -> None:
    site = world.connected_site()
    contents, hints = queued(world, site)
    revoke(world, site)
    with a_pairing_seen_in_part(world, site):
        world.work(hints)
    assert (gate_of(world, site).reason, connection(world, site)) == (None, "connected")
    work(world, minutes=5)
    assert states(world, contents) == ["published"]


def test_who_found_no_key_does_not_close_what_a_pairing_has_just_opened(world: World) -> None:
    site = world.connected_site()
    contents, hints = queued(world, site)
    revoke(world, site)
    with after_the_site_was_read(lambda: pair_with_a_new_key(world, site)):
        world.work(hints)
    assert (gate_of(world, site).reason, connection(world, site)) == (None, "connected")
    work(world)
    assert states(world, contents) == ["published"]


def test_the_next_article_goes_with_the_key_that_was_paired_during_the_one_before(
    world: World,
) -> None:
    site = world.connected_site()
    contents, hints = queued(world, site, 3)

    def meanwhile(_: Reply) -> Reply:
        pair_with_a_new_key(world, site)
        return refusal(401, "invalid_api_key")

    world.wordpress.after.append(meanwhile)
    world.work(hints)
    assert (gate_of(world, site).reason, connection(world, site)) == (None, "connected")
    assert states(world, contents[1:]) == ["published"] * 2
    work(world, minutes=5)
    assert states(world, contents) == ["published"] * 3


LATE = {
    "serves": None,
    "our 401": refusal(401, "invalid_api_key"),
    "moved": reply(301, b"", location="https://x.example/"),
    "no bridge": reply(404, {"code": "rest_no_route", "message": "No route"}),
    "a page": reply(404, b"<html>"),
    "paused": refusal(403, "paused"),
    "a copy": refusal(403, "site_url_changed"),
    "no author": refusal(403, "author_unavailable"),
    "forbidden": reply(403, b"<html>"),
    "down": not_sent(),
    "lost": lost(),
}


@pytest.mark.parametrize("late", LATE.values(), ids=LATE)
def test_no_answer_of_before_a_pairing_says_anything_of_the_site_after_it(
    world: World, late: Reply | None
) -> None:
    site = world.connected_site()
    _, hints = queued(world, site)
    before: list[Any] = []

    def meanwhile(answer: Reply) -> Reply:
        assert world.pair(site, site["api_key"]).status == 200
        before.append(gate_of(world, site))
        return late or answer

    world.wordpress.after.append(meanwhile)
    world.work(hints)
    assert gate_of(world, site) == before[0]
    assert with_slots_free(world, site["integration_id"])
    assert connection(world, site) == "connected"


@pytest.mark.parametrize("late", LATE.values(), ids=LATE)
def test_no_answer_of_before_a_revocation_changes_what_it_closed(
    world: World, late: Reply | None
) -> None:
    site = world.connected_site()
    _, hints = queued(world, site)

    def meanwhile(answer: Reply) -> Reply:
        revoke(world, site)
        return late or answer

    world.wordpress.after.append(meanwhile)
    world.work(hints)
    gate = gate_of(world, site)
    assert (gate.reason, gate.detail) == ("auth", "The API key was revoked.")
    assert (gate.failures, gate.refusals, gate.unreadable) == (0, 0, 0)
    assert with_slots_free(world, site["integration_id"])


def test_a_key_refused_now_closes_whatever_else_was_counted_meanwhile(world: World) -> None:
    site = world.connected_site()
    contents, hints = queued(world, site, 2)

    def meanwhile(_: Reply) -> Reply:
        world.wordpress.before.append(not_sent())
        world.work([hints[1]])
        assert gate_of(world, site).failures == 1
        return refusal(401, "invalid_api_key")

    world.wordpress.after.append(meanwhile)
    world.work([hints[0]])
    assert (gate_of(world, site).reason, connection(world, site)) == ("auth", "error")
    assert states(world, contents) == ["blocked"] * 2


def test_a_slow_success_does_not_open_what_somebody_closed_meanwhile(world: World) -> None:
    site = world.connected_site()
    _, hints = queued(world, site, 2)

    def meanwhile(answer: Reply) -> Reply:
        world.wordpress.before.append(refusal(403, "paused"))
        world.work([hints[1]])
        return answer

    world.wordpress.after.append(meanwhile)
    world.work([hints[0]])
    assert gate_of(world, site).reason == "paused"


def test_a_revocation_says_that_the_site_is_not_connected_any_more(world: World) -> None:
    site = world.connected_site()
    revoke(world, site)
    assert connection(world, site) == "error"
    closed, revoked = sorted(world.events(site)[:2], key=lambda event: event["action"])
    assert (closed["action"], revoked["action"]) == (Action.GATE_CLOSED, Action.KEY_REVOKED)
    assert closed["details"] == {"reason": "auth"}
    assert closed["actor"] == revoked["actor"]
    pair_with_a_new_key(world, site)
    assert connection(world, site) == "connected"


def test_a_site_that_never_paired_stays_one_when_its_key_is_revoked(world: World) -> None:
    site = world.site()
    key = world.key(site)
    revoke(world, site)
    assert connection(world, site | key) == "pending"


@pytest.mark.parametrize("seed", range(20))
def test_workers_and_pairings_in_real_threads(world: World, seed: int) -> None:
    """Whatever comes first: once the bridge has paired, its site is open, and stays open."""
    meeting = Meeting(world.services.commit)
    world.services.commit = meeting.commit
    for part in ("worker", "pairing", "decisions"):
        getattr(world.services, part)  # made before the threads start
    site = world.connected_site()
    contents = []

    def served() -> None:
        hint = Hint(ACCOUNT, site["id"], site["integration_id"])
        world.services.worker.serve([hint], lambda: 120.0)

    def paired() -> None:
        assert world.pair(site, key).status == 200

    for _ in range(4):
        contents += queued(world, site, 3)[0]
        key = world.key(site)["api_key"]
        world.wordpress.accepted_key = key  # somebody pastes it there, and presses Connect
        acts = [served, paired, served]
        meeting.round(random.Random(seed).sample(acts, len(acts)))
        assert (gate_of(world, site).reason, connection(world, site)) == (None, "connected")
        world.clock.advance(minutes=5)
        served()
    assert states(world, contents) == ["published"] * len(contents)


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


def test_a_key_handed_over_is_another_key(world: World) -> None:
    site = world.connected_site()
    _, hints = queued(world, site)

    def meanwhile(_: Reply) -> Reply:
        key = world.key(site)["api_key"]
        world.synchronise()
        assert world.wordpress.next_key == key, "handed over"
        return refusal(401, "invalid_api_key")

    world.wordpress.after.append(meanwhile)
    world.work(hints)
    assert gate_of(world, site).reason is None
