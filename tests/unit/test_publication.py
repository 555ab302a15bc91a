"""Transitions of a publication."""

import json
from dataclasses import replace
from typing import Any

import pytest
from igny8.publishing.facts import applied
from igny8.publishing.model import (
    IN_FLIGHT_STATES,
    Doubt,
    LastError,
    Publication,
    PublishState,
    new_publication,
)

NOW = 1_768_000_000
FIRST = new_publication(
    account_id=1,
    site_id=2,
    integration_id=3,
    content_id=4,
    content_rev=5,
    post_status="publish",
    now=NOW,
)
FOLLOWED_LATER = sorted(set(PublishState) - IN_FLIGHT_STATES)


def test_the_first_intent_is_due_at_once() -> None:
    assert (FIRST.intent, FIRST.applied_intent, FIRST.state) == (1, 0, PublishState.QUEUED)
    assert FIRST.is_due(NOW)
    assert not FIRST.is_due(NOW - 1)
    assert FIRST.wake_at == NOW
    assert FIRST.operation_id == "4-3-1"
    assert not FIRST.is_update


@pytest.mark.parametrize("state", FOLLOWED_LATER)
def test_a_new_intent_starts_afresh(state: PublishState) -> None:
    before = replace(
        FIRST, state=state, attempt=2, hints=3, due_at=None, wake_at=None, reason="r",
        last_error=LastError("k", "m"), doubt=Doubt("4-3-1", 1, NOW), applied_intent=1,
    )  # fmt: skip
    after = before.decided(6, "draft", NOW + 9, recreate=True)
    assert (after.intent, after.content_rev, after.post_status) == (2, 6, "draft")
    assert (after.state, after.attempt, after.hints) == (PublishState.QUEUED, 0, 0)
    assert (after.due_at, after.wake_at) == (NOW + 9, NOW + 9)
    assert (after.reason, after.last_error, after.recreate) == (None, None, True)
    assert after.doubt == before.doubt, "a doubt survives until WordPress has answered"
    assert after.version == before.version + 1
    assert after.operation_id == "4-3-2"
    assert after.is_update


@pytest.mark.parametrize(
    ("known", "seen"),
    [
        ({"external_id": "9", "wordpress_status": "publish"}, "publish"),
        ({"external_id": "9", "wordpress_status": "trash", "state": PublishState.GONE}, "trash"),
        ({"external_id": "9", "wordpress_status": "deleted"}, None),
        ({"wordpress_status": "publish"}, None),
    ],
)
def test_who_recreates_has_seen_the_status_of_what_is_there(
    known: dict[str, Any], seen: str | None
) -> None:
    after = replace(FIRST, **known).decided(6, "publish", NOW + 9, recreate=True)
    assert (after.recreate, after.base_status) == (True, seen)


@pytest.mark.parametrize("state", sorted(IN_FLIGHT_STATES))
def test_a_new_intent_leaves_the_one_in_flight_alone(state: PublishState) -> None:
    before = replace(
        FIRST, state=state, attempt=2, due_at=NOW + 60, wake_at=NOW + 70, reason="r",
        lease_owner="w", lease_until=NOW + 150, doubt=Doubt("4-3-1", 1, NOW),
    )  # fmt: skip
    after = before.decided(6, "publish", NOW)
    same = {
        "state",
        "due_at",
        "wake_at",
        "reason",
        "lease_owner",
        "lease_until",
        "doubt",
    }
    assert {name: getattr(after, name) for name in same} == {
        name: getattr(before, name) for name in same
    }
    assert (after.intent, after.content_rev, after.version) == (2, 6, before.version + 1)
    assert after.attempt == 0  # nobody has tried the new one yet


def test_taking_leases_it_and_puts_it_in_doubt_from_that_moment() -> None:
    taken = FIRST.taken("w1", NOW, 150)
    assert taken.state is PublishState.SENDING
    assert (taken.lease_owner, taken.lease_until) == ("w1", NOW + 150)
    assert taken.doubt == Doubt("4-3-1", 1, NOW, "publish", NOW)
    assert (taken.due_at, taken.wake_at) == (NOW + 150, NOW + 150), "the sweep finds a dead worker"
    assert not taken.is_due(NOW + 149)
    assert taken.is_due(NOW + 150)


def test_a_lease_keeps_others_away_even_where_it_is_due() -> None:
    assert not replace(FIRST.taken("w1", NOW, 150), due_at=NOW).is_due(NOW + 149)


def test_at_rest_is_off_the_indexes_and_later_is_on_them() -> None:
    taken = FIRST.taken("w1", NOW, 150)
    rest = taken.at_rest(PublishState.PUBLISHED, doubt=None)
    assert (rest.due_at, rest.wake_at, rest.lease_owner, rest.lease_until) == (None,) * 4
    assert not rest.is_due(NOW * 2)
    later = taken.later(PublishState.WAITING, NOW + 60, attempt=1)
    assert (later.due_at, later.wake_at, later.lease_owner, later.attempt) == (
        NOW + 60, NOW + 60, None, 1,
    )  # fmt: skip
    assert later.doubt == taken.doubt


def facts(**data: Any) -> dict[str, Any]:
    before = replace(FIRST, external_id=8, external_url="https://old.example/")
    return applied(before, data, 1, "2026-01-10T12:00:00.000Z")


def test_what_wordpress_has_is_written_down() -> None:
    said = facts(
        rev=3, post_id=9, post_url="https://e.example/p", post_status="draft", fingerprint="f",
        warnings=["w"], altered=["title"],
    )  # fmt: skip
    assert said["applied_intent"] == 3
    assert (said["external_id"], said["external_url"]) == (9, "https://e.example/p")
    assert (said["wordpress_status"], said["fingerprint"]) == ("draft", "f")
    assert (said["warnings"], said["altered"]) == (["w"], ["title"])
    assert (said["last_error"], said["reason"], said["attempt"]) == (None, None, 0)
    assert said["recreate"] is False


@pytest.mark.parametrize("bad", [None, "7", True, -1, 0, 1.5, [], {}, 10**40])
def test_what_makes_no_sense_is_not_written_down(bad: Any) -> None:
    said = facts(rev=bad, post_id=bad)
    assert said["applied_intent"] == 1
    assert said["external_id"] == 8
    said = facts(post_url=7, post_status=bad if not isinstance(bad, str) else None, fingerprint=7,
                 warnings="w", altered={"a": 1})  # fmt: skip
    assert said["external_url"] == "https://old.example/"
    assert (said["wordpress_status"], said["fingerprint"]) == (None, None)
    assert (said["warnings"], said["altered"]) == ([], [])


def test_a_site_cannot_outgrow_the_row() -> None:
    said = facts(
        post_url="u" * 9999, post_status="s" * 999, fingerprint="f" * 9999,
        warnings=["x" * 5000, {"a": ["y" * 5000]}, "short", *["w"] * 100],
        altered=["z" * 900] * 100,
    )  # fmt: skip
    assert "short" in said["warnings"]
    assert len(json.dumps(said)) < 60_000


def test_every_documented_state_is_there() -> None:
    assert {str(state) for state in PublishState} == {
        "queued", "sending", "unknown", "waiting", "conflict", "gone", "published", "unpublished",
        "failed", "cancelled",
    }  # fmt: skip
    assert isinstance(FIRST, Publication)
