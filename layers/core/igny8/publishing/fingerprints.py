"""What a fingerprint of the bridge says: which groups of a post's fields two of them differ in.

The bridge alone computes fingerprints. From 2.1 on one is ``v2:``, sixteen hexadecimal digits for
each group in their order, ``:``, and what the SEO fields are: letters of the plugins that were
read, and eight digits.
"""

import re
from collections.abc import Iterable

GROUPS = ("title", "body", "excerpt", "slug", "terms", "thumbnail", "meta")
SEO = "seo"
ALL = frozenset({*GROUPS, SEO})
DIGITS = 16
SHAPE = re.compile(r"v2:([0-9a-f]{112}):([A-Z]{0,20})([0-9a-f]{8})")


def differing(one: str | None, other: str | None) -> frozenset[str]:
    """The groups that two fingerprints of a post differ in; all of them where one cannot tell.

    SEO fields that other plugins were asked for say nothing: installing one is nobody's edit.

    >>> known = "v2:" + "0" * 112 + ":Y12345678"
    >>> differing(known, "v2:" + "1" + "0" * 111 + ":R00000000")
    frozenset({'title'})
    >>> differing(known, "v1:abc:") == ALL
    True
    """
    if one is not None and one == other:
        return frozenset()
    seen, known = SHAPE.fullmatch(one or ""), SHAPE.fullmatch(other or "")
    if seen is None or known is None:
        return ALL
    moved = {
        name
        for number, name in enumerate(GROUPS)
        if _group(seen[1], number) != _group(known[1], number)
    }
    if seen[2] == known[2] and seen[3] != known[3]:
        moved.add(SEO)
    return frozenset(moved)


def tells_groups(fingerprint: str | None) -> bool:
    """Whether it is one of a bridge since 2.1, which can also be asked for the post itself."""
    return SHAPE.fullmatch(fingerprint or "") is not None


def agreed(
    now: str | None, known: str | None, heard: str | None, moved: Iterable[object] | None
) -> str | None:
    """A post as both sides know it, once an order of ours has made it what it is ``now``.

    What others have changed since it was ``known``, and the order left alone, is theirs as yet: it
    stays in it as it was, so that who writes over it later is refused until somebody has read it.
    ``moved`` are these groups as the answer tells them. Where it does not, it is what the site has
    told before (``heard``): an order that would have written over that was refused.

    >>> base = "v2:" + "0" * 112 + ":Y12345678"
    >>> now = "v2:" + "1" * 112 + ":Y00000000"
    >>> agreed(now, base, base, ["title", "seo"]) == "v2:" + "0" * 16 + "1" * 96 + ":Y12345678"
    True
    >>> agreed(now, base, "v2:" + "7" * 16 + "0" * 96 + ":Y12345678", None)[:36]
    'v2:000000000000000011111111111111111'
    >>> agreed(now, base, base, None) == agreed(now, base, None, []) == now
    True
    """
    seen, then = SHAPE.fullmatch(now or ""), SHAPE.fullmatch(known or "")
    if now is None or known is None or seen is None:
        return now
    if moved is None:
        theirs = differing(known, heard) if then and SHAPE.fullmatch(heard or "") else frozenset()
    else:
        theirs = ALL.intersection(moved)
    if not theirs:
        return now
    if then is None:  # nobody can say what it was: then the next order finds out
        return known
    return _with(seen, then, theirs)


def there(told: str | None, known: str | None, heard: str | None) -> str | None:
    """A post as it is there, by the echo of an order of ours that may have left something alone.

    Of what others have changed an echo says what was ``known`` (:func:`agreed`): that is as it was
    ``heard`` before.

    >>> base = "v2:" + "0" * 112 + ":Y12345678"
    >>> now = "v2:" + "0" * 16 + "1" * 96 + ":Y12345678"
    >>> there(now, base, "v2:" + "7" * 16 + "0" * 96 + ":Y12345678")[:36]
    'v2:777777777777777711111111111111111'
    >>> there(now, base, base) == there(now, base, None) == now
    True
    """
    says, then = SHAPE.fullmatch(told or ""), SHAPE.fullmatch(heard or "")
    if says is None or then is None or SHAPE.fullmatch(known or "") is None:
        return told
    return _with(says, then, differing(known, heard) - differing(known, told))


def _with(one: re.Match[str], other: re.Match[str], theirs: frozenset[str]) -> str:
    """A fingerprint that is one, and in ``theirs`` the other."""
    groups = [
        _group(other[1] if name in theirs else one[1], number) for number, name in enumerate(GROUPS)
    ]
    seo = other if SEO in theirs else one
    return f"v2:{''.join(groups)}:{seo[2]}{seo[3]}"


def _group(digits: str, number: int) -> str:
    return digits[number * DIGITS : (number + 1) * DIGITS]
