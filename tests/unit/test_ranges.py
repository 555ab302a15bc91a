"""Ranges hold every post once, and no difference hides in a sum of others."""

from bisect import bisect_right
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from igny8.imports.ranges import (
    AT_ONCE,
    FEW,
    MOST_RANGES,
    SMALLER,
    Posts,
    Sum,
    bounds_of,
    cut,
    differing,
    first_cut,
    summed,
)
from igny8.links.digest import digest_of

IDS = st.sets(st.integers(1, 5_000), max_size=400)
KINDS = st.dictionaries(st.sampled_from(["post", "page", "book"]), IDS, min_size=1)


def known(ids: set[int], altered: int | None = None) -> Posts:
    return [
        (one, digest_of(one, "draft" if one == altered else "publish", f"v2:{one}"))
        for one in sorted(ids)
    ]


def told(bounds: dict[str, list[int]], there: dict[str, Posts]) -> dict[str, list[Sum]]:
    """As a site answers: sums of its own posts between the bounds that it was given."""
    sums: dict[str, list[Sum]] = {}
    for kind, of_type in bounds.items():
        parts: list[list[tuple[int, tuple[int, int]]]] = [[] for _ in range(len(of_type) + 1)]
        for post in there.get(kind, []):
            parts[bisect_right(of_type, post[0])].append(post)
        sums[kind] = [summed(part) for part in parts]
    return sums


@given(KINDS)
def test_ranges_hold_every_post_once_and_leave_no_gap(kinds: dict[str, set[int]]) -> None:
    here = {kind: known(ids) for kind, ids in kinds.items()}
    ranges = first_cut(here)
    for kind, posts in here.items():
        of_kind = [one for one in ranges if one.type == kind]
        assert of_kind[0].low == 1
        assert of_kind[-1].high is None
        assert all(one.high == after.low for one, after in pairwise(of_kind))
        assert sum(one.sum.count for one in of_kind) == len(posts)
    assert len(ranges) <= MOST_RANGES
    assert differing(ranges, told(bounds_of(ranges), here)) == []


@given(IDS, st.integers(1, 6_000), st.sampled_from(["there", "here", "altered"]))
def test_one_difference_is_one_range_and_then_a_few_posts(
    ids: set[int], post_id: int, where: str
) -> None:
    here = {"post": known(ids - {post_id} if where == "there" else ids | {post_id})}
    there = {"post": known(ids | {post_id}, altered=post_id if where == "altered" else None)}
    if where == "here":
        there = {"post": known(ids - {post_id})}
    ranges = first_cut(here)
    (found,) = differing(ranges, told(bounds_of(ranges), there))
    assert found.low <= post_id
    assert found.high is None or post_id < found.high
    smaller = cut("post", here["post"], into=SMALLER, low=found.low, high=found.high)
    (found,) = differing(smaller, told(bounds_of(smaller), there))
    assert found.sum.count <= FEW
    assert found.low <= post_id
    assert found.high is None or post_id < found.high


def test_eight_ranges_and_what_lies_between_are_one_question() -> None:
    posts = known(set(range(1, 100_001)))
    ranges = first_cut({"post": posts})
    some = [ranges[at] for at in range(0, 16, 2)]
    assert len(some) == AT_ONCE
    smaller = [
        part
        for one in some
        for part in cut("post", posts, into=SMALLER, low=one.low, high=one.high)
    ]
    assert len(bounds_of(smaller)["post"]) + 1 <= MOST_RANGES
