from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from igny8.core.ids import MAX_ID, IdSource

from tests.support.clock import FrozenClock

LAST_MOMENT = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(milliseconds=2**41 - 1)


def test_an_id_is_the_time_and_then_chance() -> None:
    clock = FrozenClock(datetime(2024, 1, 1, 0, 0, 1, tzinfo=UTC))
    assert IdSource(clock, lambda bits: 2**bits - 1).next() == (1000 << 12) | 4095


def test_ids_rise_even_while_the_clock_stands_still_or_goes_back() -> None:
    clock = FrozenClock()
    ids = IdSource(clock, lambda _bits: 7)
    drawn = [ids.next() for _ in range(3)]
    clock.advance(seconds=-5)
    drawn.append(ids.next())
    clock.advance(seconds=10)
    drawn.append(ids.next())
    assert drawn == sorted(set(drawn))
    assert drawn[1] == drawn[0] + 1
    assert drawn[4] - drawn[3] > 4000 << 12


@given(st.integers(0, 2**41 - 1), st.integers(1, 50))
def test_ids_are_ordered_by_time(milliseconds: int, later: int) -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    first = IdSource(FrozenClock(start), lambda bits: 2**bits - 1).next()
    second = IdSource(FrozenClock(start + timedelta(milliseconds=later)), lambda _bits: 0).next()
    assert first < second


def test_javascript_and_php_keep_ids_exact_for_decades() -> None:
    clock = FrozenClock(LAST_MOMENT)
    assert IdSource(clock, lambda bits: 2**bits - 1).next() == MAX_ID == 2**53 - 1
    assert LAST_MOMENT.year >= 2090


def test_the_chance_comes_from_the_system() -> None:
    drawn = {IdSource(FrozenClock()).next() & 4095 for _ in range(64)}
    assert len(drawn) > 32
