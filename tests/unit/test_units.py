"""DynamoDB's units of known items, as the developer guide reckons them."""

from typing import Any

import pytest

from benchmarks.units import item_bytes, query_units, read_units, write_units

SMALL: dict[str, Any] = {"shirt-color": {"S": "R"}}  # the guide's own example: 12 bytes
MIXED: dict[str, Any] = {
    "pk": {"S": "A#1"},  # 2 + 3
    "n": {"N": "-123.50"},  # 1 + 4 digits (12, 35) in 2 bytes + 1, and 1 for the sign
    "ok": {"BOOL": True},  # 2 + 1
    "none": {"NULL": True},  # 4 + 1
    "list": {"L": [{"S": "ab"}, {"N": "7"}]},  # 4 + 3 + (2 + 1) + (2 + 1)
    "map": {"M": {"k": {"S": "é"}}},  # 3 + 3 + (1 + 2) + 1
    "set": {"SS": ["a", "bc"]},  # 3 + 3
}
LARGE: dict[str, Any] = {"pk": {"S": "x"}, "text": {"S": "x" * 4097}}  # 4104 bytes


def test_bytes_of_known_items() -> None:
    assert item_bytes(SMALL) == 12
    assert item_bytes(MIXED) == 5 + 5 + 3 + 5 + 13 + 10 + 6
    assert item_bytes(LARGE) == 4104
    assert item_bytes(None) == 0


@pytest.mark.parametrize(("number", "size"), [("0", 1), ("7", 2), ("1000", 2), ("1234", 3)])
def test_numbers_are_as_long_as_their_significant_digits(number: str, size: int) -> None:
    assert item_bytes({"n": {"N": number}}) == 1 + size


def test_each_item_of_a_batch_is_rounded_by_itself_and_a_query_once() -> None:
    items = [SMALL, MIXED, LARGE]
    assert read_units(items, asked=3, consistent=True) == 1 + 1 + 2
    assert read_units(items, asked=3, consistent=False) == 2
    assert read_units([SMALL], asked=3, consistent=True) == 3, "what is absent was looked for"
    assert query_units(items, consistent=True) == 2
    assert query_units([SMALL] * 100, consistent=False) == 0.5
    assert query_units([], consistent=True) == 1


def test_a_write_costs_the_whole_item_the_larger_of_before_and_after() -> None:
    assert write_units(None, SMALL) == 1
    assert write_units(LARGE, LARGE | {"n": {"N": "1"}}) == 5, "however little is changed"
    assert write_units(LARGE, None) == 5
    assert write_units(SMALL, LARGE) == write_units(LARGE, SMALL) == 5
    assert write_units(LARGE, LARGE, transaction=True) == 10


def test_an_index_is_written_when_its_entry_comes_goes_or_moves() -> None:
    index = [["due", "at", "pk"]]
    rests = {"pk": {"S": "a"}, "due": {"S": "I#1"}}
    due = rests | {"at": {"N": "5"}}
    later = rests | {"at": {"N": "6"}}
    assert write_units(rests, rests | {"x": {"N": "1"}}, index) == 1
    assert write_units(rests, due, index) == 2
    assert write_units(due, due | {"x": {"N": "1"}}, index) == 1
    assert write_units(due, later, index) == 3, "deleted and put"
    assert write_units(due, rests, index) == 2
    assert write_units(None, due, index * 2, transaction=True) == 4
