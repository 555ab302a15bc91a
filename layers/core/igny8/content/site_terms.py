"""The ids that terms have on a site, beside the names that content was written with: pure rules.

A term that a person takes out of a content loses its id there: one of that name that is added later
is what it is called, and no longer the very term that it was.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from igny8.content.model import Editorial
from igny8.content.text import as_stored

TAXONOMIES = {"categories": "category", "tags": "post_tag"}
"""By the field that names them, here and in an order."""


def remembered(editorial: Editorial, before: Editorial) -> Editorial:
    """Edited fields, without the ids of terms that they do not name any more."""
    left = dict(editorial.site_terms)
    for field, taxonomy in TAXONOMIES.items():
        names = getattr(editorial, field)
        if names != getattr(before, field) and taxonomy in left:
            there = {_names(name) for name in names}
            left[taxonomy] = [one for one in left[taxonomy] if _named(field, one) in there]
    if left == editorial.site_terms:
        return editorial
    return replace(editorial, site_terms={name: found for name, found in left.items() if found})


def by_ids(order: Mapping[str, Any], editorial: Editorial) -> dict[str, Any]:
    """An order whose terms are named by their ids on the site, where those are known.

    >>> terms = {"post_tag": [{"id": 7, "path": ["Tea"]}]}
    >>> by_ids({"tags": ["Tea", "Cake"]}, Editorial(title="", site_terms=terms))
    {'tags': [{'wordpress_id': 7, 'path': ['Tea']}, 'Cake']}
    """
    named = dict(order)
    for field, taxonomy in TAXONOMIES.items():
        known: dict[tuple[str, ...], list[int]] = {}
        for one in editorial.site_terms.get(taxonomy, []):
            stored = tuple(map(as_stored, _named(field, one)))
            known.setdefault(stored, []).append(one["id"])
        if known and field in order:
            named[field] = list(_all_by_ids(order[field], known, field, editorial))
    return named


def _all_by_ids(
    names: Sequence[str | list[str]],
    known: Mapping[tuple[str, ...], list[int]],
    field: str,
    editorial: Editorial,
) -> Iterator[Any]:
    """Of two terms of one name each is meant once; an order names a tag once for all of them."""
    for name in names:
        path = _names(name)
        ids = known.get(path, [])
        stored = [as_stored(tag) for tag in editorial.tags] if field == "tags" else []
        count = max(stored.count(path[-1]), 1)
        yield from ({"wordpress_id": one, "path": list(path)} for one in ids[:count])
        if not ids:
            yield name
        del ids[:count]


def _names(name: str | Sequence[str]) -> tuple[str, ...]:
    return (name,) if isinstance(name, str) else tuple(name)


def _named(field: str, term: Mapping[str, Any]) -> tuple[str, ...]:
    """A term as a content names it: a tag by its own name alone."""
    return tuple(term["path"] if field == "categories" else term["path"][-1:])
