"""moto without what costs it most: its answers stay the same, as the cases of table_cases.py show.

It copies every row of a table, value by value, before each transaction and after each query; it
looks for every member of an answer under six names; and it lists a class's methods at each call.
"""

import copy
from functools import cache
from typing import Any

from moto.core import responses, serialize
from moto.core.utils import camelcase_to_underscores, method_names_from_class
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table

PLAIN = {"S", "N", "BOOL", "NULL"}
Structure = serialize.BaseJSONSerializer


@cache
def install() -> None:
    """For the rest of this process."""
    Item.__deepcopy__ = _item_copied
    Table.__deepcopy__ = _table_copied
    DynamoType.cast_value = property(_cast)
    Structure._serialize_type_structure = _serialize_structure
    responses.method_names_from_class = cache(method_names_from_class)
    responses.camelcase_to_underscores = cache(camelcase_to_underscores)


def _item_copied(item: Item, _memo: Any = None) -> Item:
    """A row of its own with the same values: moto puts others in their place, but for documents."""
    made = Item.__new__(Item)
    made.hash_key, made.range_key = item.hash_key, item.range_key
    made.attrs = LimitedSizeDict.__new__(LimitedSizeDict)
    for name, value in item.attrs.items():
        own = value if value.type in PLAIN else copy.deepcopy(value)
        dict.__setitem__(made.attrs, name, own)
    return made


def _table_copied(table: Table, _memo: Any = None) -> Table:
    """A table of its own with rows of its own; what else it consists of no call here changes."""
    made = copy.copy(table)
    made.items = copy.copy(table.items)
    for key, found in made.items.items():
        if isinstance(found, Item):
            made.items[key] = _item_copied(found)
        else:
            made.items[key] = {inner: _item_copied(item) for inner, item in found.items()}
    return made


_cast_by_moto = DynamoType.cast_value.fget


def _cast(value: DynamoType) -> Any:
    return value.value if value.type == "S" else _cast_by_moto(value)


_structure_by_moto = Structure._serialize_type_structure


def _serialize_structure(
    serializer: Any, serialized: Any, value: Any, shape: Any, key: str
) -> None:
    """A plain value of a row goes out as it lies there."""
    if key and shape.name == "AttributeValue" and type(value) is dict and value.keys() <= PLAIN:
        serializer._default_serialize(serialized, value, shape, key)
    else:
        _structure_by_moto(serializer, serialized, value, shape, key)
