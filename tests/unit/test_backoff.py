"""Waits of one publication, and the breaker of a site."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from igny8.core.http import Fate
from igny8.core.settings import Settings
from igny8.integrations.model import Gate, GateReason, Slot
from igny8.publishing.answers import Pause
from igny8.publishing.backoff import Waits
from igny8.wordpress.answer import Answer

SETTINGS = Settings()
MIDDLE = Waits(SETTINGS, lambda low, high: (low + high) / 2)
LOW = Waits(SETTINGS, lambda low, _high: low)
HIGH = Waits(SETTINGS, lambda _low, high: high)
NOW = 1_768_000_000
SIX_HOURS = 21_600


def answer(retry_after: int | None) -> Answer:
    return Answer(Fate.ANSWERED, retry_after=retry_after)


@pytest.mark.parametrize(
    ("attempt", "least", "middle", "most"),
    [(0, 48, 60, 72), (1, 48, 60, 72), (2, 96, 120, 144), (3, 192, 240, 288), (4, 384, 480, 576)],
)
def test_retries_wait_a_minute_then_twice_as_long_each_with_jitter(
    attempt: int, least: int, middle: int, most: int
) -> None:
    waits = [waits.backoff(attempt) for waits in (LOW, MIDDLE, HIGH)]
    assert waits == [least, middle, most]
    assert MIDDLE.pause(Pause.BACKOFF, answer(5), attempt) == middle


def test_the_jitter_is_really_drawn() -> None:
    waits = {Waits(SETTINGS).backoff(1) for _ in range(200)}
    assert len(waits) > 5
    assert 48 <= min(waits) < 60 < max(waits) <= 72


@given(st.integers(0, 10_000))
def test_no_retry_waits_longer_than_six_hours(attempt: int) -> None:
    assert 48 <= MIDDLE.backoff(attempt) <= SIX_HOURS


@pytest.mark.parametrize(
    ("pause", "asked", "seconds"),
    [
        (Pause.THROTTLE, None, 60),
        (Pause.THROTTLE, 0, 60),
        (Pause.THROTTLE, 59, 60),
        (Pause.THROTTLE, 600, 600),
        (Pause.THROTTLE, 999_999_999, SIX_HOURS),
        (Pause.RETRY_AFTER, None, 30),
        (Pause.RETRY_AFTER, 0, 1),
        (Pause.RETRY_AFTER, 7, 7),
        (Pause.RETRY_AFTER, 10**9, SIX_HOURS),
        (Pause.LOCKED, 7, 300),
        (Pause.NONE, 7, 0),
    ],
)
def test_pauses_that_a_site_asks_for(pause: Pause, asked: int | None, seconds: int) -> None:
    assert MIDDLE.pause(pause, answer(asked), 1) == seconds


def test_the_breaker_opens_at_the_third_failure_in_a_row() -> None:
    gate = Gate(7)
    for number in (1, 2):
        gate = MIDDLE.after_site_failure(gate, NOW, "down")
        assert not gate.is_closed
        assert gate.failures == number
    gate = MIDDLE.after_site_failure(gate, NOW + 5, "down")
    assert gate.reason is GateReason.UNREACHABLE
    assert (gate.since, gate.failing_since, gate.detail) == (NOW + 5, NOW, "down")
    assert gate.probe_at == NOW + 5 + 60


def test_each_failed_probe_waits_longer_up_to_half_an_hour() -> None:
    gate, now, steps = Gate(7, failures=2), NOW, []
    for _ in range(7):
        gate = MIDDLE.after_site_failure(gate, now, "down")
        assert gate.probe_at is not None
        steps.append((gate.probe_at - now) / 60)
        now = gate.probe_at
    assert steps == [1, 2, 5, 15, 30, 30, 30]
    assert gate.since == NOW
    assert HIGH.after_site_failure(Gate(7, failures=2), NOW, "").probe_at == NOW + 72


def test_a_failed_probe_is_over() -> None:
    probing = Gate(7, GateReason.UNREACHABLE, probe_until=NOW + 100, failures=3, openings=1)
    assert MIDDLE.after_site_failure(probing, NOW, "").probe_until is None
    assert MIDDLE.closed(probing, GateReason.AUTH, NOW, "").probe_until is None


@pytest.mark.parametrize(
    ("reason", "seconds"), [(GateReason.AUTH, SIX_HOURS), (GateReason.MISCONFIGURED, 1800)]
)
def test_a_gate_closed_for_another_reason_keeps_it_while_the_site_is_down(
    reason: GateReason, seconds: int
) -> None:
    closed = MIDDLE.closed(Gate(7), reason, NOW, "why")
    assert (closed.reason, closed.since, closed.probe_at) == (reason, NOW, NOW + seconds)
    down = MIDDLE.after_site_failure(closed, NOW + 9, "down")
    assert (down.reason, down.detail, down.probe_at) == (reason, "why", NOW + 9 + seconds)
    again = MIDDLE.closed(closed, reason, NOW + 50, "why now")
    assert (again.since, again.detail) == (NOW, "why now")


def test_gates_say_when_they_may_be_probed_and_which_slot_is_free() -> None:
    gate = Gate(7, GateReason.AUTH, probe_at=NOW, probe_until=NOW + 50)
    assert not gate.may_probe(NOW - 1)
    assert not gate.may_probe(NOW + 49)
    assert gate.may_probe(NOW + 50)
    assert not Gate(7, GateReason.DISABLED).may_probe(NOW)
    slots = (Slot(0, "a", NOW + 1), Slot(1, "b", NOW))
    assert Gate(7, slots=slots).free_slot(NOW) is slots[1]
    assert Gate(7, slots=slots).free_slot(NOW - 1) is None
    assert not Gate(7).is_troubled
    assert Gate(7, failures=1).is_troubled
