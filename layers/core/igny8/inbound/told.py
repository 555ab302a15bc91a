"""What goes with other news of a post: terms, author, date; read by workers, without a library."""

from typing import Any

from igny8.core.ids import MAX_ID

MOST_NAMES = 100
NAME_MAX = 200


def taken(value: Any) -> dict[str, Any] | None:
    """What is kept of it: what can be read, bounded; ``None`` if that is nothing.

    >>> taken({"tags": ["AI"], "author": {"id": 1, "name": "Jane", "role": "x"}, "more": 1})
    {'tags': ['AI'], 'author': {'id': 1, 'name': 'Jane'}}
    >>> taken({"tags": "AI", "modified_date": "2026-01-10T12:00:00Z"}), taken({"tags": [1]})
    ({'modified_date': '2026-01-10T12:00:00Z'}, None)
    """
    if not isinstance(value, dict):
        return None
    kept: dict[str, Any] = {}
    for field in ("categories", "tags"):
        names = value.get(field)
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            kept[field] = [name[:NAME_MAX] for name in names[:MOST_NAMES]]
    author, modified = value.get("author"), value.get("modified_date")
    if isinstance(author, dict):
        kept["author"] = {"id": _number(author.get("id")), "name": _text(author.get("name"))}
    if isinstance(modified, str):
        kept["modified_date"] = _text(modified)
    return kept or None


def _text(value: Any) -> str | None:
    return value[:NAME_MAX] if isinstance(value, str) else None


def _number(value: Any) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and 0 <= value <= MAX_ID else None
