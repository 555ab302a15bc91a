"""Reads rows as PynamoDB's models describe them, without making an instance of the model.

An instance sets and gets each value through a descriptor and looks each default up anew; that is
most of what reading a row costs.

A row that this version cannot read, as a newer one wrote it or it is spoilt, is named in
the log and stays as it is. Who needs just this one gets :class:`Unreadable`; who reads many goes on
with the others.
"""

from collections.abc import Callable, Sequence
from functools import cache, wraps
from types import SimpleNamespace
from typing import Any, TypeVar

from igny8.core.errors import Unreadable
from igny8.core.logging import get_logger
from igny8.core.rows import Row

Column = tuple[str, str, Any, bool, Callable[[Any], Any], Callable[[Any], Any]]
Read = TypeVar("Read")
KEYS = ("pk", "sk", "integration_key", "event_id")
"""Key attributes that are nobody's secret."""

logger = get_logger()


def stored(model: Any, row: Row) -> Any:
    """What ``model.from_raw_data(row)`` has as attributes, as attributes of a plain object.

    Raises ValueError where one is missing that every version has written.
    """
    found = SimpleNamespace()
    values = found.__dict__
    for name, column, default, is_needed, get_value, deserialize in _columns(model):
        value = row.get(column)
        if value and "NULL" not in value:
            values[name] = deserialize(get_value(value))
        elif is_needed:
            raise ValueError(f"{column} is missing")
        else:
            values[name] = default() if callable(default) else default
    return found


@cache
def _columns(model: Any) -> tuple[Column, ...]:
    return tuple(
        (
            name, one.attr_name, one.default, not one.null and one.default is None,
            one.get_value, one.deserialize,
        )
        for name, one in model.get_attributes().items()
    )  # fmt: skip


def translation(translate: Callable[[Row], Read]) -> Callable[[Row], Read]:
    """Let a function that translates a row raise :class:`Unreadable` for whatever it cannot."""

    @wraps(translate)
    def translated(row: Row) -> Read:
        try:
            return translate(row)
        except Unreadable:
            raise  # by a translation within it: it is named
        except Exception as error:
            name = row_name(row)
            logger.exception("a row cannot be read", extra={"row": name})
            raise Unreadable(f"row {name}") from error

    return translated


def readable(translate: Callable[[Row], Read], rows: Sequence[Row]) -> tuple[list[Read], list[Row]]:
    """What could be translated, in order, and the rows that could not."""
    found, unreadable = [], []
    for row in rows:
        try:
            found.append(translate(row))
        except Unreadable:
            unreadable.append(row)
    return found, unreadable


def row_name(row: Row) -> str:
    """A row or key by its key attributes, for people."""
    return " ".join(str(*row[name].values()) for name in KEYS if name in row)
