"""How what is seen of a site moves its gate."""

from dataclasses import replace

import pytest
from igny8.admission.answers import SiteEffect
from igny8.admission.breaker import CLOSES, Breaker
from igny8.admission.model import Gate, GateReason, Slot
from igny8.core.settings import Settings

SETTINGS = Settings()
MIDDLE = Breaker(SETTINGS, lambda low, high: (low + high) / 2)
HIGH = Breaker(SETTINGS, lambda _low, high: high)
NOW = 1_768_000_000
SIX_HOURS = 21_600


def failed(gate: Gate, now: int, detail: str, breaker: Breaker = MIDDLE) -> Gate:
    return breaker.after(gate, SiteEffect.FAILS, now, detail)


def test_the_breaker_opens_at_the_third_failure_in_a_row() -> None:
    gate = Gate(7)
    for number in (1, 2):
        gate = failed(gate, NOW, "down")
        assert not gate.is_closed
        assert gate.failures == number
    gate = failed(gate, NOW + 5, "down")
    assert gate.reason is GateReason.UNREACHABLE
    assert (gate.since, gate.failing_since, gate.detail) == (NOW + 5, NOW, "down")
    assert gate.probe_at == NOW + 5 + 60


def test_each_failed_probe_waits_longer_up_to_four_minutes() -> None:
    gate, now, steps = Gate(7, failures=2), NOW, []
    for _ in range(7):
        gate = failed(gate, now, "down")
        assert gate.probe_at is not None
        steps.append((gate.probe_at - now) / 60)
        now = gate.probe_at
    assert steps == [1, 2, 4, 4, 4, 4, 4]
    assert gate.since == NOW
    assert failed(Gate(7, failures=2), NOW, "", HIGH).probe_at == NOW + 72


def test_a_failed_probe_is_over() -> None:
    probing = Gate(7, GateReason.UNREACHABLE, probe_until=NOW + 100, failures=3, openings=1)
    assert failed(probing, NOW, "").probe_until is None
    assert MIDDLE.closed(probing, GateReason.AUTH, NOW, "").probe_until is None


@pytest.mark.parametrize(
    ("reason", "seconds"), [(GateReason.AUTH, SIX_HOURS), (GateReason.MISCONFIGURED, 1800)]
)
def test_a_gate_closed_for_another_reason_keeps_it_while_the_site_is_down(
    reason: GateReason, seconds: int
) -> None:
    closed = MIDDLE.closed(Gate(7), reason, NOW, "why")
    assert (closed.reason, closed.since, closed.probe_at) == (reason, NOW, NOW + seconds)
    down = failed(closed, NOW + 9, "down")
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


def test_an_answer_that_serves_forgets_what_was_held_against_the_site() -> None:
    slots = (Slot(0, "a", NOW),)
    troubled = Gate(
        7, GateReason.AUTH, "why", NOW, NOW, failures=2, refusals=1, version=4, slots=slots
    )
    assert MIDDLE.after(troubled, SiteEffect.SERVES, NOW, "") == Gate(7, version=4, slots=slots)
    quiet = Gate(7, version=4)
    assert MIDDLE.after(quiet, SiteEffect.SERVES, NOW, "") == quiet, "nothing to write"


@pytest.mark.parametrize(
    ("effect", "reason"),
    [
        (SiteEffect.AUTH, GateReason.AUTH),
        (SiteEffect.PAUSED, GateReason.PAUSED),
        (SiteEffect.MISCONFIGURED, GateReason.MISCONFIGURED),
    ],
)
def test_what_a_person_has_to_mend_closes_at_once(effect: SiteEffect, reason: GateReason) -> None:
    assert MIDDLE.after(Gate(7), effect, NOW, "why").reason is reason


def test_the_third_refusal_in_a_row_closes() -> None:
    gate = Gate(7)
    for number in (1, 2):
        gate = MIDDLE.after(gate, SiteEffect.REFUSES, NOW, "a firewall")
        assert (gate.is_closed, gate.refusals) == (False, number)
    gate = MIDDLE.after(gate, SiteEffect.REFUSES, NOW, "a firewall")
    assert (gate.reason, gate.detail) == (GateReason.MISCONFIGURED, "a firewall")


def test_a_site_is_given_up_after_days_of_nothing_but_failures() -> None:
    down = Gate(7, GateReason.UNREACHABLE, failing_since=NOW, probe_at=NOW)
    early = replace(down, failed_at=NOW + 431_999)
    assert MIDDLE.given_up(early, NOW + 431_999) == early
    gate = replace(down, failed_at=NOW + 432_000)
    assert MIDDLE.given_up(gate, NOW + 432_000).reason is GateReason.DISABLED
    assert MIDDLE.given_up(early, NOW + 432_000) == early, "it has not failed now"
    assert MIDDLE.given_up(replace(gate, failing_since=None), NOW * 2).reason is gate.reason


DAY = 86_400


def test_a_failure_long_ago_does_not_make_days_of_failures() -> None:
    gate = failed(Gate(7), NOW, "down")
    for later in (6 * DAY, 6 * DAY + 60, 6 * DAY + 120):
        gate = failed(gate, NOW + later, "down")
        gate = MIDDLE.given_up(gate, NOW + later)
    assert gate.reason is GateReason.UNREACHABLE
    assert gate.failing_since == NOW + 6 * DAY


