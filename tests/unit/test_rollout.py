"""A share of the sites: as large as it is meant to be, only growing, and another each time."""

import itertools

import pytest
from igny8.core.ids import IdSource
from igny8.distribution.rollout import has_reached

from tests.support.clock import FrozenClock
from tests.support.releases import entry

SITES = 10_000


@pytest.fixture(scope="module")
def sites() -> list[int]:
    clock = FrozenClock()
    ids = IdSource(clock)
    drawn = []
    for _ in range(SITES):
        clock.advance(seconds=37)
        drawn.append(ids.next())
    return drawn


def reached(sites: list[int], percent: float, version: str = "2.1.0") -> set[int]:
    one = entry(version, rollout_percent=percent)
    return {site for site in sites if has_reached(one, site)}


def test_five_percent_of_ten_thousand_sites_are_five_percent(sites: list[int]) -> None:
    assert 0.04 * SITES <= len(reached(sites, 5)) <= 0.06 * SITES


def test_a_larger_share_has_everybody_whom_the_smaller_one_had(sites: list[int]) -> None:
    shares = [reached(sites, percent) for percent in (0, 0.01, 1, 5, 25, 50, 99.99, 100)]
    assert shares[0] == set()
    assert shares[-1] == set(sites)
    for smaller, larger in itertools.pairwise(shares):
        assert smaller <= larger


def test_the_next_version_is_tried_by_others(sites: list[int]) -> None:
    first, second = reached(sites, 5), reached(sites, 5, "2.1.1")
    assert len(first & second) < 0.01 * SITES
