"""Digests of posts: the bridge computes the same ones, by the same table of examples."""

import json
from pathlib import Path
from typing import Any

import pytest
from igny8.links.digest import digest_of

EXAMPLES = json.loads((Path(__file__).parents[1] / "support" / "digests.json").read_text("utf-8"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one['post_id']}-{one['status']}")
def test_a_digest_is_what_the_table_says(example: dict[str, Any]) -> None:
    told = {name: example[name] for name in ("post_id", "status", "fingerprint")}
    assert digest_of(**told) == (example["a"], example["b"])


def test_the_table_has_small_numbers_too() -> None:
    numbers = [example["a"] for example in EXAMPLES]
    assert max(numbers) < 2**31
    assert min(numbers) < 2**23, "leading zeros are no trouble"


def test_half_a_surrogate_is_no_trouble() -> None:
    assert digest_of(7, "publish", "\ud800") != digest_of(7, "publish", "?")
