"""Rows are read as PynamoDB's models would read them, whatever is in them and whatever is not."""

import importlib
import pkgutil
from typing import Any

import igny8
import pytest
from igny8.core.reading import stored
from pynamodb.attributes import AttributeContainer
from pynamodb.models import Model

VALUES: dict[str, list[Any]] = {
    "S": [{"S": '{"a": [1, "é"]}'}, {"S": "[]"}],
    "N": [{"N": "7"}, {"N": "0"}, {"N": "1.5"}],
    "BOOL": [{"BOOL": True}, {"BOOL": False}],
    "M": [{"M": {}}],
    "L": [{"L": []}],
}


def models() -> list[type[Model]]:
    for module in pkgutil.walk_packages(igny8.__path__, "igny8."):
        importlib.import_module(module.name)
    return sorted(Model.__subclasses__(), key=lambda model: model.__name__)


def rows_of(model: Any) -> list[Any]:
    """Whole ones of every kind of value, one without anything, one of nulls, and one each short."""
    attributes = model.get_attributes().values()
    whole = [
        {
            one.attr_name: VALUES[one.attr_type][number % len(VALUES[one.attr_type])]
            for one in attributes
        }
        for number in range(3)
    ]
    nulls = {one.attr_name: {"NULL": True} for one in attributes}
    short = [
        {name: value for name, value in whole[0].items() if name != one.attr_name}
        for one in attributes
    ]
    return [*whole, nulls, {}, *short, {**whole[0], "of a newer version": {"S": "x"}}]


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_model_reads_its_rows(model: Any) -> None:
    assert issubclass(model, AttributeContainer)
    for row in rows_of(model):
        missing = missing_in(row, model)
        if missing:
            with pytest.raises(ValueError, match=rf"^({'|'.join(missing)}) is missing$"):
                stored(model, row)
            continue
        instance = model.from_raw_data(dict(row))
        found = stored(model, row)
        assert vars(found) == {name: getattr(instance, name) for name in model.get_attributes()}


def missing_in(row: Any, model: Any) -> list[str]:
    """What every version has written, and this row lacks."""
    return [
        one.attr_name
        for one in model.get_attributes().values()
        if not one.null and one.default is None and "NULL" in row.get(one.attr_name, {"NULL": True})
    ]


def test_a_value_of_another_kind_is_none_that_can_be_read() -> None:
    (model,) = (one for one in models() if one.__name__ == "PublicationItem")
    row = {**rows_of(model)[0], "intent": {"S": "7"}}
    for read in (stored, lambda model, row: model.from_raw_data(dict(row))):
        with pytest.raises(TypeError):
            read(model, row)


def test_defaults_are_nobodys_in_common() -> None:
    for model in models():
        whole = rows_of(model)[0]
        row = {name: whole[name] for name in missing_in({}, model)}
        first, second = stored(model, row), stored(model, row)
        for name, value in vars(first).items():
            assert not isinstance(value, (list, dict)) or value is not vars(second)[name]
