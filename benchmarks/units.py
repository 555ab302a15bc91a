"""DynamoDB's capacity units, reckoned item by item: moto reports the same for every size.

Sources: the developer guide's "Item sizes and formats", "Read and write operations" and
"Transactions". An item is the bytes of its names and values. A read unit is 4 KB, half of that read
eventually; a batch is rounded item by item, a query as a whole. A write unit is 1 KB of the whole
item, as it was or as it is then, whichever is larger, and twice in a transaction; each index whose
entry comes, goes or moves is written by itself.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
READ_BYTES, WRITE_BYTES = 4096, 1024
NESTED_BYTES = 3


def item_bytes(item: Item | None) -> int:
    """Bytes of an item's names and values; 0 of one that is not there."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in (item or {}).items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    return BYTES[kind](content)


def _number_bytes(number: str) -> int:
    """Two significant digits a byte, one byte more, and one for a minus."""
    digits = number.lstrip("-").replace(".", "").strip("0")
    return math.ceil(len(digits) / 2) + 1 + number.startswith("-")


BYTES: dict[str, Callable[[Any], int]] = {
    "S": lambda text: len(text.encode()),
    "N": _number_bytes,
    "B": len,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "M": lambda items: NESTED_BYTES + item_bytes(items) + len(items),
    "L": lambda parts: NESTED_BYTES + sum(_value_bytes(one) + 1 for one in parts),
    "SS": lambda texts: sum(len(one.encode()) for one in texts),
    "NS": lambda numbers: sum(map(_number_bytes, numbers)),
}
"""How many bytes a value of each type takes."""


def read_units(items: Sequence[Item], *, asked: int, consistent: bool) -> float:
    """A get or a batch: each item by itself; what is absent costs as much as the smallest."""
    absent = asked - len(items)
    whole = sum(_rounded(item_bytes(item), READ_BYTES) for item in items) + absent
    return whole if consistent else whole / 2


def query_units(items: Iterable[Item], *, consistent: bool) -> float:
    """A query: what it read, together; one that found nothing costs as much as the smallest."""
    whole = _rounded(sum(item_bytes(item) for item in items), READ_BYTES)
    return whole if consistent else whole / 2


def write_units(
    before: Item | None,
    after: Item | None,
    indexes: Iterable[Sequence[str]] = (),
    *,
    transaction: bool = False,
) -> int:
    """A put, an update, a delete, or a check (which leaves the item as it was).

    ``indexes`` are the attributes of each index's entries, its keys and the table's: all are
    keys-only here.
    """
    whole = _rounded(max(item_bytes(before), item_bytes(after)), WRITE_BYTES)
    units = 2 * whole if transaction else whole
    for attributes in indexes:
        old, new = _entry(before, attributes), _entry(after, attributes)
        if old != new:
            units += (old is not None) + (new is not None)
    return units


def _entry(item: Item | None, attributes: Sequence[str]) -> list[Any] | None:
    if item is None or any(name not in item for name in attributes):
        return None
    return [item[name] for name in attributes]


def _rounded(size: int, unit: int) -> int:
    return max(1, math.ceil(size / unit))
