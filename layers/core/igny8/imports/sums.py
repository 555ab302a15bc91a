"""What a site says that its posts come to, read without trusting a word of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from igny8.imports.ranges import Sum
from igny8.imports.reading import SiteRepeatsItself
from igny8.wordpress.response import BridgeResponse, is_count


def read_sums(answer: BridgeResponse, bounds: Mapping[str, Sequence[int]]) -> dict[str, list[Sum]]:
    """Read an answer to ``digests``: for each type one sum more than there are bounds.

    Raises :class:`SiteRepeatsItself`.
    """
    told = answer.data.get("ranges")
    if not isinstance(told, dict):
        raise SiteRepeatsItself
    sums: dict[str, list[Sum]] = {}
    for kind, of_type in bounds.items():
        entries = told.get(kind)
        if not isinstance(entries, list) or len(entries) != len(of_type) + 1:
            raise SiteRepeatsItself
        sums[kind] = [_sum(entry) for entry in entries]
    return sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrub:
    """How many posts a site has just looked at for what no event told of.

    ``moved`` of them had changed; ``more``: there are others that it has not looked at since
    ``at``, by its own clock, if it names a time.
    """

    at: int | None = None
    checked: int = 0
    moved: int = 0
    more: bool = False


def read_scrub(answer: BridgeResponse) -> Scrub:
    """Read what a site says of its own looking, beside its sums; nothing where it says nothing."""
    told = answer.data.get("scrub")
    told = told if isinstance(told, dict) else {}
    names = ("at", "checked", "moved")
    numbers = {name: told[name] for name in names if is_count(told.get(name))}
    return Scrub(**numbers, more=told.get("more") is True)


def _sum(entry: Any) -> Sum:
    numbers = entry if isinstance(entry, list) else []
    whole = [one for one in numbers if isinstance(one, int) and not isinstance(one, bool)]
    if len(numbers) != len(Sum.__slots__) or len(whole) != len(numbers) or min(whole) < 0:
        raise SiteRepeatsItself
    return Sum(*whole)
