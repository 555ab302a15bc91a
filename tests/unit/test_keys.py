"""Site API keys: grammar and checksum, against an implementation written apart."""

import string
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from igny8.core.keys import generate_key, is_well_formed

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase


def checksum(body: str) -> str:
    number = zlib.crc32(body.encode()) & 0xFFFFFFFF
    return "".join(ALPHABET[number // 62**power % 62] for power in range(5, -1, -1))


GOOD = "igny8_live_" + "a" * 43
GOOD += checksum(GOOD)


@pytest.mark.parametrize(
    ("stage", "prefix"),
    [("prod", "igny8_live_"), ("dev", "igny8_test_"), ("local", "igny8_test_")],
)
def test_generated_keys_follow_the_grammar(stage: str, prefix: str) -> None:
    key = generate_key(stage)
    assert key.startswith(prefix)
    assert len(key) == len(prefix) + 49
    assert set(key.removeprefix(prefix)) <= set(ALPHABET)
    assert key[-6:] == checksum(key[:-6])
    assert is_well_formed(key)


def test_keys_differ() -> None:
    assert len({generate_key("prod") for _ in range(100)}) == 100


def test_the_checksum_is_padded_to_six() -> None:
    body = "igny8_test_" + "0" * 42
    short = next(body + c for c in ALPHABET if zlib.crc32((body + c).encode()) < 62**5)
    assert checksum(short).startswith("0")
    assert is_well_formed(short + checksum(short))


@pytest.mark.parametrize(
    "key",
    [
        "",
        GOOD[:-1],
        GOOD + "0",
        GOOD + "\n",
        " " + GOOD,
        GOOD.upper(),
        GOOD.replace("live", "prod"),
        GOOD.replace("igny8", "igny9"),
        GOOD[:20] + "-" + GOOD[21:],
        GOOD[:20] + "é" + GOOD[21:],
        GOOD[:20] + "٣" + GOOD[21:],
        GOOD[:-6] + "000000",
        "igny8_live_" + "a" * 49,
    ],
)
def test_what_cannot_be_a_key_is_refused(key: str) -> None:
    assert is_well_formed(GOOD)
    assert not is_well_formed(key)


@pytest.mark.parametrize(
    "body",
    [
        "igny8_live_" + "a" * 44,
        "igny8_live_" + "a" * 42,
        "igny8_prod_" + "a" * 43,
        "igny8_live_" + "a" * 42 + "-",
    ],
)
def test_a_right_checksum_does_not_make_it_a_key(body: str) -> None:
    assert not is_well_formed(body + checksum(body))


@given(st.integers(11, len(GOOD) - 1), st.sampled_from(ALPHABET))
def test_one_mistyped_character_is_always_noticed(position: int, typed: str) -> None:
    mistyped = GOOD[:position] + typed + GOOD[position + 1 :]
    assert is_well_formed(mistyped) == (mistyped == GOOD)


@given(st.integers(11, len(GOOD) - 2))
def test_two_swapped_characters_are_noticed(position: int) -> None:
    key = "igny8_test_" + (ALPHABET * 2)[:43]
    key += checksum(key)
    swapped = key[:position] + key[position + 1] + key[position] + key[position + 2 :]
    assert is_well_formed(swapped) == (swapped == key)
