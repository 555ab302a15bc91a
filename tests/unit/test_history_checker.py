"""The checker of histories sees each wrong that it is there for, and nothing in what is right."""

from dataclasses import replace

import pytest

from tests.support.history import CANCELLED, DOWN, History, Read, Site, Write, problems

RIGHT = [
    Write(1, 7, "a", 0, 1, "ok"),
    Write(2, 7, "b", 2, 5, "ok"),
    Write(3, 7, "c", 3, 4, "ok"),
    Write(4, 7, "x", 6, 7, "fail"),
]
ALL = ("a", "b", "c")


def judged(
    writes: list[Write],
    live: str = "b",
    *,
    applied: tuple[str, ...] = ("a", "c", "b"),
    decided: tuple[str, ...] = ALL,
    made: int = 1,
    events: tuple[tuple[str, str], ...] = (("7-1-1", "Published "), ("7-1-1", "Queued ")),
    reads: tuple[Read, ...] = (),
) -> list[str]:
    history = History(writes, list(reads))
    return problems(history, Site({7: applied}, {7: made}, {7: live}, {7: decided}), events)


@pytest.mark.parametrize("live", ["b", "c"])
def test_of_two_at_once_either_may_be_the_last(live: str) -> None:
    assert judged(RIGHT, live) == []


def test_what_nobody_heard_of_may_have_been_done_or_not() -> None:
    unheard = [*RIGHT, Write(5, 7, "i", 1, kind="info")]
    assert judged(unheard) == []
    assert judged(unheard, "i", applied=("a", "b", "i"), decided=(*ALL, "i")) == []


def test_what_was_taken_down_last_is_down() -> None:
    writes = [*RIGHT, Write(1, 7, DOWN, 8, 9, "ok")]
    assert judged(writes, DOWN) == []
    assert judged(writes) == ["b is live of 7, and is nobody's last word"]


def test_a_stale_text_at_the_end() -> None:
    assert judged(RIGHT, "a") == ["a is live of 7, and is nobody's last word"]


def test_nothing_at_the_end() -> None:
    assert judged(RIGHT, DOWN) == ["down is live of 7, and is nobody's last word"]


def test_a_lost_click() -> None:
    assert judged(RIGHT, decided=("a", "b")) == ["c was answered ok and decided 0 times"]


def test_a_click_that_counts_twice() -> None:
    assert judged(RIGHT, decided=(*ALL, "c")) == ["c was answered ok and decided 2 times"]


def test_a_click_that_was_refused_and_done() -> None:
    assert judged(RIGHT, decided=(*ALL, "x")) == ["x was answered fail and decided 1 times"]


def test_an_older_text_after_a_newer_one() -> None:
    found = judged(RIGHT, applied=("b", "a", "c", "b"))
    assert found == ["a went out after b, which is newer"]


def test_a_text_of_nobody() -> None:
    assert judged(RIGHT, applied=("a", "x", "b")) == ["nobody asked for x"]


def test_a_second_post() -> None:
    assert judged(RIGHT, made=2) == ["7 has 2 posts"]


def test_an_event_told_twice() -> None:
    twice = (("7-1-1", "Published "), ("7-1-1", "Published "))
    assert judged(RIGHT, events=twice) == ["7-1-1 is told 2 times: Published "]


@pytest.mark.parametrize("live", ["a", "b", "c"])
def test_what_was_cancelled_may_have_been_done_or_not(live: str) -> None:
    assert judged([*RIGHT, Write(1, 7, CANCELLED, 8, 9, "ok")], live) == []


def test_what_was_decided_after_a_cancellation_holds() -> None:
    writes = [*RIGHT, Write(1, 7, CANCELLED, 8, 9, "ok"), Write(1, 7, "d", 10, 11, "ok")]
    applied, decided = ("a", "c", "b", "d"), (*ALL, "d")
    assert judged(writes, "d", applied=applied, decided=decided) == []
    assert judged(writes, "b", applied=applied, decided=decided) == [
        "b is live of 7, and is nobody's last word"
    ]


def test_a_cancellation_that_was_refused_excuses_nothing() -> None:
    refused = [*RIGHT, Write(1, 7, CANCELLED, 8, 9, "fail")]
    assert judged(refused, "a") == ["a is live of 7, and is nobody's last word"]


def test_an_older_text_that_was_asked_for_again() -> None:
    again = [*RIGHT, Write(1, 7, "a", 8, 9, "ok", again=True)]
    assert judged(again, "a", applied=("a", "c", "b", "a")) == []
    assert judged(again, "b") == ["b is live of 7, and is nobody's last word"]


@pytest.mark.parametrize(
    ("reads", "wrong"),
    [
        ((Read(7, 1, 3, 4), Read(7, 3, 8, 9)), []),
        ((Read(7, 1, 8, 9),), ["3 was known of 7, and then 1 was read"]),
        ((Read(7, 4, 8, 9), Read(7, 3, 10, 11)), ["4 was known of 7, and then 3 was read"]),
    ],
)
def test_whoever_looks_sees_what_was_known(reads: tuple[Read, ...], wrong: list[str]) -> None:
    writes = [replace(one, number=n) for n, one in enumerate(RIGHT, 1)]
    assert judged(writes, reads=reads) == wrong
