"""Places at a site: what a worker holds, and what it leaves behind for the next."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from igny8.admission.answers import SiteEffect
from igny8.admission.slots import Lesson
from igny8.admission.visits import NotServable, Visit
from igny8.core.clock import epoch
from igny8.core.queue import Hint
from igny8.core.rows import ConditionLost
from igny8.journal.model import WORKER

from tests.support.world import ACCOUNT, World, world_in_memory

SERVES = Lesson(effect=SiteEffect.SERVES, message="")
FAILS = Lesson(effect=SiteEffect.FAILS, message="The site cannot be reached.")


class NoHints:
    def send(self, _hint: Hint, *, delay_seconds: int = 0) -> None:
        assert delay_seconds == 0


@pytest.fixture
def world() -> Iterator[World]:
    with world_in_memory() as made:
        made.services.hints = NoHints()  # type: ignore[assignment]
        yield made


@pytest.fixture
def visit(world: World) -> Visit:
    site = world.connected_site()
    hint = Hint(ACCOUNT, site["id"], site["integration_id"])
    return world.services.visits.begin(hint, actor=WORKER)


def taken(world: World, visit: Visit, owner: str = "w", seconds: int = 60) -> Any:
    until = epoch(world.clock.now()) + seconds
    held, taking = world.services.slots.take(visit, owner=owner, until=until)
    world.services.commit([taking])
    return held


def now(world: World, visit: Visit) -> Any:
    return world.services.gate_store.get(visit.integration.id)


@pytest.mark.parametrize("lesson", [SERVES, FAILS], ids=["nothing new", "a failure"])
def test_the_gate_that_is_left_is_the_one_that_is_stored(
    world: World, visit: Visit, lesson: Lesson
) -> None:
    held = taken(world, visit)
    assert not now(world, visit).slots[held.number].is_free(epoch(world.clock.now()))
    leaving = world.services.slots.leave(held, lesson, actor=WORKER)
    world.services.commit(leaving.writes)
    assert leaving.gate == now(world, visit)
    assert leaving.gate.failures == int(lesson is FAILS)
    assert leaving.gate.version == visit.gate.version + int(lesson is FAILS)
    taken(world, replace(visit, gate=leaving.gate))  # so the next article needs no other look


def test_a_slot_that_has_become_anothers_is_left_to_it(world: World, visit: Visit) -> None:
    held = taken(world, visit, "slow", seconds=60)
    world.clock.advance(seconds=61)
    again = replace(visit, gate=now(world, visit))
    other = taken(world, again, "other")
    assert other.number == held.number
    slots, commit = world.services.slots, world.services.commit
    with pytest.raises(ConditionLost) as lost:
        commit(slots.leave(held, FAILS, actor=WORKER).writes)
    held = held.looked_at(lost.value.rows)
    commit(slots.leave(held, FAILS, actor=WORKER).writes)
    gate = now(world, visit)
    assert (gate.failures, gate.slots[other.number].owner) == (1, "other")
    assert slots.leave(held.looked_at({"gate": gate}), replace(FAILS, effect=SiteEffect.SERVES),
                       actor=WORKER).writes == []  # fmt: skip


def test_what_was_lost_elsewhere_says_nothing_of_the_slot(world: World, visit: Visit) -> None:
    held = taken(world, visit)
    assert held.looked_at({"publication": None}) is held
    gone = held.looked_at({"gate": None})
    assert (gone.is_ours, gone.seen.slots) == (False, ())


def test_a_full_site_takes_nobody(world: World, visit: Visit) -> None:
    for number in range(world.services.settings.slots_per_site):
        taken(world, replace(visit, gate=now(world, visit)), f"w{number}")
    full = replace(visit, gate=now(world, visit))
    with pytest.raises(NotServable):
        world.services.slots.free(full)
    with pytest.raises(NotServable):
        taken(world, full)


def test_who_looked_again_knows_that_its_slot_is_free_afterwards(
    world: World, visit: Visit
) -> None:
    held = taken(world, visit)
    gate = now(world, visit)
    gates, commit = world.services.gate_store, world.services.commit
    commit([gates.change(gate, replace(gate, refusals=1))])
    held = held.looked_at({"gate": now(world, visit)})
    leaving = world.services.slots.leave(held, FAILS, actor=WORKER)
    commit(leaving.writes)
    assert leaving.gate == now(world, visit)
    assert all(slot.is_free(0) for slot in leaving.gate.slots)
