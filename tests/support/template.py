"""The template as CloudFormation reads it: functions as dictionaries, loops written out."""

from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"
LOOP = "Fn::ForEach::"


class _Loader(yaml.SafeLoader):
    """Reads `!Ref X` as {"Ref": "X"} and `!Sub …` as {"Fn::Sub": …}."""


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _intrinsic)


def load(text: str | None = None) -> dict[str, Any]:
    """The template, or another of its kind, with every loop written out."""
    template = yaml.load(TEMPLATE.read_text() if text is None else text, _Loader)
    return {name: written_out(section) for name, section in template.items()}


def written_out(section: Any) -> Any:
    """A section with what its loops (``Fn::ForEach``) stand for; nothing may be said twice."""
    if not isinstance(section, dict):
        return section
    made: dict[str, Any] = {}
    for name, value in section.items():
        if not name.startswith(LOOP):
            assert name not in made, name
            made[name] = value
            continue
        identifier, collection, fragment = value
        for one in collection:
            for key, what in _replaced(fragment, f"${{{identifier}}}", one).items():
                assert key not in made, key
                made[key] = what
    return made


def _replaced(value: Any, placeholder: str, by: str) -> Any:
    if isinstance(value, str):
        return value.replace(placeholder, by)
    if isinstance(value, list):
        return [_replaced(one, placeholder, by) for one in value]
    if isinstance(value, dict):
        return {
            _replaced(key, placeholder, by): _replaced(one, placeholder, by)
            for key, one in value.items()
        }
    return value
