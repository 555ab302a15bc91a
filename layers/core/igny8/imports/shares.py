"""How many posts of which types a run is to take, and where it begins with each."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from igny8.core.errors import Invalid
from igny8.imports.model import Filters
from igny8.structure.model import POST_TYPES, TAXONOMIES, ContentTypes, Kind

BY_ID = ""
"""The type of a share of named posts, whatever they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where the import of a type goes on: above ``after``, of those that ``filters`` stands for."""

    after: int
    filters: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Posts of one type in a run: at most ``most``, above ``after``; ``total`` as far as known."""

    type: str
    most: int
    after: int = 0
    done: int = 0
    total: int = 0

    @property
    def left(self) -> int:
        """How many may still come."""
        return self.most - self.done

    @property
    def expected(self) -> int:
        """How many will have been looked at in the end."""
        return max(min(self.total, self.most), self.done)


def mark_of(filters: Filters) -> str:
    """What tells one choice of posts from another; what was imported of one is not of the other.

    >>> mark_of(Filters(types=["post"], limit=5)) == mark_of(Filters())
    True
    >>> mark_of(Filters(author=3)) == mark_of(Filters())
    False
    """
    spelled = json.dumps(filters.asked(), sort_keys=True)
    return hashlib.sha256(spelled.encode()).hexdigest()[:12]


def shares_of(
    known: ContentTypes,
    filters: Filters,
    positions: Mapping[str, Position],
    *,
    from_start: bool,
) -> tuple[Share, ...]:
    """What a run is to take of a site, type by type in the site's order.

    Raises :class:`Invalid` for types, and a taxonomy, that are not there or not enabled.
    """
    _check_term(known, filters)
    if filters.ids:
        count = len(filters.ids)
        return (Share(type=BY_ID, most=count, total=count),)
    mark = mark_of(filters)
    return tuple(
        _share(name, kind, filters, None if from_start else positions.get(name), mark)
        for name, kind in _types(known, filters)
    )


def enabled_types(known: ContentTypes) -> dict[str, Kind]:
    """The post types that are enabled here and on the site."""
    return known.enabled(POST_TYPES)


def _types(known: ContentTypes, filters: Filters) -> Iterator[tuple[str, Kind]]:
    enabled = enabled_types(known)
    reasons = [_why_not(known, name) for name in filters.types if name not in enabled]
    if not enabled and not reasons:
        reasons = ["No post type is enabled, here and on the site. Enable one first."]
    if reasons:
        raise Invalid({"types": reasons})
    wanted = set(filters.types) or set(enabled)
    return ((name, kind) for name, kind in enabled.items() if name in wanted)


def _why_not(known: ContentTypes, name: str) -> str:
    told = known.structure.post_types.get(name)
    if told is None:
        return f"The site has no post type {name}."
    if not told.enabled:
        return f"{name} is not enabled on the site, in the bridge's settings."
    return f"{name} is not enabled here. See content-types."


def _check_term(known: ContentTypes, filters: Filters) -> None:
    taxonomy = (filters.term or "").partition(":")[0]
    if taxonomy and taxonomy not in known.group(TAXONOMIES):
        raise Invalid({"term": [f"The site has no taxonomy {taxonomy}."]})


def _share(name: str, kind: Kind, filters: Filters, position: Position | None, mark: str) -> Share:
    most = kind.fetch_limit if filters.limit is None else filters.limit
    if position is None or position.filters != mark:
        return Share(type=name, most=most, total=kind.count)
    return Share(type=name, most=most, after=position.after, total=kind.count)
