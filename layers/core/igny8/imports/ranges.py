"""Where two sides differ, found by sums over ranges of post ids. Rules only.

Both sides keep a digest of each post that is linked. Two ranges whose counts and sums are equal
hold the same posts in the same state, whatever else is stored about them; one that differs is cut
into smaller ones and asked about again.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

from igny8.links.digest import Digest

MOST_RANGES = 512
"""What one question to a site may hold, all types together."""
AT_FIRST = 256
AT_ONCE = 8
SMALLER = (MOST_RANGES - AT_ONCE - 1) // AT_ONCE
"""Into so many a range is cut, so that eight of them and what lies between are one question."""
FEW = 4
"""So few posts are listed rather than cut once more."""

Posts = Sequence[tuple[int, Digest]]
"""Posts by ascending id, each with its digest."""


@dataclass(frozen=True, slots=True)
class Sum:
    """How many posts, and their digests added up."""

    count: int = 0
    a: int = 0
    b: int = 0


@dataclass(frozen=True, slots=True)
class Range:
    """Posts of a type from ``low`` to below ``high`` (``None``: open), and their sum here."""

    type: str
    low: int
    high: int | None
    sum: Sum


def first_cut(posts: Mapping[str, Posts]) -> list[Range]:
    """All posts, by type, in some 256 ranges of equal count; of a type without posts one range.

    >>> ranges = first_cut({"post": [(7, (1, 1))], "page": []})
    >>> [(one.low, one.high, one.sum.count) for one in ranges]
    [(1, None, 1), (1, None, 0)]
    """
    total = sum(map(len, posts.values())) or 1
    free = AT_FIRST - len(posts)
    ranges: list[Range] = []
    for kind, known in posts.items():
        share = 1 + max(free, 0) * len(known) // total
        ranges += cut(kind, known, into=share, low=1, high=None)
    return ranges


def cut(kind: str, posts: Posts, *, into: int, low: int, high: int | None) -> list[Range]:
    """The posts between two bounds in at most so many ranges of equal count, the ends as they were.

    >>> posts = [(post_id, (0, 0)) for post_id in (3, 5, 9)]
    >>> [(one.low, one.high) for one in cut("post", posts, into=2, low=1, high=20)]
    [(1, 9), (9, 20)]
    """
    known = between(posts, low, high)
    size = max(-(-len(known) // max(into, 1)), 1)
    starts = [known[at][0] for at in range(size, len(known), size)]
    ends: list[int | None] = [low, *starts, high]
    return [
        Range(kind, start or low, end, summed(known[number * size : (number + 1) * size]))
        for number, (start, end) in enumerate(pairwise(ends))
    ]


def between(posts: Posts, low: int, high: int | None) -> Posts:
    """The posts from one id to below another.

    >>> between([(3, (0, 0)), (5, (0, 0)), (9, (0, 0))], 4, 9)
    [(5, (0, 0))]
    """
    first = bisect_left(posts, low, key=itemgetter(0))
    return posts[first : None if high is None else bisect_left(posts, high, key=itemgetter(0))]


def summed(posts: Posts) -> Sum:
    """What posts come to."""
    return Sum(len(posts), sum(one[0] for _, one in posts), sum(one[1] for _, one in posts))


def bounds_of(ranges: Iterable[Range]) -> dict[str, list[int]]:
    """What a site is asked, so that each of these ranges is one of those that it tells of."""
    bounds: dict[str, set[int]] = {}
    for one in ranges:
        of_type = bounds.setdefault(one.type, set())
        of_type |= {one.low} if one.low > 1 else set()
        of_type |= set() if one.high is None else {one.high}
    return {kind: sorted(found) for kind, found in bounds.items()}


def differing(ranges: Sequence[Range], told: Mapping[str, Sequence[Sum]]) -> list[Range]:
    """Those of the ranges about which a site has told something else.

    ``told`` has for each type one sum more than there are bounds. Raises :class:`ValueError` where
    it has not: then it answers another question.
    """
    bounds = bounds_of(ranges)
    for kind, of_type in bounds.items():
        if len(told.get(kind, ())) != len(of_type) + 1:
            raise ValueError(kind)
    return [
        one for one in ranges if told[one.type][bisect_right(bounds[one.type], one.low)] != one.sum
    ]