def test_days_of_nothing_but_failures_end_it() -> None:
    gate, now = Gate(7), NOW
    while gate.reason is not GateReason.DISABLED:
        gate = MIDDLE.given_up(failed(gate, now, "down"), now)
        now += 1800
    assert now - 1800 - NOW == SETTINGS.disable_after_seconds
    assert gate.probe_at is None


@pytest.mark.parametrize("effect", [SiteEffect.AUTH, SiteEffect.PAUSED, SiteEffect.MISCONFIGURED])
def test_a_site_that_says_what_is_wrong_has_not_been_failing_for_days(effect: SiteEffect) -> None:
    gate = failed(Gate(7), NOW, "down")
    for now in range(NOW + 60, NOW + 7 * DAY, 1800):
        gate = MIDDLE.given_up(MIDDLE.after(gate, effect, now, "why"), now)
    assert (gate.reason, gate.failing_since) == (CLOSES[effect], None)
    down = failed(gate, NOW + 7 * DAY, "down")
    assert MIDDLE.given_up(down, NOW + 7 * DAY).reason is CLOSES[effect]


@pytest.mark.parametrize(
    ("effect", "times"),
    [(SiteEffect.REFUSES, 3), (SiteEffect.UNREADABLE, 5), (SiteEffect.FAILS, 3)],
)
def test_what_is_days_apart_is_no_run(effect: SiteEffect, times: int) -> None:
    gate = Gate(7)
    for number in range(times * 2):
        gate = MIDDLE.after(gate, effect, NOW + number * 40 * DAY, "why")
    assert not gate.is_closed
    for number in range(times):
        gate = MIDDLE.after(gate, effect, NOW + 1_000 * DAY + number * (DAY - 1), "why")
    assert gate.is_closed, "within a day of one another they are"


def test_a_refusal_ends_a_run_of_failures() -> None:
    gate = failed(Gate(7), NOW, "down")
    gate = MIDDLE.after(gate, SiteEffect.REFUSES, NOW + 60, "no")
    assert (gate.failures, gate.failing_since, gate.refusals) == (0, None, 1)


def unreadable(gate: Gate, now: int = NOW) -> Gate:
    return MIDDLE.after(gate, SiteEffect.UNREADABLE, now, "unclear")


def test_answers_that_are_not_the_bridge_s_close_the_gate_after_a_few() -> None:
    gate = Gate(7)
    for number in range(1, SETTINGS.unreadable_answers):
        gate = unreadable(gate)
        assert gate.reason is not GateReason.MISCONFIGURED
        assert gate.unreadable == number
    gate = unreadable(gate)
    assert gate.reason is GateReason.MISCONFIGURED
    assert "security plugin" in str(gate.detail)


def test_a_probe_that_finds_the_bridge_does_not_forget_what_stands_before_it() -> None:
    gate = Gate(7)
    for _ in range(SETTINGS.unreadable_answers):
        gate = unreadable(gate)
    again = MIDDLE.probed(gate, NOW)
    assert not again.is_closed
    assert unreadable(again).reason is GateReason.MISCONFIGURED
    assert MIDDLE.after(again, SiteEffect.SERVES, NOW, "").unreadable == 0
    assert MIDDLE.probed(Gate(7, failures=2), NOW) == Gate(7)


def unanswered(gate: Gate, now: int = NOW) -> Gate:
    return MIDDLE.after(gate, SiteEffect.UNANSWERED, now, "no answer")


def test_what_a_probe_does_not_show_closes_the_gate_for_longer_each_time() -> None:
    gate, now, waits = Gate(7), NOW, []
    for _ in range(8):
        for number in range(SETTINGS.breaker_failures):
            assert not gate.is_closed, number
            gate = unanswered(gate, now)
        assert gate.is_closed
        assert gate.probe_at is not None
        waits.append((gate.probe_at - now) / 60)
        now = gate.probe_at
        gate = MIDDLE.probed(gate, now)
        assert gate.is_on_trial
    assert waits == [1, 30, 60, 120, 240, 360, 360, 360]
    assert gate.since == NOW, "since when, whatever was tried meanwhile"
    assert MIDDLE.after(gate, SiteEffect.SERVES, now, "") == Gate(7)


def test_pages_close_it_for_longer_each_time_too() -> None:
    gate, waits = Gate(7, unreadable=SETTINGS.unreadable_answers - 1), []
    for _ in range(6):
        gate = unreadable(gate)
        assert gate.probe_at is not None
        waits.append((gate.probe_at - NOW) / 60)
        gate = MIDDLE.probed(gate, NOW)
    assert waits == [30, 60, 120, 240, 360, 360]


def test_a_site_that_is_down_as_a_whole_is_probed_as_soon_as_ever() -> None:
    gate = Gate(7)
    for _ in range(SETTINGS.breaker_failures):
        gate = unanswered(gate)
    now, steps = NOW, []
    for _ in range(6):
        gate = failed(gate, now, "down")
        assert gate.probe_at is not None
        steps.append((gate.probe_at - now) / 60)
        now = gate.probe_at
    assert max(steps) == 4
