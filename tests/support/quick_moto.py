"""moto without what costs it most: its answers stay the same, as the cases of table_cases.py show.

It copies every row of a table, value by value, before each transaction and after each query; it
looks for every member of an answer under six names; it lists a class's methods at each call; it
tries an address with the patterns of every service, by the alphabet; each of ten validators asks
every node of an update whether it is of a kind that it knows; it orders a whole table for each look
into an index, asking each value for its type at each comparison; and it draws an RSA key for each
key of KMS, which those that encrypt never use.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from typing import Any
from unittest.mock import patch

from botocore.signers import RequestSigner
from moto import backend_index
from moto.core import responses, serialize
from moto.core.utils import camelcase_to_underscores, method_names_from_class
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node
from moto.kms import models as kms
from moto.moto_api._internal import mock_random

PLAIN = {"S", "N", "BOOL", "NULL"}
# The services that are asked here, most often first.
ASKED = ("dynamodb", "sqs", "kms", "secretsmanager", "s3")
Structure = serialize.BaseJSONSerializer


@cache
def install() -> None:
    """For the rest of this process."""
    Item.__deepcopy__ = _item_copied
    Table.__deepcopy__ = _table_copied
    Table.all_items = _all_items
    DynamoType.cast_value = property(_cast)
    Structure._serialize_type_structure = _serialize_structure
    DepthFirstTraverser.traverse_node_recursively = _traverse
    backend_index.backend_url_patterns.sort(key=lambda pattern: _turn(pattern[0]))
    mock_random.get_random_string = _next_string
    kms.generate_private_key = cache(kms.generate_private_key)
    responses.method_names_from_class = cache(method_names_from_class)
    responses.camelcase_to_underscores = cache(camelcase_to_underscores)


@contextmanager
def unsigned() -> Iterator[None]:
    """moto's DynamoDB does not look at signatures; others do, and whom this process asks next."""
    sign = RequestSigner.sign

    def elsewhere(signer: RequestSigner, *args: Any, **named: Any) -> None:
        if signer.signing_name != "dynamodb":
            sign(signer, *args, **named)

    with patch.object(RequestSigner, "sign", elsewhere):
        yield


def _turn(service: str) -> int:
    return ASKED.index(service) if service in ASKED else len(ASKED)


_requests = count(1)


def _next_string(length: int = 20, *_kinds: Any, **_named: Any) -> str:
    """Another text each time, not fifty random letters."""
    return str(next(_requests)).rjust(length, "0")


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


def _all_items(table: Table) -> list[Item]:
    """Every row in the order of the keys, compared as plain values."""
    if not table.range_key_attr:
        return sorted(table.items.values(), key=lambda row: row.hash_key.cast_value)
    rows = [row for partition in table.items.values() for row in partition.values()]
    return sorted(rows, key=lambda row: (row.hash_key.cast_value, row.range_key.cast_value))


@cache
def _is_a(kind: type, kinds: tuple[type, ...]) -> bool:
    return issubclass(kind, kinds)


def _traverse(validator: DepthFirstTraverser, node: Any, child_id: int = -1) -> Any:
    return _traversed(validator, node, child_id, validator.nodes_to_be_processed())


def _traversed(validator: Any, node: Any, child_id: int, kinds: tuple[type, ...]) -> Any:
    """Depth first, bottom up, as moto does it; what a class is of is asked once a class."""
    if not _is_a(type(node), (Node,)):
        return node
    parent = node.parent
    for number, child in enumerate(node.children or ()):
        validator.pre_processing_of_child(node, number)
        _traversed(validator, child, number, kinds)
    if _is_a(type(node), kinds):
        node = validator.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


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
