"""Updates of single fields while people are at work, and by runs that die in the middle."""

import os
import signal
from typing import Any

import pytest

from .conftest import Bridge
from .test_guard import OLD, facts, open_editor, set_tags
from .test_people import EDIT, WORDS
from .test_single_fields import done, only, sent
from .test_takeover import killed, let_time_pass, start, stopped, wake

STEPS = ["claimed", "fetched", "named", "attached"]
NEW = {"tags": ["new"], "seo_title": "seo new"}
MOST_WRITES = 60


def carried_out(found: dict[str, Any], old: dict[str, Any]) -> bool:
    """Whether just the tags and the SEO title are new, and somebody's text is there."""
    marks = ("_igny8_rev", "_igny8_operation_id")
    wanted = {**old, "1": WORDS, "post_tag": ["new"], "_igny8_seo_title": ["seo new"]}
    return {**found, **dict.fromkeys(marks)} == {**wanted, **dict.fromkeys(marks)}


@pytest.mark.parametrize("step", STEPS)
def test_a_text_that_is_saved_while_tags_are_published_is_no_conflict(bridge: Bridge, step: str):
    first = bridge.published(title="First", **OLD)
    old = facts(bridge, first["post_id"])
    slow = stopped(bridge, only(first, **NEW), "step", step)
    try:
        bridge.php(EDIT % first["post_id"])
    finally:
        status, answer = wake(slow)
    assert status == 200, answer
    assert carried_out(facts(bridge, first["post_id"]), old)
    assert answer["data"]["moved"] == ["body"]
    assert answer["data"]["warnings"] == []


@pytest.mark.parametrize("step", STEPS)
def test_what_is_saved_of_the_same_at_that_moment_is_one(bridge: Bridge, step: str):
    first = bridge.published(title="First", **OLD)
    old = facts(bridge, first["post_id"])
    slow = stopped(bridge, only(first, **NEW), "step", step)
    try:
        set_tags(bridge, first["post_id"], "theirs")
    finally:
        status, answer = wake(slow)
    assert (status, answer["error"]["code"]) == (409, "conflict"), answer
    assert answer["data"]["groups"] == ["terms"]
    assert facts(bridge, first["post_id"]) == {**old, "post_tag": ["theirs"]}


def test_a_text_that_is_open_in_the_editor_is_still_left_alone(bridge: Bridge):
    first = bridge.published(title="First", **OLD)
    old = facts(bridge, first["post_id"])
    slow = stopped(bridge, only(first, **NEW), "step", "attached")
    try:
        open_editor(bridge, first["post_id"])
    finally:
        status, answer = wake(slow)
    assert (status, answer["error"]["code"]) == (423, "locked"), answer
    assert facts(bridge, first["post_id"]) == old


@pytest.mark.parametrize("step", [*STEPS, "flipped"])
def test_what_another_intent_has_half_written_is_put_back(bridge: Bridge, step: str):
    """The next one need not name it: by what the backend knows, it never was."""
    first = bridge.published(title="First", **OLD)
    old = facts(bridge, first["post_id"])
    assert killed(bridge, only(first, **NEW, title="Second"), "step", step)
    let_time_pass(bridge)
    third = done(bridge, only(first, 3, excerpt="New"))
    found = facts(bridge, first["post_id"])
    if step == "flipped":
        # Its text was whole, and nobody has heard of it.
        assert (found["0"], found["post_tag"]) == ("Second", ["new"])
        assert third["moved"] == ["title", "terms", "seo"]
    else:
        ids = ("_igny8_rev", "_igny8_operation_id")
        assert {**found, **dict.fromkeys(ids)} == {**old, **dict.fromkeys(ids)}
        assert third["moved"] == []


@pytest.mark.parametrize("step", ["named", "flipped"])
def test_what_a_dead_run_left_to_a_person_is_not_its_own_doing(bridge: Bridge, step: str):
    """Whoever comes after it may write over what it has written, and over nothing else."""
    first = bridge.published(title="First", **OLD)
    set_tags(bridge, first["post_id"], "theirs")
    assert killed(bridge, only(first, title="Second"), "step", step)
    let_time_pass(bridge)
    for fields in ({"tags": ["new"]}, {"tags": ["new"], "title": "Third"}):
        answer = sent(bridge, only(first, 3, **fields))
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
        assert answer.json()["data"]["groups"] == ["terms"]
    assert facts(bridge, first["post_id"])["post_tag"] == ["theirs"]
    third = done(bridge, only(first, 3, title="Third"))
    assert third["moved"] == ["terms"]
    assert facts(bridge, first["post_id"])["0"] == "Third"


def test_killed_at_any_write_it_goes_on_where_it_was_and_leaves_the_rest_alone(maria: Bridge):
    """With somebody's text on both sides of its death, of which nothing is known here."""
    for number in range(1, MOST_WRITES, 3):
        first = maria.published(title="First", **OLD)
        old = facts(maria, first["post_id"])
        payload = only(first, **NEW)
        was_killed = killed(maria, payload, "write", str(number))
        maria.php(EDIT % first["post_id"])
        let_time_pass(maria)
        done(maria, payload)
        assert carried_out(facts(maria, first["post_id"]), old), number
        if not was_killed:
            assert number > 20
            return
    raise AssertionError("it never came to an end")


def test_frozen_at_any_write_while_somebody_saves_both_are_there(maria: Bridge):
    for number in range(1, MOST_WRITES, 3):
        first = maria.published(title="First", **OLD)
        old = facts(maria, first["post_id"])
        slow = start(maria, only(first, **NEW), "stop", "write", str(number))
        _, ended = os.waitpid(slow.pid, os.WUNTRACED)
        if not os.WIFSTOPPED(ended):
            slow.returncode = os.waitstatus_to_exitcode(ended)
            slow.communicate()
            assert number > 20
            return
        try:
            maria.php(EDIT % first["post_id"])
        finally:
            os.kill(slow.pid, signal.SIGCONT)
            slow.communicate(timeout=60)
        assert carried_out(facts(maria, first["post_id"]), old), number
        # Whatever was known of it when the answer was made, nothing is written over those words.
        there = maria.content(first["content_id"]).json()["data"]
        over = only(first, 3, title="Third", content_html="<p>Third.</p>")
        over["base_fingerprint"] = None
        assert sent(maria, over).status_code == 409, there
    raise AssertionError("it never came to an end")
