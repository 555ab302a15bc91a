"""Waits of one publication."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from igny8.core.http import Fate
from igny8.core.settings import Settings
from igny8.publishing.answers import Pause
from igny8.publishing.backoff import Waits
from igny8.wordpress.response import BridgeResponse

SETTINGS = Settings()
MIDDLE = Waits(SETTINGS, lambda low, high: (low + high) / 2)
LOW = Waits(SETTINGS, lambda low, _high: low)
HIGH = Waits(SETTINGS, lambda _low, high: high)
NOW = 1_768_000_000
SIX_HOURS = 21_600


def answer(retry_after: int | None) -> BridgeResponse:
    return BridgeResponse(Fate.ANSWERED, retry_after=retry_after)


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
