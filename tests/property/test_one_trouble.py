"""Each single trouble once, on its own: no search needed, so none can be missed."""

from collections.abc import Iterator
from typing import Any

import pytest
from igny8.publishing.model import PublishState

from tests.property import truths
from tests.property.chaos import FAULTS, STEPS
from tests.property.test_publishing import Publishing


@pytest.fixture(scope="module")
def machine() -> Iterator[Publishing]:
    """One connected site for all of this file; every test has its own content."""
    made = Publishing()
    made.connected_site_with_content()
    yield made
    made.rig.close()


def fresh(machine: Publishing) -> Any:
    machine.rig.contents.clear()  # what earlier tests left at rest need not be looked at again
    machine.rig.accepted.clear()
    machine.rig.create(0)
    content = machine.rig.contents[0]
    assert machine.rig.click(content) == 202
    machine.rig.mailbox.waiting.clear()
    return content


def ends_published(machine: Publishing, content: Any, *, inserts: int = 1) -> None:
    """Once all is well again, the newest text is there, in one post."""
    rig = machine.rig
    truths.hold(machine.rig)
    rig.heal()
    rig.drain()
    truths.hold(machine.rig)
    row = rig.rows()[content["id"]]
    if row.state is PublishState.FAILED:
        assert rig.click(content) == 202
        rig.drain()
        row = rig.rows()[content["id"]]
    assert row.state is PublishState.PUBLISHED
    assert row.content_rev == max(rig.texts[content["id"]])
    assert rig.wordpress.inserted[content["id"]] == inserts
    truths.hold(machine.rig)


@pytest.mark.parametrize("killing", [True, False], ids=["killed", "failed"])
@pytest.mark.parametrize("step", STEPS)
def test_a_worker_that_breaks_at_any_step(machine: Publishing, step: str, killing: bool) -> None:
    content = fresh(machine)
    machine.rig.sabotage.arm(step, killing=killing)
    machine.rig.duplicate(content)
    ends_published(machine, content)


@pytest.mark.parametrize("name", FAULTS)
def test_a_site_that_misbehaves_in_any_way(machine: Publishing, name: str) -> None:
    content = fresh(machine)
    machine.rig.wordpress.faults.append(FAULTS[name])
    machine.rig.duplicate(content)
    assert machine.rig.wordpress.faults == []
    ends_published(machine, content)


@pytest.mark.parametrize("name", [None, "applied, answer lost", "lost, applied later", "429"])
@pytest.mark.parametrize("what", ["duplicate", "click", "frozen"])
def test_what_happens_while_it_is_being_sent(
    machine: Publishing, what: str, name: str | None
) -> None:
    content = fresh(machine)
    machine.rig.wordpress.faults += [FAULTS[name]] if name else []
    machine.rig.wordpress.meanwhile.append(lambda: machine.meanwhile(content, what))
    machine.rig.duplicate(content)
    assert machine.rig.wordpress.meanwhile == []
    ends_published(machine, content)


def test_a_worker_that_comes_back_late_changes_nothing(machine: Publishing) -> None:
    content = fresh(machine)
    machine.rig.wordpress.faults.append(FAULTS["applied, answer lost"])
    machine.rig.wordpress.meanwhile.append(machine.rig.frozen)
    machine.rig.duplicate(content)
    row = machine.rig.rows()[content["id"]]
    assert row.state is PublishState.PUBLISHED, "the one that took over has asked WordPress"
    ends_published(machine, content)


def test_a_post_deleted_by_a_person_comes_back_only_on_purpose(machine: Publishing) -> None:
    rig = machine.rig
    content = fresh(machine)
    rig.duplicate(content)
    rig.delete_post(content)
    rig.edit(content)
    assert rig.click(content) == 202
    rig.duplicate(content)
    assert rig.rows()[content["id"]].state is PublishState.GONE
    assert rig.click(content) == 409
    assert rig.wordpress.inserted[content["id"]] == 1
    assert rig.click(content, recreate=True) == 202
    ends_published(machine, content, inserts=2)


def test_no_message_at_all_is_needed(machine: Publishing) -> None:
    content = fresh(machine)
    machine.rig.sweep()
    machine.rig.serve(machine.rig.mailbox.take())
    assert machine.rig.rows()[content["id"]].state is PublishState.PUBLISHED
