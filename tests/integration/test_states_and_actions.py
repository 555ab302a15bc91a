"""docs/states-and-actions.md, cell by cell: each state truly reached, each action truly done.

Beside what the table says, three promises hold in every cell, at once and after hours: there are
never two posts that nobody asked for, no post is forgotten, nothing of a person's is written over.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.actions import ACTIONS, Act
from tests.support.aws import aws_resources, forget_rows
from tests.support.case import Backend, Case, case
from tests.support.kept import Kept
from tests.support.states import STATES
from tests.support.world import Response, World, world_on

TABLE = Path(__file__).parents[2] / "docs" / "states-and-actions.md"
FIXED = ("state", "shown as", "there")
HOURS = (3, 31, 31, 361, 31, 361)  # minutes: waits, the breaker's steps, a rejected key's


def table() -> dict[str, dict[str, str]]:
    """The document's cells, by state and then by column, from all of its parts."""
    cells: dict[str, dict[str, str]] = {}
    names: list[str] = []
    for line in TABLE.read_text().splitlines():
        if not line.startswith("|"):
            names = []
            continue
        row = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not names:
            names = row
        elif not line.startswith("|-"):
            cells.setdefault(row[0], {}).update(zip(names, row, strict=True))
    return cells


CELLS = table()


@pytest.mark.parametrize("name", STATES)
def test_each_action_in_each_state(name: str) -> None:
    expected = dict(CELLS[name])
    found = {"state": name}
    stood = set()
    broken: list[str] = []
    with case() as reached:
        STATES[name](reached)
        kept = Kept(reached)
    for action, act in ACTIONS.items():
        with kept.again() as one:
            before, cell, promises = tried(one, act)
        stood.add(before)
        found |= dict(zip(FIXED[1:], before, strict=True)) | {action: cell}
        broken += [f"{action}: {one}" for one in promises]
    assert not broken
    assert found == expected
    assert len(stood) == 1, "what one action did is there no more when the next begins"


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Backend]:
    with aws_resources() as made:

        @contextmanager
        def emptied() -> Iterator[World]:
            forget_rows()
            with world_on(made) as world:
                yield world

        yield emptied


@pytest.mark.parametrize("name", STATES)
def test_a_click_in_each_state_on_dynamodb(dynamodb: Backend, name: str) -> None:
    """The same rows in tables of the real kind: every state is written, one decision in each."""
    with case(dynamodb) as one:
        STATES[name](one)
        _, cell, broken = tried(one, ACTIONS["click"])
    assert not broken
    assert cell == CELLS[name]["click"]


def test_the_table_is_whole() -> None:
    assert CELLS.keys() == STATES.keys()
    for row in CELLS.values():
        assert row.keys() == {*FIXED, *ACTIONS}


def tried(one: Case, act: Act) -> tuple[tuple[str, str], str, list[str]]:
    """How the case stood, the cell as the table spells it, and the promises that were broken."""
    before = (one.state, one.holds)
    answer = act(one)
    if answer is None and act is not ACTIONS["time"]:
        return before, "–", []
    state = one.state
    broken = promises_broken(one, answer)
    one.wordpress.heal()
    for minutes in HOURS:
        one.work(minutes=minutes)
    after = one.state if one.state == state else f"{state} → {one.state}"
    cell = f"{said(answer)}{after}, {one.holds}"
    return before, cell, broken + promises_broken(one, answer) + is_forgotten(one)


def said(answer: Response | None) -> str:
    if answer is None:
        return ""
    return f"{answer.status} {answer.code}; " if answer.status >= 400 else f"{answer.status}; "


def promises_broken(case: Case, answer: Response | None) -> list[str]:
    broken = list(case.wordpress.trampled)
    if case.wordpress.made[case.id] > 1 + case.asked_again:
        broken.append("made twice")
    if case.holds.count(" and ") and not case.asked_again:
        broken.append(f"in two places: {case.holds}")
    clicked = answer is not None and answer.status == 202
    if clicked and case.state == "published" and "older" in case.holds and not case.asked_again:
        broken.append("said to be published, and is not")
    if case.state == "published" and (case.holds == "none" or "trash" in case.holds):
        told = answer is not None and answer.status < 400
        broken += [f"said to be published, and is {case.holds}"] if told else []
    return broken


def is_forgotten(case: Case) -> list[str]:
    """Whether a post that is there can be let go of without a word about it."""
    found = case.world.call("GET", case.path)
    if case.holds == "none" or found.status == 404:
        return []
    forgotten = []
    visible = not any(word in case.holds for word in (" in draft", " in trash"))
    if found.data["status"] == "published" and visible:
        left = case.world.call("PATCH", case.path, {"status": "draft"})
        forgotten += [] if left.status == 409 else ["left published with its post"]
    deleted = case.world.call("DELETE", case.path)
    return forgotten + ([] if deleted.status == 409 else ["deleted without its post"])
