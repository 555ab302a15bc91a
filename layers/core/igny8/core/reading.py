"""Reads rows as PynamoDB's models describe them, without making an instance of the model.

An instance sets and gets each value through a descriptor and looks each default up anew; that is
most of what reading a row costs.
"""

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

from igny8.core.rows import Row

Column = tuple[str, str, Any, Callable[[Any], Any], Callable[[Any], Any]]


def stored(model: Any, row: Row) -> Any:
    """What ``model.from_raw_data(row)`` has as attributes, as attributes of a plain object."""
    found = SimpleNamespace()
    values = found.__dict__
    for name, column, default, get_value, deserialize in _columns(model):
        value = row.get(column)
        if value and "NULL" not in value:
            values[name] = deserialize(get_value(value))
        else:
            values[name] = default() if callable(default) else default
    return found


@cache
def _columns(model: Any) -> tuple[Column, ...]:
    return tuple(
        (name, one.attr_name, one.default, one.get_value, one.deserialize)
        for name, one in model.get_attributes().items()
    )
